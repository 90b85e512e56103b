"""The whole database of the service: every room's tables behind one block in which it is open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from community.identity.platform_ids import seal_what_is_not, unsealed
from community.kernel import db
from community.kernel.migrate import migrate, pending
from community.settings import Settings

MODELS = (
    "community.kernel.models",
    "community.identity.models",
    "community.notices.models",
    "community.points.models",
    "community.points.earning.models",
    "community.media.models",
    "community.submissions.models",
    "community.review.models",
    "community.privacy.models",
)


async def brought_up_to_date(settings: Settings) -> list[str]:
    """Apply what is pending to the open database, and seal what an earlier release wrote down as it is.

    The names of what was applied. SQL alone cannot seal: the key is not in the database.
    """
    applied = await migrate()
    await seal_what_is_not(settings)
    return applied


@asynccontextmanager
async def opened(settings: Settings, *, models: Sequence[str] = MODELS) -> AsyncIterator[None]:
    """The database, open inside the block. Only the drift check looks at the models: others may do with fewer."""
    await db.open_database(settings, models=models)
    try:
        yield
    finally:
        await db.close_database()


class NotReady(Exception):  # noqa: N818 - it says what is the matter
    """The database cannot be worked with yet; the message says what to do."""


@asynccontextmanager
async def ready(settings: Settings) -> AsyncIterator[None]:
    """The database, open inside the block, once it is known to be there, to answer and to have this version's tables.

    Makes no database. Raises NotReady, DatabaseAway.
    """
    must_exist(settings)
    async with opened(settings):
        await db.reach()
        missing = await pending()
        if missing:
            raise NotReady(f"the database lacks {', '.join(missing)}: run `community migrate` first")
        if await unsealed():
            raise NotReady("the database holds platform ids that are not sealed: run `community migrate` first")
        yield


def must_exist(settings: Settings) -> None:
    """See to it that opening a SQLite database does not make an empty one. Raises NotReady."""
    path = settings.sqlite_path
    if path is not None and not path.exists():
        raise NotReady(f"there is no database at {path}: run `community migrate` first")
