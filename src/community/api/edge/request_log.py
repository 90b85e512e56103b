"""Middleware that counts each request, and writes a line about it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from community.kernel import correlation, metrics, request_figures
from community.kernel.request_figures import RequestFigures

log = logging.getLogger("community.requests")

_ROUTES = frozenset({"graphql", "upload", "media", "exports", "healthz", "readyz", "metrics"})
_INTERNAL_STATUS = 500


class RequestLogMiddleware:
    """Middleware that measures each request. `digest_person` names a person in the log without their id."""

    def __init__(self, app: ASGIApp, digest_person: Callable[[int], str]) -> None:
        self._app = app
        self._digest_person = digest_person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, then count the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        figures = RequestFigures(correlation.get_request_id(), _name_route(scope["path"]))
        status = _INTERNAL_STATUS

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = request_figures.current.set(figures)
        try:
            await self._app(scope, receive, send_and_note)
        finally:
            request_figures.current.reset(token)
            metrics.observe(figures, status)
            if log.isEnabledFor(logging.INFO):
                log.info("request", extra={"fields": self._describe(figures, status)})

    def _describe(self, figures: RequestFigures, status: int) -> dict[str, object]:
        return {
            "request_id": figures.request_id,
            "operation": figures.operation,
            "outcome": figures.get_outcome(status),
            "status": status,
            "codes": figures.codes,
            "person": None if figures.person_id is None else self._digest_person(figures.person_id),
            "duration_ms": round(figures.get_duration_s() * 1000, 2),
            "statements": figures.statements,
        }


def _name_route(path: str) -> str:
    first = path.strip("/").partition("/")[0]
    return first if first in _ROUTES else "other"
