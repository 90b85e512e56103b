"""Types of submissions and revisions, with what each viewer may see."""

from __future__ import annotations

import asyncio
from datetime import datetime

import strawberry

from community.api import ids
from community.api.communities.types import Member, load_communities, load_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query
from community.api.edge.measure import LONG_TEXT
from community.api.media.types import Media
from community.api.nodes import Node
from community.api.review.decision import ReviewDecision
from community.communities.queries import find_person_memberships
from community.media import queries as media_queries
from community.review.queries import find_last_decisions
from community.submissions import queries
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.rules import AUTHOR_ONLY_STATES

declare_enum(
    SubmissionKind,
    name="SubmissionKind",
    values={
        "PRODUCT_REVIEW": "测评: a review of a product.",
        "USAGE_TIP": "技巧: a tip for using something.",
        "RECIPE": "食谱: a recipe.",
        "NEIGHBOURHOOD_STORY": "故事: a story of the neighbourhood.",
        "PHOTOGRAPH": "摄影: a photograph with a text.",
        "LEADER_PLAYBOOK": "团长案例: a leader's case. Only leaders can write it.",
    },
)
declare_enum(
    SubmissionState,
    name="SubmissionState",
    values={
        "DRAFT": "Visible only to its author.",
        "PENDING_SCREENING": "Sent, and not yet in the review queue.",
        "IN_REVIEW": "Waiting for a leader's decision.",
        "PUBLISHED": "Published in the feed.",
        "RETURNED": "Returned to its author with changes to make.",
        "REJECTED": "Rejected with a reason.",
        "WITHDRAWN": "Withdrawn by its author.",
        "REMOVED": "Removed by a leader with a reason.",
    },
)


@object_type
class Revision:
    """版本: one immutable text of a submission. Each edit creates another."""

    row: strawberry.Private[RevisionRow]
    id: strawberry.ID = field(description="Opaque id.")
    number: int = field(description="Number within the submission. The first is 1.")
    title: str = field(description="Title, 1 to 60 characters.")
    text: str = field(description="Text, 1 to 5000 characters, with line breaks.", metadata=LONG_TEXT)
    product_ref: str | None = field(description="Product id of the ordering system, 1 to 64 characters. Null for none.")
    created_at: datetime = field(description="Time of writing.")

    @classmethod
    def of(cls, row: RevisionRow) -> Revision:
        """Return the revision of a row."""
        return cls(
            row=row,
            id=ids.encode("Revision", row.id),
            number=row.number,
            title=row.title,
            text=row.text,
            product_ref=row.product_ref,
            created_at=row.created_at,
        )

    @batched
    async def tags(parents: list[Revision], info: Info) -> list[list[str]]:
        """Tags in the author's order, at most nine."""
        del info
        return await queries.list_tags([parent.row.id for parent in parents])

    @batched
    async def media(parents: list[Revision], info: Info) -> list[list[Media]]:
        """Pictures in the author's order, at most nine."""
        del info
        ids_by_revision = await queries.list_media_ids([parent.row.id for parent in parents])
        rows = iter(
            await media_queries.get_by_ids([media_id for media_ids in ids_by_revision for media_id in media_ids])
        )
        return [[Media.of(next(rows)) for _ in media_ids] for media_ids in ids_by_revision]


async def _find_private_access(rows: list[SubmissionRow], info: Info) -> list[bool]:
    if info.context.person_id is None:
        return [False] * len(rows)
    memberships = await find_person_memberships(info.context.person_id, [row.community_id for row in rows])
    return [
        member is not None
        and (member.id == row.author_id or (member.is_leader and row.state not in AUTHOR_ONLY_STATES))
        for row, member in zip(rows, memberships, strict=True)
    ]


async def load_private_access(rows: list[SubmissionRow], info: Info) -> list[bool]:
    """Return True for each submission whose private parts the viewer may see.

    The author may, and the leaders unless its state is one that only the author may see.
    """
    # Through the loader, so that all fields of one page share one database query.
    return list(await asyncio.gather(*(info.context.load(_find_private_access, row, info) for row in rows)))


@object_type
class Submission(Node):
    """投稿: content that a member created.

    Everyone sees its published revision. Its author and the leaders see the rest.
    """

    row: strawberry.Private[SubmissionRow]
    kind: SubmissionKind = field(description="Kind.")
    version: int = field(description="Version, which rises with each change. A mutation must name it.")
    recommended: bool = field(description="用户推荐: True if the published revision scored high in every criterion.")
    like_count: int = field(description="Number of likes.")
    published_at: datetime | None = field(
        description="Time of the first publication, which orders the feed. Null until then."
    )
    created_at: datetime = field(description="Time of creation.")
    updated_at: datetime = field(description="Time of the last change.")

    @classmethod
    def of(cls, row: SubmissionRow) -> Submission:
        """Return the submission of a row."""
        return cls(
            row=row,
            kind=row.kind,
            version=row.version,
            recommended=row.recommended,
            like_count=row.like_count,
            published_at=row.published_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    community = batched(load_communities, description="Community that it belongs to.")

    @batched
    async def author(parents: list[Submission], info: Info) -> list[Member]:
        """Author."""
        del info
        return await load_members([parent.row.author_id for parent in parents])

    @batched
    async def state(parents: list[Submission], info: Info) -> list[SubmissionState]:
        """State of the latest revision. PUBLISHED for everyone but its author and the leaders."""
        access = await load_private_access([parent.row for parent in parents], info)
        return [
            parent.row.state if allowed else SubmissionState.PUBLISHED
            for parent, allowed in zip(parents, access, strict=True)
        ]

    @batched
    async def published(parents: list[Submission], info: Info) -> list[Revision | None]:
        """Published revision. Null without one."""
        del info
        return await _load_revisions([(parent.row.id, parent.row.published_revision) for parent in parents])

    @batched
    async def latest(parents: list[Submission], info: Info) -> list[Revision | None]:
        """Latest revision. Null for everyone but its author and the leaders."""
        access = await load_private_access([parent.row for parent in parents], info)
        return await _load_revisions(
            [
                (parent.row.id, parent.row.latest_revision if allowed else None)
                for parent, allowed in zip(parents, access, strict=True)
            ]
        )

    @batched
    async def note(parents: list[Submission], info: Info) -> list[str | None]:
        """Last note of a leader: changes to make, or a reason. Null for everyone but its author and the leaders."""
        access = await load_private_access([parent.row for parent in parents], info)
        return [parent.row.note if allowed else None for parent, allowed in zip(parents, access, strict=True)]

    @batched
    async def decision(parents: list[Submission], info: Info) -> list[ReviewDecision | None]:
        """Last decision. Null without one, and for everyone but its author and the leaders."""
        access = await load_private_access([parent.row for parent in parents], info)
        readable = [parent.row.id for parent, allowed in zip(parents, access, strict=True) if allowed]
        found = dict(zip(readable, await find_last_decisions(readable), strict=True))
        rows = [found.get(parent.row.id) for parent in parents]
        return [None if row is None else ReviewDecision.of(row) for row in rows]

    @batched
    async def liked_by_me(parents: list[Submission], info: Info) -> list[bool]:
        """True if the viewer likes it."""
        if info.context.person_id is None:
            return [False] * len(parents)
        return await queries.list_liked(info.context.person_id, [parent.row.id for parent in parents])

    @query
    def is_public(self) -> bool:
        """True if everyone who may read the community sees it."""
        return self.row.published_revision is not None


async def _load_revisions(numbers: list[tuple[int, int | None]]) -> list[Revision | None]:
    wanted = [(submission_id, number) for submission_id, number in numbers if number is not None]
    rows = dict(zip(wanted, await queries.get_revisions(wanted), strict=True))
    return [None if number is None else Revision.of(rows[submission_id, number]) for submission_id, number in numbers]


async def can_read_submission(row: SubmissionRow, info: Info) -> bool:
    """Return True if the viewer may see this submission.

    The caller has checked that the viewer may read the community.
    """
    return row.published_revision is not None or (await load_private_access([row], info))[0]
