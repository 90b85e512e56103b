"""The relay: puts every due effect into its queue and runs the schedule."""

from __future__ import annotations

import asyncio
import logging
import signal
import time

from redis import Redis, RedisError

from community.database import wait_for_database
from community.kernel import cache, db, outbox, processes, schedule
from community.kernel.errors import TryAgain
from community.settings import Settings
from workers.queues import connect, enqueue
from workers.registry import JOBS
from workers.schedule import RECONCILE, SCHEDULE

log = logging.getLogger(__name__)

SCHEDULE_INTERVAL_S = 1.0
RETRY_PAUSE_S = 1.0
STOP_GRACE_S = 5.0
"""Time that the current step has after a stop signal."""
UNKNOWN = "unknown"


class Relay:
    """One relay. Several may run at the same time: each effect is leased by one of them."""

    def __init__(self, settings: Settings, connection: Redis) -> None:
        self._settings = settings
        self._connection = connection
        self._server: str | None = None
        self._schedule_read_at = 0.0

    async def tick(self) -> int:
        """Put due effects into their queues and return their number. Raises RedisError if Redis is unavailable."""
        if time.monotonic() - self._schedule_read_at >= SCHEDULE_INTERVAL_S:
            started = time.monotonic()
            await self._detect_server_restart()
            self._connection.hset(processes.KEY, *processes.build_sign("relay"))
            await schedule.put_due_effects()
            # Set after the write, so that every tick fails while Redis refuses it, and the log has one warning.
            self._schedule_read_at = started
        effects = await outbox.lease(lease_s=self._settings.outbox_reoffer_s)
        known = [effect for effect in effects if effect.name in JOBS]
        for stray in (effect for effect in effects if effect.name not in JOBS):
            log.error("effect without a job in this version: name=%s effect=%s", stray.name, stray.id)
        try:
            enqueue(known, self._connection)
        except RedisError:
            await outbox.release([effect.id for effect in known])
            raise
        return len(known)

    async def _detect_server_restart(self) -> None:
        """Release every effect and check the boards if Redis was restarted."""
        server = str(self._connection.info("server")["run_id"])
        if server == self._server:
            return
        if self._server is not None:
            log.warning("redis was restarted, every pending effect is released")
            await outbox.release_all()
        await schedule.run_now(RECONCILE)
        self._server = server


async def run(settings: Settings) -> None:
    """Run the relay until a stop signal arrives. Waits for a database or Redis that is unavailable.

    No error ends it. Raises DatabaseNotReady or DatabaseUnavailable at the start.
    """
    stop = asyncio.Event()
    running = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def request_stop() -> None:
        stop.set()
        loop.call_later(STOP_GRACE_S, lambda: running and running.cancel())

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, request_stop)
    connection = connect(settings)
    try:
        async with wait_for_database(settings):
            await _run_until(stop, settings, connection)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        log.warning("relay stopped before the end of a step")
    finally:
        connection.close()


async def _run_until(stop: asyncio.Event, settings: Settings, connection: Redis) -> None:
    relay = Relay(settings, connection)
    waits_for: str | None = None
    is_declared = False
    while not stop.is_set():
        pause_s = settings.outbox_poll_ms / 1000
        missed = None
        try:
            if not is_declared:
                await schedule.declare(SCHEDULE)
                is_declared = True
            if await relay.tick() == outbox.LEASE_BATCH_SIZE:
                pause_s = 0
        except Exception as error:
            missed, pause_s = _name_unavailable(error), RETRY_PAUSE_S
            if missed == UNKNOWN:
                log.exception("relay failed and continues")
            elif missed != waits_for:
                log.warning("relay waits: for=%s error=%s", missed, type(error).__name__)
        if waits_for is not None and missed is None:
            log.warning("relay continues: after=%s", waits_for)
        waits_for = missed
        await _sleep(stop, pause_s)


def _name_unavailable(error: Exception) -> str:
    if isinstance(error, RedisError):
        return cache.find_cause(error) or "redis"
    return "database" if isinstance(error, (TryAgain, *db.UNAVAILABLE_ERRORS)) else UNKNOWN


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
