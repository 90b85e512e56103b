"""Entries: members enter and withdraw, and leaders pick, disqualify and reinstate."""

from __future__ import annotations

import secrets

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow, get_members
from community.consent.models import ConsentPurpose
from community.events import conditions, contestants, paying, phases, places, queries, results, rules
from community.events.errors import EntryStateForbids, EntryUnfit, EventStateForbids, OwnEntry
from community.events.kinds import EntryState, EventKind, EventState, PrizeTier, TakingPart
from community.events.queries import ENTRY_COLUMNS
from community.events.rows import EntryRow, EventRow
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import InvalidInput, NotFound
from community.notices.models import NoticeKind
from community.notices.service import notify_member

_RETURNED = db.columns(EntryRow, "event_entry", order_key="0")
_ENTER = db.Change(
    "INSERT INTO event_entry (community_id, event_id, membership_id, submission_id, state, shuffle, is_undated,"
    " created_at, revision) SELECT $1, $2, $3, s.id, 'ENTERED', $5, $6, $7, s.published_revision FROM submission s"
    f" WHERE s.id = $4 RETURNING {_RETURNED}",
    EntryRow,
)
_END = db.Change(
    "UPDATE event_entry SET state = $3, ended_at = $4, ended_by = $5, reason = $6"
    f" WHERE community_id = $1 AND id = $2 RETURNING {_RETURNED}",
    EntryRow,
)
_PICK = db.Change(
    f"UPDATE event_entry SET tier = $3 WHERE community_id = $1 AND id = $2 RETURNING {_RETURNED}", EntryRow
)
_ENTRY_OF = db.Select(
    f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.community_id = $1 AND e.event_id = $2 AND e.submission_id = $3"
    " AND e.state <> 'WITHDRAWN'",
    EntryRow,
)


async def preview(member: MemberRow, event_id: int, submission_id: int) -> list[conditions.ConditionCheck]:
    """Return the conditions for an entry of the member's submission. Raises NotFound."""
    event = await queries.get_event(member.community_id, event_id)
    if event.state is EventState.DRAFT:
        raise NotFound("event")
    return await conditions.check_entry(event, member, submission_id)


@db.transactional
async def enter(actor: Actor, event_id: int, *, submission_id: int | None = None) -> EntryRow:
    """Enter the actor's published submission, and return the entry. The rules freeze with the first one.

    An activity is entered without a submission, and its waiting list when it is full. Idempotent: what was entered is
    returned. Raises InvalidInput for a missing or needless submission, NotFound, ConsentMissing, GuardianNeeded,
    EventStateForbids, and EntryUnfit with every condition that is not met.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    event = await _lock_seen(member, event_id)
    if (submission_id is None) != (event.takes is not TakingPart.SUBMISSIONS):
        raise InvalidInput("entry_submission", path=("submissionId",))
    if submission_id is None:
        return await places.find_entry(member, event) or await sign_up(member, event)
    entered = await _ENTRY_OF.first(event.community_id, event.id, submission_id)
    if entered is not None and entered.membership_id == member.id:
        return entered
    phases.require_state(event, EventState.OPEN)
    checks = await conditions.check_entry(event, member, submission_id)
    failed = [check.refusal for check in checks if check.refusal is not None]
    if (await queries.count_entries([event.id]))[0] >= rules.MAX_ENTRIES:
        failed.append(EntryUnfit("full", max=rules.MAX_ENTRIES))
    if failed:
        raise failed[0].join(failed[1:])
    undated = any(check.is_flagged for check in checks)
    row = await _ENTER.one(
        event.community_id, event.id, member.id, submission_id, secrets.randbelow(rules.SHUFFLE_RANGE), undated,
        clock.now(),
    )  # fmt: skip
    return await _freeze(row, member)


async def sign_up(member: MemberRow, event: EventRow) -> EntryRow:
    """Give the member an entry without a submission in a locked event.

    Raises EventStateForbids and EntryUnfit.
    """
    return await _freeze(await places.sign_up(member, event), member)


async def _freeze(row: EntryRow, member: MemberRow) -> EntryRow:
    """Freeze the rules of the event of a new entry. Return the entry."""
    await db.execute("UPDATE event SET frozen_at = $2 WHERE id = $1 AND frozen_at IS NULL", row.event_id, clock.now())
    await audit.record_about(row, "entry.create", by=member)
    return row


@db.transactional
async def withdraw(actor: Actor, entry_id: int) -> EntryRow:
    """Withdraw the actor's own entry before the result, and return it. Idempotent.

    Raises NotFound, EventStateForbids, and EntryStateForbids for a disqualified one.
    """
    member = await permissions.lock_current_or_former_member(actor)
    row, event = await _lock_entry(member, entry_id)
    if row.membership_id != member.id:
        raise NotFound("entry")
    if row.state is EntryState.WITHDRAWN:
        return row
    phases.require_state(event, EventState.OPEN, EventState.VOTING, EventState.JUDGING)
    if row.state is EntryState.DISQUALIFIED:
        raise EntryStateForbids("disqualified")
    if row.attended_at is not None:
        raise EntryStateForbids("attended")
    ended = await _END.one(row.community_id, row.id, EntryState.WITHDRAWN, clock.now(), member.id, None)
    await audit.record_about(ended, "entry.withdraw", by=member)
    await _fill(event)
    return ended


async def _fill(event: EventRow) -> None:
    """Give the free places of an activity that has not started."""
    if event.has_places and event.state is EventState.OPEN and not event.has_started:
        await places.fill(event)


@db.transactional
async def disqualify(actor: Actor, entry_id: int, *, reason: str) -> EntryRow:
    """Disqualify another member's entry, and return it.

    After the result the others move up, and the prize is taken back. Raises LeadersOnly, NotFound, InvalidInput,
    OwnEntry, EntryStateForbids, EventStateForbids.
    """
    leader = await permissions.lock_leader(actor)
    reason = rules.normalise_reason(reason)
    row, event = await _lock_decided(leader, entry_id, EntryState.ENTERED, EntryState.WAITING)
    ended = await _END.one(row.community_id, row.id, EntryState.DISQUALIFIED, clock.now(), leader.id, reason)
    await _fill(event)
    await paying.take_back(row)
    audit_id = await audit.record_about(ended, "entry.disqualify", by=leader)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.ENTRY_DISQUALIFIED, key=f"disqualified:{audit_id}",
        detail={"event": event.id, "entry": row.id},
    )  # fmt: skip
    return await _count_again(ended, event)


@db.transactional
async def reinstate(actor: Actor, entry_id: int) -> EntryRow:
    """Reverse a disqualification, also after the result. Return the entry.

    Raises LeadersOnly, NotFound, OwnEntry, EntryStateForbids, EventStateForbids.
    """
    leader = await permissions.lock_leader(actor)
    row, event = await _lock_decided(leader, entry_id, EntryState.DISQUALIFIED)
    state = await places.choose_state(event)
    back = await _END.one(row.community_id, row.id, state, None, None, None)
    await paying.give_back(row)
    (member,) = await get_members([row.membership_id])
    await outbox.put("effects.give_up_places", person_id=member.person_id)  # The member may have left.
    audit_id = await audit.record_about(back, "entry.reinstate", by=leader)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.ENTRY_REINSTATED, key=f"reinstated:{audit_id}",
        detail={"event": event.id, "entry": row.id},
    )  # fmt: skip
    return await _count_again(back, event)


@db.transactional
async def pick(actor: Actor, entry_id: int, *, tier: PrizeTier | None) -> EntryRow:
    """Choose the prize of another member's entry, or none, and return the entry.

    Raises LeadersOnly, NotFound, OwnEntry, EntryStateForbids, EventStateForbids, and EntryUnfit if entries that take
    part have all prizes of the tier.
    """
    leader = await permissions.lock_leader(actor)
    row, event = await _lock_decided(leader, entry_id, EntryState.ENTERED)
    phases.require_state(event, EventState.JUDGING)
    if event.kind is not EventKind.STORY_CALL:
        raise EntryStateForbids("not_picked")
    if tier is not None:
        await contestants.require_part(row)
        most = rules.count_tiers(event.conditions.tiers)[tier]
        if tier is not row.tier and not await contestants.has_prize(event, tier, most):
            raise EntryUnfit("prizes", max=most)
    picked = await _PICK.one(row.community_id, row.id, tier)
    await audit.record_about(row, "entry.pick", by=leader, tier=tier and tier.value)
    return picked


async def _lock_seen(member: MemberRow, event_id: int) -> EventRow:
    event = await phases.lock(member.community_id, event_id)
    if event.state is EventState.DRAFT:
        raise NotFound("event")
    return event


async def _lock_entry(member: MemberRow, entry_id: int) -> tuple[EntryRow, EventRow]:
    """Lock the event of an entry, and read the entry afterwards."""
    event_id = (await queries.get_entry(member.community_id, entry_id)).event_id
    event = await phases.lock(member.community_id, event_id)
    return await queries.get_entry(member.community_id, entry_id), event


async def _lock_decided(leader: MemberRow, entry_id: int, *states: EntryState) -> tuple[EntryRow, EventRow]:
    row, event = await _lock_entry(leader, entry_id)
    if row.membership_id == leader.id:
        raise OwnEntry
    if row.state not in states:
        raise EntryStateForbids(row.state.value.lower())
    if event.state is EventState.CANCELLED:
        raise EventStateForbids("cancelled")
    return row, event


async def _count_again(row: EntryRow, event: EventRow) -> EntryRow:
    """Add a result to an event that is closed. Return the entry as of now."""
    if event.state is EventState.CLOSED:
        await results.settle(event)
    return await queries.get_entry(row.community_id, row.id)
