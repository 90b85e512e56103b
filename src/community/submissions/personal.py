"""Export and erasure of a person's submissions, likes and favourites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.kernel import audit, clock, db, outbox
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, own_rows
from community.kernel.tables import pick
from community.points.earning.claw_back import claw_back
from community.scores import scores
from community.search import index
from community.search.models import SearchKind
from community.settings import Settings
from community.submissions import board_counts, queries, restoration
from community.submissions.models import SubmissionRemoval
from community.submissions.queries import COLUMNS, REVISION_COLUMNS, RevisionRow, SubmissionRow
from community.submissions.reactions import likes
from community.submissions.reactions.favourites import FAVOURITES
from community.submissions.reactions.models import SubmissionFavourite, SubmissionLike, SubmissionShare
from community.submissions.reactions.shares import SHARES
from community.submissions.topics import service as topics
from community.submissions.topics.queries import TopicRow


@dataclass(slots=True)
class _RemovalRow:
    community_id: int
    submission_id: int
    reason: str | None
    removed_at: datetime


_BY_AUTHOR = db.Select(f"SELECT {COLUMNS} FROM submission WHERE author_id = ANY($1) ORDER BY id", SubmissionRow)
_REVISIONS = db.Select(
    f"SELECT {REVISION_COLUMNS} FROM submission_revision WHERE submission_id = ANY($1) ORDER BY submission_id, number",
    RevisionRow,
)
_REACTION = "community_id submission_id created_at"
_REMOVAL = "id community_id submission_id state published_revision recommended removed_at kept_until discarded_at"
_OWN = (
    own_rows("topics.json", TopicRow, by="opened_by"),
    own_rows("likes.json", pick(SubmissionLike, _REACTION), by="membership_id"),
    own_rows("favourites.json", pick(SubmissionFavourite, _REACTION), by="membership_id"),
    own_rows("shares.json", pick(SubmissionShare, f"{_REACTION} channel"), by="membership_id"),
    own_rows("removals_of_mine.json", pick(SubmissionRemoval, f"{_REMOVAL} restored_at"), by="author_id"),
    own_rows(
        "removals_by_me.json",
        pick(SubmissionRemoval, f"{_REMOVAL} removed_by restored_at restored_by"),
        by="removed_by restored_by",
        others="removed_by restored_by",
    ),
)
_REMOVALS = db.Select(
    "SELECT community_id, id AS submission_id, note AS reason, updated_at AS removed_at FROM submission"
    " WHERE id = ANY($1) AND state = 'REMOVED' ORDER BY id",
    _RemovalRow,
)
_RESTORATIONS = db.Select(
    "SELECT s.community_id, s.id AS submission_id, s.note AS reason, r.removed_at FROM submission_removal r"
    # A later decision has replaced the note.
    " JOIN submission s ON s.id = r.submission_id AND s.updated_at = r.restored_at"
    " WHERE r.restored_by = ANY($1) ORDER BY r.id",
    _RemovalRow,
)
_END = "note = NULL, version = version + 1, updated_at = $2 WHERE id = $1"
_END_PUBLISHED = f"UPDATE submission SET state = 'PUBLISHED', sent_revision = published_revision, {_END}"
_END_WITHDRAWN = (
    "UPDATE submission SET state = CASE WHEN state = 'REMOVED' THEN state ELSE 'WITHDRAWN' END,"
    f" published_revision = NULL, published_ahead = FALSE, recommended = FALSE, {_END}"
)
_BATCH_SIZE = 200


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's submissions with all revisions, and their removals.

    Removals and restorations that the person made as a leader have their reasons.
    """
    del settings
    rows = await _BY_AUTHOR.all(subject.membership_ids)
    for start in range(0, len(rows), _BATCH_SIZE):
        batch = rows[start : start + _BATCH_SIZE]
        revisions = await _REVISIONS.all([row.id for row in batch])
        tags = await queries.list_tags([row.id for row in revisions])
        pictures = await queries.list_media_ids([row.id for row in revisions])
        written = [
            db.as_dict(row) | {"tags": names, "pictures": media_ids}
            for row, names, media_ids in zip(revisions, tags, pictures, strict=True)
        ]
        yield ExportFile.from_rows(
            f"written-{start // _BATCH_SIZE + 1:04}.json",
            [
                db.as_dict(row) | {"revisions": [one for one in written if one["submission_id"] == row.id]}
                for row in batch
            ],
        )
    removed = await audit.list_subject_ids(subject.membership_ids, "submission.remove")
    yield ExportFile.from_rows("removed_by_me.json", await _REMOVALS.all(removed))
    yield ExportFile.from_rows("restored_by_me.json", await _RESTORATIONS.all(subject.membership_ids))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact the person's words.

    With ANONYMISE the published revisions that a leader approved and the likes stay, without a name. With REMOVE every
    revision is redacted, and so are the topics that the person opened, and the reasons that the person gave as a leader
    for removals and restorations. The likes are deleted and no longer counted. The favourites and shares are deleted in
    both cases.
    """
    for private in (FAVOURITES, SHARES):
        await private.erase(subject.membership_ids)
    await restoration.discard_all(subject.membership_ids)
    for row in await _BY_AUTHOR.all(subject.membership_ids):
        if content is ErasureContent.ANONYMISE and row.published_revision is not None and not row.published_ahead:
            await _keep_published(row, row.published_revision)
        else:
            await _withdraw(row)
    await index.forget_removed()
    for source in (board_counts.PUBLISHED_SOURCE, board_counts.LIKES_SOURCE):
        await scores.recount(source, subject.membership_ids)
    if content is ErasureContent.REMOVE:
        for action in ("submission.remove", "submission.restore"):
            await redact_notes(await audit.list_subject_ids(subject.membership_ids, action))
        await likes.erase(subject.membership_ids)
        await topics.redact_opened(subject.membership_ids)


async def _keep_published(row: SubmissionRow, number: int) -> None:
    """Keep the published revision, redact the others and end their review."""
    await db.execute(_END_PUBLISHED, row.id, clock.now())
    await _close_case(row)
    await redact_revisions(row.id, except_number=number)


async def _withdraw(row: SubmissionRow) -> None:
    await db.execute(_END_WITHDRAWN, row.id, clock.now())
    await index.remove(SearchKind.SUBMISSION, [row.id])
    await _close_case(row)
    await claw_back(row.community_id, cause=f"submission:{row.id}")
    await redact_revisions(row.id)


async def _close_case(row: SubmissionRow) -> None:
    """Queue the closing of the open review case of a submission."""
    await outbox.put("effects.receive_submission", submission_id=row.id)


_REDACTED_REVISIONS = "SELECT id FROM submission_revision WHERE submission_id = $1 AND number <> $2"
_REDACT_TEXTS = db.Change(
    f"UPDATE submission_revision SET title = '{REDACTED}', text = '{REDACTED}', product_ref = NULL"
    f" WHERE id IN ({_REDACTED_REVISIONS})"
    f" AND (title <> '{REDACTED}' OR text <> '{REDACTED}' OR product_ref IS NOT NULL) RETURNING id",
    db.Id,
)


@db.transactional
async def redact_revisions(submission_id: int, *, except_number: int = 0) -> bool:
    """Redact every revision of a submission except one number. Return False if all were redacted."""
    await db.execute(
        "UPDATE revision_tag SET tag = '〔' || id || '〕' WHERE tag <> '〔' || id || '〕'"
        f" AND revision_id IN ({_REDACTED_REVISIONS})",
        submission_id, except_number,
    )  # fmt: skip
    return bool(await _REDACT_TEXTS.all(submission_id, except_number))


@db.transactional
async def redact_notes(submission_ids: list[int]) -> None:
    """Redact the notes to the authors of these submissions."""
    await db.execute(
        f"UPDATE submission SET note = '{REDACTED}' WHERE id = ANY($1) AND note IS NOT NULL", submission_ids
    )


@db.transactional
async def redact_matching_notes(submission_ids: list[int], texts: list[str]) -> None:
    """Redact those notes to the authors of submissions that are among `texts`."""
    await db.execute(
        f"UPDATE submission SET note = '{REDACTED}' WHERE id = ANY($1) AND note = ANY($2)", submission_ids, texts
    )


PART = Part(room="submissions", own=_OWN, export=export, erase=erase)
