"""Verbs of reports about published submissions. No member learns who reported."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities import permissions
from community.communities.newcomers import Limited
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict
from community.kernel.texts import normalise_multiline_text
from community.notices.models import NoticeKind
from community.notices.service import notify_each
from community.review import cases
from community.review.appeals.models import ReportCategory, ReportState
from community.review.appeals.queries import REPORT_COLUMNS, ReportRow
from community.review.errors import AlreadyReported, OwnCase, OwnSubmission
from community.review.models import CaseKind, CaseReason
from community.review.queries import CaseRow
from community.submissions import checks, daily, removal
from community.submissions import queries as submissions
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow

MAX_TEXT_LENGTH = 200

_OWN = db.Select("SELECT id FROM report WHERE community_id = $1 AND reporter_id = $2 AND revision_id = $3", db.Id)
_OWN_OF_SHOWN = db.Select(
    "SELECT s.id FROM report r JOIN submission s ON s.id = r.submission_id"
    " JOIN submission_revision v ON v.id = r.revision_id AND v.number = s.published_revision"
    " WHERE r.community_id = ANY($1) AND r.reporter_id = ANY($2) AND r.submission_id = ANY($3)",
    db.Id,
)
# An upheld report about what is public again was overturned.
_DECIDED = db.Select(
    "SELECT id FROM report WHERE revision_id = $1 AND category = $2 AND state IN ('UPHELD', 'DISMISSED') LIMIT 1",
    db.Id,
)
_INSERT = db.Change(
    "INSERT INTO report (community_id, case_id, reporter_id, submission_id, revision_id, category, text, state,"
    f" created_at, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {REPORT_COLUMNS}",
    ReportRow,
)
_ANSWER = db.Change(
    f"UPDATE report SET state = $2, answered_at = $3 WHERE case_id = $1 AND state = 'OPEN' RETURNING {REPORT_COLUMNS}",
    ReportRow,
)
_OF_CATEGORY = db.Select("SELECT id FROM report WHERE case_id = $1 AND category = $2 LIMIT 1", db.Id)
_REPORTED = db.Select("SELECT id FROM report WHERE case_id = $1 AND reporter_id = $2", db.Id)


@db.transactional
async def report(actor: Actor, submission_id: int, *, category: ReportCategory, text: str | None) -> ReportRow:
    """Report the published revision of a submission to the leaders, and return the report.

    What leaders have decided about the revision on the same ground is dismissed immediately, without a case.
    Raises NotFound, OwnSubmission, AlreadyReported, TooManyToday, Muted, ConsentMissing, GuardianNeeded, InvalidInput.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    permissions.require_not_muted(member)
    words = None if text is None else normalise_multiline_text(text, max_length=MAX_TEXT_LENGTH, path=("text",))
    checks.require_public(await submissions.get(member.community_id, submission_id), member)
    await daily.count(member, Limited.REPORTED)
    row = await submissions.lock(submission_id)
    _require_reporter(row, member)
    await end_over(row)
    (revision,) = await submissions.get_revisions([(row.id, row.published_revision or 0)])
    if await _OWN.first(row.community_id, member.id, revision.id) is not None:
        raise AlreadyReported
    now = clock.now()
    given = (member.id, row.id, revision.id, category, words or None)
    if await _DECIDED.first(revision.id, category) is not None:
        return await _INSERT.one(row.community_id, None, *given, ReportState.DISMISSED, now, now)
    opened = await cases.open_case(
        CaseKind.REPORT, community_id=row.community_id, author_id=row.author_id, submission_id=row.id,
        revision_id=revision.id, reasons=[CaseReason.REPORTED], urgency=1,
    )  # fmt: skip
    case = opened or await cases.get_open(row.community_id, row.id, CaseKind.REPORT)
    if opened is None and await _OF_CATEGORY.first(case.id, category) is None:
        await cases.renew(case)
    made = await _INSERT.one(row.community_id, case.id, *given, ReportState.OPEN, now, None)
    # The trail must not say who reported.
    await _record(None, case, "report.open", category=category.value)
    return made


def _require_reporter(row: SubmissionRow, member: MemberRow) -> None:
    permissions.require_not_muted(member)
    checks.require_public(row, member)
    if row.author_id == member.id:
        raise OwnSubmission


async def list_reportable(rows: Sequence[SubmissionRow], members: Sequence[MemberRow | None]) -> list[bool]:
    """Return True for each submission that this member can report. The limit of a day is not read."""
    own = {
        row.id: member
        for row, member in zip(rows, members, strict=True)
        if member is not None and checks.is_allowed(_require_reporter, row, member)
    }
    places, reporters = {member.community_id for member in own.values()}, {member.id for member in own.values()}
    reported = await _OWN_OF_SHOWN.all(list(places), list(reporters), list(own)) if any(members) else []
    able = own.keys() - {row.id for row in reported}
    return [row.id in able for row in rows]


@db.transactional
async def uphold(actor: Actor, case_id: int, *, version: int, reason: str) -> CaseRow:
    """Remove the reported submission with a reason, and return the closed case. The reporters are notified.

    Raises what `cases.lock_case` and `removal.remove` raise, and OwnCase for a leader who reported it.
    """
    leader, case, row = await _lock(actor, case_id, version)
    seen = checks.get_visible_version(row, leader)
    await removal.remove(leader, row.id, version=seen, reason=reason)
    return await _close(leader, case, ReportState.UPHELD)


@db.transactional
async def dismiss(actor: Actor, case_id: int, *, version: int) -> CaseRow:
    """Reject the reports of a case, and return the closed case. The reporters are notified.

    Raises what `cases.lock_case` raises, and OwnCase for a leader who reported it.
    """
    leader, case, _ = await _lock(actor, case_id, version)
    return await _close(leader, case, ReportState.DISMISSED)


async def _lock(actor: Actor, case_id: int, version: int) -> tuple[MemberRow, CaseRow, SubmissionRow]:
    leader, case = await cases.lock_case(actor, case_id, version=version, kind=CaseKind.REPORT)
    if await _REPORTED.first(case.id, leader.id) is not None:
        raise OwnCase
    row = await submissions.lock(case.revision_ids[0])
    if not await _is_shown(row, case):
        raise Conflict("case", path=("version",))
    return leader, case, row


async def _is_shown(row: SubmissionRow, case: CaseRow) -> bool:
    """Return True if the reported revision is the published one."""
    if row.published_revision is None:
        return False
    (shown,) = await submissions.get_revisions([(row.id, row.published_revision)])
    return shown.id == case.revision_id


async def _close(leader: MemberRow, case: CaseRow, state: ReportState) -> CaseRow:
    closed = await cases.close(case)
    await _answer(leader, case, state)
    return closed


@db.transactional
async def end_over(row: SubmissionRow) -> None:
    """End the reports about what a locked submission no longer shows. Idempotent."""
    case = await cases.find_open(row.community_id, row.id, CaseKind.REPORT)
    if case is None or await _is_shown(row, case):
        return
    await cases.supersede(case.id)
    await _answer(None, case, ReportState.UPHELD if row.state is SubmissionState.REMOVED else ReportState.ENDED)


async def _answer(leader: MemberRow | None, case: CaseRow, state: ReportState) -> None:
    rows = await _ANSWER.all(case.id, state, clock.now())
    match state:
        case ReportState.UPHELD:
            await notify_each(
                case.community_id, kind=NoticeKind.REPORT_UPHELD,
                details={(row.reporter_id, f"report:{row.id}"): {"submission": row.submission_id} for row in rows},
            )  # fmt: skip
        case ReportState.DISMISSED:
            await notify_each(
                case.community_id, kind=NoticeKind.REPORT_DISMISSED,
                details={(row.reporter_id, f"report:{row.id}"): {"submission": row.submission_id} for row in rows},
            )  # fmt: skip
        case _:
            await notify_each(
                case.community_id, kind=NoticeKind.REPORT_ENDED,
                details={(row.reporter_id, f"report:{row.id}"): {"submission": row.submission_id} for row in rows},
            )  # fmt: skip
    await _record(leader, case, f"report.{state.value.lower()}")


async def _record(leader: MemberRow | None, case: CaseRow, action: str, **detail: str) -> None:
    await audit.record(
        case.community_id, None if leader is None else leader.id, action,
        subject="submission", subject_id=case.revision_ids[0], case_id=case.id, **detail,
    )  # fmt: skip
