"""Open cases that no present leader may decide. The operator decides these.

The only leader may be the author, be excluded, have reported it, or have given the only one of two approvals.
"""

from __future__ import annotations

from community.kernel import db
from community.review.agreement.opinions import GAVE_THE_ONLY_OPINION
from community.review.queries import COLUMNS, CaseRow
from community.review.queue import WAITS

MAX_LISTED = 100
HAS_DECIDER = (
    "EXISTS (SELECT 1 FROM membership_role r JOIN membership m ON m.id = r.membership_id"
    " JOIN person p ON p.id = m.person_id WHERE r.community_id = review_case.community_id AND r.role = 'LEADER'"
    " AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL"
    " AND m.id NOT IN (review_case.author_id, COALESCE(review_case.excluded_id, 0),"
    " COALESCE(review_case.also_excluded_id, 0))"
    " AND NOT (review_case.kind = 'REPORT' AND EXISTS (SELECT 1 FROM report t WHERE t.case_id = review_case.id"
    f" AND t.reporter_id = m.id)) AND NOT {GAVE_THE_ONLY_OPINION})"
)
"""The condition that a present leader may decide a row of `review_case`, as `cases.lock_case` and the verbs check."""

_HAS_DECIDER = db.Select(f"SELECT id FROM review_case WHERE community_id = $1 AND id = $2 AND {HAS_DECIDER}", db.Id)
_LIST = db.Select(
    f"SELECT {COLUMNS} FROM review_case WHERE state = 'OPEN' AND {WAITS} AND NOT {HAS_DECIDER}"
    f" ORDER BY community_id, due_at LIMIT {MAX_LISTED}",
    CaseRow,
)


async def has_decider(case: CaseRow) -> bool:
    """Return True if a present leader may decide the case."""
    return await _HAS_DECIDER.first(case.community_id, case.id) is not None


async def list_for_operator() -> list[CaseRow]:
    """Return up to 100 open cases that no present leader may decide.

    They are ordered by community, the oldest first.
    """
    return await _LIST.all()
