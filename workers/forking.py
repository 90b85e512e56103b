"""A worker that runs its jobs in child processes with limits.

The parent opens neither the database nor the storage, because neither survives a fork. When a child is killed or runs
out of memory or time, its effect is recorded as failed and becomes due again.
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
import threading
import time
from collections.abc import Callable
from typing import Any

from PIL import Image
from redis import Redis
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.timeouts import HorseMonitorTimeoutException, JobTimeoutException, UnixSignalDeathPenalty

from community.database import MODELS, use_database, use_tables, wait_for_database
from community.kernel import outbox, storage
from community.settings import Settings
from workers.execution import run_effect
from workers.guarded_worker import STOP_GRACE_S, GuardedWorker
from workers.queues import ISOLATED_TIMEOUT_S, ListedJob

log = logging.getLogger(__name__)

MAX_MEMORY_BYTES = 1_073_741_824
MAX_CPU_S = 30
"""CPU seconds for one picture."""
MAX_EXTRA_JOBS = 15
MAX_EXTRA_JOBS_S = 4.0
# The statements of a job need no models. Setting up all of them took longer than the rest of a child's start.
_CHILD_MODELS = MODELS[:1]
_PRELOADED_MODULES = ("community.kernel.engines.sqlite", "community.kernel.engines.asyncpg", *_CHILD_MODELS)


class _ChildTimeout(UnixSignalDeathPenalty):
    """A time limit that the system enforces. A Python handler would wait until the decoder returns."""

    def setup_death_penalty(self) -> None:
        if self._exception is HorseMonitorTimeoutException:  # in the parent, while it waits
            super().setup_death_penalty()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        else:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(self._timeout)


class ForkingWorker(GuardedWorker, Worker):
    """A worker that limits its children and records their deaths."""

    death_penalty_class = _ChildTimeout
    settings: Settings

    def handle_warm_shutdown_request(self) -> None:
        """Limit the time of the current child."""
        _shared_memory[_STOP_BYTE] = 1
        if self.horse_pid:
            timer = threading.Timer(STOP_GRACE_S, self.kill_horse)
            timer.daemon = True
            timer.start()

    def fork_work_horse(self, job: RqJob, queue: Queue) -> None:
        """Fork a child and clear the shared id of its current effect."""
        _write_effect_id(0)
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: RqJob, queue: Queue) -> None:
        """Run the child within its memory limit."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        super().main_work_horse(job, queue)

    def perform_job(self, job: RqJob, queue: Queue, execution: Execution) -> bool:
        """Perform the child's job and then some waiting jobs, because a fork is expensive."""
        with asyncio.Runner() as runner:
            database = use_database(self.settings, models=_CHILD_MODELS)
            runner.run(database.__aenter__())
            storage.open_storage(self.settings)

            def perform(name: str, *, effect_id: int, attempt: int) -> str:
                _write_effect_id(effect_id)
                _limit_cpu(MAX_CPU_S)
                return runner.run(run_effect(self.settings, name, effect_id=effect_id, attempt=attempt))

            ListedJob.perform_listed = perform
            performed = super().perform_job(job, queue, execution)
            self._run_waiting_jobs(queue)
            runner.run(database.__aexit__(None, None, None))
        return performed

    def _run_waiting_jobs(self, queue: Queue) -> None:
        until = time.monotonic() + MAX_EXTRA_JOBS_S
        for _ in range(MAX_EXTRA_JOBS):
            job_id = queue.pop_job_id() if time.monotonic() < until and not _shared_memory[_STOP_BYTE] else None
            if job_id is None:
                return
            try:
                job = ListedJob.fetch(job_id, connection=self.connection, serializer=self.serializer)
                with self.death_penalty_class(ISOLATED_TIMEOUT_S, JobTimeoutException):  # type: ignore[no-untyped-call]  # the library leaves it untyped
                    job.perform()
                job.delete()
            except Exception:
                # Only an entry in Redis is lost. The effect is leased again until it is done.
                log.exception("job failed: job=%s", job_id)

    def handle_work_horse_killed(self, job: RqJob, retpid: int, ret_val: int, rusage: Any) -> None:
        """Record the failure of the effect, in another child with a database."""
        del retpid, rusage
        effect_id = _read_effect_id()
        log.warning("worker child died: job=%s status=%s effect=%s", job.id, ret_val, effect_id)
        if not effect_id:
            return
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(_record_death(self.settings, effect_id))
            except BaseException:
                log.exception("failure not recorded, the effect is leased again later: effect=%s", effect_id)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


_shared_memory = mmap.mmap(-1, 9)
"""Id of the effect that the current child works on, written by the child. Then 1 if the worker stops."""
_STOP_BYTE = 8


def _write_effect_id(effect_id: int) -> None:
    _shared_memory[:_STOP_BYTE] = effect_id.to_bytes(_STOP_BYTE, "little")


def _read_effect_id() -> int:
    return int.from_bytes(_shared_memory[:_STOP_BYTE], "little")


def _limit_cpu(seconds: int) -> None:
    """Allow this process `seconds` more of CPU time. The system kills it after that."""
    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.RLIM_INFINITY))


async def _record_death(settings: Settings, effect_id: int) -> None:
    async with use_database(settings, models=_CHILD_MODELS):
        if GuardedWorker.is_stopping:  # it was killed by the stop, which is no fault of the effect
            await outbox.release([effect_id])
            return
        await outbox.record_failure(effect_id, error="Died", max_failures=settings.outbox_attempts)


def work(
    settings: Settings, queue_name: str, connection: Redis, start: Callable[[type[Worker], str, Redis], None]
) -> None:
    """Work on one queue until a stop signal arrives. Waits for the current child.

    Raises DatabaseNotReady, DatabaseUnavailable.
    """
    ForkingWorker.settings = settings
    asyncio.run(_check_tables(settings))
    preload()
    start(ForkingWorker, queue_name, connection)


async def _check_tables(settings: Settings) -> None:
    async with wait_for_database(settings, use_tables):
        return


def preload() -> None:
    """Import modules before the fork, so that children start faster."""
    for module in _PRELOADED_MODULES:
        importlib.import_module(module)
    Image.init()
    gc.freeze()
