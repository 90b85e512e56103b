"""A worker process for one queue. It runs one job at a time and opens its database once.

A queue with isolated jobs forks a child process per job instead: `workers.forking`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from types import FrameType
from typing import Any

from redis import Redis
from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer
from rq.timeouts import UnixSignalDeathPenalty

from community.database import wait_for_database
from community.kernel import cache, db, storage
from community.settings import Settings
from workers import forking
from workers.execution import run_effect
from workers.guarded_worker import STOP_GRACE_S, GuardedWorker, run_until_stopped
from workers.queues import ListedJob, connect, get_queue
from workers.registry import is_isolated

log = logging.getLogger(__name__)

# With these values another worker takes over the job of a dead worker after 60 s. The library's defaults need 405 s.
WORKER_TTL_S = 20
MONITORING_INTERVAL_S = 5
MAINTENANCE_INTERVAL_S = 10


class _ExitOnTimeout(UnixSignalDeathPenalty):
    """A time limit that ends the process.

    An exception would leave the event loop in an unknown state.
    """

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        log.critical("job timed out, the worker exits and the effect is leased again: timeout_s=%s", self._timeout)
        os._exit(70)


class _Performer:
    """The execution of jobs in the event loop, one at a time."""

    def __init__(self, settings: Settings, runner: asyncio.Runner) -> None:
        self._settings = settings
        self._runner = runner
        self._task: asyncio.Task[Any] | None = None

    def perform(self, name: str, *, effect_id: int, attempt: int) -> str:
        """Run one effect and return its outcome. An interrupted one is due again."""
        return self._runner.run(self._run(name, effect_id, attempt))

    async def _run(self, name: str, effect_id: int, attempt: int) -> str:
        self._task = asyncio.current_task()
        try:
            return await run_effect(self._settings, name, effect_id=effect_id, attempt=attempt)
        except asyncio.CancelledError:
            log.warning("job interrupted by the stop, its effect is due again: effect=%s name=%s", effect_id, name)
            return "interrupted"
        finally:
            self._task = None
            # The loop stands still until the next job. A connection that is half open until then would keep a
            # PostgreSQL that shuts down waiting for a minute.
            await db.wait_for_transactions()
            await asyncio.sleep(0)  # what was closed last is closed in the next turn of the loop

    def interrupt_later(self) -> None:
        """Cancel the current job after `STOP_GRACE_S`. Safe in a signal handler."""
        task = self._task
        if task is not None:
            loop = task.get_loop()
            loop.call_soon_threadsafe(lambda: loop.call_later(STOP_GRACE_S, task.cancel))


class QueueWorker(GuardedWorker, SimpleWorker):
    """A worker that runs its jobs in its own process."""

    death_penalty_class = _ExitOnTimeout
    performer: _Performer

    def handle_warm_shutdown_request(self) -> None:
        """Limit the time of the current job."""
        self.performer.interrupt_later()


def start(worker: type[SimpleWorker | Worker], queue_name: str, connection: Redis) -> None:
    """Run workers of this class on one queue until a stop signal arrives."""
    run_until_stopped(
        lambda: worker(
            [get_queue(queue_name, connection)],
            connection=connection,
            job_class=ListedJob,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL_S,
            job_monitoring_interval=MONITORING_INTERVAL_S,
            maintenance_interval=MAINTENANCE_INTERVAL_S,
        )
    )


def work(settings: Settings, queue_name: str) -> None:
    """Work on one queue until a stop signal arrives. The current job has five seconds to finish.

    Raises DatabaseNotReady, DatabaseUnavailable.
    """
    connection = connect(settings, timeout_s=None)
    try:
        if is_isolated(queue_name):
            forking.work(settings, queue_name, connection, start)
        else:
            _work_in_process(settings, queue_name, connection)
    finally:
        connection.close()


def _work_in_process(settings: Settings, queue_name: str, connection: Redis) -> None:
    with asyncio.Runner() as runner:
        database = wait_for_database(settings)
        runner.run(database.__aenter__())
        cache.open_cache(settings)
        storage.open_storage(settings)
        QueueWorker.performer = _Performer(settings, runner)
        ListedJob.perform_listed = QueueWorker.performer.perform
        try:
            start(QueueWorker, queue_name, connection)
        finally:
            storage.close_storage()
            runner.run(cache.close_cache())
            runner.run(database.__aexit__(None, None, None))
