"""Documents that clients sent with their digest, for all processes, in Redis.

A digest has one of a fixed number of places, so that clients cannot fill Redis, which also holds the queues. A client
sends a document again if another one has taken its place. Every call has an answer without Redis.
"""

from __future__ import annotations

from typing import cast

from community.kernel import cache
from community.kernel.documents import compute_digest

_KEY = "sent-documents"
_PLACES = 512
_LIFETIME_S = 86_400
"""All documents are forgotten after a day. Clients send those that they still use again."""


def compute_place(digest: str) -> str:
    """Return the place of a digest, the same in every process."""
    return str(int(digest, 16) % _PLACES)


async def find(digest: str) -> str | None:
    """Return the document with this digest, or None. No other text is returned, also if it was put into Redis."""
    try:
        text = cast("str | None", await cache.client().hget(_KEY, compute_place(digest)))
    except (cache.CacheUnavailable, UnicodeDecodeError):
        return None
    return text if text is not None and compute_digest(text) == digest else None


async def store(digest: str, text: str) -> None:
    """Keep a document whose digest was checked, if Redis is available."""
    try:
        async with cache.client().pipeline(transaction=False) as pipeline:
            pipeline.hset(_KEY, compute_place(digest), text)
            pipeline.expire(_KEY, _LIFETIME_S, nx=True)
            await pipeline.execute()
    except cache.CacheUnavailable:
        return
