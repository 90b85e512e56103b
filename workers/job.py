"""What a job is: a name, the queue it waits on, and the service it calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class ExecutionMode(Enum):
    """How a job's work and the word that it is done belong together."""

    TRANSACTIONAL = auto()
    """In one transaction: the work is in the database alone."""
    AT_LEAST_ONCE = auto()
    """The work first, then the word: the work is elsewhere, and may happen again."""
    ISOLATED = auto()
    """As APART, in a process of its own that may die of it."""
    BATCH = auto()
    """The work takes everything pending under its name and says itself what is done."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work by the name `queue.verb`; it is called with the arguments that the effect was put with."""

    work: Callable[..., Awaitable[Any]]
    mode: ExecutionMode = ExecutionMode.TRANSACTIONAL
    takes_settings: bool = False
    """The work takes the process's settings as its first argument."""
