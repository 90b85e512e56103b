"""The queue `effects`: what follows from a deed, one at a time."""

from __future__ import annotations

from community.identity.platform_ids import seal_what_is_not
from community.media import service as media
from community.points import expiry, holds
from community.privacy import erasures, retention
from community.privacy import service as privacy
from community.review import service as review
from community.settings import Settings
from community.submissions import service as submissions
from workers.job import Job, Way


async def sweep(settings: Settings) -> None:
    """Take away what has grown too old, and seal what a process of an earlier release may have written meanwhile."""
    await retention.run(settings)
    await seal_what_is_not(settings)


JOBS = {
    "effects.receive_submission": Job(review.receive),
    "effects.collect_media": Job(media.collect),
    "effects.discard_media": Job(media.discard, Way.APART),
    "effects.sweep_incoming": Job(media.sweep, Way.APART),
    "effects.end_points": Job(expiry.end_due, Way.APART),
    "effects.announce_endings": Job(expiry.announce, Way.APART),
    "effects.time_out_holds": Job(holds.time_out_due, Way.APART),
    "effects.take_back_publications": Job(submissions.take_back_all, Way.APART),
    "effects.export_personal_data": Job(privacy.export, Way.APART, configured=True),
    "effects.drop_archive": Job(privacy.drop_archive, Way.APART, configured=True),
    "effects.erase_person": Job(privacy.erase, Way.APART),
    "effects.offer_due_erasures": Job(erasures.offer_due),
    "effects.sweep": Job(sweep, Way.APART, configured=True),
}
