"""A worker whose jobs may die of what they work on: each has a process of its own, with limits that the system holds.

The parent opens neither the database nor the store, because neither survives a fork. A child that is killed, runs out
of memory or of time takes nothing with it: its effect is noted as failed and is due again.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import resource
import signal
from collections.abc import Callable
from typing import Any

from PIL import Image
from redis import Redis
from rq import Worker
from rq.job import Job as RqJob
from rq.timeouts import HorseMonitorTimeoutException, UnixSignalDeathPenalty

from community.database import MODELS, opened
from community.kernel import outbox, storage
from community.settings import Settings
from workers.execution import carry_out
from workers.queues import ListedJob

log = logging.getLogger(__name__)

MEMORY_BYTES = 1_073_741_824
PROCESSOR_S = 30
# The statements of one job need no models, and setting them up took longer than all else that a child begins with.
_FEW = MODELS[:1]
_WARM = ("community.kernel.engines.sqlite", "community.kernel.engines.asyncpg", *_FEW)


class _Limit(UnixSignalDeathPenalty):
    """Lets the system end a child that takes too long: a handler of ours would wait for the decoder to return."""

    def setup_death_penalty(self) -> None:
        if self._exception is HorseMonitorTimeoutException:  # the parent, looking up from its waiting
            super().setup_death_penalty()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        else:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(self._timeout)


class ForkingWorker(Worker):
    """A worker that takes no commands through Redis, limits its children, and notes when one has died."""

    death_penalty_class = _Limit
    max_connection_wait_time = 1.0
    settings: Settings

    def subscribe(self) -> None:
        """Take no commands: whoever writes to Redis shall not stop a worker."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def main_work_horse(self, job: RqJob, queue: Any) -> None:
        """The child's whole life, within its limits."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S + 5))
        super().main_work_horse(job, queue)

    def handle_work_horse_killed(self, job: RqJob, retpid: int, ret_val: int, rusage: Any) -> None:
        """Have the effect offered again soon: from a child of its own, because the database is not opened here."""
        del retpid, rusage
        log.warning("the child that worked on %s has died (status %s)", job.id, ret_val)
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(_note(self.settings, int(job.kwargs["effect_id"])))
            except BaseException:
                log.exception("the death could not be noted; the effect is offered again all the same, only later")
            finally:
                os._exit(0)
        os.waitpid(child, 0)


async def _note(settings: Settings, effect_id: int) -> None:
    async with opened(settings, models=_FEW):
        await outbox.lost(effect_id, error="Died", most=settings.outbox_attempts)


def work(
    settings: Settings, queue_name: str, connection: Redis, start: Callable[[type[Worker], str, Redis], None]
) -> None:
    """Work on one queue until the process is told to stop; the child under way is waited for."""

    def perform(name: str, *, effect_id: int, attempt: int) -> None:
        asyncio.run(_perform(settings, name, effect_id=effect_id, attempt=attempt))

    ListedJob.perform_listed = perform
    ForkingWorker.settings = settings
    # Whatever a child would load or set up before it begins is there already when it is born.
    for module in _WARM:
        importlib.import_module(module)
    Image.init()
    gc.freeze()
    start(ForkingWorker, queue_name, connection)


async def _perform(settings: Settings, name: str, *, effect_id: int, attempt: int) -> None:
    async with opened(settings, models=_FEW):
        storage.open_storage(settings)
        await carry_out(settings, name, effect_id=effect_id, attempt=attempt)
