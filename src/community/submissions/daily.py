"""The limits of a member's submissions in a day of the community."""

from __future__ import annotations

from community.accounts import attempts
from community.communities import newcomers
from community.communities.newcomers import Limited
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.kernel import clock, periods
from community.submissions.errors import TooManyToday


async def count(actor: MemberRow, *what: Limited) -> None:
    """Count what the actor does now. Raises TooManyToday with the beginning of the next day."""
    now = clock.now()
    day = periods.day(now, await get_time_zone(actor.community_id))
    names = [each.value.lower() for each in what]
    counts = await attempts.count_in_day([f"{name} member:{actor.id}" for name in names], day)
    for each, name, done in zip(what, names, counts, strict=True):
        limit = newcomers.get_limit(each, settled_at=newcomers.get_settled_at(actor))
        if done > limit:
            raise TooManyToday(name, retry_at=day.end, max=limit, actual=limit)
