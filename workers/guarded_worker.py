"""The base of all workers, which Redis cannot end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from redis import RedisError
from redis.client import Pipeline
from rq import Queue
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.utils import now
from rq.worker import BaseWorker

from community.kernel import cache, logs, processes
from workers import unreadable
from workers.queues import ListedJob, ListedQueue

log = logging.getLogger(__name__)

STOP_GRACE_S = 5.0
"""Time that the current job has after a stop signal."""
RESTART_PAUSE_S = 1.0
DEATH_TIMEOUT_S = 1.0


class GuardedWorker(BaseWorker):
    """A worker that continues after unreadable entries, and reconnects within a second."""

    queue_class = ListedQueue
    job_class = ListedJob
    max_connection_wait_time = 1.0
    is_stopping = False
    """True after a stop signal, of all workers of the process."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the current job. It is interrupted if it takes longer than `STOP_GRACE_S`."""
        GuardedWorker.is_stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # the library leaves it untyped

    def set_shutdown_requested_date(self) -> None:
        """Write nothing to Redis, because a signal handler must neither wait nor fail."""

    def register_death(self) -> None:
        """Report the end to Redis. If Redis does not answer, its entry expires."""
        if GuardedWorker.is_stopping:
            pool = self.connection.connection_pool
            pool.disconnect()
            pool.connection_kwargs["socket_timeout"] = DEATH_TIMEOUT_S
        with suppress(RedisError):
            super().register_death()  # type: ignore[no-untyped-call]  # the library leaves it untyped

    def maintain_heartbeats(self, job: RqJob, execution: Execution) -> None:
        """Report that the job runs. It continues while Redis is unavailable."""
        try:
            super().maintain_heartbeats(job, execution)
        except RedisError as error:
            if cache.find_cause(error) is None:
                raise

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Report to Redis that this process is alive, also to `community check`."""
        super().heartbeat(timeout, pipeline)
        sign = processes.build_sign(f"worker-{self.queues[0].name}", due_s=timeout or processes.MAX_SILENCE_S)
        (pipeline or self.connection).hset(processes.KEY, *sign)

    def subscribe(self) -> None:
        """Ignore commands, so that a writer to Redis cannot stop a worker."""

    def unsubscribe(self) -> None:
        """Do nothing, because `subscribe` subscribed to nothing."""

    def execute_job(self, job: RqJob, queue: Queue) -> None:
        """Execute the job. A job that cannot be prepared is moved aside."""
        try:
            super().execute_job(job, queue)
        except StopRequested:
            raise
        except Exception as error:
            if cache.find_cause(error):
                raise
            # A writer to Redis can cause any other error.
            unreadable.move_aside(self.connection, job.key, error)
            self.connection.lrem(queue.intermediate_queue_key, 1, job.id)

    def run_maintenance_tasks(self) -> None:
        """Look after abandoned jobs. Registries that are not readable are deleted."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        except StopRequested:
            raise
        except Exception as error:
            if cache.find_cause(error):
                raise
            # A writer to Redis can cause any other error.
            log.warning("registries in redis are not readable and are deleted: error=%s", type(error).__name__)
            for queue in self.queues:
                self.connection.delete(
                    queue.intermediate_queue_key,
                    *(registry.key for registry in (
                        queue.started_job_registry, queue.finished_job_registry, queue.failed_job_registry,
                        queue.deferred_job_registry, queue.scheduled_job_registry,
                    )),
                )  # fmt: skip
            self.last_cleaned_at = now()  # type: ignore[assignment]  # the library declares only its first value


def run_until_stopped(build: Callable[[], BaseWorker]) -> None:
    """Run workers one after the other until a stop signal arrives.

    The library ends a worker when Redis fails at the wrong moment.
    """
    GuardedWorker.is_stopping = False
    with suppress(StopRequested):
        while not GuardedWorker.is_stopping:
            try:
                build().work(logging_level="WARNING")
            except StopRequested:
                raise
            except Exception as error:  # noqa: BLE001 - nothing that Redis does ends the process
                logs.warn_by_cause(log, "worker waits", cache.find_cause(error) or "redis", error)
            if not GuardedWorker.is_stopping:
                time.sleep(RESTART_PAUSE_S)
