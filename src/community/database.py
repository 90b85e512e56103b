"""The whole database of the service: every room's tables behind one `open_` and `close`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from community.identity.platform_ids import seal_what_is_not
from community.kernel import db
from community.kernel.migrate import migrate
from community.settings import Settings

MODELS = (
    "community.kernel.models",
    "community.identity.models",
    "community.points.models",
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
async def opened(settings: Settings) -> AsyncIterator[None]:
    """The database, open inside the block."""
    await db.open_database(settings, models=MODELS)
    try:
        yield
    finally:
        await db.close_database()
