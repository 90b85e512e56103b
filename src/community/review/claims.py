"""Claims of cases for a limited time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import clock, db
from community.review.queries import CaseRow

RUNNING_CLAIM_SQL = (
    "claimed_until > {} AND EXISTS (SELECT 1 FROM membership_role r JOIN membership m ON m.id = r.membership_id"
    " JOIN person p ON p.id = m.person_id WHERE r.community_id = review_case.community_id"
    " AND r.membership_id = review_case.claimed_by AND r.role = 'LEADER' AND r.granted_at <= review_case.claimed_at"
    " AND m.left_at IS NULL AND p.banned_at IS NULL)"
)
"""The condition of a claim that has not ended, for a row of `review_case`. `{}` stands for the present time.

A claim ends by its time, or with the role of its leader, and a new role does not revive it.
"""


@dataclass(slots=True)
class ClaimRow:
    """A claim that has not ended."""

    id: int
    claimed_by: int
    claimed_until: datetime


_FIND = db.Select(
    f"SELECT {db.columns(ClaimRow)} FROM review_case WHERE id = ANY($1) AND {RUNNING_CLAIM_SQL.format('$2')}", ClaimRow
)


async def find_claims(cases: Sequence[CaseRow]) -> list[ClaimRow | None]:
    """Return the claim of each case, in order. None stands for a case that no leader claims at present."""
    claimed = [case.id for case in cases if case.claimed_by is not None]
    rows = await _FIND.all(claimed, clock.now()) if claimed else []
    return db.in_order_or_none(rows, [case.id for case in cases])
