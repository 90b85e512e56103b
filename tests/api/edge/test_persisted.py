"""Documents by their digest: Apollo's persisted queries, `documentId`, and registered documents only."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from community.api.edge.codes import DocumentRefused
from community.api.edge.params import GraphQLParams
from community.api.edge.persisted import MAX_KEPT_DOCUMENTS, PersistedDocuments

HELLO = "{ hello }"  # registered in the test's application
OTHER = "{ number }"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def apollo(text, **more):
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


def code(answer):
    (error,) = answer["errors"]
    return error["extensions"]["code"]


@pytest.fixture
async def strict(make_client):
    client = make_client(only_registered=True)
    yield client
    await client.http.aclose()


async def test_unknown_hash_gets_the_answer_of_apollo(client):
    response = await client.post(apollo(OTHER))
    assert response.status_code == 200
    assert response.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }


async def test_document_is_known_after_it_was_sent_once(client):
    first = (await client.post(apollo(OTHER, query=OTHER))).json()
    assert first == {"data": {"number": 1}}
    assert (await client.post(apollo(OTHER))).json() == first


async def test_document_is_found_by_get(client):
    await client.post(apollo(OTHER, query=OTHER))
    params = {"extensions": json.dumps(apollo(OTHER)["extensions"])}
    for headers in ({}, {"accept": "text/html,application/json;q=0.9"}):
        response = await client.http.get("/graphql", params=params, headers=headers)
        assert response.json() == {"data": {"number": 1}}
    response = await client.http.get("/graphql", params={"documentId": f"sha256:{digest(OTHER)}"})
    assert response.json() == {"data": {"number": 1}}


@pytest.mark.parametrize("written", ["{}", "sha256:{}"])
async def test_registered_document_is_found_by_its_id(client, strict, written):
    for one in (client, strict):
        for given in (digest(HELLO), digest(HELLO).upper()):
            answer = (await one.post({"documentId": written.format(given)})).json()
            assert answer == {"data": {"hello": "你好，世界"}}


async def test_variables_and_operation_name_are_passed(client):
    query = "query A { hello } query B($n: Int!) { number(of: $n) }"
    await client.post(apollo(query, query=query, operationName="A"))
    answer = (await client.post(apollo(query, operationName="B", variables={"n": 7}))).json()
    assert answer == {"data": {"number": 7}}


async def test_wrong_hash_is_refused_and_not_kept(client):
    response = await client.post({**apollo(OTHER), "query": "{ me { name } }"})
    assert (response.status_code, code(response.json())) == (400, "BAD_REQUEST")
    assert code((await client.post(apollo(OTHER))).json()) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "given",
    [
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": digest(HELLO)}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": "x"}},
        {"documentId": "md5:abc"},
        {"documentId": 7},
        {"documentId": ""},
    ],
)
async def test_malformed_id_is_refused(client, given):
    response = await client.post(given)
    assert (response.status_code, code(response.json())) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("given", [{"query": OTHER}, {"query": "{ __schema { queryType { name } } }"}, apollo(OTHER),
                                   apollo(OTHER, query=OTHER), {"query": "{ hello  }"}])  # fmt: skip
async def test_unregistered_document_is_refused(strict, given):
    assert code((await strict.post(given)).json()) == "DOCUMENT_NOT_REGISTERED"
    assert code((await strict.post(given)).json()) == "DOCUMENT_NOT_REGISTERED"


@pytest.mark.parametrize("given", [{"query": HELLO}, apollo(HELLO), apollo(HELLO, query=HELLO)])
async def test_registered_document_is_served(strict, given):
    assert (await strict.post(given)).json() == {"data": {"hello": "你好，世界"}}


def build_params(text, *, with_text=False):
    query = text if with_text else ""
    return GraphQLParams(query=query, document_id=digest(text), variables=None, operation_name=None, extensions=None)


@pytest.mark.parametrize("length", [10, 5_000])
async def test_kept_documents_are_bounded(length):
    async def find(_digest):
        return None

    documents = PersistedDocuments(find, only_registered=False)
    texts = [f"{{ number(of: {number}) }}".ljust(length) for number in range(MAX_KEPT_DOCUMENTS + 1)]
    for text in texts:
        await documents.resolve(build_params(text, with_text=True))
    assert (await documents.resolve(build_params(texts[-1]))).query == texts[-1]
    with pytest.raises(DocumentRefused):
        await documents.resolve(build_params(texts[0]))


async def test_removed_document_is_refused_after_its_time():
    registered = {digest(HELLO): HELLO}

    async def find(wanted):
        return registered.get(wanted)

    documents = PersistedDocuments(find, only_registered=True, trust_s=0.05)
    for _ in range(2):
        assert (await documents.resolve(build_params(HELLO))).query == HELLO
        registered.clear()
    await asyncio.sleep(0.1)
    with pytest.raises(DocumentRefused):
        await documents.resolve(build_params(HELLO))
