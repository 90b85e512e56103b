"""Members that no leaderboard may show."""

from __future__ import annotations

from community.accounts import rules
from community.consent.consents import AGREED_VERSION_SQL, GUARDIAN_CONFIRMED_SQL, REQUIRED_VERSION_SQL
from community.consent.models import ConsentPurpose
from community.kernel import clock, db

_LIST_HIDDEN = db.Select(
    "SELECT m.id FROM membership m JOIN person p ON p.id = m.person_id WHERE m.community_id = $1 AND ("
    "p.erased_at IS NOT NULL OR p.banned_at IS NOT NULL OR m.left_at IS NOT NULL"
    f" OR COALESCE(({AGREED_VERSION_SQL}), 0) < COALESCE(({REQUIRED_VERSION_SQL}), 0)"
    f" OR (p.born_on > $3 AND NOT {GUARDIAN_CONFIRMED_SQL}))",
    db.Id,
)


async def list_hidden_membership_ids(community_id: int) -> set[int]:
    """Return the memberships of a community that no leaderboard may show.

    The member has left, is banned or erased, has not consented, or needs a guardian.
    """
    rows = await _LIST_HIDDEN.all(community_id, ConsentPurpose.LEADERBOARDS, rules.compute_child_cutoff(clock.now()))
    return {row.id for row in rows}
