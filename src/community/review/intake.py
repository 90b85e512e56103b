"""Intake of the review: the screening and the cases of sent submissions."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities.trust.service import find_in_force
from community.kernel import audit, clock, db, outbox
from community.media import queries as media_queries
from community.media.models import MediaState
from community.review import case_words, cases
from community.review.appeals import appeals, reports
from community.review.models import CaseKind, CaseReason
from community.review.queries import CaseRow
from community.review.screening import queries as screening_queries
from community.review.screening.reasons import list_reasons
from community.safety.checks import find_worst
from community.safety.facts import Finding, Verdict
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
_BEGIN = db.Change(
    "INSERT INTO screening"
    " (community_id, submission_id, revision_id, author_id, state, findings, started_at, deadline_at)"
    " VALUES ($1, $2, $3, $4, 'RUNNING', '[]', $5, $6) ON CONFLICT (community_id, revision_id) DO UPDATE SET"
    " state = excluded.state, findings = excluded.findings, started_at = excluded.started_at,"
    " deadline_at = excluded.deadline_at, verdict = NULL, checked_at = NULL, done_at = NULL"
    " WHERE screening.state <> 'RUNNING' RETURNING id",
    db.Id,
)
_DROP = db.Change(
    "UPDATE screening SET state = 'DROPPED', done_at = $2"
    " WHERE submission_id = $1 AND state = 'RUNNING' AND NOT (revision_id = ANY($3)) RETURNING id",
    db.Id,
)


@db.transactional
async def sync_cases(submission_id: int) -> None:
    """Bring the screening and the cases of a submission in line with it. Idempotent.

    The screening of a submission that waits for it begins once its pictures are ready. With a refused picture the
    submission goes back to its author. Cases and screenings of other revisions, and of submissions that no longer
    wait, are ended.
    """
    # Locked before it is read. A delayed job must not act on a state from before an edit or a decision.
    row = await submission_queries.lock(submission_id)
    if row.state is SubmissionState.PENDING_SCREENING:
        row = await _begin_screening(row)
    await _end_others(row)
    await reports.end_over(row)
    await appeals.end_over(row.id)
    if row.state is SubmissionState.IN_REVIEW:
        await _open_case(row, ())


@db.transactional
async def open_review(submission_id: int, findings: Sequence[Finding], *further: CaseReason) -> None:
    """Move a screened submission into review. Its case has these findings and further reasons.

    What a trusted author wrote is then published, unless the checks found something.
    """
    row = await review_steps.start_review(submission_id)
    if row is None:
        return
    case = await _open_case(row, findings, *further)
    (trusted,) = await find_in_force([row.author_id])
    if case is not None and trusted is not None and not findings:
        await outbox.put("effects.publish_ahead", case_id=case.id)


async def _begin_screening(row: SubmissionRow) -> SubmissionRow:
    """Begin the screening of a pending submission. Return it to its author if a picture is refused."""
    pictures = await media_queries.get_by_ids(
        await submission_queries.list_revision_media_ids(row.id, row.latest_revision)
    )
    if any(picture.refusal is not None for picture in pictures):
        return await review_steps.send_back(row.id) or row
    if not any(picture.state is MediaState.PROCESSING for picture in pictures):
        (revision,) = await submission_queries.get_revisions([(row.id, row.latest_revision)])
        now = clock.now()
        begun = await _BEGIN.first(
            row.community_id, row.id, revision.id, row.author_id, now, now + screening_queries.MAX_DURATION
        )
        if begun is not None:
            await outbox.put("effects.screen_revision", screening_id=begun.id)
    return row


async def _end_others(row: SubmissionRow) -> None:
    """End the cases and screenings of revisions that no longer wait."""
    (revision,) = await submission_queries.get_revisions([(row.id, row.latest_revision)])
    now = clock.now()
    in_review = [revision.id] if row.state is SubmissionState.IN_REVIEW else []
    superseded = await _SUPERSEDE.all(row.id, now, in_review)
    await case_words.remove([ended.id for ended in superseded])
    for ended in superseded:
        await audit.record_about(row, "review.superseded", by=None, case_id=ended.id)
    await _DROP.all(row.id, now, [revision.id] if row.state is SubmissionState.PENDING_SCREENING else [])


async def _open_case(row: SubmissionRow, findings: Sequence[Finding], *further: CaseReason) -> CaseRow | None:
    (revision,) = await submission_queries.get_revisions([(row.id, row.latest_revision)])
    return await cases.open_case(
        CaseKind.REVISION, community_id=row.community_id, author_id=row.author_id, submission_id=row.id,
        revision_id=revision.id, urgency=0 if find_worst(findings) is Verdict.PASS else 1,
        reasons=[
            CaseReason.NEW if row.published_revision is None else CaseReason.EDIT, *further, *list_reasons(findings)
        ],
    )  # fmt: skip
