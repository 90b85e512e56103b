"""Invariants of scores, podiums and honours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from community.kernel.invariants import Check, Invariant, forbid_rows
from community.leaderboards.declarations import SOURCES
from community.scores.periods import EVER, PeriodKind, compute_period
from community.scores.scores import build_sum_sql


@dataclass(slots=True)
class _PeriodRow:
    id: int
    kind: PeriodKind
    period: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str


async def _load_period_check() -> Check:
    """Return the check of a score's period against the calendar of its community."""
    known: dict[tuple[PeriodKind, str, str], tuple[datetime, datetime] | None] = {}

    def is_right(row: _PeriodRow) -> bool:
        key = (row.kind, row.period, row.time_zone)
        if key not in known:
            known[key] = _find_span(*key)
        return known[key] == (row.starts_at, row.ends_at)

    return is_right


def _find_span(kind: PeriodKind, name: str, time_zone: str) -> tuple[datetime, datetime] | None:
    """Return the bounds of a period, or None for an unknown name."""
    day = "2026-01-01" if name == EVER else name.partition(":")[2]
    try:
        noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo(time_zone))
    except ValueError:
        return None
    period = compute_period(kind, noon, time_zone)
    return (period.start, period.end) if period.name == name else None


INVARIANTS = (
    *(
        forbid_rows(
            f"a score on the board {source.board} is the sum of what it counts in its period",
            "leaderboard_score t",
            # The sums of a closed period stay as they were for a few days.
            f"t.board = '{source.board}' AND t.score <> {build_sum_sql(source.events, 't')} AND NOT EXISTS (SELECT 1"
            " FROM leaderboard_closing x WHERE x.community_id = t.community_id AND x.board = t.board"
            " AND x.period = t.period)",
        )
        for source in SOURCES.values()
    ),
    Invariant(
        "a score's period is one of the community's calendar",
        "leaderboard_score",
        "SELECT t.id, t.kind, t.period, t.starts_at, t.ends_at, c.time_zone FROM leaderboard_score t"
        " JOIN community c ON c.id = t.community_id WHERE t.id > $1 AND t.id <= $2",
        _PeriodRow,
        _load_period_check,
    ),
    forbid_rows(
        "each member who was awarded has a score of all time",
        "account a",
        "a.kind = 'MEMBER' AND EXISTS (SELECT 1 FROM award w WHERE w.membership_id = a.membership_id)"
        " AND NOT EXISTS (SELECT 1 FROM leaderboard_score t WHERE t.membership_id = a.membership_id"
        " AND t.board = 'POINTS' AND t.period = 'ever')",
    ),
    forbid_rows(
        "the rank of a podium's place follows from the scores",
        "podium_place t",
        "t.rank <> 1 + (SELECT count(*) FROM podium_place x WHERE x.closing_id = t.closing_id AND x.score > t.score)",
    ),
    forbid_rows(
        "an honour is for a place on the podium of its period",
        "honour t",
        "NOT EXISTS (SELECT 1 FROM podium_place x JOIN leaderboard_closing c ON c.id = x.closing_id"
        " WHERE x.closing_id = t.closing_id AND x.membership_id = t.membership_id AND x.rank = t.rank"
        " AND c.period = t.period AND c.community_id = t.community_id)",
    ),
)
