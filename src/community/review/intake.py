"""Intake of the review, which syncs the cases of a submission with its state."""

from __future__ import annotations

from community.kernel import audit, clock, db, outbox
from community.media import queries as media_queries
from community.media.models import MediaState
from community.review import cases
from community.review.models import CaseKind, CaseReason
from community.submissions import queries as submission_queries
from community.submissions import review_steps
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow

_SUPERSEDE = db.Change(
    "UPDATE review_case SET state = 'SUPERSEDED', version = version + 1, closed_at = $2, claimed_by = NULL,"
    " claimed_at = NULL, claimed_until = NULL"
    " WHERE submission_id = $1 AND kind = 'REVISION' AND state = 'OPEN' AND NOT (revision_id = ANY($3)) RETURNING id",
    db.Id,
)


@db.transactional
async def sync_cases(submission_id: int) -> None:
    """Bring the cases of a submission in line with its present state. Idempotent.

    A submission that is pending screening goes into review once its pictures are ready, and gets a case for its latest
    revision. With a refused picture it goes back to its author. Open cases of other revisions, and of submissions that
    are no longer in review, are superseded. There is no automatic check before the leader's review yet.
    """
    # Locked before it is read. A delayed job must not act on a state from before an edit or a decision.
    await submission_queries.lock(submission_id)
    row = (await submission_queries.get_by_ids([submission_id]))[0]
    if row.state is SubmissionState.PENDING_SCREENING:
        row = await _screen(row) or row
    now = clock.now()
    revisions = []
    if row.state is SubmissionState.IN_REVIEW:
        revisions = await submission_queries.get_revisions([(row.id, row.latest_revision)])
    for ended in await _SUPERSEDE.all(row.id, now, [revision.id for revision in revisions]):
        await audit.record(
            row.community_id, None, "review.superseded",
            subject="submission", subject_id=row.id, case_id=ended.id,
        )  # fmt: skip
    for revision in revisions:
        opened = await cases.open_case(
            CaseKind.REVISION, community_id=row.community_id, author_id=row.author_id, submission_id=row.id,
            revision_id=revision.id, reasons=[CaseReason.NEW if row.published_revision is None else CaseReason.EDIT],
        )  # fmt: skip
        if opened is not None and any(await submission_queries.list_media_ids([revision.id])):
            await outbox.put("effects.compare_pictures", submission_id=row.id)


async def _screen(row: SubmissionRow) -> SubmissionRow | None:
    """Move a pending submission into review or back to its author. Return None while its pictures are not ready."""
    pictures = await media_queries.get_by_ids(
        await submission_queries.list_revision_media_ids(row.id, row.latest_revision)
    )
    if any(picture.refusal is not None for picture in pictures):
        return await review_steps.send_back(row.id)
    if any(picture.state is MediaState.PROCESSING for picture in pictures):
        return None
    return await review_steps.start_review(row.id)
