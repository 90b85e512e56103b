"""The one layer around every route: id, log, language, CORS, time limit, errors.

It is one layer. Seven layers took a third of the time of a small request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from community.api.edge.codes import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
    ProtocolError,
)
from community.api.edge.headers import read_headers
from community.api.edge.http_protocol import HAS_ARRIVED
from community.api.edge.languages import current_language, negotiate_language
from community.api.edge.proxies import Network, read_proxy_headers
from community.api.edge.responses import (
    build_error_response,
    build_internal_error_response,
    build_try_again_response,
)
from community.kernel import correlation, metrics, request_figures
from community.kernel.errors import TryAgain
from community.kernel.request_figures import RequestFigures

REQUEST_ID_HEADER = "X-Request-ID"
PREFLIGHT_MAX_AGE_S = 86_400

logger = logging.getLogger("community.api")

_ROUTES = frozenset({"graphql", "upload", "media", "exports", "healthz", "readyz", "metrics", "wechat"})
_EXCHANGE = "community.exchange"
_CODES_BY_STATUS = {
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    406: NOT_ACCEPTABLE,
    413: BODY_TOO_LARGE,
    415: UNSUPPORTED_MEDIA_TYPE,
}


class EdgeMiddleware:
    """The outermost layer, around `app`.

    `note_end` gets the figures and the status of each request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_origins: Sequence[str],
        body_timeout_s: float,
        trusted_proxies: Sequence[Network] = (),
        note_end: Callable[[RequestFigures, int], None] = metrics.observe,
    ) -> None:
        self.app = app
        self._body_timeout_s = body_timeout_s
        self._trusted_proxies = tuple(trusted_proxies)
        self._note_end = note_end
        self._cors = JsonCorsMiddleware(self._run, allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._trusted_proxies:
            scope = read_proxy_headers(scope, self._trusted_proxies)
        headers = read_headers(scope)
        request_id = correlation.choose_request_id(headers.get(b"x-request-id", ""))
        figures = RequestFigures(request_id, _name_route(scope["path"]))
        exchange = _Exchange(scope, receive, send, request_id, timeout_s=self._body_timeout_s)
        id_token = correlation.current_request_id.set(request_id)
        figures_token = request_figures.current.set(figures)
        language_token = current_language.set(negotiate_language(headers.get(b"accept-language", "")))
        try:
            scope["app"] = self  # Starlette's routes then raise an HTTPException
            scope[_EXCHANGE] = exchange
            if b"origin" in headers:
                await self._cors(scope, exchange.receive, exchange.send)
            else:
                exchange.headers.append((b"vary", b"Origin"))
                await self._run(scope, exchange.receive, exchange.send)
        finally:
            del scope[_EXCHANGE]  # which refers to the scope: only a garbage collection would free the two
            self._note_end(figures, exchange.status or HTTPStatus.INTERNAL_SERVER_ERROR)
            current_language.reset(language_token)
            request_figures.current.reset(figures_token)
            correlation.current_request_id.reset(id_token)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application. An exception becomes a response, inside CORS, so that web pages can read it too.

        A started response cannot be replaced. Then the server closes the connection.
        """
        is_started = scope[_EXCHANGE].is_started
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            # The server cancels what still runs at the end of its shutdown, and would write plain text.
            if is_started():
                raise
            await build_try_again_response(TryAgain("away"))(scope, receive, send)
        except Exception as error:
            response = None if is_started() else _build_response(error)
            if response is None:
                # Without the URL path, which can contain a signed link.
                logger.exception("request failed: request_id=%s", correlation.get_request_id())
                response = build_internal_error_response()
            if not is_started():
                await response(scope, receive, send)


class _Exchange:
    """A request and its response. The response gets `headers`. `status` is 0 until it starts.

    `receive` raises ProtocolError with 408 if the body is not complete in time.
    """

    __slots__ = ("_deadline", "_has_arrived", "_is_complete", "_receive", "_send", "_timeout_s", "headers", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: str, *, timeout_s: float) -> None:
        self.headers = [(b"x-request-id", request_id.encode())]
        self.status = 0
        self._receive = receive
        self._send = send
        self._timeout_s = timeout_s
        self._deadline = asyncio.get_running_loop().time() + timeout_s
        self._has_arrived: Callable[[], bool] = scope.get(HAS_ARRIVED, bool)  # False, if the server does not say it
        self._is_complete = False

    def is_started(self) -> bool:
        """Return True if the response has started."""
        return self.status != 0

    async def send(self, message: Message) -> None:
        """Send a part of the response."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self.headers]
        await self._send(message)

    async def receive(self) -> Message:
        """Receive a part of the request."""
        if self._is_complete or self._has_arrived():
            message = await self._receive()
        else:
            message = await self._wait_for_part()
        self._is_complete = not message.get("more_body", False)
        return message

    async def _wait_for_part(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            sentence = f"The body did not arrive within {self._timeout_s:g} seconds."
            raise ProtocolError(408, REQUEST_TIMEOUT, sentence, headers={"Connection": "close"}) from None


class JsonCorsMiddleware(CORSMiddleware):
    """CORS for web pages that send any header.

    Preflight requests get an empty response, or an error as JSON.

    Origins and methods protect. A list of headers would only break pages with tracing, because every call needs the
    header `Authorization` anyway.
    """

    def __init__(self, app: ASGIApp, allowed_origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=allowed_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=(REQUEST_ID_HEADER,),
            max_age=PREFLIGHT_MAX_AGE_S,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the response of a preflight request."""
        response = super().preflight_response(request_headers)
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        if response.status_code == HTTPStatus.OK:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
        message = f"{bytes(response.body).decode()}."
        return build_error_response(response.status_code, BAD_REQUEST, message, headers=headers)


def _build_response(error: Exception) -> Response | None:
    """Return the response of an exception that is no bug, or None."""
    if isinstance(error, ProtocolError):
        return build_error_response(error.status, error.code, error.message, headers=error.headers)
    if isinstance(error, TryAgain):
        return build_try_again_response(error)
    if not isinstance(error, HTTPException):
        return None
    if error.status_code < HTTPStatus.BAD_REQUEST:
        return Response(status_code=error.status_code, headers=error.headers)
    fallback = BAD_REQUEST if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else INTERNAL
    code = _CODES_BY_STATUS.get(error.status_code, fallback)
    return build_error_response(error.status_code, code, error.detail, headers=error.headers)


def _name_route(path: str) -> str:
    first = path.strip("/").partition("/")[0]
    return first if first in _ROUTES else "other"
