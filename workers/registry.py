"""Every job there is. What is not here cannot be run, whoever writes to Redis."""

from __future__ import annotations

from collections.abc import Mapping

from workers import effects, leaderboards
from workers.job import Job

JOBS: Mapping[str, Job] = {**effects.JOBS, **leaderboards.JOBS}


def queue_of(name: str) -> str:
    """The queue that a job waits on: the first part of its name."""
    return name.partition(".")[0]


QUEUES = tuple(sorted({queue_of(name) for name in JOBS}))
