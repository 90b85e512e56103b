"""A worker process for one queue. It runs one job at a time and opens its database once.

A queue with isolated jobs forks a child process per job instead: `workers.forking`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from types import FrameType

from redis import Redis
from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer
from rq.timeouts import UnixSignalDeathPenalty

from community.database import use_migrated_database
from community.kernel import cache, storage
from community.settings import Settings
from workers import forking
from workers.execution import run_effect
from workers.guarded_worker import GuardedWorker
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


class QueueWorker(GuardedWorker, SimpleWorker):
    """A worker that runs its jobs in its own process."""

    death_penalty_class = _ExitOnTimeout


def start(worker: type[SimpleWorker | Worker], queue_name: str, connection: Redis) -> None:
    """Run a worker of this class on one queue until a stop signal arrives."""
    worker(
        [get_queue(queue_name, connection)],
        connection=connection,
        job_class=ListedJob,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_S,
        job_monitoring_interval=MONITORING_INTERVAL_S,
        maintenance_interval=MAINTENANCE_INTERVAL_S,
    ).work(logging_level="WARNING")


def work(settings: Settings, queue_name: str) -> None:
    """Work on one queue until a stop signal arrives. Finishes the current job.

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
        database = use_migrated_database(settings)
        runner.run(database.__aenter__())
        cache.open_cache(settings)
        storage.open_storage(settings)

        def perform(name: str, *, effect_id: int, attempt: int) -> None:
            runner.run(run_effect(settings, name, effect_id=effect_id, attempt=attempt))

        ListedJob.perform_listed = perform
        try:
            start(QueueWorker, queue_name, connection)
        finally:
            storage.close_storage()
            runner.run(cache.close_cache())
            runner.run(database.__aexit__(None, None, None))
