"""The limits of a member's submissions in a day of the community."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.accounts import attempts
from community.accounts.attempts import NamedCountRow
from community.communities import newcomers
from community.communities.newcomers import Limited
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.kernel import clock, periods
from community.kernel.periods import CalendarPeriod
from community.submissions.errors import TooManyToday


@dataclass(frozen=True, slots=True)
class DayCount:
    """Things that a member does now, and their day."""

    actor: MemberRow
    what: dict[str, Limited]
    day: CalendarPeriod

    def build_values(self) -> tuple[list[str], datetime, datetime]:
        """Return the values of `attempts.COUNT_IN_DAY`."""
        return attempts.build_day_values(list(self.what), self.day)

    def require_within_limits(self, counted: Sequence[NamedCountRow]) -> None:
        """Raise TooManyToday, with the beginning of the next day, unless limits allow it."""
        counts = {row.who: row.attempts for row in counted}
        settled_at = newcomers.get_settled_at(self.actor)
        for who, each in self.what.items():
            limit = newcomers.get_limit(each, settled_at=settled_at)
            if counts[who] > limit:
                raise TooManyToday(each.value.lower(), retry_at=self.day.end, max=limit, actual=limit)


async def prepare(actor: MemberRow, *what: Limited) -> DayCount:
    """Return the count of what the actor does now. A statement of the caller counts it."""
    day = periods.day(clock.now(), await get_time_zone(actor.community_id))
    return DayCount(actor, {f"{each.lower()} member:{actor.id}": each for each in what}, day)


async def count(actor: MemberRow, *what: Limited) -> None:
    """Count what the actor does now. Raises TooManyToday with the beginning of the next day."""
    counting = await prepare(actor, *what)
    counting.require_within_limits(await attempts.COUNT_IN_DAY.all(*counting.build_values()))
