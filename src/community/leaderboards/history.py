"""Marks of the database's history, by which boards notice a restored database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.kernel import db


@dataclass(slots=True)
class _MarkedRow:
    id: int
    created_at: datetime


_NEWEST = {
    table: db.Select(f"SELECT id, created_at FROM {table} ORDER BY id DESC LIMIT 1", _MarkedRow)
    for table in ("award", "audit_event")
}
_MARKED = {
    table: db.Select(f"SELECT id, created_at FROM {table} WHERE id = $1 AND created_at = $2", _MarkedRow)
    for table in _NEWEST
}


async def get_mark() -> str:
    """Return a mark that names the newest award and event, with their times."""
    newest = [await _NEWEST[table].first() for table in _NEWEST]
    return " ".join("-" if row is None else f"{row.id}@{row.created_at.isoformat()}" for row in newest)


async def has_mark(mark: str) -> bool:
    """Return True if the database has the rows of a mark.

    A restored database has lost them, also when later rows have their ids. Raises ValueError if it is no mark.
    """
    for table, named in zip(_MARKED, mark.split(), strict=True):
        id_, _, time = named.partition("@")
        if named != "-" and await _MARKED[table].first(int(id_), datetime.fromisoformat(time)) is None:
            return False
    return True
