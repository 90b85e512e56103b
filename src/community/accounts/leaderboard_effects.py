"""Outbox effects that rebuild the boards of a person's communities."""

from __future__ import annotations

from community.kernel import db, outbox

_COMMUNITIES = db.Select("SELECT community_id AS id FROM membership WHERE person_id = $1 ORDER BY community_id", db.Id)


async def queue_leaderboard_rebuilds(person_id: int) -> None:
    """Have the boards of a person's communities made anew, when they are to be seen there, or not any more."""
    for row in await _COMMUNITIES.all(person_id):
        await outbox.put("leaderboards.rebuild", community_id=row.id)
