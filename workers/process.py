"""A worker process: one queue, its database opened once, jobs one after the other."""

from __future__ import annotations

import asyncio
import logging
import os
from types import FrameType

from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import UnixSignalDeathPenalty

from community.database import ready
from community.kernel import cache
from community.settings import Settings
from workers.execution import carry_out
from workers.queues import ListedJob, connect, queue

log = logging.getLogger(__name__)

# Recovery of a worker that died takes this long instead of the 405 s of the library's defaults.
WORKER_TTL_S = 20
MONITORING_S = 5
MAINTENANCE_S = 10


class _Exit(UnixSignalDeathPenalty):
    """Ends the process when a job hangs: an exception thrown into the middle of an event loop leaves a ruin."""

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        log.critical("a job has hung for %s s: this worker ends, its effect is offered again", self._timeout)
        os._exit(70)


class QueueWorker(SimpleWorker):
    """A worker that takes no commands through Redis and comes back soon after Redis does."""

    death_penalty_class = _Exit
    max_connection_wait_time = 1.0

    def subscribe(self) -> None:
        """Take no commands: whoever writes to Redis shall not stop a worker."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""


def work(settings: Settings, queue_name: str) -> None:
    """Work on one queue until the process is told to stop; the job under way is finished first.

    Raises NotReady, DatabaseAway.
    """
    with asyncio.Runner() as runner:
        database = ready(settings)
        runner.run(database.__aenter__())
        cache.open_cache(settings)

        def perform(name: str, *, effect_id: int, attempt: int) -> None:
            runner.run(carry_out(settings, name, effect_id=effect_id, attempt=attempt))

        ListedJob.perform_listed = perform
        connection = connect(settings, timeout_s=None)
        try:
            worker = QueueWorker(
                [queue(queue_name, connection)],
                connection=connection,
                job_class=ListedJob,
                serializer=JSONSerializer,
                worker_ttl=WORKER_TTL_S,
                job_monitoring_interval=MONITORING_S,
                maintenance_interval=MAINTENANCE_S,
            )
            worker.work(logging_level="WARNING")
        finally:
            runner.run(cache.close_cache())
            runner.run(database.__aexit__(None, None, None))
            connection.close()
