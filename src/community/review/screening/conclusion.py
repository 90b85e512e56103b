"""End of a screening: a review case, or the return to the author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from community.kernel import clock, db
from community.kernel.row_failures import RowFailures
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import intake
from community.review.appeals import queries as appeals
from community.review.appeals import reports
from community.review.appeals.models import AppealedAction, AppealState
from community.review.models import CaseReason
from community.review.screening import late_answers, queries
from community.review.screening.models import ScreeningState
from community.review.screening.queries import COLUMNS, ScreeningRow
from community.safety.checks import find_worst
from community.safety.facts import Finding, Level, Reason, Verdict, write_findings
from community.safety.platform import checks as platform_checks
from community.safety.platform.checks import PlatformResult
from community.submissions import queries as submission_queries
from community.submissions import review_steps
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow

_BATCH_SIZE = 200
RECOVERY_AFTER = timedelta(minutes=5)
"""Age of a sent submission without a screening at which the intake runs again."""

_STORE = db.Change(
    "UPDATE screening SET findings = $2, checked_at = $3 WHERE id = $1 AND state = 'RUNNING' AND checked_at IS NULL"
    f" RETURNING {COLUMNS}",
    ScreeningRow,
)
_END = db.Change(
    "UPDATE screening SET state = 'DONE', verdict = $2, findings = $3, done_at = $4"
    f" WHERE id = $1 AND state = 'RUNNING' RETURNING {COLUMNS}",
    ScreeningRow,
)
_OVERDUE = db.Select(
    f"SELECT id FROM screening WHERE state = 'RUNNING' AND deadline_at <= $1 ORDER BY deadline_at, id"
    f" LIMIT {_BATCH_SIZE}",
    db.Id,
)
_UNSCREENED = db.Select(
    "SELECT id FROM submission WHERE state = 'PENDING_SCREENING' AND updated_at <= $1 AND NOT EXISTS"
    " (SELECT 1 FROM screening s WHERE s.submission_id = submission.id AND s.state = 'RUNNING')"
    f" ORDER BY updated_at, id LIMIT {_BATCH_SIZE}",
    db.Id,
)


def is_unchecked(row: ScreeningRow) -> bool:
    """Return True if the checks of the screening have not ended."""
    return row.state is ScreeningState.RUNNING and row.checked_at is None


async def is_pardoned(row: ScreeningRow) -> bool:
    """Return True if an appeal against a block of the same revision was granted. A leader then sees it."""
    (appeal,) = await appeals.find_appeals_about([row.community_id], AppealedAction.BLOCK, [row.id])
    return appeal is not None and appeal.state is AppealState.GRANTED


@db.transactional
async def store(screening_id: int, findings: Sequence[Finding]) -> None:
    """Store what the checks found, and end the screening if no answer is awaited.

    It has no effect if the submission has changed since, or if the findings are there already.
    """
    found = await _lock(screening_id)
    if found is None or not is_unchecked(found[0]):
        return
    row = await _STORE.one(screening_id, write_findings(findings), clock.now())
    await _conclude(row, found[1])


@db.transactional
async def conclude(subject: str) -> None:
    """End the screening of a subject `revision:7` if no answer is awaited. Idempotent."""
    kind, _, number = subject.partition(":")
    screening_id = await queries.find_id(int(number)) if kind == queries.SUBJECT_KIND else None
    found = None if screening_id is None else await _lock(screening_id)
    if found is not None and not is_unchecked(found[0]):
        await _conclude(*found)
    elif found is None and screening_id is not None:
        await late_answers.follow(screening_id)


@db.transactional
async def give_up(screening_id: int) -> None:
    """Give a submission to a leader if its screening did not end in time. Idempotent.

    A screening whose submission has changed since is dropped.
    """
    found = await _lock(screening_id)
    if found is None:
        row = await queries.find(screening_id)
        if row is not None:
            await intake.sync_cases(row.submission_id)
    elif found[0].deadline_at <= clock.now():
        overdue = await list_overdue_findings(found[0].subject)
        await _end(found[0], found[1], [*found[0].list_findings(), *overdue])


async def recover() -> None:
    """Give overdue screenings to leaders, and repeat the intake of submissions that have none.

    Up to 200 of both. One that fails is logged, and the others follow. Raises RowsFailed at the end.
    """
    now, failures = clock.now(), RowFailures()
    await failures.run_each("screening", await _OVERDUE.all(now), lambda row: give_up(row.id))
    unscreened = await _UNSCREENED.all(now - RECOVERY_AFTER)
    await failures.run_each("submission", unscreened, lambda row: intake.sync_cases(row.id))
    failures.raise_if_any()


async def _lock(screening_id: int) -> tuple[ScreeningRow, SubmissionRow] | None:
    """Lock the submission, and return both. Return None unless it still waits for this running screening."""
    row = await queries.find(screening_id)
    if row is None:
        return None
    submission = await submission_queries.lock(row.submission_id)
    # Read again: a statement after the lock sees what was committed while it was awaited.
    row = await queries.find(screening_id)
    if row is None or row.state is not ScreeningState.RUNNING:
        return None
    if submission.state is not SubmissionState.PENDING_SCREENING:
        return None
    (revision,) = await submission_queries.get_revisions([(submission.id, submission.latest_revision)])
    return (row, submission) if revision.id == row.revision_id else None


async def _conclude(row: ScreeningRow, submission: SubmissionRow) -> None:
    """End the screening unless an answer of the platform can still change it."""
    findings = row.list_findings()
    asked = await platform_checks.list_results(row.subject)
    is_blocked = find_worst(findings) is Verdict.BLOCK and not await is_pardoned(row)
    if is_blocked or not any(result.verdict is None for result in asked):
        await _end(row, submission, [*findings, *describe_results(asked)])


def describe_results(results: Sequence[PlatformResult]) -> list[Finding]:
    """Return findings for the answers of the platform that do not pass."""
    found = []
    for result in results:
        if result.verdict in {Verdict.REVIEW, Verdict.BLOCK}:
            reason = Reason.PLATFORM_FAILED if result.label is None else Reason.PLATFORM_FOUND
            figures = {"check": result.kind.value, "cause": result.label or result.reason or ""}
            found.append(Finding(Level(result.verdict), reason, figures=figures))
    return found


async def list_overdue_findings(subject: str) -> list[Finding]:
    """Return findings for checks that did not end in time."""
    overdue = Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": "deadline"})
    return [*describe_results(await platform_checks.list_results(subject)), overdue]


async def _end(row: ScreeningRow, submission: SubmissionRow, findings: Sequence[Finding]) -> None:
    verdict = find_worst(findings)
    pardoned = verdict is Verdict.BLOCK and await is_pardoned(row)
    await _END.one(row.id, Verdict.REVIEW if pardoned else verdict, write_findings(findings), clock.now())
    if pardoned or verdict is not Verdict.BLOCK:
        await intake.open_review(submission.id, findings, *([CaseReason.BLOCK_APPEALED] if pardoned else []))
        return
    returned = await review_steps.send_back(submission.id)
    if returned is not None:
        await reports.end_over(returned)
        await notify_member(
            row.community_id, row.author_id, kind=NoticeKind.SUBMISSION_BLOCKED,
            key=f"blocked:{submission.id}:{returned.version}", detail={"submission": submission.id},
        )  # fmt: skip
