"""Movements: entries of the journal, as a member and a service know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.tables import row_of
from community.points.idempotent import SERVICE_PREFIX
from community.points.kinds import EntryKind
from community.points.models import JournalEntry
from community.points.queries import StatementRow

_RESOLVING = (EntryKind.CAPTURE, EntryKind.RELEASE)


@row_of(JournalEntry, computed=("membership_id", "amount"))
class MovementRow:
    """A movement of a member's points. `amount` is the sum that it moved, and has no sign."""

    id: int
    community_id: int
    kind: EntryKind
    created_at: datetime
    membership_id: int
    amount: int


@dataclass(slots=True)
class _ExplanationRow:
    id: int
    explanation: dict[str, Any]


# A capture moves frozen points, and a claw-back may move only debt. Then no account of a member is at either end.
_MEMBERSHIP = (
    "COALESCE((SELECT a.membership_id FROM posting p JOIN account a ON a.id IN (p.from_account_id, p.to_account_id)"
    " AND a.membership_id IS NOT NULL WHERE p.entry_id = e.id LIMIT 1),"
    " (SELECT w.membership_id FROM award w WHERE w.community_id = e.community_id AND w.entry_id = e.id),"
    " (SELECT a.membership_id FROM posting p JOIN account a ON a.id = p.from_account_id"
    " AND a.membership_id IS NOT NULL WHERE p.entry_id = e.about_id LIMIT 1))"
)
_AMOUNT = "CAST(COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.entry_id = e.id), 0) AS BIGINT)"
_BY_IDS = db.Select(
    f"SELECT {db.columns(MovementRow, 'e', membership_id=_MEMBERSHIP, amount=_AMOUNT)} FROM journal_entry e"
    " WHERE e.id = ANY($1)",
    MovementRow,
)

_EXPLANATIONS = db.Select("SELECT id, explanation FROM journal_entry WHERE id = ANY($1)", _ExplanationRow)
_SOURCE = db.Select(
    "SELECT COALESCE(f.source_key, e.source_key) AS name FROM journal_entry e LEFT JOIN journal_entry f"
    " ON f.id = e.about_id AND e.kind = 'CAPTURE' WHERE e.community_id = $1 AND e.id = $2",
    db.Name,
)


async def list_inputs(rows: Sequence[StatementRow]) -> list[Mapping[str, Any]]:
    """Return the inputs of each line, in order. Those of a capture or release are the inputs of its hold."""
    resolved = {row.about_id for row in rows if row.kind in _RESOLVING and row.about_id is not None}
    found = {row.id: row.explanation for row in await _EXPLANATIONS.all(sorted(resolved))} if resolved else {}
    explanations = [found.get(row.about_id or 0, row.explanation) for row in rows]
    return [explanation.get("inputs", {}) for explanation in explanations]


async def is_of_service(community_id: int, entry_id: int) -> bool:
    """Return True if a service made this spend, hold or capture."""
    source = await _SOURCE.first(community_id, entry_id)
    return source is not None and source.name.startswith(SERVICE_PREFIX)


async def get_movements(entry_ids: Sequence[int]) -> list[MovementRow]:
    """Return the movement of each entry, in order. Raises KeyError for an unknown one."""
    return db.in_order(await _BY_IDS.all(list(set(entry_ids))), entry_ids)


async def find_movements(entry_ids: Sequence[int | None]) -> list[MovementRow | None]:
    """Return the movement of each entry, in order. None for None."""
    wanted = list({entry_id for entry_id in entry_ids if entry_id is not None})
    return db.in_order_or_none(await _BY_IDS.all(wanted) if wanted else [], entry_ids)
