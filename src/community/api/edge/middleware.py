"""Middleware of every route: request id, CORS, masked bugs, errors as JSON."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
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
from community.api.edge.responses import (
    build_error_response,
    build_internal_error_response,
    build_try_again_response,
)
from community.kernel import correlation
from community.kernel.errors import TryAgain

REQUEST_ID_HEADER = "X-Request-ID"
PREFLIGHT_MAX_AGE_S = 86_400

logger = logging.getLogger("community.api")

_CODES_BY_STATUS = {
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    406: NOT_ACCEPTABLE,
    413: BODY_TOO_LARGE,
    415: UNSUPPORTED_MEDIA_TYPE,
}


class RequestIdMiddleware:
    """Outermost middleware, which sets the request id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with the id of the request."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = correlation.choose_request_id(Headers(scope=scope).getlist(REQUEST_ID_HEADER))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        token = correlation.current_request_id.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            correlation.current_request_id.reset(token)


class InternalErrorMiddleware:
    """Middleware that masks and logs every other exception.

    It runs inside CORS, so that web pages can read the response too. A started response cannot be replaced. Then the
    server closes the connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and mask every exception."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except asyncio.CancelledError:
            # The server cancels what still runs at the end of its shutdown, and would write plain text.
            if started:
                raise
            await build_try_again_response(TryAgain("away"))(scope, receive, send)
        except Exception:
            # Without the URL path, which can contain a signed link.
            logger.exception("request failed: request_id=%s", correlation.get_request_id())
            if not started:
                await build_internal_error_response()(scope, receive, send)


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


class BodyTimeoutMiddleware:
    """Middleware that limits the time until the body of a request is complete.

    The application's `receive` raises ProtocolError with 408 after this time.
    """

    def __init__(self, app: ASGIApp, timeout_s: float) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        is_complete = False

        async def receive_in_time() -> Message:
            nonlocal is_complete
            if is_complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise ProtocolError(
                    408,
                    REQUEST_TIMEOUT,
                    f"The body did not arrive within {self._timeout_s:g} seconds.",
                    headers={"Connection": "close"},
                ) from None
            is_complete = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)


async def _handle_http_exception(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code < HTTPStatus.BAD_REQUEST:
        return Response(status_code=error.status_code, headers=error.headers)
    fallback = BAD_REQUEST if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else INTERNAL
    code = _CODES_BY_STATUS.get(error.status_code, fallback)
    return build_error_response(error.status_code, code, error.detail, headers=error.headers)


async def _handle_protocol_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ProtocolError):
        raise error
    return build_error_response(error.status, error.code, error.message, headers=error.headers)


async def _handle_try_again(_request: Request, error: Exception) -> Response:
    if not isinstance(error, TryAgain):
        raise error
    return build_try_again_response(error)


exception_handlers: dict[Any, Any] = {
    HTTPException: _handle_http_exception,
    ProtocolError: _handle_protocol_error,
    TryAgain: _handle_try_again,
}
"""Handlers for `Starlette(exception_handlers=…)`, so that unknown paths and methods also return JSON errors."""
