"""Changes of rows that triggers, CHECKs and foreign keys refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from community.kernel import db
from community.kernel.db import connection, transactions


class _Undone(Exception):  # noqa: N818 - it ends a transaction
    """Rolls back what was planted."""


@asynccontextmanager
async def lift_triggers() -> AsyncIterator[None]:
    """Open a transaction in which no trigger runs, and roll it back at the end."""
    with suppress(_Undone):
        async with transactions._begin_transaction(connection.pool()):
            if db.dialect() is db.Dialect.POSTGRES:
                await db.execute("SET LOCAL session_replication_role = replica")
            else:
                await db.execute("PRAGMA defer_foreign_keys = ON")
                found = await db.client().execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for row in found:
                    await db.execute(f"DROP TRIGGER {row['name']}")
            yield
            raise _Undone
