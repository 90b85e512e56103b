"""HTTP/1.1 with limits of the headers and with a Host. Malformed requests get JSON too.

uvicorn's httptools protocol keeps headers of any size, and waits for them without a time limit.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from community.api.edge.codes import BAD_REQUEST, HEADERS_TOO_LARGE, REQUEST_TIMEOUT, WEBSOCKET_NOT_SUPPORTED
from community.api.edge.responses import build_error_response

MAX_HEADER_BYTES = 65_536
"""Maximum size of the request line and the headers, and of what follows them without a body, such as trailers."""
HEADER_TIMEOUT_S = 15.0
MAX_BODY_TIMEOUT_S = 660.0
"""Time limit of a body that no route reads. It is more than the largest `COMMUNITY_BODY_TIMEOUT_S`."""
STOP_GRACE_S = 1.0
"""Time that a connection without a request has when the process stops. Its request may be on the way."""
IDLE_TIMEOUT_S = 65.0
"""Time limit of a new connection until its first byte. Later ones have uvicorn's limit for keep-alive."""

HAS_ARRIVED = "community.has_arrived"
"""The key of a function in the scope, which returns True if `receive` has something to return immediately."""
_INTERIM = b"HTTP/1.1 100 "
_HOST_PATTERN = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,255}")


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection. A request beyond a limit is refused, and the connection closes."""

    max_header_bytes = MAX_HEADER_BYTES
    header_timeout_s = HEADER_TIMEOUT_S
    body_timeout_s = MAX_BODY_TIMEOUT_S
    idle_timeout_s = IDLE_TIMEOUT_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the limit of an idle connection."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_reading_headers = False
        self._is_reading_body = False
        self._is_refused = False
        self._is_stopping = False
        self._received_bytes = 0
        self._chunk_bytes = 0
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.idle_timeout_s, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the limit."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the next bytes. Refuse headers and trailers that are too large, even before they are complete."""
        if self._is_refused:
            return
        self._chunk_bytes = len(data)
        self._received_bytes += len(data)
        super().data_received(data)
        if (self._is_reading_headers or self._is_reading_body) and self._received_bytes > self.max_header_bytes:
            self._refuse_large_headers()
        self._start_timer()

    def on_message_begin(self) -> None:
        """Start the limits of the headers."""
        super().on_message_begin()
        self._is_reading_headers = True
        self._received_bytes = self._chunk_bytes  # an upper bound, because a chunk can begin with another request
        self._stop_timer()

    def on_headers_complete(self) -> None:
        """Start the request if its headers are valid and within the limit."""
        self._is_reading_headers = False
        self._stop_timer()
        if self._received_bytes > self.max_header_bytes and self._count_header_bytes() > self.max_header_bytes:
            self._refuse_large_headers()
            return
        if not self._has_valid_host():
            self._refuse(400, BAD_REQUEST, "The request needs one Host header with a name or an address.")
            return
        if self.parser.should_upgrade() and self._get_upgrade() == b"websocket":
            message = "WebSockets are not supported. Send operations by POST."
            self._refuse(400, WEBSOCKET_NOT_SUPPORTED, message)
            return
        self._is_reading_body = True
        self._received_bytes = 0
        super().on_headers_complete()
        self.scope[HAS_ARRIVED] = self.cycle.message_event.is_set  # type: ignore[literal-required]  # another key
        if self.scope["method"] != "HEAD":
            self.cycle.transport = _JoiningTransport(self.transport)  # type: ignore[assignment]  # all that a cycle calls
        if self._is_stopping:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on, unless the request was refused."""
        self._received_bytes = 0  # what remains of this chunk is not counted, because it can be a large body
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body, unless the request was refused."""
        if not self._is_refused:
            self._is_reading_body = False
            self._stop_timer()
            super().on_message_complete()

    def shutdown(self) -> None:
        """Close the connection after its request. Without a request, close it after a moment."""
        self._is_stopping = True
        if self._has_request():
            super().shutdown()
        else:
            self.loop.call_later(STOP_GRACE_S, self._close_unused)

    def _close_unused(self) -> None:
        if not self._has_request():
            self.transport.close()

    def _has_request(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first, unlike its declaration
        return cycle is not None and not cycle.response_complete

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request with JSON."""
        self._refuse(400, BAD_REQUEST, msg)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing. Another protocol is only offered, and the request is served without it."""

    def _has_valid_host(self) -> bool:
        hosts = [value for name, value in self.headers if name == b"host"]
        if not hosts:
            return self.parser.get_http_version() == "1.0"  # RFC 9112, 3.2
        return len(hosts) == 1 and _HOST_PATTERN.fullmatch(hosts[0]) is not None

    def _count_header_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse_large_headers(self) -> None:
        self._refuse(431, HEADERS_TOO_LARGE, f"The headers are larger than {self.max_header_bytes} bytes.")

    def _refuse_slow_headers(self) -> None:
        message = f"The headers did not arrive within {self.header_timeout_s:g} seconds."
        self._refuse(408, REQUEST_TIMEOUT, message)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._stop_timer()
        if self._is_refused:
            return
        self._is_refused = True
        # A response in the middle of the previous request's response would be read as a part of it. After the headers,
        # it would be a second response to the same request.
        is_free = self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None before the first
        if is_free and not self._is_reading_body:
            self.transport.write(_encode_refusal(status, code, message))
        self.transport.close()

    def _start_timer(self) -> None:
        """Limit the time of headers or a body that is incomplete. A request in one chunk needs no timer."""
        if self._timer is not None or self._is_refused:
            return
        if self._is_reading_headers:
            self._timer = self.loop.call_later(self.header_timeout_s, self._refuse_slow_headers)
        elif self._is_reading_body:
            self._timer = self.loop.call_later(self.body_timeout_s, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _JoiningTransport:
    """The transport of one response with a body. The head is written together with the first part of the body.

    A small response is then one packet, and one call of the system. uvicorn makes two.
    """

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keep the head. Write anything else, after the head."""
        if self._head is None and not data.startswith(_INTERIM):
            self._head = data
        elif self._head:
            self._transport.write(self._head + data)
            self._head = b""
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection after a head without a body."""
        if self._head:
            self.write(b"")
        self._transport.close()

    def is_closing(self) -> bool:
        """Return True if the connection closes."""
        return self._transport.is_closing()


def _encode_refusal(status: int, code: str, message: str) -> bytes:
    response: Any = build_error_response(status, code, message, headers={"Connection": "close"})
    head = b"".join(b"%b: %b\r\n" % (name, value) for name, value in response.raw_headers)
    return b"".join((STATUS_LINE[status], head, b"\r\n", response.body))
