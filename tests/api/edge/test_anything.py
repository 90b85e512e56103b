"""Arbitrary requests: an answer in JSON, and never a 500."""

from __future__ import annotations

import asyncio
import json

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ANYTHING = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
WELL_FORMED = b'{"query":"query A($n: Int = 2) { people(first: $n) { edges { node { id } } } }","variables":{"n":3}}'

WORDS = [
    *("{", "}", "(", ")", "[", "]", "...", "on", "fragment", "A", "query", "mutation", "@skip", "if", "Person"),
    *("hello", "me", "id", "friends", "first", ":", "1", "$n", '"x"', "__schema", "types", "name"),
    *("#", "!", "=", "null", "\ufeff"),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
documents = st.lists(
    st.sampled_from(WORDS),
    max_size=40,
).map(" ".join)
requests = st.fixed_dictionaries(
    {"query": documents | json_values},
    optional={"variables": json_values, "operationName": json_values, "extensions": json_values},
)


def check(response) -> None:
    assert response.status_code in {200, 400, 405, 413}
    payload = json.loads(response.content)
    assert "data" in payload or all(error["extensions"]["code"] != "INTERNAL" for error in payload["errors"])


def run(make_client, send) -> None:
    async def once():
        client = make_client()
        check(await send(client))
        await client.http.aclose()

    asyncio.run(once())


def test_any_bytes(make_client):
    @ANYTHING
    @given(st.binary(max_size=200))
    def holds(body):
        run(make_client, lambda client: client.post_bytes(body))

    holds()


def test_a_request_with_bytes_changed(make_client):
    @ANYTHING
    @given(st.integers(0, len(WELL_FORMED)), st.integers(0, 10), st.binary(max_size=5))
    def holds(start, length, other):
        body = WELL_FORMED[:start] + other + WELL_FORMED[start + length :]
        run(make_client, lambda client: client.post_bytes(body))

    holds()


def test_any_json(make_client):
    @ANYTHING
    @given(json_values | requests, st.booleans())
    def holds(value, escaped):
        body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
        run(make_client, lambda client: client.post_bytes(body))

    holds()


def test_any_document(make_client):
    @ANYTHING
    @given(documents | documents.map("{{ {} }}".format))
    def holds(document):
        run(make_client, lambda client: client.post({"query": document}))

    holds()


def test_any_query_string(make_client):
    pairs = st.tuples(
        st.sampled_from([b"query", b"variables", b"operationName", b"extensions", b"x", b""]),
        st.sampled_from([b"=", b"", b"=="]),
        st.sampled_from([b"{hello}", b"%7Bhello%7D", b"{}", b"null", b"%ff", b"%00", b"%", b"[", b"%ED%A0%80"])
        | st.binary(max_size=20),
    ).map(b"".join)

    @ANYTHING
    @given(st.lists(pairs, max_size=5).map(b"&".join))
    def holds(query_string):
        async def send(client):
            # The client library refuses to send most of this: it is put where the server would put it.
            async def app(scope, receive, answer):
                await client.app({**scope, "query_string": query_string}, receive, answer)

            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge.test") as http:
                return await http.get("/graphql")

        run(make_client, send)

    holds()
