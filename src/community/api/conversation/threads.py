"""The thread of a submission, and the comments that each viewer sees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import strawberry

from community.api.communities.visible import load_own_memberships
from community.api.context import Info
from community.api.declare import argument, batched, declare_enum, object_type
from community.api.pages import paged
from community.communities import blocks
from community.communities.permissions import require_not_muted
from community.communities.queries import MemberRow
from community.conversation import checks, queries, reading
from community.conversation.queries import CommentRow, ThreadRow
from community.conversation.reading import REPLIES, THREADS, CommentOrder, Viewer
from community.kernel import db
from community.kernel.errors import Refusal
from community.kernel.paging import Page, PageRequest
from community.submissions.queries import SubmissionRow

declare_enum(
    CommentOrder,
    values={
        "NEWEST": "Newest first.",
        "OLDEST": "Oldest first.",
        "MOST_LIKED": "Most likes first, then the newest.",
    },
)


async def load_threads(submission_ids: list[int], info: Info) -> list[ThreadRow | None]:
    """Return the thread of each submission, in order."""
    del info
    return await queries.find_threads(submission_ids)


async def load_hidden(membership_ids: list[int], info: Info) -> list[set[int]]:
    """Return the members whose comments each of the viewer's memberships does not see."""
    del info
    found = await blocks.list_all_blocked(membership_ids)
    return [found[membership_id] for membership_id in membership_ids]


async def _load_viewers(rows: Sequence[Any], info: Info) -> dict[bool, tuple[list[int], Viewer]]:
    """Return the parents that the viewer sees as a stranger, and as a member."""
    own = await load_own_memberships([row.community_id for row in rows], info)
    mine = sorted({member.id for member in own if member is not None})
    hidden = await info.context.load_once(load_hidden, mine, info) if mine else []
    hidden_ids = sorted(set[int]().union(*hidden))
    return {
        for_everyone: (
            [row.id for row, member in zip(rows, own, strict=True) if (member is None) is for_everyone],
            Viewer(mine, hidden_ids, for_everyone),
        )
        for for_everyone in (True, False)
    }


async def find_viewer(community_id: int, info: Info) -> Viewer:
    """Return the viewer of the comments of one community."""
    (member,) = await load_own_memberships([community_id], info)
    if member is None:
        return Viewer(for_everyone=True)
    (hidden,) = await info.context.load_once(load_hidden, [member.id], info)
    return Viewer([member.id], sorted(hidden))


async def list_comments(
    row: SubmissionRow | CommentRow, request: PageRequest, info: Info, *, order: CommentOrder | None = None
) -> Page[CommentRow]:
    """Return a page of a thread, or of replies if there is no order.

    The first pages of several parents are read together. A cursor belongs to the list of one parent.
    """
    if request.after is None:
        found: Page[CommentRow] = await info.context.load(
            _load_first_pages, row, info, first=request.first, order=order
        )
        return found
    ((parents, viewer),) = [each for each in (await _load_viewers([row], info)).values() if each[0]]
    lists = _get_lists(order, for_everyone=viewer.for_everyone)
    return await reading.list_later_page(lists, parents[0], request, viewer)


def _get_lists(order: CommentOrder | None, *, for_everyone: bool) -> Any:
    return REPLIES[for_everyone] if order is None else THREADS[order, for_everyone]


async def _load_first_pages(
    rows: list[Any], info: Info, *, first: int, order: CommentOrder | None
) -> list[Page[CommentRow]]:
    by_id, request = {row.id: row for row in rows}, PageRequest(first)

    async def count(parent_id: int) -> db.Count:
        found: db.Count = await info.context.load(_load_counts, by_id[parent_id], info, order=order)
        return found

    pages: dict[int, Page[CommentRow]] = {}
    for for_everyone, (parents, viewer) in (await _load_viewers(rows, info)).items():
        lists = _get_lists(order, for_everyone=for_everyone)
        pages |= await reading.list_first_pages(lists, parents, request, viewer, count=count)
    return [pages[row.id] for row in rows]


async def _load_counts(rows: list[Any], info: Info, *, order: CommentOrder | None) -> list[db.Count]:
    counts: dict[int, db.Count] = {}
    for for_everyone, (parents, viewer) in (await _load_viewers(rows, info)).items():
        counts |= await reading.count_items(_get_lists(order, for_everyone=for_everyone), parents, viewer)
    return [counts[row.id] for row in rows]


def _can_comment(row: SubmissionRow, member: MemberRow | None, thread: ThreadRow | None) -> bool:
    try:
        checks.require_open(thread)
        if member is not None:
            require_not_muted(member)
    except Refusal:
        return False
    return member is not None and row.published_revision is not None


@object_type
class SubmissionThread:
    """The comments of a submission."""

    @batched
    async def comment_count(rows: list[SubmissionRow], info: Info) -> list[int]:
        """Number of published comments and replies. Strangers get that of what was published for everyone."""
        found = await info.context.load_once(load_threads, [row.id for row in rows], info)
        own = await load_own_memberships([row.community_id for row in rows], info)
        return [
            0 if thread is None else thread.public_count if member is None else thread.comment_count
            for thread, member in zip(found, own, strict=True)
        ]

    @batched
    async def comments_closed(rows: list[SubmissionRow], info: Info) -> list[bool]:
        """True if a leader has closed the comments."""
        found = await info.context.load_once(load_threads, [row.id for row in rows], info)
        return [thread is not None and thread.closed_at is not None for thread in found]

    @batched
    async def comments_close_reason(rows: list[SubmissionRow], info: Info) -> list[str | None]:
        """Reason why a leader has closed the comments. Null while they are open."""
        found = await info.context.load_once(load_threads, [row.id for row in rows], info)
        return [None if thread is None else thread.close_reason for thread in found]

    @batched
    async def viewer_can_comment(rows: list[SubmissionRow], info: Info) -> list[bool]:
        """True if the viewer can send a comment."""
        found = await info.context.load_once(load_threads, [row.id for row in rows], info)
        own = await load_own_memberships([row.community_id for row in rows], info)
        return [_can_comment(*each) for each in zip(rows, own, found, strict=True)]

    @partial(paged, cost=2)
    async def comments(
        row: strawberry.Parent[SubmissionRow],
        info: Info,
        request: PageRequest,
        order: Annotated[CommentOrder, argument("Order.")] = CommentOrder.NEWEST,
    ) -> Page[CommentRow]:
        """Comments without the replies, which are below their comments.

        The viewer's own are among them in every state but DELETED. One without a text stays while it has replies.
        """
        return await list_comments(row, request, info, order=order)
