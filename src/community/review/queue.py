"""The queue of the leaders: pages with filters, and counts of what waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.kernel.listing import Listing, OneOf
from community.kernel.paging import MAX_COUNT, Page, PageRequest
from community.review.agreement.opinions import HAS_OPINION
from community.review.case_words import HAS_WORDS, build_search
from community.review.claims import RUNNING_CLAIM_SQL
from community.review.models import CaseKind, CaseReason, CaseState
from community.review.queries import COLUMNS, CaseRow
from community.submissions.queries import AWAITING_DECISION


class QueueMark(StrEnum):
    """A property of an open case, by which leaders filter the queue."""

    MINE = "MINE"
    UNCLAIMED = "UNCLAIMED"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    URGENT = "URGENT"
    AWAITS_SECOND = "AWAITS_SECOND"


_CLAIMED = RUNNING_CLAIM_SQL
_OVERDUE = "state = 'OPEN' AND CASE WHEN answered_at IS NULL THEN due_at ELSE solve_due_at END <= {}"
_UNCLAIMED = f"(claimed_until IS NULL OR NOT ({_CLAIMED}))"
_OWN = "claimed_by = {}"
_OF_REASONS = (
    "EXISTS (SELECT 1 FROM case_reason x WHERE x.community_id = review_case.community_id"
    " AND x.case_id = review_case.id AND x.reason = ANY({}))"
)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """A filter of the queue. None and an empty list do not narrow it.

    One of the kinds and one of the reasons is enough. A case has all of the marks. `text` is searched for in the
    revisions, comments, appeals and complaints of open and decided cases, and in the names of authors.
    """

    kinds: Sequence[CaseKind] = ()
    reasons: Sequence[CaseReason] = ()
    marks: Sequence[QueueMark] = ()
    author_id: int | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    text: str | None = None

    def list_conditions(self, leader: MemberRow, states: Sequence[CaseState]) -> Iterator[tuple[str, Any]]:
        """Yield the conditions for a page of this leader, each with its value. Raises InvalidInput."""
        now = clock.now()
        if QueueMark.MINE in self.marks:
            yield _OWN, leader.id
            yield _CLAIMED, now
        if QueueMark.UNCLAIMED in self.marks:
            yield _UNCLAIMED, now
        if QueueMark.OVERDUE in self.marks:
            yield _OVERDUE, now
        if QueueMark.ESCALATED in self.marks:
            yield "queue_rank = {}", 0
        if QueueMark.URGENT in self.marks:
            yield "queue_rank <= {}", 1
        if QueueMark.AWAITS_SECOND in self.marks:
            yield HAS_OPINION, True
        if self.reasons:
            yield _OF_REASONS, list(self.reasons)
        yield "author_id = {}", self.author_id
        yield "opened_at >= {}", self.opened_from
        yield "opened_at < {}", self.opened_before
        if self.text is not None:
            yield HAS_WORDS, build_search(leader.community_id, self.text, states)


_EVERYTHING = QueueFilter()
WAITS = (
    # An edit or a withdrawal hides an open case immediately, before the job closes it.
    f"(state <> 'OPEN' OR kind <> 'REVISION' OR EXISTS (SELECT 1 FROM ({AWAITING_DECISION}"
    " AND s.id = review_case.submission_id) AS awaiting WHERE awaiting.revision_id = review_case.revision_id))"
    # The case of a suspended author's revision waits.
    " AND (state <> 'OPEN' OR kind <> 'REVISION' OR NOT EXISTS (SELECT 1 FROM membership m"
    " JOIN person p ON p.id = m.person_id WHERE m.id = review_case.author_id AND p.banned_at IS NOT NULL))"
)
"""The condition that an open case is in the queue of some leader, for a row of `review_case`."""
_QUEUE = Listing(
    f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND author_id <> $2"
    " AND $2 NOT IN (COALESCE(excluded_id, 0), COALESCE(also_excluded_id, 0))"
    " AND (state <> 'OPEN' OR kind <> 'REPORT' OR NOT EXISTS"
    " (SELECT 1 FROM report t WHERE t.case_id = review_case.id AND t.reporter_id = $2))"
    f" AND {WAITS}",
    CaseRow,
    by={"queue_rank": int, "opened_at": datetime, "id": int},
)
_OPEN_OF_KINDS = tuple(f"state = 'OPEN' AND kind = '{kind}'" for kind in CaseKind)
_WAITING = _QUEUE.statement(MAX_COUNT, (), _OPEN_OF_KINDS).sql


@dataclass(slots=True)
class _Counts:
    total: int
    mine: int
    unclaimed: int
    overdue: int
    escalated: int
    urgent: int
    awaits_second: int
    revisions: int
    reports: int
    appeals: int
    complaints: int
    comments: int
    endorsements: int


@dataclass(slots=True)
class ReasonCount:
    """The number of open cases with a reason."""

    reason: CaseReason
    count: int


@dataclass(slots=True)
class QueueCounts(_Counts):
    """Numbers of open cases in a leader's queue, by mark, kind and reason."""

    reasons: list[ReasonCount]


def _count(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition.format('$3')})"


_COUNTS = db.Select(
    f"SELECT count(*) AS total, {_count(f'claimed_by = $2 AND {_CLAIMED}')} AS mine,"
    f" {_count(_UNCLAIMED)} AS unclaimed, {_count(_OVERDUE)} AS overdue, {_count('queue_rank = 0')} AS escalated,"
    f" {_count('queue_rank <= 1')} AS urgent,"
    f" {_count(HAS_OPINION)} AS awaits_second, "
    + ", ".join(f"count(*) FILTER (WHERE kind = '{kind}') AS {kind.lower()}s" for kind in CaseKind)
    + f" FROM review_case WHERE id IN (SELECT waiting.id FROM ({_WAITING}) AS waiting)",
    _Counts,
)
_REASONS = db.Select(
    f"SELECT x.reason, count(*) AS count FROM ({_WAITING}) AS waiting JOIN case_reason x ON x.case_id = waiting.id"
    " GROUP BY x.reason ORDER BY x.reason",
    ReasonCount,
)


async def list_queue(
    actor: MemberRow,
    request: PageRequest,
    *,
    states: Sequence[CaseState] = (CaseState.OPEN,),
    only: QueueFilter = _EVERYTHING,
    preloading: db.Preloading = db.NOTHING,
) -> Page[CaseRow]:
    """Return a page of the cases of other authors in these states.

    The urgent ones come first, then the oldest. An open case is one that this leader may decide.
    Raises LeadersOnly and InvalidInput.
    """
    require_leader(actor)
    states = states or list(CaseState)
    pairs = [(state, kind) for state in states for kind in only.kinds or CaseKind]
    return await _QUEUE.page(
        request, actor.community_id, actor.id,
        filters=only.list_conditions(actor, states), one_of=OneOf("state, kind", pairs), preloading=preloading,
    )  # fmt: skip


async def count_queue(actor: MemberRow) -> QueueCounts:
    """Return the counts of the first 1,000 open cases of this leader's queue. Raises LeadersOnly."""
    require_leader(actor)
    counts = await _COUNTS.one(actor.community_id, actor.id, clock.now())
    reasons = await _REASONS.all(actor.community_id, actor.id)
    return QueueCounts(**asdict(counts), reasons=reasons)
