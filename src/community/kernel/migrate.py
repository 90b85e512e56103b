"""Bringing a database to the tables that this version knows, and asking whether it is there."""

from __future__ import annotations

from tortoise.migrations.executor import MigrationExecutor

from community.kernel import db

# Any number will do, as long as every process of every version asks for the same one.
_LOCK_ID = 4_022_250_974
_MIGRATION_TABLE = "tortoise_migrations"


def _build_executor() -> MigrationExecutor:
    return MigrationExecutor(
        db.client(), {db.APP: {"models": [], "migrations": db.MIGRATIONS, "default_connection": "default"}}
    )


async def list_pending_migrations() -> list[str]:
    """The names of the migrations that this version has and the database has not, in their order.

    Raises what the database says when it cannot be asked, or does not let us read its history.
    """
    # The runner takes any error at all for an empty history: it is asked only once the history is known to be read.
    found = "SELECT count(*) FROM sqlite_master WHERE name = $1"
    if db.dialect() is db.Dialect.POSTGRES:
        found = "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)"
    if await db.scalar(found, _MIGRATION_TABLE):
        await db.scalar(f"SELECT count(*) FROM {_MIGRATION_TABLE}")
    return [step.migration.name for step in await _build_executor().plan()]


async def migrate() -> list[str]:
    """Apply what is pending, all or nothing; the names of what was applied.

    Processes that start together wait for one another: the first one migrates, the others find nothing to do.
    """
    return await db.transaction(_migrate)


async def _migrate() -> list[str]:
    if db.dialect() is db.Dialect.POSTGRES:
        await db.execute("SET LOCAL statement_timeout = 0")
        await db.execute("SET LOCAL lock_timeout = 0")
        await db.scalar("SELECT pg_advisory_xact_lock($1)", _LOCK_ID)
    executor = _build_executor()
    # The runner reads its history and ignores an error; inside a PostgreSQL transaction the table must exist first.
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))  # noqa: SLF001
    names = await list_pending_migrations()
    if names:
        await executor.migrate(direction="forward")
    return names
