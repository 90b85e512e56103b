"""Every job there is. What is not here cannot be run, whoever writes to Redis."""

from __future__ import annotations

from collections.abc import Mapping

from workers import effects, images, leaderboards
from workers.job import ExecutionMode, Job

JOBS: Mapping[str, Job] = {**effects.JOBS, **images.JOBS, **leaderboards.JOBS}


def get_queue_name(name: str) -> str:
    """The queue that a job waits on: the first part of its name."""
    return name.partition(".")[0]


QUEUES = tuple(sorted({get_queue_name(name) for name in JOBS}))


def is_isolated(queue_name: str) -> bool:
    """Whether the jobs of a queue have a process of their own each. All of them have, or none."""
    return any(job.mode is ExecutionMode.ISOLATED for name, job in JOBS.items() if get_queue_name(name) == queue_name)
