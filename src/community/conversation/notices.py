"""Notices about comments, one per recipient and hour, and about mentions.

An author who mentions a member again in the same thread and hour causes no further notice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities import blocks
from community.conversation import queries
from community.conversation.queries import CommentRow
from community.kernel import clock, db
from community.notices.models import NoticeKind
from community.notices.service import notify_each, renew_each
from community.submissions import queries as submissions

MAX_COUNTED = 500
"""The newest comments below one thing of which the authors are counted."""


@dataclass(slots=True)
class _AuthorRow:
    author_id: int


_UNDER_SUBMISSION = db.Select(
    "SELECT DISTINCT author_id FROM (SELECT author_id, state, published_at FROM comment WHERE submission_id = $1"
    f" AND parent_id IS NULL ORDER BY id DESC LIMIT {MAX_COUNTED}) AS newest"
    " WHERE state = 'PUBLISHED' AND published_at >= $2",
    _AuthorRow,
)
_UNDER_COMMENT = db.Select(
    "SELECT DISTINCT author_id FROM (SELECT author_id, state, published_at FROM comment WHERE parent_id = $1"
    f" ORDER BY id DESC LIMIT {MAX_COUNTED}) AS newest WHERE state = 'PUBLISHED' AND published_at >= $2",
    _AuthorRow,
)


async def announce(rows: Sequence[CommentRow], new: Sequence[CommentRow]) -> None:
    """Notify the authors whom the `new` comments answer, and the members whom `rows` mention."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    await _announce_comments(new, hour)
    await _announce_mentions(rows, hour)


async def _announce_comments(rows: Sequence[CommentRow], hour: datetime) -> None:
    answered = sorted({row.parent_id for row in rows if row.parent_id is not None})
    found: dict[int, tuple[int, set[int]]] = {}
    parents = await queries.get_by_ids(answered) if answered else []
    for parent in parents:
        authors = {row.author_id for row in await _UNDER_COMMENT.all(parent.id, hour)}
        known = found.get(parent.author_id, (parent.submission_id, set()))[1]
        found[parent.author_id] = (parent.submission_id, known | authors)
    if any(row.parent_id is None for row in rows):
        (submission,) = await submissions.get_by_ids([rows[0].submission_id])
        authors = {row.author_id for row in await _UNDER_SUBMISSION.all(submission.id, hour)}
        known = found.get(submission.author_id, (submission.id, set()))[1]
        found[submission.author_id] = (submission.id, known | authors)
    if not found:
        return
    hidden = await blocks.list_all_blocked(sorted(found))
    counted = {
        member_id: (submission_id, len(authors - hidden[member_id] - {member_id}))
        for member_id, (submission_id, authors) in found.items()
    }
    await renew_each(
        rows[0].community_id,
        kind=NoticeKind.COMMENTED,
        details={
            (member_id, f"commented:{hour:%Y%m%d%H}"): {"submission": submission_id, "people": people}
            for member_id, (submission_id, people) in counted.items()
            if people
        },
    )


async def _announce_mentions(rows: Iterable[CommentRow], hour: datetime) -> None:
    by_id = {row.id: row for row in rows}
    revisions = await queries.get_revisions([(row.id, row.published_revision or 0) for row in by_id.values()])
    mentioned = await queries.list_mention_ids([revision.id for revision in revisions])
    members: dict[int, list[int]] = defaultdict(list)
    for revision, member_ids in zip(revisions, mentioned, strict=True):
        row = by_id[revision.comment_id]
        members[row.id] = [member_id for member_id in member_ids if member_id != row.author_id]
    pairs = [(by_id[comment_id], member_id) for comment_id, each in members.items() for member_id in each]
    if pairs:
        await notify_each(
            pairs[0][0].community_id,
            kind=NoticeKind.COMMENT_MENTION,
            details={
                (member_id, f"mention:{row.submission_id}:{row.author_id}:{hour:%Y%m%d%H}"): {
                    "comment": row.id,
                    "submission": row.submission_id,
                }
                for row, member_id in pairs
            },
        )
