"""Types of submissions and revisions, with what each viewer may see."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import strawberry

from community.api.communities import submission_kinds  # noqa: F401 - it declares the enumerations
from community.api.communities.appealing import load_reportable
from community.api.communities.carried import carry_authors, carry_communities
from community.api.communities.types import load_communities
from community.api.communities.visible import (
    LoadMemberships,
    is_member,
    list_allowed,
    load_own_and_former_memberships,
    load_own_memberships,
    load_viewers,
    load_visible_members,
    viewer_can,
)
from community.api.context import Info
from community.api.conversation.threads import SubmissionThread
from community.api.declare import batched, field, query, type_over
from community.api.experts.types import SubmissionEndorsements
from community.api.nodes import Node, found_after_writing, found_by
from community.api.preloading import choose, list_selected
from community.api.submissions import reactions, trail
from community.api.submissions import removals as removal_types  # noqa: F401 - it declares the type of a removal
from community.api.submissions.carried import carry_published, carry_states, carry_versions
from community.api.submissions.returned import describe_returned
from community.api.submissions.revisions import load_pictures, load_revisions, load_versions
from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.kernel import db
from community.kernel.errors import NotFound
from community.media.queries import MediaRow
from community.review.queries import DecisionRow, find_last_decisions, has_case
from community.review.screening.blocks import BlockRow, find_blocks
from community.submissions import checks, queries, restoration
from community.submissions.checks import Check
from community.submissions.masking import mask_revision
from community.submissions.models import SubmissionState
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.related import PUBLISHED_ROWS, VIEWER
from community.submissions.restoration import RemovalRow

load_private_access = partial(
    list_allowed, partial(checks.is_allowed, checks.require_insider), load=load_own_and_former_memberships
)


def _viewer_can(check: Check, description: str, *, load: LoadMemberships = load_own_memberships) -> Any:
    return viewer_can(partial(checks.is_allowed, check), description, load=load)


@type_over(SubmissionRow)
class Submission(Node, SubmissionThread, SubmissionEndorsements):
    """投稿: content that a member created.

    Everyone sees its published revision. Its author and the leaders see the rest.
    """

    kind = field(description="Kind.")
    version = batched(
        load_versions,
        description="Version, which rises with each change. A mutation must name it.",
        carried=carry_versions,
    )
    recommended = field(description="用户推荐: True if the published revision scored high in every criterion.")
    like_count = field(description="Number of likes.")
    published_at = field(description="Time of the first publication, which orders the feed. Null until then.")
    created_at = field(description="Time of creation.")
    updated_at = field(description="Time of the last change.")
    community = batched(load_communities, description="Community that it belongs to.", carried=carry_communities)
    viewer_can_edit = _viewer_can(checks.get_edited_state, "True if the viewer can write a new revision of it.")
    viewer_can_submit = _viewer_can(checks.get_submitted_state, "True if the viewer can send it to review.")
    viewer_can_withdraw = _viewer_can(
        checks.get_withdrawn_state,
        "True if the viewer can withdraw it, also after leaving.",
        load=load_own_and_former_memberships,
    )
    viewer_can_make_public = _viewer_can(
        checks.require_private_publication,
        "True if the viewer can show it to everyone, although it was published for members.",
        load=load_own_and_former_memberships,
    )
    viewer_can_remove = _viewer_can(checks.get_removed_state, "True if the viewer can remove it as a leader.")
    viewer_can_like = _viewer_can(
        checks.require_public, "True if the viewer can like it, and add it to the own favourites."
    )
    liked_by_me = reactions.liked_by_me
    viewer_has_favourited = reactions.viewer_has_favourited
    favourite_count = reactions.favourite_count
    share_count = reactions.share_count
    view_count = reactions.view_count
    events = trail.events
    viewer_can_report = batched(load_reportable, description="True if the viewer can report the published revision.")

    @partial(batched, carried=carry_authors)
    async def author(rows: list[SubmissionRow], info: Info) -> list[MemberRow | None]:
        """Author. Null for strangers if the author is a child, is suspended or has left."""
        communities = [row.community_id for row in rows]
        return await load_visible_members(
            [row.author_id for row in rows], info, community_ids=communities, loaded=db.take_loaded(rows, "author")
        )

    @partial(batched, carried=carry_states)
    async def state(rows: list[SubmissionRow], info: Info) -> list[SubmissionState]:
        """State of the latest revision. PUBLISHED for everyone but its author and the leaders."""
        access = await load_private_access(rows, info)
        return [row.state if allowed else SubmissionState.PUBLISHED for row, allowed in zip(rows, access, strict=True)]

    @partial(batched, carried=carry_published)
    async def published(rows: list[SubmissionRow], info: Info) -> list[RevisionRow | None]:
        """Published revision. Null without one. Others than its author and the leaders see stars for personal data."""
        found = db.take_loaded(rows, "published") or await load_revisions(
            [(row.id, row.published_revision) for row in rows]
        )
        return await _mask_for_others(rows, found, info)

    @partial(batched, carried="latest")
    async def latest(rows: list[SubmissionRow], info: Info) -> list[RevisionRow | None]:
        """Latest revision. For leaders the latest that its author has sent to review. Null for everyone else."""
        readable = await _list_newest_readable(rows, info)
        return await load_revisions([(row.id, newest) for row, newest in zip(rows, readable, strict=True)])

    @batched
    async def published_for(rows: list[SubmissionRow], info: Info) -> list[Visibility | None]:
        """Readers of the published revision. Null without one, and for everyone but its author and the leaders."""
        access = await load_private_access(rows, info)
        return [
            row.published_for if allowed and row.published_revision is not None else None
            for row, allowed in zip(rows, access, strict=True)
        ]

    @partial(batched, carried="cover")
    async def cover(rows: list[SubmissionRow], info: Info) -> list[MediaRow | None]:
        """First picture of what the viewer may see, the published revision first. Null without one."""
        readable = await _list_newest_readable(rows, info)
        revisions = await load_revisions(
            [(row.id, row.published_revision or newest) for row, newest in zip(rows, readable, strict=True)]
        )
        found = iter(await load_pictures([one.id for one in revisions if one is not None], count=1))
        return [None if one is None else next(iter(next(found)), None) for one in revisions]

    @batched
    async def note(rows: list[SubmissionRow], info: Info) -> list[str | None]:
        """Changes to make, or a reason. Null for everyone but its author and the leaders.

        It is the last note of a leader. Or it has a line for each refused picture and each blocked place.
        """
        readable = await _list_newest_readable(rows, info)
        shown = {row.id: newest for row, newest in zip(rows, readable, strict=True) if newest is not None}
        notes = {row.id: row.note for row in rows if row.id in shown}
        notes |= await describe_returned([row for row in rows if row.id in shown], shown)
        return [notes.get(row.id) for row in rows]

    @batched
    async def decision(rows: list[SubmissionRow], info: Info) -> list[DecisionRow | None]:
        """Last decision. Null without one, and for everyone but its author and the leaders."""
        access = await load_private_access(rows, info)
        readable = [row.id for row, allowed in zip(rows, access, strict=True) if allowed]
        found = dict(zip(readable, await find_last_decisions(readable), strict=True))
        return [found.get(row.id) for row in rows]

    @batched
    async def removal(rows: list[SubmissionRow], info: Info) -> list[RemovalRow | None]:
        """Last removal. Null without one, and for everyone but its author and the leaders."""
        found, access = await restoration.find_newest([row.id for row in rows]), await load_private_access(rows, info)
        return [one if allowed else None for one, allowed in zip(found, access, strict=True)]

    @batched
    async def block(rows: list[SubmissionRow], info: Info) -> list[BlockRow | None]:
        """Block by the screening that returned it. Null without one, and for all but its author and the leaders."""
        access = await load_private_access(rows, info)
        found = await find_blocks(rows)
        return [
            one if allowed and row.state is SubmissionState.RETURNED else None
            for row, one, allowed in zip(rows, found, access, strict=True)
        ]

    @query
    def is_public(row: strawberry.Parent[SubmissionRow]) -> bool:
        """True if it is published, for everyone or for the members."""
        return row.published_revision is not None


async def _mask_for_others(
    rows: list[SubmissionRow], revisions: list[RevisionRow | None], info: Info
) -> list[RevisionRow | None]:
    """Return the published revisions as the viewer sees them."""
    if not any(row.masks for row in rows):
        return revisions
    access = await load_private_access(rows, info)
    return [
        revision if revision is None or allowed or not row.masks else mask_revision(revision, row.masks)
        for row, revision, allowed in zip(rows, revisions, access, strict=True)
    ]


async def _list_newest_readable(rows: list[SubmissionRow], info: Info) -> list[int | None]:
    """Return the newest revision number that the viewer may read, or None."""
    members = await load_viewers(rows, info)
    return [checks.get_newest_readable(*each) for each in zip(rows, members, strict=True)]


async def can_read_submission(row: SubmissionRow, info: Info) -> bool:
    """Return True if the viewer may see this submission.

    The caller has checked that the viewer may read the community.
    """
    if row.published_revision is not None:
        if row.published_for is Visibility.PUBLIC:
            return True
        if await is_member(row.community_id, info):
            return True
    return (await load_private_access([row], info))[0]


async def load_visible_submissions(numbers: list[int], info: Info) -> list[SubmissionRow | None]:
    """Return the submission of each id, in order. None where the viewer may not see it.

    The caller has checked that the viewer may read the community.
    """
    rows = await queries.get_by_ids(numbers)
    access = await asyncio.gather(*(can_read_submission(row, info) for row in rows))
    return [row if allowed else None for row, allowed in zip(rows, access, strict=True)]


@found_by(SubmissionRow)
async def find_submission(number: int, info: Info) -> SubmissionRow | None:
    """Return the submission if the viewer may see it, or None. Raises NotFound or KeyError."""
    preloading = _choose_preloading(info)
    (row,) = await queries.get_by_ids([number], preloading=preloading)
    if (viewer := (row.loaded or {}).get("viewer")) is not None and viewer.left_at is not None:
        del row.loaded["viewer"]  # only a current member is taken from there
    if preloading.related and row.published_revision is None:
        row.loaded.pop("cover", None)  # its cover is that of another revision
    return await _hide_unreadable(row, info)


@found_after_writing
async def find_written(written: SubmissionRow, info: Info) -> SubmissionRow | None:
    """Return what `find_submission` returns. The submission is read again only if it lacks what is selected."""
    if {each.name for each in _choose_preloading(info).related} <= written.loaded.keys():
        return await _hide_unreadable(written, info)
    return await find_submission(written.id, info)


def _choose_preloading(info: Info) -> db.Preloading:
    selected = list_selected(info)  # on the submission, or on the payload of its mutation
    offered: tuple[db.Related, ...] = PUBLISHED_ROWS
    wanted = selected | selected.get("submission", {})
    if not info.context.has_memberships:
        offered, wanted = (*offered, VIEWER), wanted | {"viewer": {}}
    return choose(offered, wanted, info.context.person_id or 0)


async def _hide_unreadable(row: SubmissionRow, info: Info) -> SubmissionRow | None:
    if (await load_private_access([row], info))[0]:
        return row
    await info.context.find_readable_community(row.community_id)
    return row if await can_read_submission(row, info) else None


async def get_visible_submission(number: int, info: Info, *, path: str) -> SubmissionRow:
    """Return the submission if the viewer may see it. Raises NotFound, the same for an unknown one."""
    try:
        row = await find_submission(number, info)
    except (NotFound, KeyError):
        row = None
    if row is None:
        raise NotFound("submission", path=(path,))
    return row


@found_by(RevisionRow)
async def find_revision(number: int, info: Info) -> RevisionRow | None:
    """Return the revision if the viewer may see it, or None. Raises NotFound or KeyError."""
    (row,) = await queries.get_revisions_by_ids([number])
    submission = await find_submission(row.submission_id, info)
    if submission is None:
        return None
    if row.number == submission.published_revision:
        return (await _mask_for_others([submission], [row], info))[0]
    (member,) = await load_own_and_former_memberships([submission.community_id], info)
    if member is None or not checks.is_allowed(checks.require_insider, submission, member):
        return None
    is_sent = row.number == submission.sent_revision or await has_case(row)  # Leaders read no draft.
    return row if is_sent or member.id == submission.author_id else None
