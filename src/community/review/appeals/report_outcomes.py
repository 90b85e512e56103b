"""Outcomes of reports: their rows, the notices to the reporters, and the audit trail."""

from __future__ import annotations

from community.communities.permissions import get_member_id
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.notices.models import NoticeKind
from community.notices.service import notify_each
from community.review.appeals.models import ReportState
from community.review.appeals.queries import REPORT_COLUMNS, ReportRow
from community.review.queries import CaseRow

_ANSWER = db.Change(
    f"UPDATE report SET state = $2, answered_at = $3 WHERE case_id = $1 AND state = 'OPEN' RETURNING {REPORT_COLUMNS}",
    ReportRow,
)


async def answer(leader: MemberRow | None, case: CaseRow, state: ReportState) -> None:
    """Give the open reports of a case their outcome, and notify the reporters."""
    rows = await _ANSWER.all(case.id, state, clock.now())
    if case.thing is not None:
        await notify_each(
            case.community_id, kind=NoticeKind.REPORT_ANSWERED,
            details={(row.reporter_id, f"report:{row.id}"): {"report": row.id} for row in rows},
        )  # fmt: skip
    else:
        await notify_each(
            case.community_id,
            kind={
                ReportState.UPHELD: NoticeKind.REPORT_UPHELD,
                ReportState.DISMISSED: NoticeKind.REPORT_DISMISSED,
                ReportState.ENDED: NoticeKind.REPORT_ENDED,
            }[state],
            details={(row.reporter_id, f"report:{row.id}"): {"submission": row.submission_id} for row in rows},
        )
    await record(leader, case, f"report.{state.value.lower()}")


async def record(leader: MemberRow | None, case: CaseRow, action: str, **detail: str) -> None:
    """Write the audit row of reports. It names no reporter."""
    subject, number = "submission", case.submission_id
    if case.thing is not None:
        subject, number = case.thing.lower(), case.thing_id
    assert number is not None
    await audit.record(
        case.community_id, get_member_id(leader), action,
        subject=subject, subject_id=number, case_id=case.id, **detail,
    )  # fmt: skip
