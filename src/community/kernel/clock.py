"""The current time, which all other modules read here.

Stored times are UTC. Days and periods of a community are cut in its own time zone. Tests move the time with `at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_offset: ContextVar[timedelta | None] = ContextVar("clock_offset", default=None)


def now() -> datetime:
    """Return the current time, aware and in UTC, with microseconds."""
    moment, offset = datetime.now(UTC), _offset.get()
    return moment if offset is None else moment + offset


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Shift the time to `moment` inside the block.

    It continues from there, for this task and the tasks that it starts.
    """
    token = _offset.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _offset.reset(token)
