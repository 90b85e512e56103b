"""The subjects of appeals: each is one declaration in SUBJECTS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import MemberRow
from community.kernel.enumerations import require_each
from community.review import cases, restoring
from community.review.appeals.models import AppealedAction
from community.review.models import CaseKind, CaseReason, Verdict
from community.review.queries import find_decision, find_decisions_by_ids
from community.review.screening import blocks
from community.review.things import THINGS, ThingRevision
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
    thing: ThingRevision | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of appeals. The submission or thing of its ground is locked when `grant`, `begin` and `end` run.

    `find_many` returns the ground of each id, in order, or None. `grant` reverses it, for a leader or None as the
    operator, with the answer as the reason. `lock` locks a subject that is about no submission or thing.
    """

    find_many: Callable[[Sequence[int]], Awaitable[list[Ground | None]]]
    grant: Callable[[int, MemberRow | None, str], Awaitable[None]]
    begin: Callable[[int], Awaitable[None]] | None = None
    end: Callable[[int], Awaitable[None]] | None = None
    lock: Callable[[int], Awaitable[None]] | None = None

    async def find(self, number: int) -> Ground | None:
        """Return the ground of one id, or None."""
        return (await self.find_many([number]))[0]


async def _find_decisions(numbers: Sequence[int]) -> list[Ground | None]:
    found = [one for one in await find_decisions_by_ids(numbers) if one and one.verdict is Verdict.REJECTED]
    rows = await submissions.get_by_ids([one.submission_id for one in found])
    latest = await submissions.get_revisions([(row.id, row.latest_revision) for row in rows])
    grounds = {
        decision.id: Ground(
            row.community_id, row.author_id, decision.decided_by, decision.created_at,
            row.state is SubmissionState.REJECTED and revision.id == decision.revision_id, row.id, decision.revision_id,
        )
        for decision, row, revision in zip(found, rows, latest, strict=True)
    }  # fmt: skip
    return [grounds.get(number) for number in numbers]


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


async def _find_removals(numbers: Sequence[int]) -> list[Ground | None]:
    return [
        None
        if row is None
        else Ground(
            row.community_id, row.author_id, row.removed_by, row.removed_at, restoration.is_kept(row), row.submission_id
        )
        for row in await restoration.find_many(numbers)
    ]


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


async def _find_blocks(numbers: Sequence[int]) -> list[Ground | None]:
    found = await blocks.find_blocks_by_ids(numbers)
    rows = await submissions.get_by_ids([block.submission_id for block in found])
    latest = await submissions.get_revisions([(row.id, row.latest_revision) for row in rows])
    grounds = {
        block.id: Ground(
            row.community_id, row.author_id, None, block.blocked_at,
            row.state is SubmissionState.RETURNED and revision.id == block.revision_id, row.id, block.revision_id,
        )
        for block, row, revision in zip(found, rows, latest, strict=True)
    }  # fmt: skip
    return [grounds.get(number) for number in numbers]


async def _screen_again(number: int, by: MemberRow | None, answer: str) -> None:
    """Repeat the checks. What they block then goes to a leader, because the appeal was granted."""
    del answer
    (block,) = await blocks.find_blocks_by_ids([number])
    await review_steps.screen_again(block.submission_id, by=by)


SUBJECTS = {
    AppealedAction.DECISION: Subject(_find_decisions, _reopen),
    AppealedAction.REMOVAL: Subject(_find_removals, _restore, begin=_keep_removed, end=_end_keeping),
    AppealedAction.BLOCK: Subject(_find_blocks, _screen_again),
}
"""The subjects. `review/sanctions.py` and `conversation/` add those of their own actions."""
require_each(AppealedAction, [*SUBJECTS, AppealedAction.SANCTION, AppealedAction.HIDING])


async def lock_ground(subject: AppealedAction, number: int) -> Ground | None:
    """Lock what a subject is about, and return its facts, or None."""
    ground = await SUBJECTS[subject].find(number)
    if ground is None:
        return None
    if lock := SUBJECTS[subject].lock:
        await lock(number)
    if ground.submission_id is not None:
        await submissions.lock(ground.submission_id)
    if ground.thing is not None:
        await THINGS[ground.thing.kind].lock(ground.community_id, ground.thing.id)
    return await SUBJECTS[subject].find(number)
