"""A job: the service function behind an effect's name, and its execution mode."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class ExecutionMode(Enum):
    """Relation between a job's work and the mark that its effect is done."""

    TRANSACTIONAL = auto()
    """Work and mark are one transaction. For work in the database only."""
    AT_LEAST_ONCE = auto()
    """The mark follows the work. For work outside the database, which may run twice."""
    ISOLATED = auto()
    """Like AT_LEAST_ONCE, in a child process with limits. For work that may kill its process."""
    BATCH = auto()
    """One job handles every pending effect of its name and marks them itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """The work of effects named `queue.verb`. It receives the arguments of the effect."""

    work: Callable[..., Awaitable[Any]]
    mode: ExecutionMode = ExecutionMode.TRANSACTIONAL
    takes_settings: bool = False
    """True if the first argument of the work is the process's settings."""
