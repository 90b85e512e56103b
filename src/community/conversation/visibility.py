"""The verbs that publish, hide, restore and refuse comments.

Each is one step in the caller's transaction, which has locked the members that it needs before. It locks the thread,
and keeps the counts, the index, the points, the pictures and the notices in line with the state.
"""

from __future__ import annotations

from collections.abc import Sequence

from community.communities.permissions import get_member_id
from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.conversation import effects, queries, threads
from community.conversation.errors import CommentStateForbids
from community.conversation.models import CommentState
from community.conversation.queries import COLUMNS, HIDING_COLUMNS, CommentRow, HidingRow, ThreadRow
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import Conflict
from community.media import comment_pictures, uses
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer
from community.safety.facts import Finding, write_findings

_SET = "UPDATE comment SET version = version + 1, pending_revision = NULL, verdict = NULL, findings = NULL"
_PUBLISH = db.Change(
    f"{_SET}, state = 'PUBLISHED', published_revision = pending_revision, note = NULL,"
    " published_at = COALESCE(published_at, $3),"
    " edited_at = CASE WHEN latest_revision > 1 THEN sent_at ELSE edited_at END"
    f" WHERE community_id = $1 AND id = ANY($2) AND pending_revision IS NOT NULL RETURNING {COLUMNS}",
    CommentRow,
)
_REFUSE = db.Change(
    f"{_SET}, note = $3, state = CASE WHEN published_revision IS NULL THEN 'REFUSED' ELSE state END"
    f" WHERE community_id = $1 AND id = $2 AND pending_revision IS NOT NULL RETURNING {COLUMNS}",
    CommentRow,
)
_HIDE = db.Change(
    f"{_SET}, state = 'HIDDEN' WHERE community_id = $1 AND id = $2 AND state = 'PUBLISHED' RETURNING {COLUMNS}",
    CommentRow,
)
_RESTORE = db.Change(
    "UPDATE comment SET version = version + 1, state = 'PUBLISHED'"
    f" WHERE community_id = $1 AND id = $2 AND state = 'HIDDEN' RETURNING {COLUMNS}",
    CommentRow,
)
_ASK_LEADER = db.Change(
    "UPDATE comment SET version = version + 1, verdict = 'REVIEW', findings = $3"
    " WHERE community_id = $1 AND id = $2 AND pending_revision IS NOT NULL AND verdict IS NULL"
    f" RETURNING {COLUMNS}",
    CommentRow,
)
_NEW_HIDING = db.Change(
    "INSERT INTO comment_hiding (community_id, comment_id, author_id, hidden_by, reason, hidden_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {HIDING_COLUMNS}",
    HidingRow,
)
_END_HIDING = (
    "UPDATE comment_hiding SET restored_at = $3, restored_by = $4"
    " WHERE community_id = $1 AND comment_id = $2 AND restored_at IS NULL"
)


def build_media_consumer(row: CommentRow) -> MediaConsumer:
    """Return the comment as a consumer of pictures."""
    return MediaConsumer(MediaSubject.COMMENT, row.id, row.community_id)


async def lock_comment(community_id: int, comment_id: int) -> tuple[ThreadRow, CommentRow]:
    """Lock the thread of a comment, and return both as of now. Raises NotFound."""
    found = await queries.get(community_id, comment_id)
    thread = await threads.lock_thread(community_id, found.submission_id)
    return thread, await queries.get(community_id, comment_id)


@db.transactional
async def publish(community_id: int, comment_id: int, *, revision: int) -> CommentRow:
    """Publish the pending revision with this number, and return the comment.

    A comment of a member who has left is refused instead. Raises NotFound, and Conflict if it is not pending.
    """
    thread, row = await lock_comment(community_id, comment_id)
    _require_pending(row, revision)
    (row,) = await publish_all(thread, [row])
    return row


async def publish_all(thread: ThreadRow, rows: Sequence[CommentRow]) -> list[CommentRow]:
    """Publish pending revisions of a locked thread, and return the comments in order."""
    if not rows:
        return []
    staying = await effects.list_staying(rows)
    left = [row for row in rows if row.id not in staying]
    done = {row.id: await _refuse(row, None) for row in left}
    ids = [row.id for row in rows if row.id in staying]
    published = await _PUBLISH.all(thread.community_id, ids, clock.now()) if ids else []
    done |= {row.id: row for row in published}
    first = {row.id for row in rows if row.state is CommentState.WAITING}
    new = sorted((row for row in published if row.id in first), key=lambda row: row.id)
    await threads.count(thread, new, by=1)
    await _show_pictures(published, first)
    await effects.follow_publication(published, new)
    return [done[row.id] for row in rows]


async def _show_pictures(rows: Sequence[CommentRow], first: set[int]) -> None:
    revisions = await queries.get_revisions([(row.id, row.published_revision or 0) for row in rows])
    for row, revision in zip(rows, revisions, strict=True):
        media_ids = [] if revision.media_id is None else [revision.media_id]
        if row.id not in first:
            await uses.keep_only(media_ids, by=build_media_consumer(row))
        if media_ids:
            is_public = row.published_for is Visibility.PUBLIC
            await uses.publish(media_ids, by=build_media_consumer(row), for_everyone=is_public)


@db.transactional
async def refuse(community_id: int, comment_id: int, *, revision: int, note: str | None = None) -> CommentRow:
    """Refuse the pending revision with this number, and return the comment. Its author reads the note.

    What was published before stays public. Raises NotFound, and Conflict if it is not pending.
    """
    _, row = await lock_comment(community_id, comment_id)
    _require_pending(row, revision)
    return await _refuse(row, note)


async def _refuse(row: CommentRow, note: str | None) -> CommentRow:
    refused = await _REFUSE.one(row.community_id, row.id, note)
    await drop_pending_pictures(refused)
    await effects.follow_refusal(refused)
    return refused


async def drop_pending_pictures(row: CommentRow) -> None:
    """End the uses of pictures that are not those of the published revision."""
    kept: list[int] = []
    if row.published_revision is not None:
        (shown,) = await queries.get_revisions([(row.id, row.published_revision)])
        kept = [] if shown.media_id is None else [shown.media_id]
    await uses.keep_only(kept, by=build_media_consumer(row))


@db.transactional
async def ask_leader(community_id: int, comment_id: int, *, revision: int, findings: Sequence[Finding]) -> CommentRow:
    """Store that a leader must look at the pending revision, and return the comment.

    Until then its author alone sees it. Raises NotFound, and Conflict if it is not pending.
    """
    _, row = await lock_comment(community_id, comment_id)
    _require_pending(row, revision)
    asked = await _ASK_LEADER.first(community_id, comment_id, write_findings(findings))
    if asked is None:
        return row
    await effects.follow_question(asked)
    return asked


@db.transactional
async def hide(found: CommentRow, *, by: MemberRow | None, reason: str) -> HidingRow:
    """Hide a published comment, and return the hiding. The operator is None. Its replies stay under a placeholder.

    A waiting edit is dropped, and the points are clawed back. Raises NotFound, CommentStateForbids.
    """
    thread, row = await lock_comment(found.community_id, found.id)
    hidden = await _HIDE.first(row.community_id, row.id)
    if hidden is None:
        raise CommentStateForbids(row.state.value.lower(), path=("commentId",))
    await threads.count(thread, [hidden], by=-1)
    await drop_pending_pictures(hidden)
    (shown,) = await queries.get_revisions([(hidden.id, hidden.published_revision or 0)])
    if shown.media_id is not None:
        await comment_pictures.block(hidden.community_id, hidden.id, shown.media_id)
    await uses.publish([], by=build_media_consumer(hidden), for_everyone=False)
    await effects.follow_hiding(hidden)
    await audit.record_about(row, AuditAction.COMMENT_HIDE, by=by, member=row.author_id)
    return await _NEW_HIDING.one(row.community_id, row.id, row.author_id, get_member_id(by), reason, clock.now())


@db.transactional
async def restore(community_id: int, comment_id: int, *, by: MemberRow | None) -> CommentRow:
    """Show a hidden comment again as it was, and return it. The operator is None.

    Raises NotFound, CommentStateForbids.
    """
    thread, row = await lock_comment(community_id, comment_id)
    shown = await _RESTORE.first(community_id, comment_id)
    if shown is None:
        raise CommentStateForbids(row.state.value.lower(), path=("commentId",))
    await db.execute(_END_HIDING, community_id, comment_id, clock.now(), get_member_id(by))
    await threads.count(thread, [shown], by=1)
    await _show_pictures([shown], set())
    await comment_pictures.unblock(community_id, comment_id)
    await effects.follow_restoration(shown)
    await audit.record_about(row, AuditAction.COMMENT_RESTORE, by=by, member=row.author_id)
    return shown


def _require_pending(row: CommentRow, revision: int) -> None:
    if row.pending_revision != revision:
        raise Conflict(path=("version",))
