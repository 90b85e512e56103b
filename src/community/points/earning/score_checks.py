"""The check of a board's sums against the awards of their periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from community.kernel.invariants import Check
from community.points.earning.board_periods import EVER, PeriodKind, compute_period


@dataclass(slots=True)
class ScoreRow:
    """A sum of a board. `total` is that of all awards, `recent` has the awards of the last weeks as `seconds:amount`.

    The last period has no award before them.
    """

    id: int
    kind: PeriodKind
    period: str
    score: int
    time_zone: str
    total: int
    recent: str | None


_EARNED = "extract(epoch FROM {}.earned_at)"
_MONTH_S = 32 * 86_400
SCORES_SQL = (
    "SELECT b.id, b.kind, b.period, b.score, c.time_zone, CAST(COALESCE((SELECT sum(w.amount) FROM award w"
    " WHERE w.membership_id = b.membership_id), 0) AS BIGINT) AS total, CASE WHEN b.kind <> 'EVER' THEN"
    f" (SELECT string_agg(CAST({_EARNED.format('w')} AS TEXT) || ':' || w.amount, ',') FROM award w"
    f" WHERE w.membership_id = b.membership_id AND {_EARNED.format('w')} > (SELECT max({_EARNED.format('x')})"
    f" FROM award x WHERE x.membership_id = b.membership_id) - {_MONTH_S}) END AS recent FROM board_score b"
    " JOIN membership m ON m.id = b.membership_id JOIN community c ON c.id = m.community_id"
    " WHERE b.id > $1 AND b.id <= $2"
)


async def load_score_check() -> Check:
    """Return the check of a board's sum against the awards of its period."""
    spans: dict[tuple[PeriodKind, str, str], tuple[float, float] | None] = {}

    def is_right(row: ScoreRow) -> bool:
        if row.kind is PeriodKind.EVER:
            return row.period == EVER and row.score == -row.total
        key = (row.kind, row.period, row.time_zone)
        if key not in spans:
            spans[key] = _find_span(*key)
        span = spans[key]
        if span is None:
            return False
        awards = [one.split(":") for one in (row.recent or "").split(",") if one]
        times = [float(at) for at, _ in awards]
        points = sum(int(amount) for (_, amount), at in zip(awards, times, strict=True) if span[0] <= at < span[1])
        return row.score == -points and max(times, default=0) < span[1]

    return is_right


def _find_span(kind: PeriodKind, name: str, time_zone: str) -> tuple[float, float] | None:
    """Return the seconds at which a period begins and ends, or None."""
    try:
        noon = datetime.fromisoformat(f"{name.partition(':')[2]}T12:00:00").replace(tzinfo=ZoneInfo(time_zone))
    except ValueError:
        return None
    period = compute_period(kind, noon, time_zone)
    return (period.start.timestamp(), period.end.timestamp()) if period.name == name else None
