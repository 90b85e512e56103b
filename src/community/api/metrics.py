"""`/metrics` for Prometheus, behind a token."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from itertools import groupby

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from community.api.edge.codes import NOT_FOUND, ProtocolError
from community.kernel import cache, clock, db, job_figures, metrics, outbox, outbox_upkeep, processes
from community.media.queries import count_newest_by_state
from community.safety.platform.checks import count_newest_by_outcome
from community.scores.scores import BOARD_EFFECT

log = logging.getLogger(__name__)

PATH = "/metrics"


def build_routes(token: SecretStr | None) -> list[Route]:
    """Return the route of the metrics, or none without a token."""
    return [] if token is None else [Route(PATH, _build_endpoint(token))]


def _build_endpoint(token: SecretStr) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint. Without this token as a bearer it answers 404, as an unknown path does."""

    async def print_metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
            raise ProtocolError(404, NOT_FOUND, "Not Found")
        try:
            await _read_database()
            metrics.DATABASE_UP.set(1)
        except Exception as error:  # noqa: BLE001 - the metrics of the process are printed anyway
            log.warning("metrics of the database are missing: error=%s", type(error).__name__)
            metrics.DATABASE_UP.set(0)
        try:
            await _read_redis()
            metrics.REDIS_UP.set(1)
        except cache.CacheUnavailable:
            metrics.REDIS_UP.set(0)
        return Response(generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return print_metrics


async def _read_database() -> None:
    metrics.TRANSACTIONS.set(db.count_transactions())
    for state, count in db.count_connections().items():
        metrics.CONNECTIONS.labels(state).set(count)
    now = clock.now()
    lag_s = 0.0
    backlogs = await outbox_upkeep.list_backlogs()
    metrics.EFFECTS_PENDING.clear()
    metrics.EFFECTS_AGE.clear()
    for row in backlogs:
        age_s = (now - row.oldest).total_seconds()
        metrics.EFFECTS_PENDING.labels(row.name).set(row.pending)
        metrics.EFFECTS_AGE.labels(row.name).set(age_s)
        if row.name == BOARD_EFFECT:
            lag_s = age_s
    metrics.BOARD_LAG.set(lag_s)
    metrics.EFFECTS_PARKED.set((await outbox.get_backlog()).parked)
    metrics.PICTURES.clear()
    for state, count in await count_newest_by_state():
        metrics.PICTURES.labels(state).set(count)
    metrics.PLATFORM_CHECKS.clear()
    for found in await count_newest_by_outcome():
        metrics.PLATFORM_CHECKS.labels(found.kind, found.outcome).set(found.count)


async def _read_redis() -> None:
    signs = [sign for sign in await processes.list_signs() if sign.is_alive]
    figures = await job_figures.list_figures()
    for metric in (metrics.PROCESSES, metrics.PROCESS_MEMORY, metrics.JOBS, metrics.JOB_SECONDS):
        metric.clear()
    for part, group in groupby(signs, key=lambda sign: sign.part):
        memory = [sign.memory_bytes for sign in group]
        metrics.PROCESSES.labels(part).set(len(memory))
        metrics.PROCESS_MEMORY.labels(part).set(max(memory))
    for row in figures:
        metrics.JOBS.labels(row.name, row.outcome).inc(row.count)
        metrics.JOB_SECONDS.labels(row.name).inc(row.seconds)
