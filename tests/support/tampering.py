"""Changes of rows that triggers, CHECKs and foreign keys refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from community.kernel import db
from community.kernel.db import connection, transactions

_DROP_CHECKS = """DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
        AND connamespace = current_schema()::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.name, found.conname); END LOOP;
END $$"""


class _Undone(Exception):  # noqa: N818 - it ends a transaction
    """Rolls back what was planted."""


@asynccontextmanager
async def lift_triggers() -> AsyncIterator[None]:
    """Open a transaction without triggers, foreign keys and CHECKs, and roll it back at the end."""
    with suppress(_Undone):
        async with transactions._Begun(connection.pool()):
            if db.dialect() is db.Dialect.POSTGRES:
                await db.execute("SET LOCAL session_replication_role = replica")
                await db.execute(_DROP_CHECKS)
            else:
                await db.execute("PRAGMA defer_foreign_keys = ON")
                found = await db.client().execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for row in found:
                    await db.execute(f"DROP TRIGGER {row['name']}")
                await db.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                if db.dialect() is db.Dialect.SQLITE:
                    await db.execute("PRAGMA ignore_check_constraints = OFF")
            raise _Undone
