"""The time zones of communities."""

from __future__ import annotations

from community.communities.queries import get_communities
from community.kernel import db

_TIME_ZONES: db.Lasting[int, str] = db.Lasting()


async def get_time_zone(community_id: int) -> str:
    """Return the time zone of a community, which never changes. Raises KeyError for an unknown id."""
    return await _TIME_ZONES.get(community_id, _read)


async def _read(community_id: int) -> str:
    (community,) = await get_communities([community_id])
    return community.time_zone
