"""The base of all workers, which no entry in Redis can end."""

from __future__ import annotations

import logging

from redis.client import Pipeline
from rq import Queue
from rq.exceptions import StopRequested
from rq.job import Job as RqJob
from rq.utils import now
from rq.worker import BaseWorker

from community.kernel import processes
from workers import unreadable
from workers.queues import ListedJob, ListedQueue

log = logging.getLogger(__name__)


class GuardedWorker(BaseWorker):
    """A worker that continues after unreadable entries, and reconnects within a second."""

    queue_class = ListedQueue
    job_class = ListedJob
    max_connection_wait_time = 1.0

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
        except (StopRequested, *unreadable.UNAVAILABLE):
            raise
        except Exception as error:  # noqa: BLE001 - a writer to Redis can cause any of them
            unreadable.move_aside(self.connection, job.key, error)
            self.connection.lrem(queue.intermediate_queue_key, 1, job.id)

    def run_maintenance_tasks(self) -> None:
        """Look after abandoned jobs. Registries that are not readable are deleted."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        except (StopRequested, *unreadable.UNAVAILABLE):
            raise
        except Exception as error:  # noqa: BLE001 - a writer to Redis can cause any of them
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
