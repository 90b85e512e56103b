"""The subjects of appeals: each is one declaration in SUBJECTS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import MemberRow
from community.communities.sanctions import queries as sanction_queries
from community.kernel.enumerations import require_each
from community.review import cases, restoring, sanctions
from community.review.appeals.models import AppealedAction
from community.review.models import CaseKind, CaseReason, Verdict
from community.review.queries import find_decision
from community.submissions import queries as submissions
from community.submissions import restoration, review_steps
from community.submissions.models import SubmissionState


@dataclass(frozen=True, slots=True)
class Ground:
    """The facts of what an appeal is about.

    `decided_by` is None for the service or the operator. `in_force` is False if there is nothing left to reverse.
    """

    community_id: int
    member_id: int
    decided_by: int | None
    decided_at: datetime
    in_force: bool
    submission_id: int | None = None
    revision_id: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of appeals. The submission of its ground is locked when `grant`, `begin` and `end` run.

    `grant` reverses it, for a leader or None as the operator, with the answer as the reason.
    """

    find: Callable[[int], Awaitable[Ground | None]]
    grant: Callable[[int, MemberRow | None, str], Awaitable[None]]
    begin: Callable[[int], Awaitable[None]] | None = None
    end: Callable[[int], Awaitable[None]] | None = None


async def _find_decision(number: int) -> Ground | None:
    decision = await find_decision(number)
    if decision is None or decision.verdict is not Verdict.REJECTED:
        return None
    (row,) = await submissions.get_by_ids([decision.submission_id])
    (latest,) = await submissions.get_revisions([(row.id, row.latest_revision)])
    return Ground(
        row.community_id, row.author_id, decision.decided_by, decision.created_at,
        row.state is SubmissionState.REJECTED and latest.id == decision.revision_id, row.id, decision.revision_id,
    )  # fmt: skip


async def _reopen(number: int, by: MemberRow | None, answer: str) -> None:
    """Bring a rejected revision into review again. Its first decider never decides the new case."""
    del answer
    decision = await find_decision(number)
    assert decision is not None
    row = await review_steps.reopen(decision.submission_id, by=by)
    await cases.open_case(
        CaseKind.REVISION, community_id=row.community_id, author_id=row.author_id, submission_id=row.id,
        revision_id=decision.revision_id, excluded_id=decision.decided_by, reasons=[CaseReason.APPEALED], urgency=1,
    )  # fmt: skip


async def _find_removal(number: int) -> Ground | None:
    row = await restoration.find(number)
    if row is None:
        return None
    return Ground(
        row.community_id, row.author_id, row.removed_by, row.removed_at, restoration.is_kept(row), row.submission_id
    )


async def _restore(number: int, by: MemberRow | None, answer: str) -> None:
    await restoring.restore_removal(await _get_removal(number), by=by, note=answer)


async def _keep_removed(number: int) -> None:
    await restoration.keep_for_appeal(await _get_removal(number))


async def _end_keeping(number: int) -> None:
    await restoration.end_appeal(await _get_removal(number))


async def _get_removal(number: int) -> restoration.RemovalRow:
    found = await restoration.find(number)
    assert found is not None
    return found


async def _find_sanction(number: int) -> Ground | None:
    row = await sanction_queries.find_sanction(number)
    if row is None:
        return None
    return Ground(row.community_id, row.membership_id, row.given_by, row.starts_at, row.is_in_force)


async def _lift(number: int, by: MemberRow | None, answer: str) -> None:
    found = await sanction_queries.find_sanction(number)
    assert found is not None
    await sanctions.lift_on_appeal(found, by=by, reason=answer)


SUBJECTS = {
    AppealedAction.DECISION: Subject(_find_decision, _reopen),
    AppealedAction.REMOVAL: Subject(_find_removal, _restore, begin=_keep_removed, end=_end_keeping),
    AppealedAction.SANCTION: Subject(_find_sanction, _lift),
}
require_each(AppealedAction, SUBJECTS)


async def lock_ground(subject: AppealedAction, number: int) -> Ground | None:
    """Lock the submission of a subject, and return its facts as of now. None if it is unknown."""
    ground = await SUBJECTS[subject].find(number)
    if ground is None or ground.submission_id is None:
        return ground
    await submissions.lock(ground.submission_id)
    return await SUBJECTS[subject].find(number)
