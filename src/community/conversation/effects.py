"""The consequences of a change of visibility, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities.queries import get_members
from community.conversation import cases, indexing, notices
from community.conversation.queries import CommentRow
from community.kernel import clock, outbox
from community.points import journal
from community.points.earning import claw_back, rules_in_force
from community.points.earning.earn import EarnRequest, earn
from community.points.earning.models import Trigger
from community.search import index
from community.search.models import SearchKind


async def list_staying(rows: Sequence[CommentRow]) -> set[int]:
    """Return the ids of the comments whose authors are still members."""
    members = await get_members([row.author_id for row in rows])
    return {row.id for row, member in zip(rows, members, strict=True) if member.left_at is None}


async def follow_publication(rows: Sequence[CommentRow], new: Sequence[CommentRow]) -> None:
    """Index public comments, notify those concerned, and pay for new ones."""
    if rows:
        await indexing.update_index(rows)
        await notices.announce(rows, new)
    await _pay(new)
    for row in rows:
        if row.id not in {each.id for each in new} or row.latest_revision > 1:
            await cases.sync(row)


async def _pay(rows: Sequence[CommentRow]) -> None:
    if not rows:
        return
    community_id = rows[0].community_id
    rule = await rules_in_force.get_rule(community_id, Trigger.COMMENT, at=clock.now())
    if not rule.definition.enabled:
        return
    await journal.lock_accounts(community_id, sorted({row.author_id for row in rows}))
    for row in rows:
        cause = f"comment:{row.id}"
        await earn(community_id, row.author_id, EarnRequest(Trigger.COMMENT, cause=cause, source_key=cause))


async def follow_question(row: CommentRow) -> None:
    """Do what follows when a leader must look at a comment."""
    await cases.open_case(row)


async def follow_refusal(row: CommentRow) -> None:
    """Do what follows when the waiting revision of a comment is refused or dropped."""
    await cases.sync(row)


async def follow_hiding(row: CommentRow) -> None:
    """Remove a comment from the index, and claw its points back."""
    await index.remove(SearchKind.COMMENT, [row.id])
    await claw_back.claw_back(row.community_id, cause=f"comment:{row.id}")
    await cases.sync(row)


async def follow_restoration(row: CommentRow) -> None:
    """Index a comment that is public again, and give its points back."""
    await indexing.update_index([row])
    await claw_back.restore(row.community_id, cause=f"comment:{row.id}")
    await cases.sync(row)


async def follow_sending(row: CommentRow) -> None:
    """Do what follows when a comment was sent and is not public yet."""
    await outbox.put("effects.check_comment", comment_id=row.id)
    if row.verdict is not None:
        await cases.open_case(row)
