"""A worker of the queue `effects` whose job does not end by itself. It prints `started` when the job has started.

python -m tests.support.long_job
"""

from __future__ import annotations

import asyncio
import sys

from community import settings as configuration
from workers import guarded_worker, process, registry
from workers.job import ExecutionMode, Job


async def wait_for_ever() -> None:
    sys.stdout.write("started\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    registry.JOBS["effects.sweep"] = Job(wait_for_ever, ExecutionMode.AT_LEAST_ONCE)
    process.STOP_GRACE_S = guarded_worker.STOP_GRACE_S = 0.5
    process.work(configuration.get_settings(), "effects")
