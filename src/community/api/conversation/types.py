"""Types of comments, with what each viewer may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import strawberry

from community.api.communities import visible
from community.api.communities.appealing import viewer_can_appeal
from community.api.communities.types import load_communities, load_optional_members
from community.api.communities.visible import load_own_and_former_memberships, load_own_memberships, viewer_can
from community.api.context import Info
from community.api.conversation.threads import list_comments, load_hidden
from community.api.declare import batched, declare_enum, field, related, type_over
from community.api.nodes import Node, found_by
from community.api.pages import paged
from community.api.submissions.reactions import list_reacted
from community.api.submissions.types import find_submission, load_visible_submissions
from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.conversation import checks, queries
from community.conversation.cases import build_thing
from community.conversation.indexing import mask_text
from community.conversation.likes import LIKES
from community.conversation.models import CommentState
from community.conversation.queries import CommentRevisionRow, CommentRow, HidingRow
from community.conversation.rules import MAX_TEXT_LENGTH
from community.kernel.errors import Refusal
from community.kernel.paging import Page, PageRequest
from community.media import queries as media
from community.media.queries import MediaRow
from community.review.appeals.models import AppealedAction
from community.review.appeals.reportable import list_reportable_things
from community.submissions.queries import SubmissionRow

declare_enum(
    CommentState,
    values={
        "WAITING": "Visible only to its author and the leaders until its checks have passed.",
        "PUBLISHED": "Visible to the readers of the submission.",
        "HIDDEN": "Hidden by a leader with a reason, or from this viewer because of a block.",
        "REFUSED": "Not published: the checks or a leader refused it.",
        "DELETED": "Deleted by its author.",
    },
)


def _allows(check: Callable[[CommentRow, MemberRow], None]) -> Callable[[CommentRow, MemberRow | None], bool]:
    def is_allowed(row: CommentRow, member: MemberRow | None) -> bool:
        try:
            if member is not None:
                check(row, member)
        except Refusal:
            return False
        return member is not None

    return is_allowed


_can_like = _allows(checks.require_public)


async def _load_insiders(rows: list[CommentRow], info: Info) -> list[bool]:
    members = await load_own_and_former_memberships([row.community_id for row in rows], info)
    return [checks.is_insider(row, member) for row, member in zip(rows, members, strict=True)]


async def _find_readable(rows: list[CommentRow], info: Info) -> list[CommentRevisionRow | None]:
    """Return the revision that the viewer reads, or None for a placeholder."""
    return await info.context.load_once(_load_readable, rows, info)


async def _load_blocked(rows: list[CommentRow], info: Info) -> list[bool]:
    """Return True for each comment whose author has a block with the viewer."""
    own = await load_own_memberships([row.community_id for row in rows], info)
    mine = sorted({member.id for member in own if member is not None})
    hidden = set[int]().union(*(await info.context.load_once(load_hidden, mine, info) if mine else []))
    return [row.author_id in hidden for row in rows]


async def _load_readable(rows: list[CommentRow], info: Info) -> list[CommentRevisionRow | None]:
    members = await load_own_and_former_memberships([row.community_id for row in rows], info)
    blocked = await _load_blocked(rows, info)
    numbers = [
        None if is_blocked else checks.get_readable_revision(row, member)
        for row, member, is_blocked in zip(rows, members, blocked, strict=True)
    ]
    wanted = [(row.id, number) for row, number in zip(rows, numbers, strict=True) if number is not None]
    found = iter(await queries.get_revisions(wanted))
    return [None if number is None else next(found) for number in numbers]


@type_over(CommentRevisionRow)
class CommentRevision:
    """版本: one text of a comment. Its author and the leaders read those that were replaced."""

    number = field(description="Number within the comment. The first is 1.")
    text = field(description=f"Text, 1 to {MAX_TEXT_LENGTH} characters.")
    created_at = field(description="Time of writing.")


@type_over(HidingRow)
class CommentHiding(Node):
    """A hiding of a comment by a leader. Its author and the leaders read it."""

    reason = field(description="Reason of the leader.")
    hidden_at = field(description="Time of the hiding.")
    restored_at = field(description="Time of the restoration. Null while it is hidden.")
    hidden_by = related(load_optional_members, "hidden_by", "Leader who hid it. Null for the operator.")
    viewer_can_appeal = viewer_can_appeal(AppealedAction.HIDING, "hidingAppeal")


@type_over(CommentRow)
class Comment(Node):
    """评论: a comment under published content, or a reply 回复 to a comment.

    One that is not published is a placeholder for others than its author and the leaders. So is that of an author with
    whom the viewer has a block. A placeholder has no text.
    """

    created_at = field(description="Time of sending.")
    edited_at = field(description="Time of the last edit. Null without one.")
    like_count = field(description="Number of likes.")
    community = batched(load_communities, description="Community that it belongs to.")
    viewer_can_edit = viewer_can(_allows(checks.require_editable), "True if the viewer can edit it now.")
    viewer_can_delete = viewer_can(
        _allows(checks.require_deletable),
        "True if the viewer can delete it, also after leaving.",
        load=load_own_and_former_memberships,
    )
    viewer_can_hide = viewer_can(_allows(checks.require_hideable), "True if the viewer can hide it.")
    viewer_can_restore = viewer_can(_allows(checks.require_restorable), "True if the viewer can show it again.")

    @batched
    async def viewer_can_like(rows: list[CommentRow], info: Info) -> list[bool]:
        """True if the viewer can like and unlike it."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        blocked = await _load_blocked(rows, info)
        return [
            not is_blocked and _can_like(row, member)
            for row, member, is_blocked in zip(rows, own, blocked, strict=True)
        ]

    @batched
    async def viewer_can_report(rows: list[CommentRow], info: Info) -> list[bool]:
        """True if the viewer can report it."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        reportable = await list_reportable_things([build_thing(row) for row in rows], own)
        blocked = await _load_blocked(rows, info)
        return [able and not is_blocked for able, is_blocked in zip(reportable, blocked, strict=True)]

    @batched
    async def state(rows: list[CommentRow], info: Info) -> list[CommentState]:
        """State. The author of a published comment finds a waiting edit in `pendingText`."""
        blocked = await _load_blocked(rows, info)
        return [CommentState.HIDDEN if is_blocked else row.state for row, is_blocked in zip(rows, blocked, strict=True)]

    @batched
    async def author(rows: list[CommentRow], info: Info) -> list[MemberRow | None]:
        """Author. Null for a placeholder, and for strangers if they may not see the author."""
        readable = await _find_readable(rows, info)
        found = await visible.load_visible_members(
            [row.author_id for row in rows], info, community_ids=[row.community_id for row in rows]
        )
        return [None if text is None else member for text, member in zip(readable, found, strict=True)]

    @batched
    async def text(rows: list[CommentRow], info: Info) -> list[str | None]:
        """Text, 1 to 500 characters. Null for a placeholder. Others see stars for personal data."""
        readable = await _find_readable(rows, info)
        insiders = await _load_insiders(rows, info)
        return [
            None if one is None else one.text if insider or not one.masks else mask_text(one)
            for one, insider in zip(readable, insiders, strict=True)
        ]

    @batched
    async def picture(rows: list[CommentRow], info: Info) -> list[MediaRow | None]:
        """Picture. Null without one, and for a placeholder."""
        readable = await _find_readable(rows, info)
        ids = [one.media_id for one in readable if one is not None and one.media_id is not None]
        found = iter(await media.get_by_ids(ids))
        return [None if one is None or one.media_id is None else next(found) for one in readable]

    @batched
    async def mentions(rows: list[CommentRow], info: Info) -> list[list[MemberRow]]:
        """Mentioned members whom the viewer may see, at most five."""
        readable = [one for one in await _find_readable(rows, info) if one is not None]
        mentioned = await queries.list_mention_ids([one.id for one in readable])
        ids = [number for each in mentioned for number in each]
        found = iter(await visible.load_visible_members(ids, info) if ids else [])
        by_comment = {
            one.comment_id: [member for member in (next(found) for _ in each) if member is not None]
            for one, each in zip(readable, mentioned, strict=True)
        }
        return [by_comment.get(row.id, []) for row in rows]

    @batched
    async def submission(rows: list[CommentRow], info: Info) -> list[SubmissionRow | None]:
        """Submission that it is about. Null if the viewer may no longer see it."""
        return await load_visible_submissions([row.submission_id for row in rows], info)

    @batched
    async def parent(rows: list[CommentRow]) -> list[CommentRow | None]:
        """Comment that it answers. Null for one that answers the submission."""
        found = await queries.find_by_ids([row.parent_id for row in rows if row.parent_id is not None])
        return [None if row.parent_id is None else found[row.parent_id] for row in rows]

    @batched
    async def liked_by_me(rows: list[CommentRow], info: Info) -> list[bool]:
        """True if the viewer likes it."""
        return await list_reacted(LIKES, rows, info)

    @batched
    async def reply_count(rows: list[CommentRow], info: Info) -> list[int]:
        """Number of published replies. Strangers get that of what was published for everyone."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        return [
            row.public_reply_count if member is None else row.reply_count for row, member in zip(rows, own, strict=True)
        ]

    @partial(paged, cost=2)
    async def replies(row: strawberry.Parent[CommentRow], info: Info, request: PageRequest) -> Page[CommentRow]:
        """Replies, oldest first. A reply has none."""
        return await list_comments(row, request, info)

    @batched
    async def pending_text(rows: list[CommentRow], info: Info) -> list[str | None]:
        """Text of an edit that waits. Null without one, and for others than its author and the leaders."""
        insiders = await _load_insiders(rows, info)
        wanted = {
            row.id: row.pending_revision
            for row, insider in zip(rows, insiders, strict=True)
            if insider and row.pending_revision is not None and row.published_revision is not None
        }
        found = {one.comment_id: one.text for one in await queries.get_revisions(list(wanted.items()))}
        return [found.get(row.id) for row in rows]

    @batched
    async def note(rows: list[CommentRow], info: Info) -> list[str | None]:
        """Reason of a leader who refused it. Null for others than its author and the leaders."""
        return [
            row.note if insider else None for row, insider in zip(rows, await _load_insiders(rows, info), strict=True)
        ]

    @batched
    async def hiding(rows: list[CommentRow], info: Info) -> list[HidingRow | None]:
        """Last hiding. Null without one, and for others than its author and the leaders."""
        insiders = await _load_insiders(rows, info)
        found = await queries.find_hidings([row.id for row in rows])
        return [one if insider else None for one, insider in zip(found, insiders, strict=True)]

    @batched
    async def revisions(rows: list[CommentRow], info: Info) -> list[list[CommentRevisionRow]]:
        """Texts before and after each edit, oldest first, at most 11. Empty for others than its author and leaders."""
        insiders = await _load_insiders(rows, info)
        shown = [row.id for row, insider in zip(rows, insiders, strict=True) if insider]
        found = dict(zip(shown, await queries.list_revisions(shown), strict=True))
        return [found.get(row.id, []) for row in rows]


@found_by(CommentRow)
async def find_comment(number: int, info: Info) -> CommentRow | None:
    """Return the comment if the viewer may see it, or None. Raises NotFound or KeyError."""
    (row,) = await queries.get_by_ids([number])
    (author,) = await load_own_and_former_memberships([row.community_id], info)
    if checks.is_insider(row, author) or (author is not None and author.id == row.author_id):
        return row
    (member,) = await load_own_memberships([row.community_id], info)
    if row.state is not CommentState.PUBLISHED:
        return None
    if member is None and row.published_for is not Visibility.PUBLIC:
        return None
    if member is not None and row.author_id in (await info.context.load_once(load_hidden, [member.id], info))[0]:
        return None
    return row if await find_submission(row.submission_id, info) is not None else None


@found_by(HidingRow)
async def find_hiding(number: int, info: Info) -> HidingRow | None:
    """Return the hiding if the viewer may read it, or None. Raises KeyError."""
    row = await queries.find_hiding(number)
    if row is None:
        return None
    (comment,) = await queries.get_by_ids([row.comment_id])
    return row if (await _load_insiders([comment], info))[0] else None
