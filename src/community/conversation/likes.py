"""Verbs of likes of comments."""

from __future__ import annotations

from community.communities import blocks, permissions
from community.communities.permissions import Actor
from community.conversation import checks, queries
from community.conversation.queries import COLUMNS, CommentRow
from community.kernel import db
from community.kernel.errors import NotFound
from community.kernel.seals.contents import record_deletions
from community.submissions.reactions.statements import Reacted, declare_reactions

LIKES = declare_reactions("comment_like", to=Reacted("comment", "state = 'PUBLISHED'"))
_COUNT = db.Change(
    f"UPDATE comment SET like_count = like_count + $3 WHERE community_id = $1 AND id = $2 RETURNING {COLUMNS}",
    CommentRow,
)
_COUNT_ERASED = db.Change(
    "UPDATE comment SET like_count = like_count - 1 WHERE id IN"
    " (SELECT comment_id FROM comment_like WHERE membership_id = ANY($1)) RETURNING id",
    db.Id,
)


@db.transactional
async def like(actor: Actor, comment_id: int) -> CommentRow:
    """Like a published comment, and return it. Idempotent. Raises NotFound, ConsentMissing, GuardianNeeded."""
    member, is_new = await LIKES.insert(actor, comment_id)
    row = await queries.get(member.community_id, comment_id)
    checks.require_public(row, member)
    if row.author_id in (await blocks.list_all_blocked([member.id]))[member.id]:
        raise NotFound("comment")
    return await _COUNT.one(member.community_id, comment_id, 1) if is_new else row


@db.transactional
async def unlike(actor: Actor, comment_id: int) -> CommentRow:
    """Delete the actor's like of a published comment, and return the comment. Idempotent. Raises NotFound."""
    member = await permissions.lock_member(actor)
    row = await queries.get(member.community_id, comment_id)
    checks.require_public(row, member)
    deleted = await LIKES.delete(member, comment_id)
    if deleted is None:
        return row
    await record_deletions("comment_like", [deleted.id])
    return await _COUNT.one(member.community_id, comment_id, -1)


@db.transactional
async def erase(membership_ids: list[int]) -> None:
    """Delete a person's likes, and their part of the counts. Idempotent."""
    await _COUNT_ERASED.all(membership_ids)
    await record_deletions("comment_like", await LIKES.erase(membership_ids))
