"""Review cases as the graph shows them to leaders."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api.communities.types import Member, load_communities, load_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.api.nodes import Node
from community.api.review.decision import ReviewDecision
from community.api.submissions.types import Revision, Submission
from community.review import queries
from community.review.models import CaseState
from community.review.queries import CaseRow
from community.submissions import queries as submissions

declare_enum(
    CaseState,
    name="ReviewCaseState",
    values={
        "OPEN": "Waiting for a leader.",
        "DECIDED": "Decided.",
        "SUPERSEDED": "Overtaken by an edit, a withdrawal or a removal.",
    },
)


@object_type
class ReviewCase(Node):
    """审核单: one exact revision waiting for a leader's decision. Only leaders see cases."""

    row: strawberry.Private[CaseRow]
    state: CaseState = field(description="Where it stands.")
    version: int = field(description="Name it when you decide: a decision on an older version changes nothing.")
    opened_at: datetime = field(description="When it began to wait; the order of the queue.")
    due_at: datetime = field(description="When the first answer is due: 24 hours later.")
    closed_at: datetime | None = field(description="When it was decided or overtaken.")

    @classmethod
    def of(cls, row: CaseRow) -> ReviewCase:
        """The case of a row."""
        return cls(
            row=row,
            state=row.state,
            version=row.version,
            opened_at=row.opened_at,
            due_at=row.due_at,
            closed_at=row.closed_at,
        )

    community = batched(load_communities)

    @batched
    async def submission(parents: list[ReviewCase], info: Info) -> list[Submission]:  # noqa: N805 - all at once
        """The submission it is about."""
        del info
        rows = await submissions.get_by_ids([parent.row.submission_id for parent in parents])
        return [Submission.of(row) for row in rows]

    @batched
    async def revision(parents: list[ReviewCase], info: Info) -> list[Revision]:  # noqa: N805
        """The exact revision to decide on."""
        del info
        rows = await submissions.get_revisions_by_ids([parent.row.revision_id for parent in parents])
        return [Revision.of(row) for row in rows]

    @batched
    async def author(parents: list[ReviewCase], info: Info) -> list[Member]:  # noqa: N805
        """Who wrote it."""
        del info
        return await load_members([parent.row.author_id for parent in parents])

    @batched
    async def decision(parents: list[ReviewCase], info: Info) -> list[ReviewDecision | None]:  # noqa: N805
        """What was decided; null while it is open or when it was overtaken."""
        del info
        rows = await queries.find_decisions([parent.row.id for parent in parents])
        return [None if row is None else ReviewDecision.of(row) for row in rows]

    @batched
    async def decided_by(parents: list[ReviewCase], info: Info) -> list[Member | None]:  # noqa: N805
        """The leader who decided."""
        del info
        rows = await queries.find_decisions([parent.row.id for parent in parents])
        leaders = iter(await load_members([row.decided_by for row in rows if row is not None]))
        return [None if row is None else next(leaders) for row in rows]
