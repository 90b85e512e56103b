"""Every request gets JSON with a code, and never a 500."""

from __future__ import annotations

import json

import httpx
import pytest

from community.api.edge.params import MAX_DROPPED_BYTES

HELLO = {"query": "{ hello }"}
GRAPHQL_RESPONSE = "application/graphql-response+json"


def code(response) -> str:
    (error,) = response.json()["errors"]
    assert error["message"]
    return error["extensions"]["code"]


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
async def test_trailing_slash_needs_no_redirect(client, path):
    assert (await client.post(HELLO, path=path)).json() == {"data": {"hello": "你好，世界"}}
    response = await client.http.get(path, params={"query": "{ hello }"})
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "你好，世界"}})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"[]",
        b'[{"query":"{ hello }"}]',
        b"null",
        b"7",
        b'"{ hello }"',
        b"true",
        b"{",
        b"{}",
        b"\xff\xfe{}",
        b'{"query":"\xc3("}',
        b"[" * 100_000,
        b'{"query":"{ hello }","variables":' + b'{"a":' * 30_000,
        b'{"query":"{ hello }","variables":{"a":' + b"[" * 200 + b"]" * 200 + b"}}",
        b'{"query":"{ hello(name: \\"\\ud83d\\") }"}',
        b'{"query":"{ hello }","variables":{"a":"\\udc00"}}',
        b'{"query":"{ hello }","variables":{"\\udc00":1}}',
        b'{"query":"{ hello }","variables":{"a":"\\u0000"}}',
        b'{"query":"{ hello }","variables":{"a":NaN}}',
        b'{"query":"{ hello }","variables":{"a":-Infinity}}',
        b'{"query":"{ hello }","variables":{"a":1e999}}',
        b'{"query":"{ hello }","variables":{"a":' + b"9" * 5_000 + b"}}",
        b'{"query":null}',
        b'{"query":""}',
        b'{"query":1}',
        b'{"query":["{ hello }"]}',
        b'{"query":{"a":1}}',
        b'{"query":"{ hello }","variables":[]}',
        b'{"query":"{ hello }","variables":"{}"}',
        b'{"query":"{ hello }","variables":1}',
        b'{"query":"{ hello }","operationName":1}',
        b'{"query":"{ hello }","operationName":{}}',
        b'{"query":"{ hello }","extensions":[]}',
        b'{"query":"{ hello }","extensions":true}',
    ],
)
async def test_invalid_body_is_a_bad_request(client, body):
    response = await client.post_bytes(body)
    # Nested bodies can be longer than the limit of a body.
    assert (response.status_code, code(response)) in {(400, "BAD_REQUEST"), (413, "BODY_TOO_LARGE")}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%7Bhello%7D&query=%7Bhello%7D",
        "query=%7Bhello%7D&variables=%7B",
        "query=%7Bhello%7D&variables=[]",
        "query=%7Bhello%7D&variables=1",
        "query=%7Bhello%7D&extensions=[]",
        "query=%ff",
        "query=%00",
        "&".join(f"p{i}=1" for i in range(100)),
    ],
)
async def test_invalid_query_string_is_a_bad_request(client, query_string):
    response = await client.http.get(f"/graphql?{query_string}")
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_get_reads_variables_and_operation_name(client):
    params = {
        "query": "query A($n: String!) { hello(name: $n) } query B { me { id } }",
        "variables": '{"n": "小红"}',
        "operationName": "A",
    }
    response = await client.http.get("/graphql", params=params)
    assert response.json() == {"data": {"hello": "你好，小红"}}


async def test_64_bit_variable_is_refused_as_an_int(client):
    query = "query ($n: Int!) { number(of: $n) }"
    assert await client.ask(query, {"n": 2**31 - 1}) == {"data": {"number": 2**31 - 1}}
    answer = await client.ask(query, {"n": 2**63})
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "data" not in answer


@pytest.mark.parametrize(
    "content_type",
    [
        "x-application/json-x",
        "application/jsonx",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=x",
        "application/json; charset=latin-1",
        "application/json, text/plain",
        "",
    ],
)
async def test_other_content_type_is_refused(client, content_type):
    body = json.dumps({"query": "mutation { count }"}).encode()
    response = await client.post_bytes(body, content_type=content_type)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert client.counter == []


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=UTF-8"])
async def test_json_can_name_its_charset(client, content_type):
    response = await client.post_bytes(b'{"query":"{ hello }"}', content_type=content_type)
    assert response.status_code == 200


async def test_large_body_is_refused(client, body_limit):
    response = await client.post({"query": "{ hello }" + " " * body_limit})
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("announced", [None, str(10**9), "9" * 5_000])
async def test_endless_body_is_read_to_a_limit(client, body_limit, announced):
    read = []

    async def chunks():
        while True:
            read.append(1)
            yield b" " * 65_536

    headers = {"content-type": "application/json"} | ({"content-length": announced} if announced else {})
    response = await client.http.post("/graphql", content=chunks(), headers=headers)
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")
    assert len(read) == 0 if announced else len(read) * 65_536 <= body_limit + MAX_DROPPED_BYTES + 2 * 65_536


async def test_invalid_content_length_is_a_bad_request(client):
    response = await client.post_bytes(b'{"query":"{ hello }"}', content_length="-1")
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_large_body_gets_its_response_on_real_connection(client, body_limit, served):
    async with httpx.AsyncClient(base_url=served(client.app)) as http:
        for excess in (1, 100_000):
            response = await http.post(
                "/graphql", content=b" " * (body_limit + excess), headers={"content-type": "application/json"}
            )
            assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")
        response = await http.post("/graphql/", json=HELLO)
        assert response.json() == {"data": {"hello": "你好，世界"}}


async def test_body_of_exactly_the_limit_is_read(client, body_limit):
    body = b'{"query":"{ hello }"}'
    response = await client.post_bytes(body + b" " * (body_limit - len(body)))
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_other_method_gets_the_allowed_ones(client, method):
    response = await client.http.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, OPTIONS"
    assert code(response) == "METHOD_NOT_ALLOWED"


async def test_head_gets_the_allowed_methods(client):
    response = await client.http.head("/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, OPTIONS")


async def test_mutation_by_get_is_not_executed(client):
    response = await client.http.get("/graphql", params={"query": "mutation { count }"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert code(response) == "METHOD_NOT_ALLOWED"
    assert client.counter == []


async def test_mutation_by_post_is_executed(client):
    assert await client.ask("mutation { count }") == {"data": {"count": 1}}


async def test_unacceptable_media_type_executes_nothing(client):
    response = await client.post({"query": "mutation { count }"}, accept="application/xml")
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")
    assert client.counter == []


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, application/json;q=0.9", GRAPHQL_RESPONSE),
        (f"application/json, {GRAPHQL_RESPONSE}", "application/json"),
        ("text/event-stream, application/json", "application/json"),
    ],
)
async def test_response_has_the_preferred_type(client, accept, answered):
    response = await client.post(HELLO, accept=accept)
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("payload", "refused"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ ...A } fragment A on Query { ...A }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ ...Missing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "type A { a: Int }"}, "OPERATION_NOT_FOUND"),
        ({"query": "query A { hello } query B { hello }"}, "OPERATION_NOT_FOUND"),
        ({"query": "query A { hello }", "operationName": "B"}, "OPERATION_NOT_FOUND"),
        ({"query": "query ($n: Int!) { number(of: $n) }"}, "BAD_USER_INPUT"),
        ({"query": "query ($n: Int!) { number(of: $n) }", "variables": {"n": "x"}}, "BAD_USER_INPUT"),
    ],
)
async def test_refused_document_has_no_data_and_its_status(client, payload, refused):
    response = await client.post(payload)
    assert (response.status_code, list(response.json())) == (200, ["errors"])
    assert code(response) == refused
    response = await client.post(payload, accept=GRAPHQL_RESPONSE)
    assert (response.status_code, list(response.json())) == (400, ["errors"])
    assert code(response) == refused


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_RESPONSE])
async def test_failed_operation_still_has_status_200(client, accept):
    response = await client.post({"query": "{ crash hello }"}, accept=accept)
    assert response.status_code == 200
    assert response.json()["data"] == {"crash": None, "hello": "你好，世界"}
    response = await client.post({"query": "{ crashHard }"}, accept=accept)
    assert (response.status_code, response.json()["data"]) == (200, None)


async def test_named_operation_is_executed(client):
    document = "query A { hello } query B { me { name } }"
    assert await client.ask(document, operationName="B") == {"data": {"me": {"name": "阿明"}}}
    assert await client.ask("{ hello }", operationName="") == {"data": {"hello": "你好，世界"}}


async def test_chinese_is_not_escaped(client):
    response = await client.post(HELLO)
    assert response.content == '{"data":{"hello":"你好，世界"}}'.encode()


async def test_lone_surrogate_becomes_a_question_mark(client):
    assert await client.ask("{ half }") == {"data": {"half": "?"}}


async def test_browser_gets_the_page(client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = await client.http.get("/graphql", headers={"accept": accept})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "{ hello }" in response.text
    response = await client.http.get("/graphql", headers={"accept": accept}, params={"query": "{ hello }"})
    assert response.json() == {"data": {"hello": "你好，世界"}}


async def test_options_names_the_methods(client):
    response = await client.http.options("/graphql")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, POST, OPTIONS")


async def test_disconnected_client_is_no_error(client, caplog):
    sent = []
    messages = [{"type": "http.request", "body": b'{"query":', "more_body": True}, {"type": "http.disconnect"}]
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "http_version": "1.1",
        "headers": [(b"content-type", b"application/json")], "scheme": "http", "server": ("edge.test", 80),
    }  # fmt: skip

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await client.app(scope, receive, send)
    assert (sent, caplog.records) == ([], [])
