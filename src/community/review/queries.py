"""Reads of review cases, their reasons and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.errors import NotFound
from community.kernel.tables import row_of
from community.review.models import (
    CaseKind,
    CaseReason,
    CaseState,
    ReasonOfCase,
    ReviewCase,
    ReviewDecision,
    ThingKind,
    Verdict,
)
from community.review.rules import MAX_URGENCY
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.related import AUTHOR, REVISION_ROWS


@row_of(ReviewCase)
class CaseRow(db.Row):
    """A review case.

    `due_at` is the deadline of the first answer, `solve_due_at` that of the solution. `claimed_by` says who claimed it
    last, also after the claim has ended.
    """

    id: int
    community_id: int
    kind: CaseKind
    submission_id: int | None
    revision_id: int | None
    author_id: int
    excluded_id: int | None
    also_excluded_id: int | None
    state: CaseState
    version: int
    queue_rank: int
    opened_at: datetime
    due_at: datetime
    solve_due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    claimed_by: int | None
    claimed_until: datetime | None
    escalated_by: int | None
    escalated_at: datetime | None
    escalation_note: str | None
    thing: ThingKind | None
    thing_id: int | None
    thing_revision: int | None

    @property
    def excluded_ids(self) -> set[int]:
        """The leaders who never decide the case, apart from its author."""
        return {number for number in (self.excluded_id, self.also_excluded_id) if number is not None}

    @property
    def urgency(self) -> int:
        """Urgency: 2 for an escalated case, 1 for another urgent one.

        It is -1 for what is public already, and otherwise 0.
        """
        return MAX_URGENCY - self.queue_rank

    @property
    def revision_ids(self) -> tuple[int, int]:
        """The submission and the revision of a case about a revision."""
        if self.submission_id is None or self.revision_id is None:
            raise ValueError(f"case {self.id} has no revision")
        return self.submission_id, self.revision_id


@dataclass(slots=True)
class DecisionContent:
    """The content of a decision. A refusal has no scores."""

    verdict: Verdict
    authenticity: int | None
    usefulness: int | None
    resonance: int | None
    recommended: bool
    reason: str | None
    created_at: datetime

    closed_texts: ClassVar[tuple[str, ...]] = ("reason",)


@row_of(ReviewDecision, computed=("submission_id", "revision_id"))
class DecisionRow(DecisionContent):
    """A decision on a case. `decided_by` is None for the operator."""

    id: int
    community_id: int
    case_id: int
    submission_id: int
    revision_id: int
    decided_by: int | None


COLUMNS = db.columns(CaseRow)
CASE_ROWS = (
    AUTHOR,
    db.Related(
        "revision", RevisionRow, "FROM submission_revision WHERE id = {parent}.revision_id", below=REVISION_ROWS
    ),
    db.Related("submission", SubmissionRow, "FROM submission WHERE id = {parent}.submission_id"),
)
"""The rows that the queue can read in its own statement."""
DECISIONS_SQL = " FROM review_decision d JOIN review_case c ON c.id = d.case_id"
_SELECT_DECISIONS = (
    f"SELECT {db.columns(DecisionRow, 'd', submission_id='c.submission_id', revision_id='c.revision_id')}"
    f"{DECISIONS_SQL}"
)

_FIND = db.Select(f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND id = $2", CaseRow)
_FIND_OF_REVISION = db.Select(
    "SELECT id FROM review_case WHERE community_id = $1 AND submission_id = $2 AND revision_id = $3 LIMIT 1", db.Id
)
_FIND_APPROVAL = db.Select(
    "SELECT d.id FROM review_case c JOIN review_decision d ON d.case_id = c.id WHERE c.submission_id = $1"
    " AND d.verdict = 'APPROVED' LIMIT 1",
    db.Id,
)
_OF_SUBMISSION = db.Select(
    f"SELECT {COLUMNS} FROM review_case WHERE submission_id = $1 AND kind = 'REVISION' ORDER BY id", CaseRow
)
_BY_IDS = db.Select(f"SELECT {COLUMNS} FROM review_case WHERE id = ANY($1)", CaseRow)
_FIND_ANYWHERE = db.Select(f"SELECT {COLUMNS} FROM review_case WHERE id = $1", CaseRow)


async def find_case(case_id: int) -> CaseRow | None:
    """Return the case of any community, or None. The caller checks who may know of it."""
    return await _FIND_ANYWHERE.first(case_id)


async def get_cases(case_ids: Sequence[int]) -> list[CaseRow]:
    """Return the case of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _BY_IDS.all(list(set(case_ids))), case_ids)


async def find_cases(case_ids: Sequence[int | None]) -> list[CaseRow | None]:
    """Return the case of each id, in order, or None."""
    return db.in_order_or_none(await _BY_IDS.all(list(set(case_ids) - {None})), case_ids)


async def list_cases(submission_id: int) -> list[CaseRow]:
    """Return the cases of a submission, the oldest first. There is one for each revision that was sent."""
    return await _OF_SUBMISSION.all(submission_id)


async def has_case(revision: RevisionRow) -> bool:
    """Return True if leaders have got this revision for review."""
    return await _FIND_OF_REVISION.first(revision.community_id, revision.submission_id, revision.id) is not None


async def has_approval(submission_id: int) -> bool:
    """Return True if a leader has approved a revision of the submission."""
    return await _FIND_APPROVAL.first(submission_id) is not None


async def get_case(actor: MemberRow, case_id: int, *, path: str = "reviewCaseId") -> CaseRow:
    """Return a case of the leader's community, but no complaint that concerns the leader.

    Raises LeadersOnly, and NotFound with this path.
    """
    require_leader(actor)
    row = await _FIND.first(actor.community_id, case_id)
    if row is None or (row.kind is CaseKind.COMPLAINT and actor.id in row.excluded_ids):
        raise NotFound("review_case", path=(path,))
    return row


@row_of(ReasonOfCase)
class ReasonRow:
    """A reason of a case."""

    community_id: int
    case_id: int
    reason: CaseReason
    created_at: datetime


_REASONS = db.Select(
    f"SELECT {db.columns(ReasonRow)} FROM case_reason WHERE case_id = ANY($1) ORDER BY case_id, id", ReasonRow
)


async def list_reasons(case_ids: Sequence[int]) -> list[list[CaseReason]]:
    """Return the reasons of each case, in the order in which they came. Older cases have none."""
    return db.group_values(await _REASONS.all(list(case_ids)), case_ids, by="case_id", of="reason")


_DECISIONS = db.Select(
    f"{_SELECT_DECISIONS} WHERE d.case_id = ANY($1)",
    DecisionRow,
)


async def find_decisions(case_ids: Sequence[int]) -> list[DecisionRow | None]:
    """Return the decision on each case, in order. None stands for an undecided case."""
    return db.in_order_or_none(await _DECISIONS.all(list(case_ids)), case_ids, by="case_id")


_FIND_DECISION = db.Select(f"{_SELECT_DECISIONS} WHERE d.id = ANY($1)", DecisionRow)


async def find_decision(decision_id: int) -> DecisionRow | None:
    """Return the decision, or None. The caller checks who may know of it."""
    return (await find_decisions_by_ids([decision_id]))[0]


async def find_decisions_by_ids(decision_ids: Sequence[int]) -> list[DecisionRow | None]:
    """Return the decision of each id, in order, or None."""
    return db.in_order_or_none(await _FIND_DECISION.all(list(decision_ids)), decision_ids)


_LAST_DECISIONS = db.Select(
    f"{_SELECT_DECISIONS}"
    " WHERE c.submission_id = ANY($1) AND d.id = (SELECT max(d2.id) FROM review_decision d2"
    " JOIN review_case c2 ON c2.id = d2.case_id"
    " WHERE c2.community_id = c.community_id AND c2.submission_id = c.submission_id)",
    DecisionRow,
)


async def find_last_decisions(submission_ids: Sequence[int]) -> list[DecisionRow | None]:
    """Return the latest decision on each submission, in order. None stands for no decision."""
    rows = await _LAST_DECISIONS.all(list(submission_ids))
    return db.in_order_or_none(rows, submission_ids, by="submission_id")
