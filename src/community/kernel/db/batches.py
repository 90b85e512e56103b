"""Deletion of many rows in bounded steps."""

from __future__ import annotations

from community.kernel.db.rows import Id
from community.kernel.db.statements import Change

_BATCH_SIZE = 500


def delete_batch(table: str, condition: str, *, by: str) -> Change[Id]:
    """Return the statement that deletes up to 500 rows, in the order of `by`.

    An index begins with that column, so that no call reads the whole table or exceeds the statement's time limit.
    """
    # A row that another transaction has changed meanwhile must still meet the condition, so that it is repeated.
    return Change(
        f"DELETE FROM {table} WHERE {condition} AND id IN"
        f" (SELECT id FROM {table} WHERE {condition} ORDER BY {by} LIMIT {_BATCH_SIZE}) RETURNING id",
        Id,
    )
