"""A worker whose jobs may die of what they work on: in processes of their own, with limits that the system holds.

The parent opens neither the database nor the store, because neither survives a fork. A child that is killed, runs out
of memory or of time takes nothing with it: its effect is noted as failed and is due again.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import math
import mmap
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

from PIL import Image
from redis import Redis
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.timeouts import HorseMonitorTimeoutException, JobTimeoutException, UnixSignalDeathPenalty

from community.database import MODELS, use_database
from community.kernel import outbox, storage
from community.settings import Settings
from workers.execution import run_effect
from workers.queues import ISOLATED_TIMEOUT_S, ListedJob

log = logging.getLogger(__name__)

MAX_MEMORY_BYTES = 1_073_741_824
MAX_CPU_S = 30
"""What one picture may take of a processor."""
MAX_EXTRA_JOBS = 15
MAX_EXTRA_JOBS_S = 4.0
# The statements of one job need no models, and setting them up took longer than all else that a child begins with.
_CHILD_MODELS = MODELS[:1]
_PRELOADED_MODULES = ("community.kernel.engines.sqlite", "community.kernel.engines.asyncpg", *_CHILD_MODELS)


class _ChildTimeout(UnixSignalDeathPenalty):
    """Lets the system end a child that takes too long: a handler of ours would wait for the decoder to return."""

    def setup_death_penalty(self) -> None:
        if self._exception is HorseMonitorTimeoutException:  # the parent, looking up from its waiting
            super().setup_death_penalty()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        else:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(self._timeout)


class ForkingWorker(Worker):
    """A worker that takes no commands through Redis, limits its children, and notes what one has died of."""

    death_penalty_class = _ChildTimeout
    max_connection_wait_time = 1.0
    settings: Settings

    def subscribe(self) -> None:
        """Take no commands: whoever writes to Redis shall not stop a worker."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def fork_work_horse(self, job: RqJob, queue: Queue) -> None:
        """Begin a child, with a place in common where it says what it is working on."""
        _write_effect_id(0)
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: RqJob, queue: Queue) -> None:
        """The child's whole life, within its limits."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        super().main_work_horse(job, queue)

    def perform_job(self, job: RqJob, queue: Queue, execution: Execution) -> bool:
        """Perform the job that the child was begun for, and then some of those that wait: beginning one costs."""
        with asyncio.Runner() as runner:
            database = use_database(self.settings, models=_CHILD_MODELS)
            runner.run(database.__aenter__())
            storage.open_storage(self.settings)

            def perform(name: str, *, effect_id: int, attempt: int) -> None:
                _write_effect_id(effect_id)
                _limit_cpu(MAX_CPU_S)
                runner.run(run_effect(self.settings, name, effect_id=effect_id, attempt=attempt))

            ListedJob.perform_listed = perform
            performed = super().perform_job(job, queue, execution)
            self._run_waiting_jobs(queue)
            runner.run(database.__aexit__(None, None, None))
        return performed

    def _run_waiting_jobs(self, queue: Queue) -> None:
        until = time.monotonic() + MAX_EXTRA_JOBS_S
        for _ in range(MAX_EXTRA_JOBS):
            job_id = queue.pop_job_id() if time.monotonic() < until else None
            if job_id is None:
                return
            try:
                job = ListedJob.fetch(job_id, connection=self.connection, serializer=self.serializer)
                with self.death_penalty_class(ISOLATED_TIMEOUT_S, JobTimeoutException):  # type: ignore[no-untyped-call]  # the library leaves it untyped
                    job.perform()
                job.delete()
            except Exception:
                # What is lost here is a line in Redis: the effect is offered again as long as it is not done.
                log.exception("the job %s could not be performed", job_id)

    def handle_work_horse_killed(self, job: RqJob, retpid: int, ret_val: int, rusage: Any) -> None:
        """Have the effect offered again soon: from a child of its own, because the database is not opened here."""
        del retpid, rusage
        effect_id = _read_effect_id()
        log.warning("the child that began with %s has died (status %s) of the effect %s", job.id, ret_val, effect_id)
        if not effect_id:
            return
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(_record_death(self.settings, effect_id))
            except BaseException:
                log.exception("the death could not be noted; the effect is offered again all the same, only later")
            finally:
                os._exit(0)
        os.waitpid(child, 0)


_shared_memory = mmap.mmap(-1, 8)
"""What the present child is working on: written by the child, read by its parent."""


def _write_effect_id(effect_id: int) -> None:
    _shared_memory[:] = effect_id.to_bytes(8, "little")


def _read_effect_id() -> int:
    return int.from_bytes(_shared_memory[:], "little")


def _limit_cpu(seconds: int) -> None:
    """Let this process use the processor for so long from now on; the system ends it then, whatever it is doing."""
    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.RLIM_INFINITY))


async def _record_death(settings: Settings, effect_id: int) -> None:
    async with use_database(settings, models=_CHILD_MODELS):
        await outbox.record_failure(effect_id, error="Died", max_failures=settings.outbox_attempts)


def work(
    settings: Settings, queue_name: str, connection: Redis, start: Callable[[type[Worker], str, Redis], None]
) -> None:
    """Work on one queue until the process is told to stop; the child under way is waited for."""
    ForkingWorker.settings = settings
    preload()
    start(ForkingWorker, queue_name, connection)


def preload() -> None:
    """Load and set up whatever a child would otherwise begin with."""
    for module in _PRELOADED_MODULES:
        importlib.import_module(module)
    Image.init()
    gc.freeze()
