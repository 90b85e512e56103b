"""Submissions and their revisions as the graph shows them, to each viewer their measure."""

from __future__ import annotations

import asyncio
from datetime import datetime

import strawberry

from community.api import ids
from community.api.communities.types import Member, load_communities, load_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query
from community.api.media.types import Media
from community.api.nodes import Node
from community.api.review.decision import ReviewDecision
from community.communities.queries import find_person_memberships
from community.media.queries import get_by_ids as pictures
from community.review.queries import find_last_decisions
from community.submissions import queries
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.rules import AUTHOR_ONLY_STATES

declare_enum(
    SubmissionKind,
    name="SubmissionKind",
    values={
        "PRODUCT_REVIEW": "测评: what a product is like.",
        "USAGE_TIP": "技巧: how to use something well.",
        "RECIPE": "食谱: how to cook something.",
        "NEIGHBOURHOOD_STORY": "故事: something that happened here.",
        "PHOTOGRAPH": "摄影: a picture, and what it shows.",
        "LEADER_PLAYBOOK": "团长案例: how a leader did something; written by leaders only.",
    },
)
declare_enum(
    SubmissionState,
    name="SubmissionState",
    values={
        "DRAFT": "Only its author knows of it.",
        "PENDING_SCREENING": "On its way to a leader.",
        "IN_REVIEW": "Waiting for a leader's decision.",
        "PUBLISHED": "In the feed.",
        "RETURNED": "Back with its author, with what to change.",
        "REJECTED": "Refused for a reason.",
        "WITHDRAWN": "Taken back by its author.",
        "REMOVED": "Taken off by a leader for a reason.",
    },
)


@object_type
class Revision:
    """版本: the text of a submission at one time; never changed, every edit is another."""

    row: strawberry.Private[RevisionRow]
    id: strawberry.ID = field(description="Its id.")
    number: int = field(description="The first revision is 1.")
    title: str = field(description="The title, 1 to 60 characters.")
    text: str = field(description="The text, 1 to 5000 characters, with line breaks.")
    product_ref: str | None = field(description="The product it is about, in the ordering system's words.")
    created_at: datetime = field(description="When it was written.")

    @classmethod
    def of(cls, row: RevisionRow) -> Revision:
        """The revision of a row."""
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
    async def tags(parents: list[Revision], info: Info) -> list[list[str]]:  # noqa: N805 - the parents, all at once
        """Its tags, in the author's order."""
        del info
        return await queries.list_tags([parent.row.id for parent in parents])

    @batched
    async def media(parents: list[Revision], info: Info) -> list[list[Media]]:  # noqa: N805
        """Its pictures, in the author's order; nine at most."""
        del info
        numbers = await queries.list_media_ids([parent.row.id for parent in parents])
        rows = iter(await pictures([number for few in numbers for number in few]))
        return [[Media.of(next(rows)) for _ in few] for few in numbers]


async def _find_private_access(rows: list[SubmissionRow], info: Info) -> list[bool]:
    if info.context.person_id is None:
        return [False] * len(rows)
    mine = await find_person_memberships(info.context.person_id, [row.community_id for row in rows])
    return [
        member is not None
        and (member.id == row.author_id or (member.is_leader and row.state not in AUTHOR_ONLY_STATES))
        for row, member in zip(rows, mine, strict=True)
    ]


async def load_private_access(rows: list[SubmissionRow], info: Info) -> list[bool]:
    """Whether the viewer may know more of each submission than is public: its author may, and the leaders."""
    # Through the loader, so that every field that asks for the same page asks the database once.
    return list(await asyncio.gather(*(info.context.load(_find_private_access, row, info) for row in rows)))


@object_type
class Submission(Node):
    """投稿: what a member made. Everybody sees its published revision; its author and the leaders see the rest."""

    row: strawberry.Private[SubmissionRow]
    kind: SubmissionKind = field(description="What it is.")
    version: int = field(description="Rises with every change; name it when you change the submission.")
    recommended: bool = field(description="用户推荐: the published revision scored high in every criterion.")
    like_count: int = field(description="How many members like it.")
    published_at: datetime | None = field(description="When it was first published; the order of the feed.")
    created_at: datetime = field(description="When it was begun.")
    updated_at: datetime = field(description="When it last changed.")

    @classmethod
    def of(cls, row: SubmissionRow) -> Submission:
        """The submission of a row."""
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

    community = batched(load_communities)

    @batched
    async def author(parents: list[Submission], info: Info) -> list[Member]:  # noqa: N805
        """Who made it."""
        del info
        return await load_members([parent.row.author_id for parent in parents])

    @batched
    async def state(parents: list[Submission], info: Info) -> list[SubmissionState]:  # noqa: N805
        """Where its latest revision stands, for its author and the leaders; to everybody else it is published."""
        knows = await load_private_access([parent.row for parent in parents], info)
        return [
            parent.row.state if known else SubmissionState.PUBLISHED
            for parent, known in zip(parents, knows, strict=True)
        ]

    @batched
    async def published(parents: list[Submission], info: Info) -> list[Revision | None]:  # noqa: N805
        """The revision that everybody sees; null while there is none."""
        del info
        return await _load_revisions([(parent.row.id, parent.row.published_revision) for parent in parents])

    @batched
    async def latest(parents: list[Submission], info: Info) -> list[Revision | None]:  # noqa: N805
        """The revision that its author wrote last; null for everybody but its author and the leaders."""
        knows = await load_private_access([parent.row for parent in parents], info)
        return await _load_revisions(
            [
                (parent.row.id, parent.row.latest_revision if known else None)
                for parent, known in zip(parents, knows, strict=True)
            ]
        )

    @batched
    async def note(parents: list[Submission], info: Info) -> list[str | None]:  # noqa: N805
        """What a leader told its author last: what to change, or why it was refused. For author and leaders."""
        knows = await load_private_access([parent.row for parent in parents], info)
        return [parent.row.note if known else None for parent, known in zip(parents, knows, strict=True)]

    @batched
    async def decision(parents: list[Submission], info: Info) -> list[ReviewDecision | None]:  # noqa: N805
        """The last decision on it. For its author and the leaders."""
        knows = await load_private_access([parent.row for parent in parents], info)
        known = [parent.row.id for parent, known in zip(parents, knows, strict=True) if known]
        found = dict(zip(known, await find_last_decisions(known), strict=True))
        rows = [found.get(parent.row.id) for parent in parents]
        return [None if row is None else ReviewDecision.of(row) for row in rows]

    @batched
    async def liked_by_me(parents: list[Submission], info: Info) -> list[bool]:  # noqa: N805
        """Whether I like it."""
        if info.context.person_id is None:
            return [False] * len(parents)
        return await queries.list_liked(info.context.person_id, [parent.row.id for parent in parents])

    @query
    def is_public(self) -> bool:
        """Whether everybody who may read the community sees it."""
        return self.row.published_revision is not None


async def _load_revisions(numbers: list[tuple[int, int | None]]) -> list[Revision | None]:
    wanted = [(submission_id, number) for submission_id, number in numbers if number is not None]
    rows = dict(zip(wanted, await queries.get_revisions(wanted), strict=True))
    return [None if number is None else Revision.of(rows[submission_id, number]) for submission_id, number in numbers]


async def can_read_submission(row: SubmissionRow, info: Info) -> bool:
    """Whether the viewer, who may read the community, may know of this submission at all."""
    return row.published_revision is not None or (await load_private_access([row], info))[0]
