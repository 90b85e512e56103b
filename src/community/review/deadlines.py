"""Reminders of leaders at the deadlines of open cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.kernel import clock, db
from community.notices.models import NoticeKind
from community.review.deciders import HAS_DECIDER
from community.review.handling import notify_leaders
from community.review.queries import COLUMNS, CaseRow
from community.review.queue import WAITS

_BATCH_SIZE = 100
_UNANSWERED = db.Select(
    "SELECT id FROM review_case WHERE state = 'OPEN' AND reminders = 0 AND due_at <= $1 AND answered_at IS NULL"
    f" AND {WAITS} ORDER BY due_at, id LIMIT {_BATCH_SIZE}",
    db.Id,
)
_UNSOLVED = db.Select(
    "SELECT id FROM review_case WHERE state = 'OPEN' AND reminders < 2 AND solve_due_at <= $1"
    f" AND {WAITS} ORDER BY solve_due_at, id LIMIT {_BATCH_SIZE}",
    db.Id,
)
# The conditions are checked again, because a leader may have decided the case meanwhile.
_REMIND = db.Change(
    "UPDATE review_case SET reminders = CASE WHEN solve_due_at <= $2 THEN 2 ELSE 1 END WHERE id = $1"
    " AND state = 'OPEN' AND ((reminders = 0 AND due_at <= $2 AND answered_at IS NULL)"
    f" OR (reminders < 2 AND solve_due_at <= $2)) AND {WAITS} RETURNING {COLUMNS}",
    CaseRow,
)


@dataclass(slots=True)
class OverdueRow:
    """Number of overdue cases of a community. `stuck` counts those that no present leader may decide."""

    community_id: int
    count: int
    stuck: int


_OVERDUE = db.Select(
    f"SELECT community_id, count(*) AS count, count(CASE WHEN NOT {HAS_DECIDER} THEN 1 END) AS stuck"
    " FROM review_case WHERE state = 'OPEN' AND due_at <= $1"
    f" AND CASE WHEN answered_at IS NULL THEN due_at ELSE solve_due_at END <= $1 AND {WAITS}"
    " GROUP BY community_id ORDER BY count(*) DESC, community_id",
    OverdueRow,
)


async def count_overdue() -> list[OverdueRow]:
    """Return the number of overdue cases by community, the largest first. It is for the operator."""
    return await _OVERDUE.all(clock.now())


async def remind() -> int:
    """Notify leaders of newly overdue cases, and return the number of cases.

    Idempotent: each deadline is reminded of once.
    """
    now = clock.now()
    count = 0
    for due in (_UNSOLVED, _UNANSWERED):
        while rows := await due.all(now):
            for row in rows:
                await _remind(row.id, now)
            count += len(rows)
    return count


@db.transactional
async def _remind(case_id: int, now: datetime) -> None:
    case = await _REMIND.first(case_id, now)
    if case is None:
        return
    is_unsolved = case.solve_due_at <= now
    await notify_leaders(
        case,
        kind=NoticeKind.CASE_UNSOLVED if is_unsolved else NoticeKind.CASE_UNANSWERED,
        key=f"case:{case.id}:{'unsolved' if is_unsolved else 'unanswered'}",
    )
