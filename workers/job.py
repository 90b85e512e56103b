"""What a job is: a name, the queue it waits on, and the service it calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Way(Enum):
    """How a job's work and the word that it is done belong together."""

    TOGETHER = auto()
    """In one transaction: the work is in the database alone."""
    APART = auto()
    """The work first, then the word: the work is elsewhere, and may happen again."""
    ALONE = auto()
    """As APART, in a process of its own that may die of it."""
    DRAIN = auto()
    """The work takes everything pending under its name and says itself what is done."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work by the name `queue.verb`; it is called with the arguments that the effect was put with."""

    work: Callable[..., Awaitable[Any]]
    way: Way = Way.TOGETHER
    configured: bool = False
    """The work takes the process's settings as its first argument."""
