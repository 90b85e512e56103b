"""The relay: puts every due effect into its queue and runs the schedule."""

from __future__ import annotations

import asyncio
import logging
import signal
import time

from redis import Redis, RedisError

from community.database import use_migrated_database
from community.kernel import db, outbox, processes, schedule
from community.kernel.errors import TryAgain
from community.settings import Settings
from workers.queues import connect, enqueue
from workers.registry import JOBS
from workers.schedule import RECONCILE, SCHEDULE

log = logging.getLogger(__name__)

SCHEDULE_INTERVAL_S = 1.0
RETRY_PAUSE_S = 1.0


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
            self._schedule_read_at = time.monotonic()
            await self._detect_server_restart()
            self._connection.hset(processes.KEY, *processes.build_sign("relay"))
            await schedule.put_due_effects()
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

    Raises DatabaseNotReady or DatabaseUnavailable at the start.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    connection = connect(settings)
    async with use_migrated_database(settings):
        await schedule.declare(SCHEDULE)
        relay = Relay(settings, connection)
        waits_for: str | None = None
        while not stop.is_set():
            pause_s = settings.outbox_poll_ms / 1000
            try:
                if await relay.tick() == outbox.LEASE_BATCH_SIZE:
                    pause_s = 0
                missed = None
            except (RedisError, TryAgain, *db.UNAVAILABLE_ERRORS) as error:
                missed = _name_unavailable(error)
                if missed != waits_for:
                    log.warning("relay waits: for=%s error=%s", missed, type(error).__name__)
                pause_s = RETRY_PAUSE_S
            if waits_for is not None and missed is None:
                log.warning("relay continues: after=%s", waits_for)
            waits_for = missed
            await _sleep(stop, pause_s)
    connection.close()


def _name_unavailable(error: Exception) -> str:
    return "redis" if isinstance(error, RedisError) else "database"


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
