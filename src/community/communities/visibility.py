"""Members visible outside their community."""

from __future__ import annotations

from collections.abc import Sequence

from community.accounts import rules
from community.communities.queries import MEMBER_COLUMNS, MemberRow
from community.kernel import clock, db

_PRESENTABLE_SQL = (
    f"SELECT {MEMBER_COLUMNS} FROM membership m JOIN person p ON p.id = m.person_id"
    " JOIN community c ON c.id = m.community_id WHERE c.visibility = 'PUBLIC' AND m.left_at IS NULL"
    " AND p.erased_at IS NULL AND p.banned_at IS NULL AND (p.born_on IS NULL OR p.born_on <= $2)"
)
_LIST_PRESENTABLE = db.Select(f"{_PRESENTABLE_SQL} AND m.id = ANY($1)", MemberRow)
_LIST_PRESENTABLE_OF_PERSON = db.Select(f"{_PRESENTABLE_SQL} AND m.person_id = $1", MemberRow)


async def list_presentable_members(membership_ids: Sequence[int]) -> list[MemberRow]:
    """Return those of the members whom others may see once they have published.

    They are current members of a public community, and neither children nor suspended.
    """
    return await _LIST_PRESENTABLE.all(list(membership_ids), rules.compute_child_cutoff(clock.now()))


async def list_presentable_memberships(person_id: int) -> list[MemberRow]:
    """Return the person's memberships that others may see once the person has published there."""
    return await _LIST_PRESENTABLE_OF_PERSON.all(person_id, rules.compute_child_cutoff(clock.now()))
