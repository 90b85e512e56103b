"""The type of a review case, for leaders."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api.communities.types import Member, load_communities, load_members, load_optional_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.api.nodes import Node
from community.api.review.decision import ReviewDecision
from community.api.submissions.types import Revision, Submission
from community.review import queries
from community.review.models import CaseState
from community.review.queries import CaseRow
from community.submissions import queries as submissions_queries

declare_enum(
    CaseState,
    name="ReviewCaseState",
    values={
        "OPEN": "Waiting for a leader's decision.",
        "DECIDED": "Decided.",
        "SUPERSEDED": "Closed by an edit, a withdrawal or a removal.",
    },
)


@object_type
class ReviewCase(Node):
    """审核单: the review of one exact revision. Only leaders see it."""

    row: strawberry.Private[CaseRow]
    state: CaseState = field(description="State.")
    version: int = field(description="Version. A decision must name it, and changes nothing if it is older.")
    opened_at: datetime = field(description="Time of opening, which orders the queue.")
    due_at: datetime = field(description="Time at which the first answer is due, 24 hours after opening.")
    closed_at: datetime | None = field(
        description="Time of the decision, or of the change that closed it. Null while open."
    )

    @classmethod
    def of(cls, row: CaseRow) -> ReviewCase:
        """Return the case of a row."""
        return cls(
            row=row,
            state=row.state,
            version=row.version,
            opened_at=row.opened_at,
            due_at=row.due_at,
            closed_at=row.closed_at,
        )

    community = batched(load_communities, description="Community that it belongs to.")

    @batched
    async def submission(parents: list[ReviewCase], info: Info) -> list[Submission]:
        """Submission."""
        del info
        rows = await submissions_queries.get_by_ids([parent.row.submission_id for parent in parents])
        return [Submission.of(row) for row in rows]

    @batched
    async def revision(parents: list[ReviewCase], info: Info) -> list[Revision]:
        """Revision to decide on."""
        del info
        rows = await submissions_queries.get_revisions_by_ids([parent.row.revision_id for parent in parents])
        return [Revision.of(row) for row in rows]

    @batched
    async def author(parents: list[ReviewCase], info: Info) -> list[Member]:
        """Author."""
        del info
        return await load_members([parent.row.author_id for parent in parents])

    @batched
    async def decision(parents: list[ReviewCase], info: Info) -> list[ReviewDecision | None]:
        """Decision. Null while open, and for a superseded case."""
        del info
        rows = await queries.find_decisions([parent.row.id for parent in parents])
        return [None if row is None else ReviewDecision.of(row) for row in rows]

    @batched
    async def decided_by(parents: list[ReviewCase], info: Info) -> list[Member | None]:
        """Leader who decided. Null without a decision."""
        del info
        rows = await queries.find_decisions([parent.row.id for parent in parents])
        return await load_optional_members([None if row is None else row.decided_by for row in rows])
