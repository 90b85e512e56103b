"""Answers of the platform that came after the end of a screening."""

from __future__ import annotations

from community.review import cases
from community.review.models import CaseKind, CaseReason
from community.review.screening import queries
from community.review.screening.models import ScreeningState
from community.safety.facts import Verdict
from community.safety.platform import checks as platform_checks
from community.submissions import queries as submissions


async def follow(screening_id: int) -> None:
    """Ask leaders about a revision in which the platform found harm too late.

    It is called after the end of the screening. An open case gets the reason. A published revision gets a case as if
    it were reported.
    """
    row = await queries.find(screening_id)
    if row is None or row.state is not ScreeningState.DONE or row.done_at is None:
        return
    late = [
        result
        for result in await platform_checks.list_results(row.subject)
        if result.label is not None and result.verdict in {Verdict.REVIEW, Verdict.BLOCK}
        if result.answered_at is not None and result.answered_at > row.done_at
    ]
    submission = await submissions.lock(row.submission_id)
    if not late:
        return
    case = await cases.find_open(row.community_id, row.submission_id, CaseKind.REVISION)
    if case is not None and case.revision_id == row.revision_id:
        await cases.add_reasons(case, [CaseReason.PLATFORM], urgency=1)
    elif submission.published_revision is not None:
        (shown,) = await submissions.get_revisions([(submission.id, submission.published_revision)])
        if shown.id == row.revision_id:
            await cases.open_case(
                CaseKind.REPORT, community_id=row.community_id, author_id=row.author_id, submission_id=submission.id,
                revision_id=shown.id, reasons=[CaseReason.PLATFORM], urgency=1,
            )  # fmt: skip
