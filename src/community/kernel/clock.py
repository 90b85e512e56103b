"""The one place that knows what time it is.

Everything stored is UTC; a community's days and periods are cut in its own time zone. Tests move the time with `at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta(0))


def now() -> datetime:
    """This moment in UTC, with microseconds and an offset."""
    return datetime.now(UTC) + _offset.get()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let time go on from `moment` inside the block, for this task and those it starts."""
    token = _offset.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _offset.reset(token)
