"""Places of activities: sign-up, the waiting list, and attendance by code. Attendance is paid.

The row of the event is locked exclusively for each of them, so that no place is given twice.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.events import conditions, paying, phases, queries, rules
from community.events.errors import AttendanceCodeInvalid, EntryStateForbids, EntryUnfit
from community.events.kinds import EntryState, EventState
from community.events.queries import ENTRY_COLUMNS
from community.events.rows import EntryRow, EventRow
from community.kernel import audit, clock, db
from community.kernel.codes import normalise_code
from community.kernel.errors import NotFound
from community.notices.models import NoticeKind
from community.notices.service import notify_member


@dataclass(slots=True)
class _TakenRow:
    taken: int
    signed: int


@dataclass(slots=True)
class _GoneRow:
    community_id: int
    event_id: int
    id: int


_RETURNED = db.columns(EntryRow, "event_entry", order_key="0")
_SIGN_UP = db.Change(
    "INSERT INTO event_entry (community_id, event_id, membership_id, state, shuffle, is_undated, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, FALSE, $6) RETURNING {_RETURNED}",
    EntryRow,
)
_RETURN = db.Change(
    "UPDATE event_entry SET state = 'ENTERED', ended_at = NULL, ended_by = NULL WHERE id = (SELECT max(w.id)"
    " FROM event_entry w WHERE w.event_id = $1 AND w.membership_id = $2 AND w.state = 'WITHDRAWN')"
    f" RETURNING {_RETURNED}",
    EntryRow,
)
_OF_MEMBER = db.Select(
    f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.community_id = $1 AND e.event_id = $2 AND e.membership_id = $3"
    " AND e.submission_id IS NULL AND e.state <> 'WITHDRAWN'",
    EntryRow,
)
_TAKEN = db.Select(
    "SELECT COALESCE(sum(CASE WHEN state = 'ENTERED' THEN 1 ELSE 0 END), 0) AS taken, count(*) AS signed"
    " FROM event_entry WHERE event_id = $1 AND state IN ('ENTERED', 'WAITING')",
    _TakenRow,
)
_MOVE_UP = db.Change(
    "UPDATE event_entry SET state = 'ENTERED' WHERE id = (SELECT min(w.id) FROM event_entry w WHERE w.event_id = $1"
    f" AND w.state = 'WAITING') RETURNING {_RETURNED}",
    EntryRow,
)
_GONE = db.Select(
    "SELECT e.community_id, e.event_id, e.id FROM membership m JOIN person p ON p.id = m.person_id"
    " JOIN event_entry e ON e.membership_id = m.id JOIN event v ON v.id = e.event_id WHERE m.person_id = $1"
    " AND (m.left_at IS NOT NULL OR p.banned_at IS NOT NULL) AND e.state IN ('ENTERED', 'WAITING')"
    " AND e.submission_id IS NULL AND v.ended_at IS NULL ORDER BY e.event_id, e.id",
    _GoneRow,
)
_GIVE_UP = db.Change(
    "UPDATE event_entry SET state = 'WITHDRAWN', ended_at = $2 WHERE id = $1 AND state IN ('ENTERED', 'WAITING')"
    " RETURNING id",
    db.Id,
)
_ATTEND = db.Change(
    "UPDATE event_entry SET attended_at = $3 WHERE community_id = $1 AND id = $2 AND attended_at IS NULL"
    f" RETURNING {_RETURNED}",
    EntryRow,
)


async def find_entry(member: MemberRow, event: EventRow) -> EntryRow | None:
    """Return the member's entry in an activity, unless it was withdrawn, or None."""
    return await _OF_MEMBER.first(event.community_id, event.id, member.id)


async def sign_up(member: MemberRow, event: EventRow) -> EntryRow:
    """Give the member an entry without a submission in a locked event. In a full activity it waits.

    A withdrawn one comes back with its check-ins and tries. Only to an activity a member signs up again, behind the
    others. Raises EventStateForbids and EntryUnfit.
    """
    phases.require_state(event, EventState.OPEN)
    if conditions.is_late_entrant(event, member, await get_time_zone(event.community_id)):
        raise EntryUnfit("membership")
    if event.has_started:
        raise EntryUnfit("started")
    counted = await _TAKEN.one(event.id)
    if counted.signed >= rules.MAX_ENTRIES:
        raise EntryUnfit("full", max=rules.MAX_ENTRIES)
    if not event.has_places and (back := await _RETURN.first(event.id, member.id)) is not None:
        return back
    state = EntryState.WAITING if _is_full(event, counted) else EntryState.ENTERED
    return await _SIGN_UP.one(
        event.community_id, event.id, member.id, state, secrets.randbelow(rules.SHUFFLE_RANGE), clock.now()
    )


async def choose_state(event: EventRow) -> EntryState:
    """Return the state of an entry that comes back to a locked event."""
    return EntryState.WAITING if _is_full(event, await _TAKEN.one(event.id)) else EntryState.ENTERED


async def fill(event: EventRow) -> None:
    """Give the free places of a locked activity to the first who wait. They get a notice."""
    while not _is_full(event, await _TAKEN.one(event.id)):
        moved = await _MOVE_UP.first(event.id)
        if moved is None:
            return
        await notify_member(
            event.community_id, moved.membership_id, kind=NoticeKind.EVENT_PLACE, key=f"event_place:{moved.id}",
            detail={"event": event.id, "entry": moved.id},
        )  # fmt: skip


@db.transactional
async def give_up(person_id: int) -> int:
    """Give up the places of a person who is gone and return the number. Idempotent.

    The person has left, or is suspended or erased. Members who wait move up. An activity that has started keeps its
    places.
    """
    given = 0
    for row in await _GONE.all(person_id):
        event = await phases.lock(row.community_id, row.event_id)
        if event.state is not EventState.OPEN or not event.has_places or event.has_started:
            continue
        if await _GIVE_UP.first(row.id, clock.now()) is not None:
            await audit.record(row.community_id, None, "entry.withdraw", subject="event_entry", subject_id=row.id)
            await fill(event)
            given += 1
    return given


def _is_full(event: EventRow, counted: _TakenRow) -> bool:
    capacity = event.conditions.capacity
    return capacity is not None and counted.taken >= capacity


@db.transactional
async def attend(actor: Actor, entry_id: int, *, code: str) -> EntryRow:
    """Record by the code that the actor came, and return the entry. Idempotent.

    Attendance is paid.

    Raises NotFound, EventStateForbids outside the activity, EntryStateForbids without a place, AttendanceCodeInvalid.
    """
    member = await permissions.lock_member(actor)
    event = await phases.lock(member.community_id, (await queries.get_entry(member.community_id, entry_id)).event_id)
    row = await queries.get_entry(member.community_id, entry_id)
    if row.membership_id != member.id or not event.has_places:
        raise NotFound("entry")
    if row.attended_at is not None:
        return row
    phases.require_state(event, EventState.OPEN)
    if row.state is not EntryState.ENTERED:
        raise EntryStateForbids(row.state.value.lower())
    if not event.has_started:
        raise EntryStateForbids("not_started")
    if normalise_code(code) != event.code:
        raise AttendanceCodeInvalid(path=("code",))
    attended = await _ATTEND.one(row.community_id, row.id, clock.now())
    await audit.record_about(row, "entry.attend", by=member)
    await paying.pay_attendance(event, row)
    return attended
