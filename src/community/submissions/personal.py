"""Submissions' part in a person's rights: what they wrote, and what they liked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime

from community.kernel import audit, clock, db, outbox
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.points.earning.claw_back import claw_back
from community.settings import Settings
from community.submissions import queries
from community.submissions.queries import COLUMNS, REVISION_COLUMNS, RevisionRow, SubmissionRow


@dataclass(slots=True)
class _LikeRow:
    community_id: int
    submission_id: int
    created_at: datetime


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
_LIKES = db.Select(
    f"SELECT {db.columns(_LikeRow)} FROM submission_like WHERE membership_id = ANY($1) ORDER BY id",
    _LikeRow,
)
_REMOVALS = db.Select(
    "SELECT community_id, id AS submission_id, note AS reason, updated_at AS removed_at FROM submission"
    " WHERE id = ANY($1) AND state = 'REMOVED' ORDER BY id",
    _RemovalRow,
)
_BATCH_SIZE = 200


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Every submission with every revision of it, every like, and why the person removed others' as a leader."""
    del settings
    rows = await _BY_AUTHOR.all(subject.membership_ids)
    for begin in range(0, len(rows), _BATCH_SIZE):
        some = rows[begin : begin + _BATCH_SIZE]
        revisions = await _REVISIONS.all([row.id for row in some])
        tags = await queries.list_tags([row.id for row in revisions])
        pictures = await queries.list_media_ids([row.id for row in revisions])
        written = [
            asdict(row) | {"tags": names, "pictures": shown}
            for row, names, shown in zip(revisions, tags, pictures, strict=True)
        ]
        yield ExportFile.from_rows(
            f"written-{begin // _BATCH_SIZE + 1:04}.json",
            [asdict(row) | {"revisions": [one for one in written if one["submission_id"] == row.id]} for row in some],
        )
    yield ExportFile.from_rows("likes.json", await _LIKES.all(subject.membership_ids))
    removed = await audit.list_subject_ids(subject.membership_ids, "submission.remove")
    yield ExportFile.from_rows("removed_by_me.json", await _REMOVALS.all(removed))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Take out every word that is not public; with REMOVE every word, and what a leader said of others' too.

    What is public stays as it stands when the person chose so, under a name that is nobody's.
    """
    rows = await _BY_AUTHOR.all(subject.membership_ids)
    keep = content is ErasureContent.ANONYMISE
    for row in rows:
        await _finalise(row, keep_published=keep and row.published_revision is not None)
    await _redact(rows, keep_published=keep)
    if not keep:
        removed = await audit.list_subject_ids(subject.membership_ids, "submission.remove")
        await redact_notes(removed)


async def _finalise(row: SubmissionRow, *, keep_published: bool) -> None:
    """Bring a submission to where nothing of it waits any more, and have its open review case closed."""
    if keep_published:
        sets = "state = 'PUBLISHED'"
    else:
        sets = (
            "state = CASE WHEN state = 'REMOVED' THEN state ELSE 'WITHDRAWN' END, published_revision = NULL,"
            " recommended = FALSE"
        )
    await db.execute(
        f"UPDATE submission SET {sets}, note = NULL, version = version + 1, updated_at = $2 WHERE id = $1",
        row.id, clock.now(),
    )  # fmt: skip
    if not keep_published:
        await claw_back(row.community_id, cause=f"submission:{row.id}")
    await outbox.put("effects.receive_submission", submission_id=row.id)


async def _redact(rows: list[SubmissionRow], *, keep_published: bool) -> None:
    """Take the words out of the revisions of these submissions, but for the published ones where those are kept."""
    for row in rows:
        kept = row.published_revision if keep_published else None
        await redact_revisions(row.id, except_number=kept or 0)


@db.transactional
async def redact_revisions(submission_id: int, *, except_number: int = 0) -> None:
    """Take the words out of every revision of a submission but that one; what has none left stays as it is."""
    of = "SELECT id FROM submission_revision WHERE submission_id = $1 AND number <> $2"
    await db.execute(
        "UPDATE revision_tag SET tag = '〔' || id || '〕' WHERE tag <> '〔' || id || '〕'"
        f" AND revision_id IN ({of})",
        submission_id, except_number,
    )  # fmt: skip
    await db.execute(
        f"UPDATE submission_revision SET title = '{REDACTED}', text = '{REDACTED}', product_ref = NULL"
        f" WHERE id IN ({of}) AND (title <> '{REDACTED}' OR text <> '{REDACTED}' OR product_ref IS NOT NULL)",
        submission_id, except_number,
    )  # fmt: skip


@db.transactional
async def redact_notes(submission_ids: list[int], *, matching: list[str] | None = None) -> None:
    """Take away what submissions' authors were told; with `saying`, only where it is one of these texts."""
    if matching is None:
        await db.execute(
            f"UPDATE submission SET note = '{REDACTED}' WHERE id = ANY($1) AND note IS NOT NULL", submission_ids
        )
    else:
        await db.execute(
            f"UPDATE submission SET note = '{REDACTED}' WHERE id = ANY($1) AND note = ANY($2)", submission_ids, matching
        )


PART = Part("submissions", export, erase)
