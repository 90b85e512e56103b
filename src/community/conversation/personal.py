"""Export and erasure of a person's comments and likes of comments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.conversation import ending, likes, queries
from community.conversation.models import CommentHiding, CommentLike, CommentThread
from community.conversation.queries import COLUMNS, CommentRow
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, own_rows
from community.kernel.tables import pick
from community.settings import Settings

_LIKES = own_rows("comment_likes.json", pick(CommentLike, "community_id comment_id created_at"), by="membership_id")
_HIDING = "id community_id comment_id reason hidden_at restored_at"
_OWN = (
    _LIKES,
    own_rows("hidden_comments.json", pick(CommentHiding, _HIDING), by="author_id"),
    own_rows(
        "comments_hidden_by_me.json",
        pick(CommentHiding, f"{_HIDING} hidden_by restored_by"),
        by="hidden_by restored_by",
        others="hidden_by restored_by",
    ),
    own_rows(
        "threads_closed_by_me.json",
        pick(CommentThread, "community_id submission_id closed_at close_reason"),
        by="closed_by",
    ),
)


@dataclass(slots=True)
class _MentionRow:
    community_id: int
    comment_id: int
    created_at: datetime


_BY_AUTHOR = db.Select(f"SELECT {COLUMNS} FROM comment WHERE author_id = ANY($1) ORDER BY id", CommentRow)
_MENTIONS = db.Select(
    "SELECT r.community_id, r.comment_id, r.created_at FROM comment_mention m"
    " JOIN comment_revision r ON r.id = m.revision_id WHERE m.membership_id = ANY($1) ORDER BY m.id",
    _MentionRow,
)
_REDACT_REASONS = f"UPDATE comment_hiding SET reason = '{REDACTED}' WHERE reason <> '{REDACTED}'"
_REDACT_NOTES = (
    f"UPDATE comment SET note = '{REDACTED}' WHERE note IS NOT NULL AND id IN (SELECT e.subject_id FROM audit_event e"
    " WHERE e.actor_id = ANY($1) AND e.subject = 'comment' AND e.action = 'comment.refuse')"
)
_BATCH_SIZE = 500


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's comments with all revisions, and the comments that mention the person."""
    del settings
    rows = await _BY_AUTHOR.all(subject.membership_ids)
    for start in range(0, len(rows), _BATCH_SIZE):
        batch = rows[start : start + _BATCH_SIZE]
        revisions = await queries.list_revisions([row.id for row in batch])
        mentions = await queries.list_mention_ids([one.id for each in revisions for one in each])
        mentioned = iter(mentions)
        yield ExportFile.from_rows(
            f"comments-{start // _BATCH_SIZE + 1:04}.json",
            [
                db.as_dict(row) | {"revisions": [db.as_dict(one) | {"mentions": next(mentioned)} for one in each]}
                for row, each in zip(batch, revisions, strict=True)
            ],
        )
    yield ExportFile.from_rows("mentions_of_me.json", await _MENTIONS.all(subject.membership_ids))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete the person's words, and redact the reasons that leaders gave.

    With ANONYMISE the public comments and the likes stay, without a name. With REMOVE every comment is deleted, the
    likes are no longer counted, and so are the reasons that the person gave as a leader redacted.
    """
    await ending.erase(subject.membership_ids, content)
    await db.execute(f"{_REDACT_REASONS} AND author_id = ANY($1)", subject.membership_ids)
    if content is ErasureContent.REMOVE:
        await likes.erase(subject.membership_ids)
        await db.execute(f"{_REDACT_REASONS} AND hidden_by = ANY($1)", subject.membership_ids)
        await db.execute(_REDACT_NOTES, subject.membership_ids)
        await db.execute(
            f"UPDATE comment_thread SET close_reason = '{REDACTED}' WHERE closed_by = ANY($1)", subject.membership_ids
        )


PART = Part(room="conversation", own=_OWN, export=export, erase=erase)
