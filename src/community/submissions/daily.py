"""The limits of a member's submissions in a day of the community."""

from __future__ import annotations

from community.accounts import attempts
from community.communities.queries import MemberRow
from community.kernel import clock, db, periods
from community.submissions.errors import TooManyToday
from community.submissions.rules import DAILY_LIMITS, NEWCOMER_PERIOD, DailyCount

_TIME_ZONE = db.Select("SELECT time_zone AS name FROM community WHERE id = $1", db.Name)


async def count(actor: MemberRow, *what: DailyCount) -> None:
    """Count what the actor does now. Raises TooManyToday with the beginning of the next day."""
    now = clock.now()
    day = periods.day(now, (await _TIME_ZONE.one(actor.community_id)).name)
    is_newcomer = not actor.roles and now - actor.joined_at < NEWCOMER_PERIOD
    for each in what:
        limit = DAILY_LIMITS[each].newcomer if is_newcomer else DAILY_LIMITS[each].member
        name = each.value.lower()
        if not await attempts.count_in_day(f"{name} member:{actor.id}", day, max_count=limit):
            raise TooManyToday(name, retry_at=day.end, max=limit, actual=limit)
