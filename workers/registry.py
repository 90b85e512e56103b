"""The list of all jobs. A job that is not listed here cannot run."""

from __future__ import annotations

from collections.abc import Mapping

from workers import effects, images, leaderboards
from workers.job import ExecutionMode, Job

JOBS: Mapping[str, Job] = {**effects.JOBS, **images.JOBS, **leaderboards.JOBS}


def get_queue_name(name: str) -> str:
    """Return the queue of a job, which is the first part of its name."""
    return name.partition(".")[0]


QUEUES = tuple(sorted({get_queue_name(name) for name in JOBS}))


def is_isolated(queue_name: str) -> bool:
    """Return True if each job of the queue runs in a child process."""
    return any(job.mode is ExecutionMode.ISOLATED for name, job in JOBS.items() if get_queue_name(name) == queue_name)
