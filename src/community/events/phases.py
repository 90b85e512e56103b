"""Phases of events: moved by their dates, or by a leader.

A job moves what is due. A verb that locks an event moves it too, so that no verb sees a phase that is over. After an
outage an event passes through each phase that it missed, and closes with its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor
from community.events import queries, results, rules
from community.events.errors import EventStateForbids
from community.events.kinds import DATES, EventState, TakingPart
from community.events.queries import EVENT_COLUMNS
from community.events.rows import EventRow
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import Conflict, InvalidInput, NotFound, require_row
from community.kernel.row_failures import BEGINNING, run_each, walk

_BATCH_SIZE = 100


@dataclass(slots=True)
class _DueRow:
    id: int
    community_id: int
    due_at: datetime


_LOCK = db.Select(f"SELECT {EVENT_COLUMNS} FROM event WHERE community_id = $1 AND id = $2 FOR NO KEY UPDATE", EventRow)
_SHARE = db.Select(f"SELECT {EVENT_COLUMNS} FROM event WHERE community_id = $1 AND id = $2 FOR SHARE", EventRow)
_HAS_QUESTION = db.Select("SELECT id FROM event_question WHERE event_id = $1 LIMIT 1", db.Id)
_DUE = db.Select(
    f"SELECT {db.columns(_DueRow)} FROM event WHERE due_at IS NOT NULL AND due_at <= $3 AND (due_at, id) > ($1, $2)"
    f" ORDER BY due_at, id LIMIT {_BATCH_SIZE}",
    _DueRow,
)
_MOVE = db.Change(
    "UPDATE event SET state = $3, version = version + 1, opens_at = $4, voting_at = $5, judging_at = $6,"
    f" closes_at = $7, due_at = $8, ended_at = $9 WHERE community_id = $1 AND id = $2 RETURNING {EVENT_COLUMNS}",
    EventRow,
)
_HAS_ENTRY = db.Select("SELECT id FROM event_entry WHERE event_id = $1 AND state <> 'WITHDRAWN' LIMIT 1", db.Id)
_HAS_VOTE = db.Select("SELECT id FROM event_vote WHERE event_id = $1 LIMIT 1", db.Id)


async def lock(community_id: int, event_id: int) -> EventRow:
    """Lock the event's row, move it to its present phase, and return it. Raises NotFound."""
    row = require_row(await _LOCK.first(community_id, event_id), NotFound("event"))
    now = clock.now()
    while row.due_at is not None and row.due_at <= now:
        row = await _enter(row, _require_next(row), None)
    return row


async def lock_shared(community_id: int, event_id: int) -> EventRow:
    """Lock the event's row against changes, and return it in its present phase. Raises NotFound, EventStateForbids."""
    row = await queries.get_event(community_id, event_id)
    if row.due_at is not None and row.due_at <= clock.now():
        return await lock(community_id, event_id)  # No lock is held yet that would have to grow.
    row = await _SHARE.one(community_id, event_id)
    if row.due_at is not None and row.due_at <= clock.now():
        raise EventStateForbids(row.state.value.lower())
    return row


def require_state(row: EventRow, *states: EventState) -> None:
    """Raise EventStateForbids unless the event is in one of these phases."""
    if row.state not in states:
        raise EventStateForbids(row.state.value.lower())


async def move_due() -> int:
    """Move every event whose next phase is due, and return the number. Idempotent."""
    now = clock.now()

    async def move(row: _DueRow) -> int:
        await move_event(row.community_id, row.id)
        return 1

    return await run_each("event", walk(lambda *last: _DUE.all(*last, now), BEGINNING, 0, by="due_at id"), move)


@db.transactional
async def move_event(community_id: int, event_id: int) -> EventRow:
    """Move one event to its present phase, and return it. Idempotent."""
    return await lock(community_id, event_id)


@db.transactional
async def move(actor: Actor, event_id: int, *, version: int, to: EventState, until: datetime | None = None) -> EventRow:
    """Move an event to another phase as a leader, and return it.

    `until` is the end of the phase, which a way back needs. No way leads back behind an entry or a vote, and none from
    the judging on. An activity is not closed before its beginning. Raises LeadersOnly, NotFound, Conflict,
    EventStateForbids, InvalidInput.
    """
    leader = await permissions.lock_leader(actor)
    row = await lock(leader.community_id, event_id)
    if row.version != version:
        raise Conflict(path=("version",))
    if to is EventState.CANCELLED:
        if row.ended_at is not None or row.state is EventState.JUDGING:
            raise EventStateForbids(row.state.value.lower())
    elif to is rules.find_previous(row.state, row.dates):
        if await (_HAS_VOTE if row.state is EventState.VOTING else _HAS_ENTRY).first(row.id) is not None:
            raise EventStateForbids(row.state.value.lower())
        return await _go_back(row, to, until, leader.id)
    elif row.state is EventState.DRAFT:
        await _require_ready(row, to)
    elif row.ended_at is not None or to is not rules.find_next(row.state, row.dates) or _is_too_early(row, to):
        raise EventStateForbids(row.state.value.lower())
    moved = await _enter(row, to, leader.id)
    return await lock(moved.community_id, moved.id)


def _is_too_early(row: EventRow, to: EventState) -> bool:
    """Return True for the result of an activity that has not started.

    All would be absent in it.
    """
    return to is EventState.CLOSED and row.has_places and not row.has_started


async def _require_ready(row: EventRow, to: EventState) -> None:
    """Raise a refusal unless a draft may move to this phase."""
    if to is not EventState.ANNOUNCED:
        raise EventStateForbids("draft")
    if row.closes_at <= clock.now():
        raise InvalidInput("event_over", path=("state",))
    if row.takes is TakingPart.ANSWERS and await _HAS_QUESTION.first(row.id) is None:
        raise InvalidInput("event_unasked", path=("state",))


async def _go_back(row: EventRow, to: EventState, until: datetime | None, leader_id: int) -> EventRow:
    dates = dict(row.dates)
    following = rules.find_next(to, dates)
    if to is not EventState.DRAFT:
        if until is None or following is None or until <= clock.now():
            raise InvalidInput("event_until", path=("until",))
        dates[following] = until
        if any(at <= until for state, at in dates.items() if list(DATES).index(state) > list(DATES).index(following)):
            raise InvalidInput("event_date_order", path=("until",))
        if any(at >= until for state, at in dates.items() if list(DATES).index(state) < list(DATES).index(following)):
            raise InvalidInput("event_date_order", path=("until",))
    return await _write(row, to, dates, leader_id)


def _require_next(row: EventRow) -> EventState:
    following = rules.find_next(row.state, row.dates)
    if following is None:
        raise RuntimeError(f"event {row.id} is due and has no next phase")
    return following


async def _enter(row: EventRow, to: EventState, leader_id: int | None) -> EventRow:
    """Move a locked event forward. A phase that a leader starts early begins now."""
    dates, now = dict(row.dates), clock.now()
    if to in dates and dates[to] > now:
        dates[to] = now
    moved = await _write(row, to, dates, leader_id)
    if to is EventState.CLOSED:
        await results.settle(moved)
    return moved


async def _write(row: EventRow, to: EventState, dates: dict[EventState, datetime], leader_id: int | None) -> EventRow:
    columns = [dates.get(state) for state in DATES]
    following = None if to is EventState.DRAFT else rules.find_next(to, dates)
    ended_at = clock.now() if to in {EventState.CLOSED, EventState.CANCELLED} else None
    moved = await _MOVE.one(
        row.community_id, row.id, to, *columns, None if following is None else dates[following], ended_at
    )
    if to in {EventState.OPEN, EventState.CANCELLED}:
        await outbox.put("effects.announce_event", community_id=row.community_id, event_id=row.id)
    await audit.record_about(row, "event.move", by=leader_id, was=row.state.value, state=to.value)
    return moved
