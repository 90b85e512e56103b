"""The database of the service with the tables of every room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from community.accounts import encryption_keys
from community.accounts.platform_ids import count_unsealed, seal_unsealed
from community.kernel import db, logs, sealing
from community.kernel.errors import TryAgain
from community.kernel.migrate import list_pending_migrations, list_unknown_migrations, migrate
from community.kernel.rooms import list_modules
from community.settings import Settings

log = logging.getLogger(__name__)

START_PAUSE_S = 1.0

MODELS = ("community.kernel.models", *list_modules("models"))


async def migrate_and_seal(settings: Settings) -> list[str]:
    """Apply pending migrations, seal plain platform ids and return the applied names.

    Earlier releases stored platform ids in plain text. A migration cannot seal them, because the key is not in the
    database. Idempotent. Raises DatabaseNotReady.
    """
    await _require_known_migrations()
    applied = await migrate()
    await _require_key(settings)
    await seal_unsealed(settings)
    return applied


@asynccontextmanager
async def use_database(settings: Settings, *, models: Sequence[str] = MODELS) -> AsyncIterator[None]:
    """Open the database inside the block. Only the drift check reads `models`: other callers may pass fewer."""
    await db.open_database(settings, models=models)
    sealing.open_sealing(settings)
    try:
        yield
    finally:
        await db.close_database()


class DatabaseNotReady(Exception):  # noqa: N818 - the name states the condition
    """The database is missing, of another version or sealed with another key. The message says what to do."""


@asynccontextmanager
async def use_migrated_database(settings: Settings) -> AsyncIterator[None]:
    """Open the database inside the block. It must have this version's tables and our key.

    Creates no database. Raises DatabaseNotReady, DatabaseUnavailable.
    """
    async with use_tables(settings):
        if await count_unsealed():
            raise DatabaseNotReady("the database holds platform ids that are not sealed: run `community migrate` first")
        await _require_key(settings)
        yield


@asynccontextmanager
async def use_tables(settings: Settings) -> AsyncIterator[None]:
    """Open the database inside the block, for a process without keys. It must have this version's tables.

    Raises as `use_migrated_database` does.
    """
    require_database_file(settings)
    async with use_database(settings):
        await db.ping()
        await _require_known_migrations()
        missing = await list_pending_migrations()
        if missing:
            raise DatabaseNotReady(f"the database lacks {', '.join(missing)}: run `community migrate` first")
        yield


async def _require_known_migrations() -> None:
    if unknown := await list_unknown_migrations():
        raise DatabaseNotReady(describe_unknown_migrations(unknown))


def describe_unknown_migrations(names: Sequence[str]) -> str:
    """Return the sentence for an operator whose database was used by a newer version."""
    return (
        f"the database belongs to a newer version, which applied {', '.join(names)}: run that version, or restore the"
        " backup from before the upgrade"
    )


async def _require_key(settings: Settings) -> None:
    """Raise DatabaseNotReady if the values of the database are sealed with another key. Record a new one."""
    if fault := await encryption_keys.find_fault(settings):
        raise DatabaseNotReady(fault)
    await encryption_keys.record(settings)


@asynccontextmanager
async def wait_for_database(
    settings: Settings, use: Callable[[Settings], AbstractAsyncContextManager[None]] = use_migrated_database
) -> AsyncIterator[None]:
    """Open the database inside the block with `use`, as soon as it answers.

    For processes that may start before their database. Raises DatabaseNotReady, and DatabaseUnavailable if waiting
    cannot help.
    """
    async with AsyncExitStack() as stack:
        while True:
            try:
                await stack.enter_async_context(use(settings))
                break
            except (TryAgain, db.DatabaseUnavailable) as error:
                if not isinstance(error, TryAgain) and not isinstance(error.__cause__, db.UNAVAILABLE_ERRORS):
                    raise
                logs.warn_by_cause(log, "process waits", str(error), error)
                await asyncio.sleep(START_PAUSE_S)
        yield


def require_database_file(settings: Settings) -> None:
    """Raise DatabaseNotReady if the SQLite file is missing. Opening would create it."""
    path = settings.sqlite_path
    if path is not None and not path.exists():
        raise DatabaseNotReady(f"there is no database at {path}: run `community migrate` first")
