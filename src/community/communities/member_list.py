"""The list of a community's members, for its leaders.

A search reads the members of one part of the name, in the order of the list (`communities/names.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from community.communities import names
from community.communities.models import Role
from community.communities.permissions import require_leader
from community.communities.queries import MEMBER_COLUMNS, MemberRow
from community.communities.sanctions.queries import IN_FORCE_SQL
from community.kernel import clock, db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest


class MemberOrder(StrEnum):
    """Order of members, by their first joining."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Filter of members.

    `former_only` lists those who left or were removed. Otherwise current members are listed.
    """

    search: str | None = None
    roles: Sequence[Role] | None = None
    sanctioned_only: bool = False
    former_only: bool = False


_LISTS = {
    order: Listing(
        f"SELECT {MEMBER_COLUMNS} FROM membership m WHERE m.community_id = $1",
        MemberRow,
        by={"m.id": int},
        newest_first=order is MemberOrder.NEWEST,
    )
    for order in MemberOrder
}
_FOUND = {
    order: Listing(
        f"SELECT {MEMBER_COLUMNS} FROM member_name_part n JOIN membership m ON m.id = n.membership_id"
        " WHERE n.community_id = $1 AND n.part = $2",
        MemberRow,
        by={"m.id": int},
        newest_first=order is MemberOrder.NEWEST,
    )
    for order in MemberOrder
}
# A subquery of a value is never turned into a join, so the members are read in the order of the list.
_SEARCHED = "strpos((SELECT p.search_name FROM person p WHERE p.id = m.person_id), {}) > 0"
_WITH_ROLES = (
    "EXISTS (SELECT 1 FROM membership_role o WHERE o.community_id = m.community_id AND o.membership_id = m.id"
    " AND o.role = ANY({}))"
)
_SANCTIONED = (
    "EXISTS (SELECT 1 FROM sanction s WHERE s.community_id = m.community_id AND s.membership_id = m.id"
    f" AND {IN_FORCE_SQL})"
)
_BATCH_SIZE = 500
_MEMBERS_AFTER = db.Select(
    f"SELECT id FROM membership WHERE community_id = $1 AND id > $2 ORDER BY id LIMIT {_BATCH_SIZE}", db.Id
)
FILTERS = (_SEARCHED, _WITH_ROLES, _SANCTIONED)
"""The conditions of the list that have a value."""


async def list_members(
    actor: MemberRow, request: PageRequest, *, only: MemberFilter, order: MemberOrder
) -> Page[MemberRow]:
    """Return a page of the members of the leader's community. Raises LeadersOnly, InvalidInput."""
    require_leader(actor)
    searched = None if only.search is None else names.normalise_search(only.search)
    part = [] if searched is None else [await names.choose_part(actor.community_id, searched)]
    return await (_LISTS if searched is None else _FOUND)[order].page(
        request,
        actor.community_id,
        *part,
        filters=(
            (_SEARCHED, searched if searched not in part else None),
            (_WITH_ROLES, only.roles),
            (_SANCTIONED, clock.now() if only.sanctioned_only else None),
            ("m.left_at IS NOT NULL" if only.former_only else "m.left_at IS NULL", True),
        ),
    )


async def list_member_ids_after(community_id: int, membership_id: int) -> list[int]:
    """Return the next 500 memberships of a community, ended or not, by id. For jobs."""
    return [row.id for row in await _MEMBERS_AFTER.all(community_id, membership_id)]


async def walk_member_ids(community_id: int) -> AsyncIterator[list[int]]:
    """Yield the memberships of a community in steps of up to 500, for jobs. Ended ones are included."""
    last = 0
    while found := await list_member_ids_after(community_id, last):
        yield found
        last = found[-1]
