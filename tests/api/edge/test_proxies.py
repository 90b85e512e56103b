"""The caller's address, scheme and host behind proxies."""

from __future__ import annotations

from ipaddress import ip_network

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from community.api.edge.middleware import EdgeMiddleware
from community.api.edge.proxies import name_subscriber


async def ask(*, peer="10.0.0.2", trusted=("10.0.0.0/8", "fd00::/8"), headers=()):
    """Return the address, scheme and host that the application sees."""

    def show(request):
        return JSONResponse([request.client.host, request.url.scheme, request.headers["host"]])

    networks = [ip_network(text) for text in trusted]
    app = EdgeMiddleware(Router([Route("/", show)]), allowed_origins=[], body_timeout_s=1, trusted_proxies=networks)
    transport = httpx.ASGITransport(app, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as http:
        return (await http.get("/", headers=list(headers))).json()


def forwarded(*values):
    return [("x-forwarded-for", value) for value in values]


@pytest.mark.parametrize(
    ("values", "client"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        (["6.6.6.6, 192.0.2.7"], "192.0.2.7"),
        (["6.6.6.6, 192.0.2.7, 10.9.9.9"], "192.0.2.7"),
        (["6.6.6.6", "192.0.2.7, 10.9.9.9"], "192.0.2.7"),
        (["192.0.2.7:5000"], "192.0.2.7"),
        (["[2001:db8::1]:5000"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7, unknown"], "10.0.0.2"),
        (["<script>, 10.9.9.9"], "10.9.9.9"),
        (["10.1.1.1, 10.9.9.9"], "10.1.1.1"),
        ([""], "10.0.0.2"),
        ([], "10.0.0.2"),
    ],
)
async def test_client_is_rightmost_untrusted_entry(values, client):
    assert (await ask(headers=forwarded(*values)))[0] == client


@pytest.mark.parametrize(("peer", "trusted"), [("203.0.113.9", ("10.0.0.0/8",)), ("10.0.0.2", ())])
async def test_headers_of_an_untrusted_peer_are_ignored(peer, trusted):
    more = [("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.test")]
    assert await ask(peer=peer, trusted=trusted, headers=forwarded("192.0.2.7") + more) == [peer, "http", "inside"]


async def test_scheme_and_host_are_those_of_nearest_proxy():
    more = [("x-forwarded-proto", "http, https"), ("x-forwarded-host", "evil.test, api.example.cn")]
    assert await ask(headers=more) == ["10.0.0.2", "https", "api.example.cn"]


async def test_invalid_scheme_and_host_are_ignored():
    more = [("x-forwarded-proto", "javascript"), ("x-forwarded-host", "a/b")]
    assert await ask(headers=more) == ["10.0.0.2", "http", "inside"]


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_subscriber_of_ipv6_is_its_network(client, name):
    assert name_subscriber(client) == name
