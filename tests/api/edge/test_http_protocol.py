"""Limits of the size and the time of headers and bodies, on real connections."""

from __future__ import annotations

import asyncio
import gc
import json
from urllib.parse import urlsplit

import pytest

from community.api.edge.http_protocol import MAX_HEADER_BYTES, LimitedHttpProtocol, _JoiningTransport
from community.api.edge.middleware import _Exchange
from tests.support.waiting import wait_until

LEFT = (_Exchange, _JoiningTransport)
HELLO = b'{"query":"{ hello }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class QuickProtocol(LimitedHttpProtocol):
    header_timeout_s = 0.3
    body_timeout_s = 1.5
    idle_timeout_s = 0.3


@pytest.fixture
def address(client, served):
    parts = urlsplit(served(client.app, http=QuickProtocol))
    return parts.hostname, parts.port


async def exchange(address, *parts: bytes, pause_s: float = 0.0) -> tuple[int, dict[str, str], dict]:
    """Send the parts with pauses between them, and return status, headers and body of the response."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
        status, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        return int(status.split()[1]), headers, json.loads(body)
    finally:
        writer.close()


def code(body: dict) -> str:
    return body["errors"][0]["extensions"]["code"]


async def test_ordinary_request_is_served(address):
    status, _, body = await exchange(address, HEAD % len(HELLO) + HELLO)
    assert (status, body) == (200, {"data": {"hello": "你好，世界"}})


async def test_request_leaves_nothing_to_collect(address):
    gc.collect()
    gc.disable()
    try:
        await exchange(address, HEAD % len(HELLO) + HELLO)
        await wait_until(lambda: not any(isinstance(each, LEFT) for each in gc.get_objects()))
    finally:
        gc.enable()


async def test_two_requests_share_a_connection(address):
    request = HEAD % len(HELLO) + HELLO
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request + request)
    for _ in range(2):
        answer = await asyncio.wait_for(reader.readuntil(b'{"data"'), 10)
        assert answer.count(b"HTTP/1.1 200") == 1
    writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /fine HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * MAX_HEADER_BYTES,
        b"GET /fine HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * MAX_HEADER_BYTES + b"\r\n\r\n",
        b"GET /fine HTTP/1.1\r\nHost: x\r\n" + b"X-Short: x\r\n" * 10_000,
        b"GET /" + b"x" * MAX_HEADER_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["endless header", "long header", "many headers", "long address"],
)
async def test_large_headers_are_refused(address, head):
    status, headers, body = await exchange(address, head)
    assert (status, code(body)) == (431, "HEADERS_TOO_LARGE")
    assert (headers["connection"], headers["content-type"]) == ("close", "application/json; charset=utf-8")


CHUNKED = b"%b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("start", [b"0\r\nX-Long: ", b"5;", b"1\r\n \r\n0\r\nX-Long: "])
@pytest.mark.parametrize(("line", "answers"), [(b"GET /fine", 1), (b"POST /graphql", 0)])
async def test_large_trailers_end_the_connection(address, line, answers, start):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(CHUNKED % line + start)
    await asyncio.sleep(0.1)
    writer.write(b"x" * (MAX_HEADER_BYTES + 1))
    received = await asyncio.wait_for(reader.read(-1), QuickProtocol.body_timeout_s / 2)
    writer.close()
    assert received.count(b"HTTP/1.1") == received.count(b"HTTP/1.1 200") == answers


async def test_body_in_many_chunks_is_read(address, body_limit):
    chunks = b"1\r\n \r\n" * 20_000
    head = CHUNKED % b"POST /graphql" + b"%x\r\n%b\r\n" % (len(HELLO), HELLO)
    status, _, answer = await exchange(address, head, chunks, chunks, b"0\r\nX-Short: x\r\n\r\n")
    assert (status, answer) == (200, {"data": {"hello": "你好，世界"}})


async def test_large_body_does_not_count_as_headers(address, body_limit):
    body = HELLO + b" " * (body_limit - len(HELLO))
    status, _, answer = await exchange(address, HEAD % len(body) + body)
    assert (status, answer) == (200, {"data": {"hello": "你好，世界"}})


async def test_slow_headers_are_refused(address):
    drops = [b"GET /fine HTTP/1.1\r\n", *(b"X-Slow: x\r\n" for _ in range(3))]
    status, headers, body = await exchange(address, *drops, pause_s=0.03)
    assert (status, code(body), headers["connection"]) == (408, "REQUEST_TIMEOUT", "close")


async def test_silent_connection_is_closed(address):
    reader, writer = await asyncio.open_connection(*address)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_slow_body_is_refused(address):
    status, headers, body = await exchange(address, HEAD % len(HELLO) + HELLO[:5])
    assert (status, code(body), headers["connection"]) == (408, "REQUEST_TIMEOUT", "close")


async def test_body_in_parts_is_read(address):
    status, _, body = await exchange(address, HEAD % len(HELLO), HELLO[:5], HELLO[5:], pause_s=0.1)
    assert (status, body) == (200, {"data": {"hello": "你好，世界"}})


async def test_slow_body_of_any_route_ends(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /fine HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
    received = b""
    for _ in range(40):
        writer.write(b"x")
        try:
            received += await asyncio.wait_for(reader.read(65_536), 0.1)
        except TimeoutError:
            continue
        if reader.at_eof():
            break
    assert received.startswith(b"HTTP/1.1 200")
    assert reader.at_eof()
    writer.close()


async def test_large_body_of_any_route_is_not_kept(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /fine HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 1_000_000)
    assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize("request_bytes", [b"nonsense\r\n\r\n", b"GET /fine HTTP/1.1\r\nBad Header: x\r\n\r\n"])
async def test_malformed_request_gets_json(address, request_bytes):
    status, headers, body = await exchange(address, request_bytes)
    assert (status, code(body), headers["connection"]) == (400, "BAD_REQUEST", "close")


@pytest.mark.parametrize(
    "hosts", [b"", b"Host:\r\n", b"Host: a\r\nHost: b\r\n", b"Host: a/b\r\n", b"Host: " + b"a" * 256 + b"\r\n"]
)
async def test_request_without_one_valid_host_is_refused(address, hosts):
    status, headers, body = await exchange(address, b"GET /fine HTTP/1.1\r\n" + hosts + b"\r\n")
    assert (status, code(body), headers["connection"]) == (400, "BAD_REQUEST", "close")


async def test_http_1_0_needs_no_host(address):
    status, _, body = await exchange(address, b"GET /graphql?query=%7Bhello%7D HTTP/1.0\r\n\r\n")
    assert (status, body) == (200, {"data": {"hello": "你好，世界"}})


UPGRADE = b"Connection: Upgrade\r\nUpgrade: %b\r\n"


@pytest.mark.parametrize("path", [b"/graphql", b"/fine"])
async def test_websocket_gets_a_clear_refusal(address, path, caplog):
    head = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Version: 13\r\n"
    status, headers, body = await exchange(address, head + UPGRADE % b"websocket" + b"\r\n")
    assert (status, code(body), headers["connection"]) == (400, "WEBSOCKET_NOT_SUPPORTED", "close")
    assert caplog.records == []


async def test_offer_of_http_2_is_ignored(address, caplog):
    request = b"GET /graphql?query=%7Bhello%7D HTTP/1.1\r\nHost: x\r\n" + UPGRADE.replace(b"%b", b"h2c") + b"\r\n"
    status, _, body = await exchange(address, request)
    assert (status, body) == (200, {"data": {"hello": "你好，世界"}})
    assert caplog.records == []


class Written:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.parts.append(data)

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("body", [[b"one"], [b"one", b"two"], []])
def test_head_is_written_with_the_first_part(body):
    written = Written()
    joining = _JoiningTransport(written)
    joining.write(b"HTTP/1.1 100 Continue")
    joining.write(b"head ")
    assert written.parts == [b"HTTP/1.1 100 Continue"]
    for part in body:
        joining.write(part)
    joining.close()
    first, *rest = body or [b""]
    assert written.parts == [b"HTTP/1.1 100 Continue", b"head " + first, *rest]
    assert written.is_closed
