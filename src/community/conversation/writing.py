"""Writing of comments and of their revisions. The caller has locked the thread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.conversation import effects, screening, visibility
from community.conversation.queries import COLUMNS, CommentRow
from community.conversation.rules import CommentContent
from community.kernel import clock, db
from community.media import uses
from community.safety import call_checks
from community.safety.checks import Screening
from community.safety.facts import Verdict
from community.submissions.queries import SubmissionRow

_NUMBER = "CAST(part.value->>{} AS BIGINT)"
_JSON = "CASE WHEN part.value->>{0} IS NULL THEN NULL ELSE part.value->{0} END"
_EACH = "FROM jsonb_array_elements($1) AS part(value)"
_NEW = db.Change(
    "INSERT INTO comment (community_id, submission_id, parent_id, author_id, state, pending_revision, verdict,"
    " findings, published_for, created_at, sent_at)"
    f" SELECT $2, $3, {_NUMBER.format(0)}, {_NUMBER.format(1)}, 'WAITING', 1, part.value->>2,"
    f" {_JSON.format(3)}, part.value->>4, $4, $4 {_EACH} ORDER BY {_NUMBER.format(5)} RETURNING {COLUMNS}",
    CommentRow,
)
_NEW_REVISIONS = db.Change(
    "INSERT INTO comment_revision (community_id, comment_id, number, text, media_id, masks, created_at)"
    f" SELECT $2, {_NUMBER.format(0)}, {_NUMBER.format(1)}, part.value->>2, {_NUMBER.format(3)},"
    f" {_JSON.format(4)}, $3 {_EACH} ORDER BY {_NUMBER.format(0)} RETURNING id",
    db.Id,
)
_NEW_MENTIONS = (
    "INSERT INTO comment_mention (community_id, revision_id, position, membership_id)"
    f" SELECT $2, {_NUMBER.format(0)}, {_NUMBER.format(1)}, {_NUMBER.format(2)} {_EACH}"
)
_ADD_REVISION = db.Change(
    "UPDATE comment SET version = version + 1, latest_revision = latest_revision + 1,"
    " pending_revision = latest_revision + 1, verdict = $3, findings = $4, sent_at = $5"
    f" WHERE community_id = $1 AND id = $2 RETURNING {COLUMNS}",
    CommentRow,
)


@dataclass(frozen=True, slots=True)
class NewComment:
    """An accepted comment. `is_awaited` is True if the platform or a picture must be awaited."""

    author: MemberRow
    content: CommentContent
    parent_id: int | None
    screening: Screening
    is_awaited: bool
    published_for: Visibility

    @property
    def is_passed(self) -> bool:
        """True if it is public immediately."""
        return self.screening.verdict is Verdict.PASS and not self.is_awaited


async def insert(submission: SubmissionRow, comments: Sequence[NewComment]) -> list[CommentRow]:
    """Insert accepted comments under a submission, and return them in order. None of them is public yet."""
    now = clock.now()
    given = [
        (
            comment.parent_id, comment.author.id, *_describe_verdict(comment.screening), comment.published_for.value,
            position,
        )
        for position, comment in enumerate(comments)
    ]  # fmt: skip
    rows = await _NEW.all(json.dumps(given), submission.community_id, submission.id, now)
    # Ids are given in the order of the rows.
    rows.sort(key=lambda row: row.id)
    await _insert_revisions(rows, [(comment.content, comment.screening) for comment in comments])
    for row, comment in zip(rows, comments, strict=True):
        if comment.content.media_id is not None:
            await _use_picture(comment.author, row, comment.content.media_id)
        if not comment.is_passed:
            await effects.follow_sending(row)
    return rows


async def add_revision(author: MemberRow, row: CommentRow, content: CommentContent, found: Screening) -> CommentRow:
    """Add a revision to a comment, and return it. The revision is not public yet."""
    verdict, findings = _describe_verdict(found)
    stored = None if findings is None else json.dumps(findings, ensure_ascii=False)
    row = await _ADD_REVISION.one(row.community_id, row.id, verdict, stored, clock.now())
    await _insert_revisions([row], [(content, found)])
    if content.media_id is not None:
        await _use_picture(author, row, content.media_id)
    return row


async def _insert_revisions(rows: Sequence[CommentRow], contents: Sequence[tuple[CommentContent, Screening]]) -> None:
    given = [
        (row.id, row.latest_revision, content.text, content.media_id, call_checks.list_masks(found, screening.TEXT))
        for row, (content, found) in zip(rows, contents, strict=True)
    ]
    now, here = clock.now(), rows[0].community_id
    revisions = await _NEW_REVISIONS.all(json.dumps(given), here, now)
    mentions = [
        (revision_id, position, membership_id)
        for revision_id, (content, _) in zip(sorted(row.id for row in revisions), contents, strict=True)
        for position, membership_id in enumerate(content.mention_ids)
    ]
    if mentions:
        await db.execute(_NEW_MENTIONS, json.dumps(mentions), here)


async def _use_picture(author: MemberRow, row: CommentRow, media_id: int) -> None:
    await uses.add(author.person_id, [media_id], by=visibility.build_media_consumer(row), path=("mediaId",))


def _describe_verdict(found: Screening) -> tuple[str | None, list[dict[str, Any]] | None]:
    """Return the stored verdict and findings. A text that passed inside the call may still wait for others."""
    if found.verdict is Verdict.PASS:
        return None, None
    return found.verdict.value, [finding.as_json() for finding in found.findings]
