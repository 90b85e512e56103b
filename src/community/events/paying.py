"""Points for taking part in events, by the earning rule EVENT_PARTICIPATION. Its kinds are those of events."""

from __future__ import annotations

from community.events.rows import EntryRow, EventRow
from community.kernel import db
from community.points.earning.claw_back import claw_back, restore
from community.points.earning.earn import EarnRequest, Outcome, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import Facts

_RIGHT = db.Select("SELECT id FROM event_answer WHERE entry_id = $1 AND rank IS NOT NULL ORDER BY id", db.Id)


async def pay_attendance(event: EventRow, entry: EntryRow) -> Outcome:
    """Pay a member for coming to an activity. Idempotent."""
    return await _pay(event, entry, _name(entry))


async def pay_answer(event: EventRow, entry: EntryRow, answer_id: int) -> Outcome:
    """Pay a member for a right answer. Idempotent."""
    return await _pay(event, entry, f"event_answer:{answer_id}")


async def take_back(entry: EntryRow) -> None:
    """Remove what the member got for taking part. Idempotent."""
    for cause in await _list_causes(entry):
        await claw_back(entry.community_id, cause)


async def give_back(entry: EntryRow) -> None:
    """Reverse the claw-back of what the member got for taking part. Idempotent."""
    for cause in await _list_causes(entry):
        await restore(entry.community_id, cause)


async def _list_causes(entry: EntryRow) -> list[str]:
    return [_name(entry), *(f"event_answer:{row.id}" for row in await _RIGHT.all(entry.id))]


async def _pay(event: EventRow, entry: EntryRow, name: str) -> Outcome:
    facts = Facts(kind=event.kind.value)
    request = EarnRequest(Trigger.EVENT_PARTICIPATION, cause=name, source_key=name, facts=facts)
    return await earn(event.community_id, entry.membership_id, request)


def _name(entry: EntryRow) -> str:
    return f"event_entry:{entry.id}"
