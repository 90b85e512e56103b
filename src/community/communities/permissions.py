"""Checks of what a person may do in a community.

A caller was read before the transaction, and may have lost the authority since. So each verb of a member begins with a
`lock_` function. It locks the person and the membership, reads the roles again, and returns the member as of now. Who
suspends the person, ends the membership or changes a role locks the same rows exclusively. One of the two waits.
"""

from __future__ import annotations

from typing import Protocol

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.communities import queries, rules
from community.communities.errors import LeadersOnly, NotAMember
from community.communities.queries import MemberRow
from community.kernel import db


class Actor(Protocol):
    """The caller of a verb. It has no roles, because only `lock_` functions may say what the caller is."""

    @property
    def person_id(self) -> int:
        """Id of the person."""

    @property
    def community_id(self) -> int:
        """Id of the community in which the person acts."""


_ACTIVE_SQL = (
    "SELECT m.id FROM person p JOIN membership m ON m.person_id = p.id WHERE m.community_id = $1 AND m.person_id = $2"
    " AND p.banned_at IS NULL AND p.erased_at IS NULL"
)
_LOCK = db.Select(f"{_ACTIVE_SQL} AND m.left_at IS NULL FOR KEY SHARE", db.Id)
_LOCK_FORMER = db.Select(f"{_ACTIVE_SQL} FOR KEY SHARE", db.Id)
_LOCK_SHARED = db.Select(
    "SELECT m.id FROM person p JOIN membership m ON m.person_id = p.id WHERE m.community_id = $1 AND m.id = $2"
    " FOR KEY SHARE",
    db.Id,
)
_LOCK_EXCLUSIVE = db.Select(
    "SELECT id FROM membership WHERE community_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE", db.Id
)

_LOCK_MAKER = db.Select(
    "SELECT m.id FROM person p JOIN membership m ON m.person_id = p.id WHERE m.community_id = $1 AND m.id = $2"
    " FOR KEY SHARE",
    db.Id,
)


def require_leader(actor: MemberRow) -> None:
    """Raise LeadersOnly unless the member is a leader of their community. It is for reads."""
    if not rules.can_lead(actor):
        raise LeadersOnly


async def lock_member(actor: Actor) -> MemberRow:
    """Lock the actor's person and membership, and return the member as of now.

    Raises SessionEnded for a suspended or erased person, and NotAMember.
    """
    return await _read_locked(actor, await _LOCK.first(actor.community_id, actor.person_id))


async def lock_leader(actor: Actor) -> MemberRow:
    """Lock as `lock_member` does, and return the leader. Raises LeadersOnly, and what it raises."""
    member = await lock_member(actor)
    require_leader(member)
    return member


async def lock_current_or_former_member(actor: Actor) -> MemberRow:
    """Lock as `lock_member` does, also for a member who has left. It is for what a member made there."""
    return await _read_locked(actor, await _LOCK_FORMER.first(actor.community_id, actor.person_id))


async def lock_maker(community_id: int, membership_id: int) -> None:
    """Lock a member and their person beside other shared locks, in any state."""
    await _LOCK_MAKER.first(community_id, membership_id)


async def lock_with_others(actor: Actor, *membership_ids: int) -> MemberRow:
    """Lock the actor and these memberships exclusively, in the order of their ids. Return the actor as of now.

    It is for a change of roles or of a membership. Raises what `lock_member` raises.
    """
    await person_lock.lock_active(actor.person_id)
    member = await queries.get_member(actor.person_id, actor.community_id)
    await lock_memberships(actor.community_id, member.id, *membership_ids)
    return await queries.get_member(actor.person_id, actor.community_id)


async def lock_shared(community_id: int, membership_id: int) -> None:
    """Lock another member and their person against changes. The caller reads them afterwards."""
    await _LOCK_SHARED.first(community_id, membership_id)


async def lock_memberships(community_id: int, *membership_ids: int) -> None:
    """Lock memberships of a community exclusively, in the order of their ids."""
    await _LOCK_EXCLUSIVE.all(community_id, list(membership_ids))


async def _read_locked(actor: Actor, locked: db.Id | None) -> MemberRow:
    """Return the member after the lock. A statement of its own sees roles that changed while it waited."""
    if locked is not None:
        return (await queries.get_members([locked.id]))[0]
    if not await person_lock.is_active(actor.person_id):
        raise SessionEnded
    raise NotAMember
