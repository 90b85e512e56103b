"""The request id of each response, and the shape of each error."""

from __future__ import annotations

import logging

import httpx
import pytest
from starlette.responses import StreamingResponse
from starlette.routing import Route, Router

from community.api.edge.middleware import EdgeMiddleware
from community.kernel.correlation import NO_REQUEST, get_request_id


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "NOT_FOUND"),
        ("/graphql/x", 404, "NOT_FOUND"),
        ("/teapot", 418, "BAD_REQUEST"),
        ("/broken", 500, "INTERNAL"),
    ],
)
async def test_error_has_its_shape_and_request_id(client, path, status, code):
    response = await client.http.get(path, headers={"x-request-id": "abc-1"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["x-request-id"] == "abc-1"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": code, "requestId": "abc-1"}


async def test_wrong_method_names_the_allowed_ones(client):
    response = await client.http.post("/fine")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_bug_outside_graphql_is_masked_and_logged_once(client, caplog, secret):
    response = await client.http.get("/broken", headers={"x-request-id": "abc-2"})
    assert secret not in response.text
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "abc-2" in record.getMessage()
    assert secret in caplog.text


@pytest.mark.parametrize("offered", ["", "a b", "x" * 65, "a\tb", "<script>", "阿明".encode(), 'a"b', "a,b"])
async def test_invalid_request_id_is_replaced(client, offered):
    response = await client.http.get("/fine", headers={"x-request-id": offered})
    (given,) = response.headers.get_list("x-request-id")
    assert len(given) == 32
    assert given.isalnum()


async def test_two_request_ids_are_replaced(client):
    response = await client.http.get("/fine", headers=[("x-request-id", "a"), ("x-request-id", "b")])
    assert len(response.headers["x-request-id"]) == 32


async def test_request_id_ends_with_its_request(client):
    await client.http.get("/fine", headers={"x-request-id": "abc-3"})
    assert get_request_id() == NO_REQUEST


async def test_bug_in_started_response_is_logged_once(caplog, secret):
    def broken(_request):
        async def parts():
            yield b"begun"
            raise RuntimeError(secret)

        return StreamingResponse(parts())

    app = EdgeMiddleware(Router([Route("/", broken)]), allowed_origins=[], body_timeout_s=1)
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "http_version": "1.1",
        "scheme": "http", "server": ("edge.test", 80), "asgi": {"spec_version": "2.4"},
    }  # fmt: skip
    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"]
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_other_scopes_pass_through(client):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(client.app), base_url="http://edge.test") as http:
        assert (await http.get("/fine")).text == "fine"
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message["type"])

    await client.app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


HEADERS = (
    "accept-language, apollo-require-preflight, apollographql-client-name, apollographql-client-version, authorization,"
    " baggage, content-type, idempotency-key, sentry-trace, traceparent, tracestate, x-apollo-operation-name,"
    " x-apollo-operation-id, x-request-id"
)


async def ask_preflight(client, **headers):
    given = {"origin": "https://page.test", "access-control-request-method": "POST"}
    return await client.http.options("/graphql", headers=given | {k.replace("_", "-"): v for k, v in headers.items()})


async def test_preflight_allows_headers_of_clients(client):
    response = await ask_preflight(client, access_control_request_headers=HEADERS)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-headers"] == HEADERS
    assert response.headers["access-control-allow-origin"] == "https://page.test"
    assert response.headers["access-control-max-age"] == "86400"


@pytest.mark.parametrize("given", [{"origin": "https://evil.test"}, {"access_control_request_method": "DELETE"}])
async def test_preflight_from_elsewhere_is_refused_with_json(client, given):
    response = await ask_preflight(client, **given)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert response.headers.get("access-control-allow-origin") != "https://evil.test"


async def test_request_id_is_readable_for_pages(client):
    response = await client.http.get("/fine", headers={"origin": "https://page.test"})
    assert response.headers["access-control-expose-headers"] == "X-Request-ID"
