"""Periods and ranks: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from community.kernel import periods

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class PeriodKind(StrEnum):
    """How long a board counts: from Monday, from the first of the month, or since the beginning."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    EVER = "EVER"


@dataclass(frozen=True, slots=True)
class BoardPeriod:
    """One stretch of a community's time, `start` included and `end` not. `name` tells it from the others of a kind."""

    kind: PeriodKind
    name: str
    start: datetime
    end: datetime


def compute_period(kind: PeriodKind, moment: datetime, time_zone: str) -> BoardPeriod:
    """The period of that kind which holds `moment` where the community is."""
    if kind is PeriodKind.EVER:
        return BoardPeriod(kind, "ever", _FIRST, _LAST)
    span = periods.week(moment, time_zone) if kind is PeriodKind.WEEK else periods.month(moment, time_zone)
    return BoardPeriod(kind, f"{kind.value.lower()}:{span.first.isoformat()}", span.start, span.end)


@dataclass(frozen=True, slots=True)
class LeaderboardEntry:
    """A member's place on a board. Equal points share a rank, and the next rank leaves the gap (1, 2, 2, 4)."""

    membership_id: int
    rank: int
    points: int


def rank_entries(
    scores: Sequence[tuple[int, int]], *, above: int = 0, better: int | None = None
) -> list[LeaderboardEntry]:
    """Standings for a stretch of a board, given as (membership id, points) in the board's order.

    The board's order is most points first; among equals whoever joined the community first. `above` members stand
    before the stretch, `better` of them (all, when left out) with more points than its first member.
    """
    entries: list[LeaderboardEntry] = []
    rank = 1 + (above if better is None else better)
    for place, (membership_id, points) in enumerate(scores):
        if entries and points != entries[-1].points:
            rank = 1 + above + place
        entries.append(LeaderboardEntry(membership_id, rank, points))
    return entries
