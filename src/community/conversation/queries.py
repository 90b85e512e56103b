"""Reads of comments, their revisions and their threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities.settings import Visibility
from community.conversation.models import Comment, CommentHiding, CommentRevision, CommentState, CommentThread
from community.kernel import db
from community.kernel.errors import NotFound, require_row
from community.kernel.tables import row_of
from community.review.appeals.queries import ReportRow
from community.review.models import ThingKind
from community.review.queries import CaseRow
from community.safety.facts import Finding, Verdict

SUBJECT_KIND = "comment"


@row_of(Comment)
class CommentRow(db.Row):
    """A comment. `latest_revision`, `published_revision` and `pending_revision` are numbers of revisions."""

    id: int
    community_id: int
    submission_id: int
    parent_id: int | None
    author_id: int
    state: CommentState
    version: int
    latest_revision: int
    published_revision: int | None
    pending_revision: int | None
    verdict: Verdict | None
    findings: list[dict[str, Any]] | None
    published_for: Visibility
    like_count: int
    reply_count: int
    public_reply_count: int
    note: str | None
    created_at: datetime
    sent_at: datetime
    published_at: datetime | None
    edited_at: datetime | None

    def list_findings(self) -> list[Finding]:
        """Return the findings about the pending revision."""
        return [Finding.from_json(stored) for stored in self.findings or ()]


@row_of(CommentRevision)
class CommentRevisionRow(db.Row):
    """One text of a comment. `masks` are the places that others see as stars."""

    id: int
    community_id: int
    comment_id: int
    number: int
    text: str
    media_id: int | None
    masks: list[list[int]] | None
    created_at: datetime

    @property
    def subject(self) -> str:
        """The name of the revision in the checks of the platform."""
        return f"{SUBJECT_KIND}:{self.id}"


@row_of(CommentThread)
class ThreadRow:
    """The comments of one submission."""

    id: int
    community_id: int
    submission_id: int
    comment_count: int
    public_count: int
    closed_at: datetime | None
    closed_by: int | None
    close_reason: str | None


@row_of(CommentHiding)
class HidingRow:
    """A hiding of a comment. `restored_at` is None while it lasts."""

    id: int
    community_id: int
    comment_id: int
    author_id: int
    hidden_by: int | None
    reason: str
    hidden_at: datetime
    restored_at: datetime | None
    restored_by: int | None


COLUMNS = db.columns(CommentRow)
REVISION_COLUMNS = db.columns(CommentRevisionRow)
THREAD_COLUMNS = db.columns(ThreadRow)
HIDING_COLUMNS = db.columns(HidingRow)

_BY_ID = db.Select(f"SELECT {COLUMNS} FROM comment WHERE id = ANY($1)", CommentRow)
_ONE = db.Select(f"SELECT {COLUMNS} FROM comment WHERE community_id = $1 AND id = $2", CommentRow)
_THREADS = db.Select(f"SELECT {THREAD_COLUMNS} FROM comment_thread WHERE submission_id = ANY($1)", ThreadRow)
_REVISION_NUMBERS = db.Select(
    f"SELECT {REVISION_COLUMNS} FROM comment_revision WHERE comment_id = ANY($1) AND number = ANY($2)",
    CommentRevisionRow,
)
_REVISIONS = db.Select(
    f"SELECT {REVISION_COLUMNS} FROM comment_revision WHERE comment_id = ANY($1) ORDER BY comment_id, number",
    CommentRevisionRow,
)
_REVISION = db.Select(f"SELECT {REVISION_COLUMNS} FROM comment_revision WHERE id = $1", CommentRevisionRow)
_HIDINGS = db.Select(f"SELECT {HIDING_COLUMNS} FROM comment_hiding WHERE comment_id = ANY($1) ORDER BY id", HidingRow)
_HIDINGS_BY_ID = db.Select(f"SELECT {HIDING_COLUMNS} FROM comment_hiding WHERE id = ANY($1)", HidingRow)


@dataclass(slots=True)
class _MentionRow:
    revision_id: int
    membership_id: int


_MENTIONS = db.Select(
    f"SELECT {db.columns(_MentionRow)} FROM comment_mention WHERE revision_id = ANY($1) ORDER BY revision_id, position",
    _MentionRow,
)


async def find(community_id: int, comment_id: int) -> CommentRow | None:
    """Return the comment of this community in any state, or None."""
    return await _ONE.first(community_id, comment_id)


async def get(community_id: int, comment_id: int) -> CommentRow:
    """Return the comment of this community in any state. Raises NotFound."""
    return require_row(await find(community_id, comment_id), NotFound("comment"))


async def get_by_ids(comment_ids: Sequence[int]) -> list[CommentRow]:
    """Return the comment of each id, in order."""
    return db.in_order(await _BY_ID.all(list(set(comment_ids))), comment_ids)


async def find_by_ids(comment_ids: Sequence[int]) -> dict[int, CommentRow]:
    """Return the comments that exist, by id."""
    return {row.id: row for row in await _BY_ID.all(list(set(comment_ids)))}


async def find_threads(submission_ids: Sequence[int]) -> list[ThreadRow | None]:
    """Return the thread of each submission, in order. None without a comment."""
    found = {row.submission_id: row for row in await _THREADS.all(list(set(submission_ids)))}
    return [found.get(submission_id) for submission_id in submission_ids]


async def get_revisions(numbers: Sequence[tuple[int, int]]) -> list[CommentRevisionRow]:
    """Return the revision of each (comment id, number), in order."""
    # One statement reads every number of every comment. A comment has few revisions, so the surplus is small.
    rows = await _REVISION_NUMBERS.all(
        list({comment_id for comment_id, _ in numbers}), list({number for _, number in numbers})
    )
    found = {(row.comment_id, row.number): row for row in rows}
    return [found[pair] for pair in numbers]


async def find_revision(revision_id: int) -> CommentRevisionRow | None:
    """Return the revision, or None."""
    return await _REVISION.first(revision_id)


async def list_revisions(comment_ids: Sequence[int]) -> list[list[CommentRevisionRow]]:
    """Return all revisions of each comment, oldest first."""
    return db.group(await _REVISIONS.all(list(comment_ids)), comment_ids, by="comment_id")


async def list_mention_ids(revision_ids: Sequence[int]) -> list[list[int]]:
    """Return the mentioned members of each revision, in the author's order."""
    return db.group_values(await _MENTIONS.all(list(revision_ids)), revision_ids, by="revision_id", of="membership_id")


async def find_hidings(comment_ids: Sequence[int]) -> list[HidingRow | None]:
    """Return the newest hiding of each comment, in order. None for one that was never hidden."""
    found = {row.comment_id: row for row in await _HIDINGS.all(list(set(comment_ids)))}
    return [found.get(comment_id) for comment_id in comment_ids]


async def find_comments_of(rows: Sequence[CaseRow] | Sequence[ReportRow]) -> list[CommentRow | None]:
    """Return the comment that each case or report is about, in order. None stands for something else."""
    numbers = [row.thing_id if row.thing is ThingKind.COMMENT else None for row in rows]
    found = await find_by_ids(sorted({number for number in numbers if number is not None}))
    return [None if number is None else found[number] for number in numbers]


async def list_hidings(hiding_ids: Sequence[int]) -> list[HidingRow]:
    """Return the hidings of these ids that exist."""
    return await _HIDINGS_BY_ID.all(list(hiding_ids))


async def find_hiding(hiding_id: int) -> HidingRow | None:
    """Return the hiding, or None."""
    return next(iter(await list_hidings([hiding_id])), None)
