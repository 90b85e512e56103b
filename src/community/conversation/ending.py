"""Verbs that delete comments and their words."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.conversation import checks, effects, threads, visibility
from community.conversation.models import CommentState
from community.conversation.queries import COLUMNS, CommentRow
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import ErasureContent
from community.media import uses
from community.review.appeals.personal import redact_about_thing
from community.review.models import ThingKind
from community.search import index

_DELETE = db.Change(
    "UPDATE comment SET version = version + 1, state = 'DELETED', pending_revision = NULL, verdict = NULL,"
    f" findings = NULL, note = NULL WHERE community_id = $1 AND id = $2 AND state <> 'DELETED' RETURNING {COLUMNS}",
    CommentRow,
)
_DROP_EDIT = db.Change(
    "UPDATE comment SET version = version + 1, pending_revision = NULL, verdict = NULL, findings = NULL, note = NULL"
    f" WHERE community_id = $1 AND id = $2 RETURNING {COLUMNS}",
    CommentRow,
)
_REDACT = (
    f"UPDATE comment_revision SET text = '{REDACTED}' WHERE comment_id = $1 AND number <> $2 AND text <> '{REDACTED}'"
)
_BY_AUTHOR = db.Select(
    f"SELECT {COLUMNS} FROM comment WHERE author_id = ANY($1) ORDER BY submission_id, id", CommentRow
)


@db.transactional
async def delete(actor: Actor, comment_id: int) -> CommentRow:
    """Delete the actor's own comment with its words and picture, and return it. A former member may delete too.

    Its replies stay under a placeholder, and its points are clawed back. Raises NotFound, AuthorsOnly,
    CommentStateForbids.
    """
    member = await permissions.lock_current_or_former_member(actor)
    _, row = await visibility.lock_comment(member.community_id, comment_id)
    checks.require_deletable(row, member)
    return await _delete(row)


async def _delete(row: CommentRow) -> CommentRow:
    thread = await threads.lock_thread(row.community_id, row.submission_id)
    deleted = await _DELETE.one(row.community_id, row.id)
    await db.execute(_REDACT, row.id, 0)
    await uses.release(by=visibility.build_media_consumer(row))
    if row.state is CommentState.PUBLISHED:
        await threads.count(thread, [deleted], by=-1)
    await effects.follow_hiding(deleted)
    await redact_about_thing(ThingKind.COMMENT, row.id)
    return deleted


async def erase(membership_ids: list[int], content: ErasureContent) -> None:
    """Delete the comments of a person, in the caller's transaction. With ANONYMISE those that are public stay."""
    for found in await _BY_AUTHOR.all(membership_ids):
        _, row = await visibility.lock_comment(found.community_id, found.id)
        if row.state is CommentState.PUBLISHED and content is ErasureContent.ANONYMISE:
            await effects.follow_refusal(await _DROP_EDIT.one(row.community_id, row.id))
            await db.execute(_REDACT, row.id, row.published_revision)
            await visibility.drop_pending_pictures(row)
        elif row.state is not CommentState.DELETED:
            await _delete(row)
    await index.forget_removed()
