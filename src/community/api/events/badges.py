"""Badges on the page of a member."""

from __future__ import annotations

from community.api.communities.visible import load_own_memberships
from community.api.context import Info
from community.api.declare import batched, field, type_over
from community.api.events import kinds as _kinds  # noqa: F401 - the enumerations are declared first
from community.communities.queries import MemberRow
from community.events import prizes
from community.events.prizes import BadgeRow
from community.events.queries import get_events
from community.events.rows import EventRow


@type_over(BadgeRow)
class EventBadge:
    """徽章: a sign on a member's page, which a prize of an event gave."""

    tier = field(description="Tier of the prize.")
    created_at = field(description="Time of the prize.")

    @batched
    async def event(rows: list[BadgeRow], info: Info) -> list[EventRow | None]:
        """Event. Null for all but members of its community."""
        found = await get_events([row.event_id for row in rows])
        members = await load_own_memberships([row.community_id for row in found], info)
        return [None if member is None else row for row, member in zip(found, members, strict=True)]


async def load_badges(rows: list[MemberRow], info: Info) -> list[list[BadgeRow]]:
    """Return the badges of each member, in order."""
    del info
    return await prizes.list_badges([row.id for row in rows])
