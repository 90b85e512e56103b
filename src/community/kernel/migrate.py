"""Applying and listing the migrations that a database lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import asyncpg
from tortoise.connection import get_connections
from tortoise.migrations.executor import MigrationExecutor

from community.kernel import db
from community.kernel.ddl import CreateIndexes
from community.kernel.rewriting import Rewrite

# Any number is correct, as long as every process of every version uses the same one.
_LOCK_ID = 4_022_250_974
_LOCK_POLL_S = 0.1
_MIGRATION_TABLE = "tortoise_migrations"


@dataclass(slots=True)
class _AppliedRow:
    name: str
    applied_at: datetime


_HISTORY = db.Select(f"SELECT name, applied_at FROM {_MIGRATION_TABLE} WHERE app = $1", _AppliedRow)


def _build_executor() -> MigrationExecutor:
    return MigrationExecutor(
        db.client(), {db.APP: {"models": [], "migrations": db.MIGRATIONS, "default_connection": "default"}}
    )


async def list_pending_migrations() -> list[str]:
    """Return the names of the migrations that the database lacks, in order.

    Raises the database's own error if it does not answer, or if its history may not be read.
    """
    applied = await _list_applied()
    return [name for name in list_known_migrations() if name not in applied]


async def list_unknown_migrations() -> list[str]:
    """Return the names of applied migrations that this version does not have.

    A newer version applied them. Raises as `list_pending_migrations` does.
    """
    return sorted(await _list_applied() - set(list_known_migrations()))


def list_known_migrations() -> list[str]:
    """Return the names of this version's migrations, in order."""
    return _list_modules(db.MIGRATIONS).copy()


@cache  # Reading the folder takes longer than the statements of a start.
def _list_modules(package: str) -> list[str]:
    return sorted(module.name for module in iter_modules(import_module(package).__path__))


def list_rewrites() -> list[Rewrite]:
    """Return the operations of this version's migrations that give texts a new form."""
    modules = [import_module(f"{db.MIGRATIONS}.{name}") for name in list_known_migrations()]
    return [one for module in modules for one in module.Migration.operations if isinstance(one, Rewrite)]


async def list_applied() -> dict[str, datetime]:
    """Return when each migration was applied, by its name without the number."""
    return {row.name.partition("_")[2]: row.applied_at for row in await _HISTORY.all(db.APP)}


async def _list_applied() -> set[str]:
    # The runner takes any error for an empty history, so that the history is read here.
    found = "SELECT count(*) FROM sqlite_master WHERE name = $1"
    if db.dialect() is db.Dialect.POSTGRES:
        found = "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)"
    if not await db.scalar(found, _MIGRATION_TABLE):
        return set()
    return {row.name for row in await _HISTORY.all(db.APP)}


async def migrate() -> list[str]:
    """Apply all pending migrations in one transaction and return their names.

    Processes that start together wait for each other. The first one migrates, the others find nothing to do. On
    PostgreSQL the indexes of existing tables are built before, while other processes read and write.
    """
    if db.dialect() is db.Dialect.POSTGRES and await list_pending_migrations():
        await _create_indexes()
    return await db.transaction(_migrate)


async def _create_indexes() -> None:
    pending = [step.migration for step in await _build_executor().plan()]
    async with db.client().acquire_connection() as connection:
        await connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        await _lock(partial(connection.fetchval, f"SELECT pg_try_advisory_lock({_LOCK_ID})"))
        try:
            for migration in pending:
                for operation in migration.operations:
                    if isinstance(operation, CreateIndexes) and not await _is_applied(connection, migration.name):
                        await _create_indexes_concurrently(connection, operation.indexes)
        finally:
            await connection.execute(
                f"SELECT pg_advisory_unlock({_LOCK_ID}); RESET statement_timeout; RESET lock_timeout"
            )


async def _lock(attempt: Callable[[], Awaitable[bool]]) -> None:
    # A statement that waits for the lock would hold a snapshot, and a concurrent build waits for every snapshot.
    while not await attempt():  # noqa: ASYNC110 - of another process
        await asyncio.sleep(_LOCK_POLL_S)


async def _is_applied(connection: Any, name: str) -> bool:
    if await connection.fetchval("SELECT to_regclass($1) IS NULL", _MIGRATION_TABLE):
        return False
    found = f"SELECT EXISTS (SELECT FROM {_MIGRATION_TABLE} WHERE name = $1)"
    return bool(await connection.fetchval(found, name))


async def _create_indexes_concurrently(connection: Any, indexes: Sequence[str]) -> None:
    for index in indexes:
        name, _, table, *_ = index.split()
        if await connection.fetchval("SELECT to_regclass($1) IS NULL", table):
            continue
        if await connection.fetchval("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name):
            await connection.execute(f"DROP INDEX CONCURRENTLY {name}")  # An interrupted build has left it.
        # A missing column comes with an earlier pending migration. The migration itself builds the index then.
        with suppress(asyncpg.UndefinedColumnError):
            await connection.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index}")


async def _migrate() -> list[str]:
    if db.dialect() is db.Dialect.POSTGRES:
        await db.execute("SET LOCAL statement_timeout = 0")
        await db.execute("SET LOCAL lock_timeout = 0")
        await _lock(partial(db.scalar, "SELECT pg_try_advisory_xact_lock($1)", _LOCK_ID))
    executor = _build_executor()
    # The runner reads its history and ignores an error. But in PostgreSQL an error ends the transaction, so that the
    # table must exist first.
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))  # noqa: SLF001
    names = await list_pending_migrations()
    if names:
        connections = get_connections()
        token = connections.set(executor.connection.connection_name, executor.connection)  # the runner looks there
        try:
            await executor.migrate(direction="forward")
        finally:
            connections.reset(token)
    return names
