"""Views: approximate counts of the people who opened a publication.

A process collects views for a second and sends them to Redis together, so that no read waits for it or writes to the
database. Redis has each viewer of an hour once, and the counts that a job adds to the database each minute. Losing
Redis loses those of the last minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel import cache, clock, db

SEND_AFTER_S = 1.0
MAX_WAITING = 10_000
"""Number of views that a process keeps until it sends them. Further ones are not counted."""
_LIFETIME_S = 7_200
_PENDING = "views:pending"
_BATCH_SIZE = 500


@dataclass(slots=True)
class _ViewRow:
    submission_id: int
    views: int


_ADD = db.Change(
    "INSERT INTO submission_view (community_id, submission_id, views)"
    " SELECT s.community_id, s.id, n.views FROM unnest($1::bigint[]) WITH ORDINALITY AS g (id, place)"
    " JOIN unnest($2::bigint[]) WITH ORDINALITY AS n (views, place) ON n.place = g.place"
    " JOIN submission s ON s.id = g.id WHERE s.published_revision IS NOT NULL"
    " ON CONFLICT (community_id, submission_id) DO UPDATE SET views = submission_view.views + excluded.views"
    " RETURNING id",
    db.Id,
)
_COUNTS = db.Select(
    f"SELECT {db.columns(_ViewRow)} FROM submission_view WHERE submission_id = ANY($1)",
    _ViewRow,
)

_waiting: set[tuple[int, int | str]] = set()
_sender: asyncio.Task[None] | None = None


def record(submission_id: int, viewer: int | str) -> None:
    """Record that a viewer opened a publication. It counts once per viewer and hour.

    A viewer is a person, or the digest of a guest's address.
    """
    global _sender  # noqa: PLW0603 - one sender a process
    if _sender is None or _sender.done():
        _waiting.clear()  # Those of a sender that was cancelled with its cache.
        _sender = cache.run_later(send, after_s=SEND_AFTER_S)
    if len(_waiting) < MAX_WAITING:
        _waiting.add((submission_id, viewer))


async def send() -> None:
    """Send the waiting views to Redis. Without Redis they are not counted."""
    views = list(_waiting)
    _waiting.clear()
    if not views:
        return
    seen = f"views:seen:{clock.now():%Y%m%d%H}"
    try:
        async with cache.client().pipeline(transaction=False) as pipe:
            for submission_id, person_id in views:
                pipe.sadd(seen, f"{submission_id}:{person_id}")
            pipe.expire(seen, _LIFETIME_S)
            *added, _ = await pipe.execute()
            for (submission_id, _), is_new in zip(views, added, strict=True):
                if is_new:
                    pipe.hincrby(_PENDING, str(submission_id), 1)
            await pipe.execute()
    except cache.CacheUnavailable:
        return


async def store() -> int:
    """Add the counts in Redis to the database, and return the number of submissions.

    The counts leave Redis first. So an interrupted run loses views and counts none twice.
    """
    try:
        async with cache.client().pipeline(transaction=True) as pipe:
            pipe.hgetall(_PENDING)
            pipe.delete(_PENDING)
            found, _ = await pipe.execute()
    except cache.CacheUnavailable:
        return 0
    counts = sorted((int(key), int(count)) for key, count in found.items() if key.isdigit() and count.isdigit())
    for start in range(0, len(counts), _BATCH_SIZE):
        await _add_batch(counts[start : start + _BATCH_SIZE])
    return len(counts)


@db.transactional
async def _add_batch(counts: Sequence[tuple[int, int]]) -> None:
    await _ADD.all([submission_id for submission_id, _ in counts], [count for _, count in counts])


async def count(submission_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of stored views of each submission that has any."""
    return {row.submission_id: row.views for row in await _COUNTS.all(list(submission_ids))}
