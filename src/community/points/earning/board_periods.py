"""The periods in which earned points are summed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from community.kernel import periods

EVER = "ever"
"""The name of the period of all time."""
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class PeriodKind(StrEnum):
    """Length of a board's period. A week begins on Monday."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    EVER = "EVER"


@dataclass(frozen=True, slots=True)
class BoardPeriod:
    """A period of a community. `end` is not included.

    `name` is unique. The names of one kind are in the order of their periods.
    """

    kind: PeriodKind
    name: str
    start: datetime
    end: datetime


def compute_period(kind: PeriodKind, moment: datetime, time_zone: str) -> BoardPeriod:
    """Return the period of this kind that contains `moment`."""
    if kind is PeriodKind.EVER:
        return BoardPeriod(kind, EVER, _FIRST, _LAST)
    span = periods.week(moment, time_zone) if kind is PeriodKind.WEEK else periods.month(moment, time_zone)
    return BoardPeriod(kind, f"{kind.value.lower()}:{span.first.isoformat()}", span.start, span.end)
