"""The whole database of the service: every room's tables behind one `open_` and `close`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from community.kernel import db
from community.settings import Settings

MODELS = (
    "community.kernel.models",
    "community.identity.models",
    "community.notices.models",
    "community.points.models",
    "community.points.earning.models",
    "community.submissions.models",
    "community.review.models",
)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    """The database, open inside the block."""
    await db.open_database(settings, models=MODELS)
    try:
        yield
    finally:
        await db.close_database()
