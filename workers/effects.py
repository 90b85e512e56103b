"""The queue `effects`: what follows from a deed, one at a time."""

from __future__ import annotations

from datetime import timedelta

from community.kernel import clock, idempotency, outbox
from community.media import service as media
from community.points import expiry, holds
from community.review import service as review
from workers.job import Job, Way

KEPT = timedelta(days=7)


async def sweep() -> None:
    """Forget idempotency keys and finished effects that are a week old."""
    before = clock.now() - KEPT
    await idempotency.forget(before)
    await outbox.forget(before)


JOBS = {
    "effects.receive_submission": Job(review.receive),
    "effects.collect_media": Job(media.collect),
    "effects.discard_media": Job(media.discard, Way.APART),
    "effects.sweep": Job(sweep),
    "effects.end_points": Job(expiry.end_due, Way.APART),
    "effects.announce_endings": Job(expiry.announce, Way.APART),
    "effects.time_out_holds": Job(holds.time_out_due, Way.APART),
}
