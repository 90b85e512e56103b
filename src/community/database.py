"""The whole database of the service: every room's tables behind one `open_` and `close`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from community.kernel import db
from community.settings import Settings

MODELS = (
    "community.kernel.models",
    "community.identity.models",
    "community.points.models",
    "community.media.models",
    "community.submissions.models",
    "community.review.models",
)


@asynccontextmanager
async def opened(settings: Settings, *, models: Sequence[str] = MODELS) -> AsyncIterator[None]:
    """The database, open inside the block. Only the drift check looks at the models: others may do with fewer."""
    await db.open_database(settings, models=models)
    try:
        yield
    finally:
        await db.close_database()
