"""The lock of a member's entry in an event without submissions."""

from __future__ import annotations

from community.communities.queries import MemberRow
from community.events import entering, phases, places, queries
from community.events.errors import EntryStateForbids
from community.events.kinds import EntryState, EventState, TakingPart
from community.events.queries import ENTRY_COLUMNS
from community.events.rows import EntryRow, EventRow
from community.kernel import db
from community.kernel.errors import NotFound

_LOCK = db.Select(
    f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.community_id = $1 AND e.id = $2 FOR NO KEY UPDATE", EntryRow
)


async def lock_entry(member: MemberRow, event_id: int, takes: TakingPart) -> tuple[EventRow, EntryRow]:
    """Lock a member's entry in an open event, and return both. The first call makes the entry.

    Only that call locks the event exclusively, because it freezes the rules. All others share the event, and do not
    wait for each other. The event is locked before the entry. Raises NotFound, EventStateForbids, EntryStateForbids and
    EntryUnfit.
    """
    event = await queries.get_event(member.community_id, event_id)
    if event.state is EventState.DRAFT or event.takes is not takes:
        raise NotFound("event")
    known = await places.find_entry(member, event)
    event = await (phases.lock if known is None else phases.lock_shared)(event.community_id, event.id)
    phases.require_state(event, EventState.OPEN)
    if known is None:
        entry = await places.find_entry(member, event) or await entering.sign_up(member, event)
    else:
        entry = await _LOCK.one(known.community_id, known.id)
    if entry.state is not EntryState.ENTERED:
        raise EntryStateForbids(entry.state.value.lower())
    return event, entry
