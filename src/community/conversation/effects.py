"""The consequences of a change of visibility, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities.queries import get_members
from community.conversation import cases
from community.conversation.queries import CommentRow
from community.kernel import outbox


async def list_staying(rows: Sequence[CommentRow]) -> set[int]:
    """Return the ids of the comments whose authors are still members."""
    members = await get_members([row.author_id for row in rows])
    return {row.id for row, member in zip(rows, members, strict=True) if member.left_at is None}


async def follow_publication(rows: Sequence[CommentRow], new: Sequence[CommentRow]) -> None:
    """Do what follows the publication of comments. `new` are those that were not public before."""
    for row in rows:
        if row.id not in {each.id for each in new} or row.latest_revision > 1:
            await cases.sync(row)


async def follow_question(row: CommentRow) -> None:
    """Do what follows when a leader must look at a comment."""
    await cases.open_case(row)


async def follow_refusal(row: CommentRow) -> None:
    """Do what follows when the waiting revision of a comment is refused."""
    await cases.sync(row)


async def follow_hiding(row: CommentRow) -> None:
    """Do what follows when a comment is no longer public."""
    await cases.sync(row)


async def follow_restoration(row: CommentRow) -> None:
    """Do what follows when a hidden comment is public again."""
    await cases.sync(row)


async def follow_sending(row: CommentRow) -> None:
    """Do what follows when a comment was sent and is not public yet."""
    if row.verdict is None:
        await outbox.put("effects.check_comment", comment_id=row.id)
    else:
        await cases.open_case(row)
