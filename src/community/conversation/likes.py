"""Verbs of likes of comments."""

from __future__ import annotations

from dataclasses import dataclass

from community.communities import blocks, permissions
from community.communities.permissions import Actor
from community.consent.models import ConsentPurpose
from community.conversation import checks, queries
from community.conversation.queries import COLUMNS, CommentRow
from community.kernel import clock, db
from community.kernel.seals.contents import record_deletions

_INSERT = db.Change(
    "INSERT INTO comment_like (community_id, comment_id, membership_id, created_at)"
    " SELECT c.community_id, c.id, $3, $4 FROM comment c"
    " WHERE c.community_id = $1 AND c.id = $2 AND c.state = 'PUBLISHED'"
    " ON CONFLICT (community_id, comment_id, membership_id) DO NOTHING RETURNING id",
    db.Id,
)
_DELETE = db.Change(
    "DELETE FROM comment_like WHERE community_id = $1 AND comment_id = $2 AND membership_id = $3 RETURNING id", db.Id
)
_COUNT = db.Change(
    f"UPDATE comment SET like_count = like_count + $3 WHERE community_id = $1 AND id = $2 RETURNING {COLUMNS}",
    CommentRow,
)
_COUNT_ERASED = db.Change(
    "UPDATE comment SET like_count = like_count - 1 WHERE id IN"
    " (SELECT comment_id FROM comment_like WHERE membership_id = ANY($1)) RETURNING id",
    db.Id,
)
_DELETE_ERASED = db.Change("DELETE FROM comment_like WHERE membership_id = ANY($1) RETURNING id", db.Id)


@dataclass(slots=True)
class _LikedRow:
    comment_id: int


_LIKED = db.Select(
    "SELECT comment_id FROM comment_like WHERE comment_id = ANY($1) AND membership_id = ANY($2)", _LikedRow
)


@db.transactional
async def like(actor: Actor, comment_id: int) -> CommentRow:
    """Like a published comment, and return it. Idempotent. Raises NotFound, ConsentMissing, GuardianNeeded."""
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    row = await queries.get(member.community_id, comment_id)
    checks.require_public(row, member)
    if row.author_id in (await blocks.list_all_blocked([member.id]))[member.id]:
        raise queries.make_not_found()
    if await _INSERT.first(member.community_id, comment_id, member.id, clock.now()) is None:
        return row
    return await _COUNT.one(member.community_id, comment_id, 1)


@db.transactional
async def unlike(actor: Actor, comment_id: int) -> CommentRow:
    """Delete the actor's like of a published comment, and return the comment. Idempotent. Raises NotFound."""
    member = await permissions.lock_member(actor)
    row = await queries.get(member.community_id, comment_id)
    checks.require_public(row, member)
    deleted = await _DELETE.first(member.community_id, comment_id, member.id)
    if deleted is None:
        return row
    await record_deletions("comment_like", [deleted.id])
    return await _COUNT.one(member.community_id, comment_id, -1)


async def list_liked(membership_ids: list[int], comment_ids: list[int]) -> list[bool]:
    """Return for each comment, in order, True if one of these members likes it."""
    liked = {row.comment_id for row in await _LIKED.all(comment_ids, membership_ids)}
    return [comment_id in liked for comment_id in comment_ids]


@db.transactional
async def erase(membership_ids: list[int]) -> None:
    """Delete a person's likes, and their part of the counts. Idempotent."""
    await _COUNT_ERASED.all(membership_ids)
    await record_deletions("comment_like", [row.id for row in await _DELETE_ERASED.all(membership_ids)])
