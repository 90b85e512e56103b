"""Answers of the platform after the end of the checks.

An open case gets the reason. A published text gets a case as if it were reported, unless leaders have decided about the
answer since. Idempotent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.kernel import db
from community.review import cases
from community.review.models import CaseKind, CaseReason
from community.review.queries import CaseRow
from community.review.screening import queries
from community.review.things import Thing, ThingRevision
from community.safety.facts import Verdict
from community.safety.platform import checks as platform_checks
from community.submissions import queries as submissions


@dataclass(slots=True)
class _JudgedRow:
    judged_at: datetime | None


_JUDGED = (
    "SELECT max(closed_at) AS judged_at FROM review_case c WHERE community_id = $1 AND state <> 'OPEN'"
    " AND (kind IN ('REVISION', 'COMMENT', 'ENDORSEMENT') OR (kind = 'REPORT' AND EXISTS (SELECT 1 FROM case_reason r"
    " WHERE r.case_id = c.id AND r.reason = 'PLATFORM'))) AND "
)
_JUDGED_REVISION = db.Select(f"{_JUDGED}submission_id = $2 AND revision_id = $3", _JudgedRow)
_JUDGED_THING = db.Select(f"{_JUDGED}thing = $2 AND thing_id = $3 AND thing_revision = $4", _JudgedRow)


async def follow(screening_id: int) -> None:
    """Ask leaders about a revision in which the platform found harm after its screening."""
    row = await queries.find(screening_id)
    if row is None:
        return
    submission = await submissions.lock(row.submission_id)
    waiting = await cases.find_open(row.community_id, row.submission_id, CaseKind.REVISION)
    if waiting is not None and waiting.revision_id == row.revision_id:
        await add_to_case(waiting, row.subject)
    elif submission.published_revision is not None:
        (shown,) = await submissions.get_revisions([(submission.id, submission.published_revision)])
        judged = await _JUDGED_REVISION.one(row.community_id, row.submission_id, row.revision_id)
        if shown.id == row.revision_id and await _has_harm(row.subject, since=judged.judged_at):
            await cases.open_case(
                CaseKind.REPORT, community_id=row.community_id, author_id=row.author_id, submission_id=submission.id,
                revision_id=shown.id, reasons=[CaseReason.PLATFORM], urgency=1,
            )  # fmt: skip


async def add_to_case(case: CaseRow, subject: str) -> None:
    """Add the reason to an open case. Harm found since its opening renews it, so that no leader decides without."""
    if await _has_harm(subject):
        await cases.add_reasons(case, [CaseReason.PLATFORM], urgency=1)
    if await _has_harm(subject, since=case.opened_at):
        await cases.renew(case)


async def follow_thing(thing: Thing, revision: ThingRevision, subject: str) -> None:
    """Ask leaders about a public thing in which the platform found harm.

    The thing is locked. `subject` is the name of the revision in the checks of the platform.
    """
    judged = await _JUDGED_THING.one(thing.community_id, revision.kind, revision.id, revision.number)
    if thing.public == revision.number and await _has_harm(subject, since=judged.judged_at):
        await cases.open_case(
            CaseKind.REPORT, community_id=thing.community_id, author_id=thing.author_id, thing=revision,
            reasons=[CaseReason.PLATFORM], urgency=1,
        )  # fmt: skip


async def _has_harm(subject: str, *, since: datetime | None = None) -> bool:
    """Return True if the platform found harm after this time."""
    return any(
        result.label is not None
        and result.verdict in {Verdict.REVIEW, Verdict.BLOCK}
        and result.answered_at is not None
        and (since is None or result.answered_at > since)
        for result in await platform_checks.list_results(subject)
    )
