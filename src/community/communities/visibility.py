"""Members that no leaderboard may show."""

from __future__ import annotations

from community.accounts import rules
from community.consent.consents import _AGREED_VERSION_SQL, _GUARDIAN_CONFIRMED_SQL, _REQUIRED_VERSION_SQL
from community.consent.models import ConsentPurpose
from community.kernel import db

_HIDDEN = db.Select(
    "SELECT m.id FROM membership m JOIN person p ON p.id = m.person_id WHERE m.community_id = $1 AND ("
    "p.erased_at IS NOT NULL OR p.banned_at IS NOT NULL OR m.left_at IS NOT NULL"
    f" OR COALESCE(({_AGREED_VERSION_SQL}), 0) < COALESCE(({_REQUIRED_VERSION_SQL}), 0)"
    f" OR (p.born_on > $3 AND NOT {_GUARDIAN_CONFIRMED_SQL}))",
    db.Id,
)


async def list_hidden_membership_ids(community_id: int) -> set[int]:
    """The memberships of a community that no board may show: left, banned, erased, or without consent to it."""
    rows = await _HIDDEN.all(community_id, ConsentPurpose.LEADERBOARDS, rules.compute_child_cutoff())
    return {row.id for row in rows}
