"""Applying and listing the migrations that a database lacks."""

from __future__ import annotations

from tortoise.migrations.executor import MigrationExecutor

from community.kernel import db

# Any number is correct, as long as every process of every version uses the same one.
_LOCK_ID = 4_022_250_974
_MIGRATION_TABLE = "tortoise_migrations"


def _build_executor() -> MigrationExecutor:
    return MigrationExecutor(
        db.client(), {db.APP: {"models": [], "migrations": db.MIGRATIONS, "default_connection": "default"}}
    )


async def list_pending_migrations() -> list[str]:
    """Return the names of the migrations that the database lacks, in order.

    Raises the database's own error if it does not answer, or if its history may not be read.
    """
    # The runner takes any error for an empty history, so that the history is read here first.
    found = "SELECT count(*) FROM sqlite_master WHERE name = $1"
    if db.dialect() is db.Dialect.POSTGRES:
        found = "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)"
    if await db.scalar(found, _MIGRATION_TABLE):
        await db.scalar(f"SELECT count(*) FROM {_MIGRATION_TABLE}")
    return [step.migration.name for step in await _build_executor().plan()]


async def migrate() -> list[str]:
    """Apply all pending migrations in one transaction and return their names.

    Processes that start together wait for each other. The first one migrates, the others find nothing to do.
    """
    return await db.transaction(_migrate)


async def _migrate() -> list[str]:
    if db.dialect() is db.Dialect.POSTGRES:
        await db.execute("SET LOCAL statement_timeout = 0")
        await db.execute("SET LOCAL lock_timeout = 0")
        await db.scalar("SELECT pg_advisory_xact_lock($1)", _LOCK_ID)
    executor = _build_executor()
    # The runner reads its history and ignores an error. But in PostgreSQL an error ends the transaction, so that the
    # table must exist first.
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))  # noqa: SLF001
    names = await list_pending_migrations()
    if names:
        await executor.migrate(direction="forward")
    return names
