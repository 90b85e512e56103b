"""The whole database of the service: every room's tables behind one block in which it is open."""

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
    """Apply what is pending to the open database, and seal what an earlier release wrote down as it is.

    The names of what was applied. SQL alone cannot seal: the key is not in the database.
    """
    applied = await migrate()
    await seal_unsealed(settings)
    return applied


@asynccontextmanager
async def use_database(settings: Settings, *, models: Sequence[str] = MODELS) -> AsyncIterator[None]:
    """The database, open inside the block. Only the drift check looks at the models: others may do with fewer."""
    await db.open_database(settings, models=models)
    try:
        yield
    finally:
        await db.close_database()


class DatabaseNotReady(Exception):  # noqa: N818 - it says what is the matter
    """The database cannot be worked with yet; the message says what to do."""


@asynccontextmanager
async def use_migrated_database(settings: Settings) -> AsyncIterator[None]:
    """The database, open inside the block, once it is known to be there, to answer and to have this version's tables.

    Makes no database. Raises NotReady, DatabaseAway.
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
    """See to it that opening a SQLite database does not make an empty one. Raises NotReady."""
    path = settings.sqlite_path
    if path is not None and not path.exists():
        raise DatabaseNotReady(f"there is no database at {path}: run `community migrate` first")
