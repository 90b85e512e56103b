"""The arithmetic of the books: which lots pay, when points end, what level a growth value makes. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from community.kernel import periods
from community.points.models import ExpiryPolicy

LEVELS = (0, 50, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
"""The growth value from which each level is reached; the first level is 1."""

MAX_POINTS = 1_000_000_000
"""More than anybody ever moves at once; far below what a balance can hold (2^63) and a client can read (2^53)."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much of one thing."""

    id: int
    amount: int


def allocate(available: Iterable[tuple[int, int]], amount: int) -> tuple[list[Allocation], int]:
    """Which things make up an amount, given as (id, how much is there) in the order of use, and what is missing."""
    parts = []
    for number, there in available:
        if amount == 0:
            break
        taken = min(there, amount)
        if taken > 0:
            parts.append(Allocation(number, taken))
            amount -= taken
    return parts, amount


def compute_expiry(expiry: ExpiryPolicy, rolling_days: int | None, *, earned_at: datetime, time_zone: str) -> datetime:
    """When points that are earned at a moment end: the first moment of a day of the community's.

    Rolling days are whole days after the day on which they were earned; by the end of the following year, points of
    2026 are good through all of 2027.
    """
    today = periods.local_date(earned_at, time_zone)
    if expiry is ExpiryPolicy.ROLLING_DAYS:
        return periods.midnight(today + timedelta(days=1 + (rolling_days or 0)), time_zone)
    return periods.midnight(date(today.year + 2, 1, 1), time_zone)


@dataclass(frozen=True, slots=True)
class Level:
    """A level, counted from 1, and the growth value at which the next one begins; None at the last."""

    number: int
    next_from: int | None


def compute_level(growth: int) -> Level:
    """The level that a growth value makes."""
    number = bisect_right(LEVELS, growth)
    return Level(number, LEVELS[number] if number < len(LEVELS) else None)
