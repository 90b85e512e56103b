"""Blocks: two members who do not read or mention each other.

A block works in both directions, and only its maker sees it. It has no effect while one of the two leads, because
leaders read and write everything in their office.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities import permissions, queries
from community.communities.errors import LeaderNotBlocked
from community.communities.models import MemberBlock
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of


@row_of(MemberBlock)
class BlockRow:
    """A block by the member `membership_id`."""

    id: int
    community_id: int
    membership_id: int
    blocked_id: int
    created_at: datetime


_INSERT = db.Change(
    "INSERT INTO member_block (community_id, membership_id, blocked_id, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, membership_id, blocked_id) DO NOTHING RETURNING id",
    db.Id,
)
_DELETE = db.Change(
    "DELETE FROM member_block WHERE community_id = $1 AND membership_id = $2 AND blocked_id = $3 RETURNING id", db.Id
)
_OWN = Listing(
    f"SELECT {db.columns(BlockRow)} FROM member_block WHERE community_id = $1 AND membership_id = $2",
    BlockRow,
    newest_first=True,
)
_LEADS = (
    "EXISTS (SELECT 1 FROM membership_role o WHERE o.community_id = {community} AND o.membership_id = {member}"
    " AND o.role = 'LEADER')"
)
_BLOCKED_BY_ME = db.Select(
    "SELECT b.blocked_id AS id FROM membership m JOIN member_block b ON b.community_id = m.community_id"
    " AND b.membership_id = m.id WHERE m.person_id = $1 AND b.blocked_id = ANY($2)",
    db.Id,
)
_BETWEEN = db.Select(
    "SELECT m.id FROM membership m WHERE m.community_id = $1 AND m.id = ANY($3) AND"
    " (EXISTS (SELECT 1 FROM member_block b WHERE b.community_id = $1 AND b.membership_id = $2 AND b.blocked_id = m.id)"
    " OR EXISTS (SELECT 1 FROM member_block b WHERE b.community_id = $1 AND b.membership_id = m.id"
    f" AND b.blocked_id = $2)) AND NOT {_LEADS.format(community='$1', member='m.id')}",
    db.Id,
)


@dataclass(slots=True)
class _PairRow:
    member_id: int
    other_id: int


def _build_pairs_sql(member: str, other: str) -> str:
    leads = " OR ".join(_LEADS.format(community="b.community_id", member=f"b.{each}") for each in (member, other))
    return (
        f"SELECT b.{member} AS member_id, b.{other} AS other_id FROM member_block b"
        f" WHERE b.{member} = ANY($1) AND NOT ({leads})"
    )


_PAIRS = db.Select(
    f"{_build_pairs_sql('membership_id', 'blocked_id')} UNION ALL {_build_pairs_sql('blocked_id', 'membership_id')}",
    _PairRow,
)


@db.transactional
async def block(actor: Actor, membership_id: int) -> MemberRow:
    """Block another member, present or former, and return that member. Idempotent.

    Raises NotFound, InvalidInput for oneself, LeaderNotBlocked.
    """
    actor = await permissions.lock_member(actor, membership_id)
    if membership_id == actor.id:
        raise InvalidInput("own_block", path=("memberId",))
    member = await _get_member(actor, membership_id)
    if not can_block(member, actor):
        raise LeaderNotBlocked
    await _INSERT.first(actor.community_id, actor.id, member.id, clock.now())
    return member


@db.transactional
async def unblock(actor: Actor, membership_id: int) -> MemberRow:
    """End the actor's block of a member, and return that member. Idempotent. Raises NotFound."""
    actor = await permissions.lock_member(actor)
    member = await _get_member(actor, membership_id)
    await _DELETE.first(actor.community_id, actor.id, member.id)
    return member


async def _get_member(actor: MemberRow, membership_id: int) -> MemberRow:
    member = await queries.find_membership(membership_id)
    if member is None or member.community_id != actor.community_id:
        raise NotFound("member")
    return member


def can_block(member: MemberRow, viewer: MemberRow | None) -> bool:
    """Return True if the viewer may block this member."""
    return (
        viewer is not None
        and viewer.community_id == member.community_id
        and viewer.id != member.id
        and not viewer.is_leader
        and not member.is_leader
    )


async def list_own(actor: MemberRow, request: PageRequest) -> Page[BlockRow]:
    """Return a page of a member's own blocks, the newest first."""
    return await _OWN.page(request, actor.community_id, actor.id)


async def list_blocked_by(person_id: int, membership_ids: Sequence[int]) -> set[int]:
    """Return those of the members whom this person has blocked."""
    return {row.id for row in await _BLOCKED_BY_ME.all(person_id, list(membership_ids))}


async def list_blocked_between(viewer: MemberRow, membership_ids: Sequence[int]) -> set[int]:
    """Return those members of the viewer's community who are blocked in either direction.

    Leaders are not among them, and a leader as the viewer gets none.
    """
    if viewer.is_leader or not membership_ids:
        return set()
    return {row.id for row in await _BETWEEN.all(viewer.community_id, viewer.id, list(membership_ids))}


async def list_all_blocked(membership_ids: Sequence[int]) -> dict[int, set[int]]:
    """Return those with whom each member has a block in either direction.

    A leader has none, and is not among them.
    """
    found: dict[int, set[int]] = {membership_id: set() for membership_id in membership_ids}
    for row in await _PAIRS.all(list(found)):
        found[row.member_id].add(row.other_id)
    return found


@db.transactional
async def erase(membership_ids: Sequence[int]) -> None:
    """Delete the blocks by and of these members. Idempotent."""
    await db.execute("DELETE FROM member_block WHERE membership_id = ANY($1)", list(membership_ids))
    await db.execute("DELETE FROM member_block WHERE blocked_id = ANY($1)", list(membership_ids))
