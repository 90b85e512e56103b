"""The API as an ASGI application, and the server that runs it."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from community.api import context, examples, metrics
from community.api.edge import explorer, sent_documents
from community.api.edge.handler import GraphQLHandler
from community.api.edge.http_protocol import LimitedHttpProtocol
from community.api.edge.load import Load
from community.api.edge.middleware import EdgeMiddleware
from community.api.edge.params import GraphQLParams
from community.api.edge.persisted import PersistedDocuments
from community.api.edge.request_log import RequestLog
from community.api.events import downloads
from community.api.media import http as media
from community.api.privacy import download
from community.api.safety import wechat_push
from community.api.schema import build_schema
from community.database import wait_for_database
from community.kernel import cache, db, disks, documents, logs, processes, sealing, storage
from community.settings import DocumentPolicy, Environment, Settings

log = logging.getLogger(__name__)

DRAIN_S = 3
KEEP_ALIVE_S = 65
GC_THRESHOLD = 50_000
"""Number of new objects before a collection. A feed makes about 5,000, nearly all without cycles."""


def create_app(settings: Settings) -> EdgeMiddleware:
    """Return the ASGI application.

    It opens the database at startup, as soon as the database answers. Fails to start if migrations are missing.
    """

    def create_context(request: Request, params: GraphQLParams) -> Awaitable[context.Context]:
        # A wrong guess costs a statement, and nothing else.
        is_mutation = (params.query or "").lstrip().startswith("mutation")
        return context.from_request(settings, request, reads=not is_mutation)

    def build_page() -> Response:
        return explorer.build_page_response(examples.load_examples(settings.explorer_examples), title="community")

    only_registered = settings.documents is DocumentPolicy.REGISTERED
    load = Load()
    receive_file = media.build_file_receiver(settings)
    graphql = GraphQLHandler(
        build_schema(),
        create_context,
        body_limit_bytes=settings.body_limit_bytes,
        receive_file=receive_file,
        documents=PersistedDocuments(documents.find_text, only_registered=only_registered, sent=sent_documents),
        page=build_page if settings.environment is Environment.DEVELOPMENT and not only_registered else None,
        load=load,
    )

    def digest_person(person_id: int) -> str:
        return sealing.compute_digest(settings, "log", str(person_id))[:16]

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        async with wait_for_database(settings):
            cache.open_cache(settings)
            storage.open_storage(settings)
            async with processes.reporting("api"):
                yield
            storage.close_storage()
            await cache.close_cache()

    routes = _Routes(
        [
            *build_slash_routes("/graphql", graphql),
            *media.build_routes(settings, receive_file, load),
            *downloads.build_routes(settings, load),
            *wechat_push.build_routes(settings, load),
            *metrics.build_routes(settings.metrics_token),
            Route(download.PATH, download.build_endpoint(settings)),
            *build_slash_routes("/healthz", _healthz),
            *build_slash_routes("/readyz", _build_readiness(settings)),
        ],
        redirect_slashes=False,
        lifespan=lifespan,
    )
    return EdgeMiddleware(
        routes,
        allowed_origins=settings.allowed_origins,
        body_timeout_s=settings.body_timeout_s,
        trusted_proxies=settings.trusted_proxies,
        note_end=RequestLog(digest_person).note_end,
    )


class _Routes(Router):
    """Routes that are found by their path. Those with parameters are searched for."""

    def __init__(self, routes: Sequence[Route], **options: Any) -> None:
        super().__init__(routes, **options)
        self._by_path = {
            route.path: route.handle if route.methods else route.app for route in routes if not route.param_convertors
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        serve = self._by_path.get(scope["path"]) if scope["type"] == "http" else None
        await (super().__call__ if serve is None else serve)(scope, receive, send)


def build_slash_routes(path: str, endpoint: Any) -> tuple[Route, Route]:
    """Return routes for a path with and without a final slash.

    A redirect would lose the body of a POST, and probes do not follow redirects.
    """
    return Route(path, endpoint), Route(f"{path}/", endpoint)


async def _healthz(_request: Request) -> JSONResponse:
    """Answer that the process is alive."""
    return JSONResponse({"status": "ok"})


def _build_readiness(settings: Settings) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def readyz(_request: Request) -> JSONResponse:
        """Answer 200 if the database answers, else 503. Redis and free space are reported and not required."""
        try:
            await db.scalar("SELECT 1")
        except Exception as error:  # noqa: BLE001 - no error of the database ends the probe
            logs.warn_by_cause(log, "database does not answer", type(error).__name__, error)
            return JSONResponse({"status": "unavailable", "database": False}, status_code=503)
        try:
            await cache.write()
        except cache.CacheUnavailable as error:
            logs.warn_by_cause(log, "redis cannot be used", cache.find_cause(error) or "redis", error)
            redis = False
        else:
            redis = True
        has_space = await disks.has_space(settings)
        return JSONResponse({"status": "ok", "database": True, "redis": redis, "space": has_space})

    return readyz


def serve(settings: Settings, listening: socket.socket) -> None:
    """Serve on a listening socket until a stop signal.

    Running requests then have 3 s to finish, and transactions a second more.
    """
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=LimitedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # ProxyMiddleware reads them
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    # The schema and the code live as long as the process. A collection need not look at them, nor come so often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    uvicorn.Server(config).run(sockets=[listening])
