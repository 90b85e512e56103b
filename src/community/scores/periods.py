"""The periods of boards. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from community.kernel import periods
from community.kernel.periods import CalendarPeriod

EVER = "ever"
"""The name of the period of all time."""
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class PeriodKind(StrEnum):
    """Length of a board's period. A week begins on Monday."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"
    EVER = "EVER"


_COMPUTE: dict[PeriodKind, Callable[[datetime, str], CalendarPeriod]] = {
    PeriodKind.DAY: periods.day,
    PeriodKind.WEEK: periods.week,
    PeriodKind.MONTH: periods.month,
    PeriodKind.YEAR: periods.year,
}


@dataclass(frozen=True, slots=True)
class BoardPeriod:
    """A period of a community. `end` is not included.

    `name` is unique. The names of one kind are in the order of their periods.
    """

    kind: PeriodKind
    name: str
    start: datetime
    end: datetime


def compute_period(kind: str, moment: datetime, time_zone: str) -> BoardPeriod:
    """Return the period of this kind that contains `moment`."""
    kind = PeriodKind(kind)
    if kind is PeriodKind.EVER:
        return BoardPeriod(kind, EVER, _FIRST, _LAST)
    span = _COMPUTE[kind](moment, time_zone)
    return BoardPeriod(kind, f"{kind.value.lower()}:{span.first.isoformat()}", span.start, span.end)


def list_periods(moment: datetime, time_zone: str) -> list[BoardPeriod]:
    """Return the period of each kind that contains `moment`."""
    return [compute_period(kind, moment, time_zone) for kind in PeriodKind]
