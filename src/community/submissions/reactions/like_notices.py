"""The notice of the day to an author: so many members like a submission."""

from __future__ import annotations

from community.communities import blocks
from community.communities.time_zones import get_time_zone
from community.kernel import clock, db, periods
from community.notices.models import NoticeKind
from community.notices.service import renew_each
from community.submissions.queries import get_by_ids

MAX_COUNTED = 500
_MEMBERS = db.Select(
    "SELECT membership_id AS id FROM submission_like WHERE submission_id = $1 AND created_at >= $2"
    f" LIMIT {MAX_COUNTED}",
    db.Id,
)


@db.transactional
async def announce(submission_id: int) -> None:
    """Notify the author of today's likes, in one notice. Idempotent: the same number changes nothing."""
    (row,) = await get_by_ids([submission_id])
    day = periods.day(clock.now(), await get_time_zone(row.community_id))
    hidden = (await blocks.list_all_blocked([row.author_id]))[row.author_id]
    people = {found.id for found in await _MEMBERS.all(row.id, day.start)} - hidden - {row.author_id}
    await renew_each(
        row.community_id,
        kind=NoticeKind.LIKED,
        details={
            (liked.author_id, f"liked:{liked.id}:{day.first.isoformat()}"): {
                "submission": liked.id,
                "people": len(people),
            }
            for liked in [row]
            if people and liked.published_revision is not None
        },
    )
