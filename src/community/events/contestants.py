"""Entries with a submission that take part.

Until the result an entry counts for nothing while its author is gone or its submission is not published. It gets no
vote, no points of jurors and no place, and its picked tier is free for another entry. The first result freezes who
takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.events import queries
from community.events.errors import EntryStateForbids
from community.events.kinds import PrizeTier
from community.events.rows import EntryRow, EventRow
from community.kernel import db
from community.kernel.errors import NotFound, require_row


@dataclass(slots=True)
class _ShownRow:
    id: int
    is_gone: bool


_SHOWN = db.Select(
    f"SELECT e.id, {queries.IS_GONE} AS is_gone FROM event_entry e {queries.JOIN_AUTHOR} WHERE e.id = ANY($1)"
    f" AND {queries.IS_SHOWN}",
    _ShownRow,
)
_PICKED = db.Select("SELECT count(*) AS count FROM event_entry WHERE event_id = $1 AND tier = $2", db.Count)
_FREE_TIER_SQL = (
    f"UPDATE event_entry SET tier = NULL WHERE id IN (SELECT e.id FROM event_entry e {queries.JOIN_AUTHOR}"
    f" WHERE e.event_id = $1 AND e.tier = $2 AND ({queries.IS_GONE} OR NOT ({queries.IS_SHOWN})))"
)


async def list_shown(entry_ids: Sequence[int]) -> dict[int, bool]:
    """Return the entries that are shown, each with True if its author is gone.

    An entry is shown if it is entered and its submission published.
    """
    return {row.id: row.is_gone for row in await _SHOWN.all(list(entry_ids))}


async def require_part(row: EntryRow) -> None:
    """Raise a refusal unless an entry takes part.

    Raises EntryStateForbids if its author is gone, and NotFound if it is not shown.
    """
    is_gone = require_row((await list_shown([row.id])).get(row.id), NotFound("entry"))
    if is_gone:
        raise EntryStateForbids("author_gone")


async def has_prize(event: EventRow, tier: PrizeTier, most: int) -> bool:
    """Return True if the tier of a locked event has a prize left.

    An entry that does not take part keeps its tier until another one needs it, because its author may come back.
    """
    if (await _PICKED.one(event.id, tier)).count >= most:
        await db.execute(_FREE_TIER_SQL, event.id, tier)
    return (await _PICKED.one(event.id, tier)).count < most
