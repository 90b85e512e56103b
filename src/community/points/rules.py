"""Pure rules of the points bank: choice of lots, expiry and levels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from community.kernel import periods
from community.kernel.errors import InvalidInput
from community.points.kinds import ExpiryPolicy

LEVELS = (0, 50, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
"""The growth value from which each level is reached; the first level is 1."""

MAX_POINTS = 1_000_000_000
"""Most points that one call may move. Far below the limits of a balance (2^63) and of a client's integers (2^53)."""

MAX_DAYS = 3_650
"""Longest time in days that a rule or policy may name: ten years."""


MAX_HOLD_S = 30 * 24 * 60 * 60
"""Longest time for which points can be frozen."""


def validate_amount(amount: int) -> None:
    """Raise InvalidInput unless one call may move this many points."""
    if not 1 <= amount <= MAX_POINTS:
        raise InvalidInput("points", min=1, max=MAX_POINTS, actual=amount, path=("amount",))


def validate_hold_time(lasts_s: int) -> None:
    """Raise InvalidInput unless points can be frozen for this time."""
    if not 1 <= lasts_s <= MAX_HOLD_S:
        raise InvalidInput("hold_seconds", min=1, max=MAX_HOLD_S, actual=lasts_s, path=("seconds",))


def validate_rolling_days(days: int) -> None:
    """Raise InvalidInput unless points can last for this time."""
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput("rolling_days", min=1, max=MAX_DAYS, actual=days, path=("rollingDays",))


def validate_adjustment_limit(limit: int) -> None:
    """Raise InvalidInput unless this can be the limit of a leader's adjustments."""
    if not 0 <= limit <= MAX_POINTS:
        raise InvalidInput("adjustment_limit", min=0, max=MAX_POINTS, actual=limit, path=("adjustmentLimit",))


@dataclass(frozen=True, slots=True)
class Allocation:
    """An amount of one thing, such as a lot."""

    id: int
    amount: int


def allocate(available: Iterable[tuple[int, int]], amount: int) -> tuple[list[Allocation], int]:
    """Split `amount` over things, in the given order.

    A thing is a pair of id and available amount. Return the parts and the amount that is missing.
    """
    parts = []
    for id_, present in available:
        if amount == 0:
            break
        taken = min(present, amount)
        if taken > 0:
            parts.append(Allocation(id_, taken))
            amount -= taken
    return parts, amount


def compute_expiry(expiry: ExpiryPolicy, rolling_days: int | None, *, earned_at: datetime, time_zone: str) -> datetime:
    """Return the moment at which points that are earned at `earned_at` expire.

    It is midnight in the community's time zone. Rolling days are whole days after the day of earning. With
    END_OF_FOLLOWING_YEAR, points of 2026 are valid to the end of 2027.
    """
    today = periods.local_date(earned_at, time_zone)
    if expiry is ExpiryPolicy.ROLLING_DAYS:
        return periods.midnight(today + timedelta(days=1 + (rolling_days or 0)), time_zone)
    return periods.midnight(date(today.year + 2, 1, 1), time_zone)


@dataclass(frozen=True, slots=True)
class Level:
    """A level, counted from 1.

    `next_from` is the growth value of the next level, None at the last.
    """

    number: int
    next_from: int | None


def compute_level(growth: int) -> Level:
    """Return the level for a growth value."""
    number = bisect_right(LEVELS, growth)
    return Level(number, LEVELS[number] if number < len(LEVELS) else None)


def can_adjust(actor_id: int, membership_id: int) -> bool:
    """Return True unless it is the leader's own account."""
    return actor_id != membership_id
