"""Notices about events: one is open, its entering ends soon, or it is cancelled."""

from __future__ import annotations

from datetime import timedelta

from community.events import queries
from community.events.kinds import EventState
from community.events.queries import EVENT_COLUMNS
from community.events.rows import EventRow
from community.kernel import clock, db
from community.kernel.row_failures import run_each, walk
from community.notices.models import NoticeKind
from community.notices.service import notify_all_members, notify_members

REMIND_BEFORE = timedelta(days=1)
_BATCH_SIZE = 100

_CLOSING = db.Select(
    f"SELECT {EVENT_COLUMNS} FROM event WHERE state = 'OPEN' AND reminded_at IS NULL AND due_at <= $3"
    f" AND (due_at, id) > ($1, $2) ORDER BY due_at, id LIMIT {_BATCH_SIZE}",
    EventRow,
)
_ENTERED = db.Select(
    "SELECT DISTINCT membership_id AS id FROM event_entry WHERE event_id = $1 AND state <> 'WITHDRAWN'", db.Id
)
# The members who take part, and the jurors.
_CONCERNED = db.Select(
    "SELECT id FROM membership WHERE left_at IS NULL AND id IN (SELECT membership_id FROM event_entry"
    " WHERE event_id = $1 AND state IN ('ENTERED', 'WAITING') UNION SELECT membership_id FROM event_juror"
    " WHERE event_id = $1 AND dropped_at IS NULL)",
    db.Id,
)
_MARK_SQL = "UPDATE event SET reminded_at = $2 WHERE id = $1"


async def announce(community_id: int, event_id: int) -> None:
    """Notify the members concerned that an event is open or cancelled. Idempotent.

    These are all of them, or those who take part and the jurors. Another phase is not announced.
    """
    event = await queries.get_event(community_id, event_id)
    if event.state is EventState.OPEN and (event.due_at is None or event.due_at > clock.now()):
        await notify_all_members(
            community_id, kind=NoticeKind.EVENT_OPEN, key=f"event_open:{event_id}", detail={"event": event_id}
        )
    if event.state is EventState.CANCELLED:
        await notify_members(
            community_id, kind=NoticeKind.EVENT_CANCELLED, key=f"event_cancelled:{event_id}",
            details={row.id: {"event": event_id} for row in await _CONCERNED.all(event_id)},
        )  # fmt: skip


async def remind_closing() -> int:
    """Remind members that have not entered a day before the entering ends. Return the number of events.

    The schedule calls it. Idempotent: each member gets one notice of an event, also if a process dies between.
    """
    now = clock.now()
    due = walk(lambda *last: _CLOSING.all(*last, now + REMIND_BEFORE), now, 0, by="due_at id")
    return await run_each("event", due, _remind)


async def _remind(event: EventRow) -> bool:
    """Remind the members of one event. Return False if there is nothing to remind of."""
    # A short phase has just been announced.
    is_short = event.due_at is not None and event.due_at - event.opens_at < 2 * REMIND_BEFORE
    is_needed = not is_short and not event.has_started
    if is_needed:
        entered = frozenset(row.id for row in await _ENTERED.all(event.id))
        await notify_all_members(
            event.community_id, kind=NoticeKind.EVENT_CLOSING, key=f"event_closing:{event.id}",
            detail={"event": event.id}, leave_out=entered,
        )  # fmt: skip
    await db.execute(_MARK_SQL, event.id, clock.now())
    return is_needed
