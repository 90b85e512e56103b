"""Quiet hours of a community, until whose end notices wait.

A notice is stored when its cause commits. Readers see it from the end of the quiet hours on. So a change of the setting
takes effect immediately.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from community.communities.queries import CommunityRow
from community.kernel import clock, periods
from community.kernel.periods import CalendarPeriod
from community.notices.models import URGENT

_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
URGENT_KINDS = sorted(URGENT)


def find_quiet_hours(community: CommunityRow, moment: datetime) -> CalendarPeriod | None:
    """Return the quiet hours of a community that contain the moment, or None."""
    return periods.find_daily_span(
        moment, community.time_zone, from_hour=community.quiet_from_hour, until_hour=community.quiet_until_hour
    )


def list_waiting_from(communities: Iterable[CommunityRow]) -> dict[int, datetime]:
    """Return from when on the notices of each community wait at present."""
    now = clock.now()
    quiet = {row.id: find_quiet_hours(row, now) for row in communities}
    return {number: _NEVER if span is None else span.start for number, span in quiet.items()}
