"""The database of the service with the tables of every room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from community.accounts.platform_ids import count_unsealed, seal_unsealed
from community.kernel import db
from community.kernel.migrate import list_pending_migrations, migrate
from community.settings import Settings

MODELS = (
    "community.kernel.models",
    "community.accounts.models",
    "community.consent.models",
    "community.communities.models",
    "community.notices.models",
    "community.points.models",
    "community.points.earning.models",
    "community.media.models",
    "community.submissions.models",
    "community.review.models",
    "community.privacy.models",
)


async def migrate_and_seal(settings: Settings) -> list[str]:
    """Apply pending migrations, seal plain platform ids and return the applied names.

    Earlier releases stored platform ids in plain text. A migration cannot seal them, because the key is not in the
    database. Idempotent.
    """
    applied = await migrate()
    await seal_unsealed(settings)
    return applied


@asynccontextmanager
async def use_database(settings: Settings, *, models: Sequence[str] = MODELS) -> AsyncIterator[None]:
    """Open the database inside the block. Only the drift check reads `models`: other callers may pass fewer."""
    await db.open_database(settings, models=models)
    try:
        yield
    finally:
        await db.close_database()


class DatabaseNotReady(Exception):  # noqa: N818 - the name states the condition
    """The database is missing or not migrated. The message says what to do."""


@asynccontextmanager
async def use_migrated_database(settings: Settings) -> AsyncIterator[None]:
    """Open the database inside the block. It must answer and be migrated.

    Creates no database. Raises DatabaseNotReady, DatabaseUnavailable.
    """
    require_database_file(settings)
    async with use_database(settings):
        await db.ping()
        missing = await list_pending_migrations()
        if missing:
            raise DatabaseNotReady(f"the database lacks {', '.join(missing)}: run `community migrate` first")
        if await count_unsealed():
            raise DatabaseNotReady("the database holds platform ids that are not sealed: run `community migrate` first")
        yield


def require_database_file(settings: Settings) -> None:
    """Raise DatabaseNotReady if the SQLite file is missing. Opening would create it."""
    path = settings.sqlite_path
    if path is not None and not path.exists():
        raise DatabaseNotReady(f"there is no database at {path}: run `community migrate` first")
