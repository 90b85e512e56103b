"""Reading the review: the queue, one case, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.errors import NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.review.models import CaseState, ReviewCase, ReviewDecision, Verdict
from community.submissions.queries import AWAITING_DECISION


@row_of(ReviewCase)
@dataclass(slots=True)
class CaseRow:
    """One revision waiting, or having waited, for a decision."""

    id: int
    community_id: int
    submission_id: int
    revision_id: int
    author_id: int
    state: CaseState
    version: int
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None


@row_of(ReviewDecision, computed=("submission_id", "revision_id"))
@dataclass(slots=True)
class DecisionRow:
    """What was decided on a case."""

    id: int
    case_id: int
    submission_id: int
    revision_id: int
    decided_by: int
    verdict: Verdict
    authenticity: int | None
    usefulness: int | None
    resonance: int | None
    recommended: bool
    reason: str | None
    created_at: datetime


COLUMNS = db.columns(CaseRow)
_DECISION_COLUMNS = db.columns(DecisionRow, "d", submission_id="c.submission_id", revision_id="c.revision_id")

_ONE = db.Select(f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND id = $2", CaseRow)
_ANYWHERE = db.Select(f"SELECT {COLUMNS} FROM review_case WHERE id = $1", CaseRow)


async def find_case(case_id: int) -> CaseRow | None:
    """The case of whatever community, or None: the caller must see to who may know of it."""
    return await _ANYWHERE.first(case_id)


async def get_case(actor: MemberRow, case_id: int, *, path: str = "reviewCaseId") -> CaseRow:
    """A case of the leader's community. Raises LeadersOnly, NotFound about the field that named it."""
    require_leader(actor)
    row = await _ONE.first(actor.community_id, case_id)
    if row is None:
        raise NotFound("There is no such review case in this community.", path=(path,))
    return row


_QUEUE = Listing(
    f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND state = 'OPEN' AND author_id <> $2"
    # An edit or a withdrawal takes a case out of the queue at once, before its own job has closed it.
    f" AND EXISTS (SELECT 1 FROM ({AWAITING_DECISION} AND s.id = review_case.submission_id) AS awaiting"
    " WHERE awaiting.revision_id = review_case.revision_id)",
    CaseRow,
    by={"opened_at": datetime, "id": int},
)


async def list_queue(actor: MemberRow, request: PageRequest) -> Page[CaseRow]:
    """What waits for this leader's decision, oldest first: open, not overtaken, not their own. Raises LeadersOnly."""
    require_leader(actor)
    return await _QUEUE.page(request, actor.community_id, actor.id)


_DECISIONS = db.Select(
    f"SELECT {_DECISION_COLUMNS} FROM review_decision d JOIN review_case c ON c.id = d.case_id"
    " WHERE d.case_id = ANY($1)",
    DecisionRow,
)


async def find_decisions(case_ids: Sequence[int]) -> list[DecisionRow | None]:
    """The decision on each case, in order; None where there is none."""
    found = {row.case_id: row for row in await _DECISIONS.all(list(case_ids))}
    return [found.get(case_id) for case_id in case_ids]


_LAST_DECISIONS = db.Select(
    f"SELECT {_DECISION_COLUMNS} FROM review_decision d JOIN review_case c ON c.id = d.case_id"
    " WHERE c.submission_id = ANY($1) AND d.id = (SELECT max(d2.id) FROM review_decision d2"
    " JOIN review_case c2 ON c2.id = d2.case_id"
    " WHERE c2.community_id = c.community_id AND c2.submission_id = c.submission_id)",
    DecisionRow,
)


async def find_last_decisions(submission_ids: Sequence[int]) -> list[DecisionRow | None]:
    """The latest decision on each submission, in order; None where there is none."""
    found = {row.submission_id: row for row in await _LAST_DECISIONS.all(list(submission_ids))}
    return [found.get(submission_id) for submission_id in submission_ids]
