"""A worker process: one queue, jobs one after the other, its database opened once.

A queue whose jobs work alone has a process for each of them instead: `workers.forking`.
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
from workers.queues import ListedJob, connect, get_queue
from workers.registry import is_isolated

log = logging.getLogger(__name__)

# Recovery of a worker that died takes this long instead of the 405 s of the library's defaults.
WORKER_TTL_S = 20
MONITORING_INTERVAL_S = 5
MAINTENANCE_INTERVAL_S = 10


class _ExitOnTimeout(UnixSignalDeathPenalty):
    """Ends the process when a job hangs: an exception thrown into the middle of an event loop leaves a ruin."""

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        log.critical("a job has hung for %s s: this worker ends, its effect is offered again", self._timeout)
        os._exit(70)


class QueueWorker(SimpleWorker):
    """A worker that takes no commands through Redis and comes back soon after Redis does."""

    death_penalty_class = _ExitOnTimeout
    max_connection_wait_time = 1.0

    def subscribe(self) -> None:
        """Take no commands: whoever writes to Redis shall not stop a worker."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""


def start(worker: type[SimpleWorker | Worker], queue_name: str, connection: Redis) -> None:
    """Have a worker of that kind work on one queue until the process is told to stop."""
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
    """Work on one queue until the process is told to stop; the job under way is finished first.

    Raises NotReady, DatabaseAway.
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
