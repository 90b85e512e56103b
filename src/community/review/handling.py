"""Verbs that share out the work on open cases among leaders."""

from __future__ import annotations

from community.communities.permissions import Actor
from community.communities.queries import find_active_members, get_members, list_leader_ids
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound, Refusal
from community.notices.models import NoticeKind
from community.notices.service import notify_member, notify_members
from community.review import cases, checks, rules
from community.review.appeals.queries import list_reporters
from community.review.claims import find_claims
from community.review.errors import CannotDecide, CaseEscalated
from community.review.queries import COLUMNS, CaseRow
from community.submissions.rules import normalise_note

_CLAIM = db.Change(
    "UPDATE review_case SET claimed_by = $3, claimed_until = $5,"
    " claimed_at = CASE WHEN claimed_by = $3 AND claimed_until > $4 THEN claimed_at ELSE $4 END"
    f" WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING {COLUMNS}",
    CaseRow,
)
_RELEASE = db.Change(
    "UPDATE review_case SET claimed_by = NULL, claimed_at = NULL, claimed_until = NULL"
    f" WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING {COLUMNS}",
    CaseRow,
)
_ESCALATE = db.Change(
    "UPDATE review_case SET escalated_by = $3, escalated_at = $4, escalation_note = $5, queue_rank = 0,"
    " version = version + 1, claimed_by = NULL, claimed_at = NULL, claimed_until = NULL"
    f" WHERE community_id = $1 AND id = $2 AND state = 'OPEN' AND escalated_at IS NULL RETURNING {COLUMNS}",
    CaseRow,
)


@db.transactional
async def claim(actor: Actor, case_id: int) -> CaseRow:
    """Claim an open case for 30 minutes, and return it.

    A second call renews the claim. Meanwhile no other leader can decide the case. Raises what `cases.lock_case` raises.
    """
    leader, case = await cases.lock_case(actor, case_id)
    (running,) = await find_claims([case])
    if running is None:
        await audit.record_about(case, AuditAction.CASE_CLAIM, by=leader)
    return await _claim_for(leader.id, case)


@db.transactional
async def release(actor: Actor, case_id: int) -> CaseRow:
    """End the own claim of an open case, and return it. Idempotent: a case without a claim stays unchanged.

    Raises what `cases.lock_case` raises.
    """
    leader, case = await cases.lock_case(actor, case_id)
    (running,) = await find_claims([case])
    if running is not None:
        await audit.record_about(case, AuditAction.CASE_RELEASE, by=leader)
    return await _RELEASE.one(case.community_id, case.id)


@db.transactional
async def hand_over(actor: Actor, case_id: int, *, to_id: int) -> CaseRow:
    """Claim an open case for another leader, who gets a notice, and return it.

    Raises NotFound and CannotDecide about the other member, and what `cases.lock_case` raises.
    """
    leader, case = await cases.lock_case(actor, case_id, with_id=to_id)
    (target,) = await get_members([to_id])
    if target.community_id != leader.community_id:
        raise NotFound("member")
    try:
        checks.require_decider(case, target)
    except Refusal:
        raise CannotDecide(path=("memberId",)) from None
    if target.id not in await find_active_members([target]):
        raise CannotDecide(path=("memberId",))
    claimed = await _claim_for(target.id, case)
    await audit.record_about(case, AuditAction.CASE_HAND_OVER, by=leader, to_id=target.id)
    if target.id != leader.id:
        await notify_member(
            case.community_id, target.id, kind=NoticeKind.CASE_HANDED_OVER,
            key=f"case:{case.id}:handed_over:{clock.now().isoformat()}", detail={"case": case.id},
        )  # fmt: skip
    return claimed


async def _claim_for(leader_id: int, case: CaseRow) -> CaseRow:
    now = clock.now()
    return await _CLAIM.one(case.community_id, case.id, leader_id, now, now + rules.CLAIM_TIME)


@db.transactional
async def escalate(actor: Actor, case_id: int, *, version: int, note: str) -> CaseRow:
    """Put an open case at the front of the queue, and return it.

    Raises CaseEscalated if it is there already, InvalidInput, and what `cases.lock_case` raises.
    """
    leader, case = await cases.lock_case(actor, case_id, version=version)
    return await escalate_locked(case, leader.id, note=normalise_note(note, path="note"))


async def escalate_locked(case: CaseRow, leader_id: int, *, note: str | None) -> CaseRow:
    """Put a locked case at the front of the queue, and notify other leaders. Raises CaseEscalated."""
    escalated = await _ESCALATE.first(case.community_id, case.id, leader_id, clock.now(), note)
    if escalated is None:
        raise CaseEscalated
    await audit.record_about(case, AuditAction.CASE_ESCALATE, by=leader_id)
    await notify_leaders(case, kind=NoticeKind.CASE_ESCALATED, key=f"case:{case.id}:escalated", except_id=leader_id)
    return escalated


async def notify_leaders(case: CaseRow, *, kind: NoticeKind, key: str, except_id: int | None = None) -> None:
    """Notify the leaders who may decide a case, apart from `except_id`. Idempotent by `key`."""
    found = await list_leader_ids(case.community_id)
    reporters = {id_ for _, id_ in await list_reporters([case.id], found)}
    apart = {case.author_id, *case.excluded_ids, except_id, *reporters}
    leaders = [id_ for id_ in found if id_ not in apart]
    await notify_members(case.community_id, kind=kind, key=key, details={id_: {"case": case.id} for id_ in leaders})
