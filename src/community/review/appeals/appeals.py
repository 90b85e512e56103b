"""Verbs of appeals. A member appeals once against each subject, within 30 days, and another leader answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from community.communities import permissions
from community.communities.permissions import Actor, get_member_id
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, NotFound
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import case_words, cases
from community.review.appeals import queries
from community.review.appeals.models import AppealedAction, AppealState
from community.review.appeals.queries import APPEAL_COLUMNS, AppealRow
from community.review.appeals.subjects import SUBJECTS, Ground, lock_ground
from community.review.errors import AppealNotPossible
from community.review.models import CaseKind, CaseReason
from community.review.queries import CaseRow
from community.review.things import Thing
from community.submissions.rules import normalise_note

APPEAL_PERIOD = timedelta(days=30)

_INSERT = db.Change(
    "INSERT INTO appeal (community_id, case_id, author_id, subject, subject_id, text, state, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6, 'OPEN', $7) RETURNING {APPEAL_COLUMNS}",
    AppealRow,
)
_ANSWER = db.Change(
    "UPDATE appeal SET state = $2, answer = $3, answered_by = $4, answered_at = $5 WHERE id = $1 AND state = 'OPEN'"
    f" RETURNING {APPEAL_COLUMNS}",
    AppealRow,
)
_OPEN_OF_SUBMISSION = db.Select(
    f"SELECT {db.columns(AppealRow, 'a')} FROM review_case c JOIN appeal a ON a.case_id = c.id"
    " WHERE c.submission_id = $1 AND c.kind = 'APPEAL' AND c.state = 'OPEN' ORDER BY a.id",
    AppealRow,
)
_OPEN_OF_AUTHORS = db.Select(
    f"SELECT {APPEAL_COLUMNS} FROM appeal WHERE author_id = ANY($1) AND state = 'OPEN' ORDER BY id", AppealRow
)


@db.transactional
async def open_appeal(actor: Actor, subject_id: int, *, subject: AppealedAction, text: str) -> AppealRow:
    """Open an appeal against what concerns the actor, and return it. A former member may do so too.

    Raises NotFound, InvalidInput, and AppealNotPossible after 30 days, a second time, or if it is no longer in force.
    """
    member = await permissions.lock_current_or_former_member(actor)
    ground = await lock_ground(subject, subject_id)
    if ground is None or (ground.community_id, ground.member_id) != (member.community_id, member.id):
        raise NotFound
    text = normalise_note(text, path="text")
    (earlier,) = await queries.find_appeals_about([ground.community_id], subject, [subject_id])
    _require_possible(ground, earlier)
    case = await cases.open_case(
        CaseKind.APPEAL, community_id=member.community_id, author_id=member.id, submission_id=ground.submission_id,
        revision_id=ground.revision_id, thing=ground.thing, excluded_id=ground.decided_by,
        reasons=[CaseReason.APPEALED],
    )  # fmt: skip
    assert case is not None
    row = await _INSERT.one(member.community_id, case.id, member.id, subject, subject_id, text, clock.now())
    await case_words.add([case.id])
    if begin := SUBJECTS[subject].begin:
        await begin(subject_id)
    await _record(member, row, "appeal.open")
    return row


def _require_possible(ground: Ground, earlier: AppealRow | None) -> None:
    if earlier is not None:
        raise AppealNotPossible("again")
    if not ground.in_force:
        raise AppealNotPossible("over")
    if clock.now() >= ground.decided_at + APPEAL_PERIOD:
        raise AppealNotPossible("late")


async def list_possible(
    subject: AppealedAction, subject_ids: Sequence[int], members: Sequence[MemberRow | None]
) -> list[bool]:
    """Return True for each subject against which its member can appeal now.

    The member may be a former one.
    """
    grounds = await SUBJECTS[subject].find_many(subject_ids)
    own = [
        (number, ground)
        for number, ground, member in zip(subject_ids, grounds, members, strict=True)
        if ground is not None and member is not None and member.id == ground.member_id
    ]
    places, numbers = [ground.community_id for _, ground in own], [number for number, _ in own]
    earlier = await queries.find_appeals_about(places, subject, numbers)
    possible = {number for (number, ground), found in zip(own, earlier, strict=True) if _is_possible(ground, found)}
    return [number in possible for number in subject_ids]


def _is_possible(ground: Ground, earlier: AppealRow | None) -> bool:
    try:
        _require_possible(ground, earlier)
    except AppealNotPossible:
        return False
    return True


@db.transactional
async def answer(actor: Actor | None, case_id: int, *, version: int, granted: bool, reason: str) -> CaseRow:
    """Grant or deny the appeal of a case, and return the closed case. The author reads the reason.

    The operator is None. Raises what `cases.lock_to_decide` raises, InvalidInput, AppealNotPossible if there is nothing
    left to reverse, and what the reversal raises.
    """
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind.APPEAL)
    (row,) = await queries.find_appeals_of_cases([case.id])
    assert row is not None
    answered = normalise_note(reason, path="reason")
    closed = await cases.close(case)
    subject = SUBJECTS[row.subject]
    if granted:
        ground = await subject.find(row.subject_id)
        if ground is None or not ground.in_force:
            raise AppealNotPossible("over")
        await subject.grant(row.subject_id, leader, answered)
    elif subject.end is not None:
        await subject.end(row.subject_id)
    await _finish(row, AppealState.GRANTED if granted else AppealState.DENIED, leader, answered)
    return closed


@db.transactional
async def end_over(submission_id: int) -> None:
    """End the open appeals of a locked submission with nothing left to reverse. Idempotent."""
    for row in await _OPEN_OF_SUBMISSION.all(submission_id):
        await _end_if_over(row)


@db.transactional
async def end_over_thing(thing: Thing) -> None:
    """End the open appeal of a locked thing with nothing left to reverse. Idempotent."""
    case = await cases.find_open_of_thing(thing, CaseKind.APPEAL)
    for row in await queries.find_appeals_of_cases([] if case is None else [case.id]):
        if row is not None:
            await _end_if_over(row)


@db.transactional
async def end_over_subject(community_id: int, subject: AppealedAction, subject_id: int) -> None:
    """End the open appeal about a locked subject that is over. Idempotent."""
    (row,) = await queries.find_appeals_about([community_id], subject, [subject_id])
    if row is not None and row.state is AppealState.OPEN:
        await _end_if_over(row)


async def end_of_authors(membership_ids: Sequence[int]) -> None:
    """End the open appeals of erased members, without a notice. In the caller's transaction."""
    for row in await _OPEN_OF_AUTHORS.all(list(membership_ids)):
        await cases.supersede(row.case_id)
        done = await _ANSWER.one(row.id, AppealState.ENDED, None, None, clock.now())
        await _record(None, done, "appeal.ended")


async def _end_if_over(row: AppealRow) -> None:
    ground: Ground | None = await SUBJECTS[row.subject].find(row.subject_id)
    if ground is None or not ground.in_force:
        await cases.supersede(row.case_id)
        await _finish(row, AppealState.ENDED, None, None)


async def _finish(row: AppealRow, state: AppealState, leader: MemberRow | None, answered: str | None) -> None:
    done = await _ANSWER.first(row.id, state, answered, get_member_id(leader), clock.now())
    if done is None:
        raise Conflict("case", path=("version",))
    await _record(leader, done, f"appeal.{state.value.lower()}")
    await notify_member(
        row.community_id,
        row.author_id,
        kind={
            AppealState.GRANTED: NoticeKind.APPEAL_GRANTED,
            AppealState.DENIED: NoticeKind.APPEAL_DENIED,
            AppealState.ENDED: NoticeKind.APPEAL_ENDED,
        }[state],
        key=f"appeal:{row.id}",
        detail={"appeal": row.id},
    )


async def _record(actor: MemberRow | None, row: AppealRow, action: str) -> None:
    await audit.record_about(row, action, by=actor, about=row.subject.value, about_id=row.subject_id)
