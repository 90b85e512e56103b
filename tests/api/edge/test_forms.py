"""Forms with files: limits, any order, any name. An invalid form is a bad request."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.api.edge.forms import MAX_FORM_BYTES
from community.api.edge.params import MAX_DROPPED_BYTES

ANYTHING = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
PREFLIGHT = {"graphql-require-preflight": "1"}
SIZE = "query($file: Upload!) { size(file: $file) }"
MANY = "query($files: [Upload!]!) { sizes(files: $files) }"
BOUNDARY = "xYzZY"


def form(*parts: tuple[str, bytes], end: bool = True) -> bytes:
    """Build a form from the headers and bodies of its parts."""
    body = b"".join(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts)
    return body + (f"--{BOUNDARY}--\r\n".encode() if end else b"")


def named(name: str, data: object) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', data if isinstance(data, bytes) else json.dumps(
        data
    ).encode()


def file(name: str, data: bytes, kind: str = "image/jpeg") -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"; filename="IMG.jpg"\r\nContent-Type: {kind}', data


OPERATIONS = named("operations", {"query": SIZE, "variables": {"file": None}})
MAP = named("map", {"0": ["variables.file"]})


async def send(client, body: bytes, **headers: str) -> httpx.Response:
    kind = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return await client.http.post("/graphql", content=body, headers=kind | PREFLIGHT | headers)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_file_reaches_its_variable_in_any_part_order(client, order):
    parts = [OPERATIONS, MAP, file("0", b"x" * 777)]
    answer = await send(client, form(*(parts[place] for place in order)))
    assert answer.json() == {"data": {"size": 777}}


async def test_file_can_have_any_type(client):
    for kind in ("application/octet-stream", "text/plain", "image/png"):
        assert (await send(client, form(OPERATIONS, MAP, file("0", b"abc", kind)))).json() == {"data": {"size": 3}}
    untitled = ('Content-Disposition: form-data; name="0"\r\nContent-Type: application/octet-stream', b"abcd")
    assert (await send(client, form(OPERATIONS, MAP, untitled))).json() == {"data": {"size": 4}}


async def test_file_can_be_in_a_list(client):
    operations = named("operations", {"query": MANY, "variables": {"files": [None]}})
    answer = await send(client, form(operations, named("map", {"0": ["variables.files.0"]}), file("0", b"abc")))
    assert answer.json() == {"data": {"sizes": [3]}}


async def test_form_without_preflight_header_is_refused(client):
    body = form(OPERATIONS, MAP, file("0", b"abc"))
    for headers in ({"graphql-require-preflight": ""}, {"graphql-require-preflight": "", "x-other": "1"}):
        answer = await send(client, body, **headers)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
        assert "GraphQL-Require-Preflight" in answer.json()["errors"][0]["message"]
    answer = await send(client, body, **{"graphql-require-preflight": "", "apollo-require-preflight": "true"})
    assert answer.json() == {"data": {"size": 3}}


async def test_file_of_guest_is_not_kept(client):
    answer = await send(client, form(OPERATIONS, MAP, file("0", b"x" * 100_000)), authorization="guest")
    assert answer.json() == {"data": {"size": -1}}


@pytest.mark.parametrize("value", ["text", 7, True, {"data": "x"}, ["x"], None])
async def test_other_value_is_no_upload(client, value):
    answer = await client.post({"query": SIZE, "variables": {"file": value}})
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    answer = await client.post({"query": '{ size(file: "text") }'})
    assert answer.json()["errors"][0]["extensions"]["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


async def test_limit_stops_the_reading(client):
    read = 0

    async def endless():
        nonlocal read
        yield form(OPERATIONS, MAP, end=False)
        yield f"--{BOUNDARY}\r\n{file('0', b'')[0]}\r\n\r\n".encode()
        while True:
            read += 16_384
            yield b"x" * 16_384

    kind = {"content-type": f"multipart/form-data; boundary={BOUNDARY}", "transfer-encoding": "chunked"}
    answer = await client.http.post("/graphql", content=endless(), headers=kind | PREFLIGHT)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "BODY_TOO_LARGE")
    assert read < MAX_FORM_BYTES + MAX_DROPPED_BYTES + 1_000_000


async def test_file_beyond_its_limit_is_read_to_the_end(client, upload_limit):
    just = form(OPERATIONS, MAP, file("0", b"x" * upload_limit))
    assert (await send(client, just)).json() == {"data": {"size": upload_limit}}
    for more in (1, 5_000_000):
        large = form(OPERATIONS, MAP, file("0", b"x" * (upload_limit + more)))
        assert (await send(client, large)).json() == {"data": {"size": -1}}


BROKEN = {
    "nothing": b"",
    "no end": form(OPERATIONS, MAP, file("0", b"abc"), end=False),
    "cut": form(OPERATIONS, MAP, file("0", b"abc"))[:-40],
    "another boundary": form(OPERATIONS, MAP, file("0", b"abc")).replace(BOUNDARY.encode(), b"other"),
    "no operations": form(MAP, file("0", b"abc")),
    "no map": form(OPERATIONS, file("0", b"abc")),
    "no file": form(OPERATIONS, MAP),
    "a file that the map does not name": form(OPERATIONS, named("map", {}), file("0", b"abc")),
    "two files": form(
        OPERATIONS, named("map", {"0": ["variables.file"], "1": ["variables.file"]}), file("0", b"a"), file("1", b"b")
    ),
    "a part twice": form(OPERATIONS, OPERATIONS, MAP, file("0", b"abc")),
    "a part without a name": form(OPERATIONS, MAP, ("Content-Disposition: form-data", b"abc")),
    "no disposition": form(OPERATIONS, MAP, ("Content-Type: image/jpeg", b"abc")),
    "a batch": form(named("operations", [{"query": SIZE}]), MAP, file("0", b"abc")),
    "operations that are no JSON": form(named("operations", b"{"), MAP, file("0", b"abc")),
    "operations that are not UTF-8": form(named("operations", b"\xff"), MAP, file("0", b"abc")),
    "operations with a NUL": form(named("operations", b'{"query": "\0"}'), MAP, file("0", b"abc")),
    "operations that are too long": form(
        named("operations", b'{"query": "' + b"x" * 66_000 + b'"}'), MAP, file("0", b"abc")
    ),
    "a map that is a list": form(OPERATIONS, named("map", ["variables.file"]), file("0", b"abc")),
    "a map of texts": form(OPERATIONS, named("map", {"0": "variables.file"}), file("0", b"abc")),
    "a map of nothing": form(OPERATIONS, named("map", {"0": []}), file("0", b"abc")),
    "a map of numbers": form(OPERATIONS, named("map", {"0": [1]}), file("0", b"abc")),
    "a place outside": form(OPERATIONS, named("map", {"0": ["query"]}), file("0", b"abc")),
    "a place too deep": form(OPERATIONS, named("map", {"0": ["variables.file.x.y"]}), file("0", b"abc")),
    "a place that is not in a list": form(OPERATIONS, named("map", {"0": ["variables.file.0"]}), file("0", b"abc")),
    "a place that is not null": form(
        named("operations", {"query": SIZE, "variables": {"file": 1}}), MAP, file("0", b"abc")
    ),
    "no variables": form(named("operations", {"query": SIZE}), MAP, file("0", b"abc")),
    "too many parts": form(*[named(f"n{number}", b"") for number in range(30)]),
    "too long a header": form((f'Content-Disposition: form-data; name="{"x" * 20_000}"', b"")),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_invalid_form_is_a_bad_request(client, name):
    answer = await send(client, BROKEN[name])
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


NO_BOUNDARY = [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/mixed; boundary=x",
    "multipart/form-data; boundary=" + "x" * 100,
    "multipart/form-data-x; boundary=x",
]


@pytest.mark.parametrize("kind", NO_BOUNDARY)
async def test_a_form_without_a_boundary_is_none(client, kind):
    answer = await send(client, form(OPERATIONS, MAP, file("0", b"abc")), **{"content-type": kind})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_form_with_changed_bytes_never_gets_500(make_client):
    whole = form(OPERATIONS, MAP, file("0", b"abc"))

    async def once(body):
        client = make_client()
        answer = await send(client, body)
        assert answer.status_code in {200, 400, 413}
        payload = json.loads(answer.content)
        assert "data" in payload or all(error["extensions"]["code"] != "INTERNAL" for error in payload["errors"])
        await client.http.aclose()

    @ANYTHING
    @given(st.integers(0, len(whole)), st.integers(0, 12), st.binary(max_size=6))
    def holds(start, length, other):
        asyncio.run(once(whole[:start] + other + whole[start + length :]))

    holds()
