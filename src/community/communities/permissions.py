"""Checks of what a person may do in a community.

A caller was read before the transaction, and may have lost the authority since. So each verb of a member begins with a
`lock_` function. It locks the person and the membership, reads the roles again, and returns the member as of now. Who
suspends the person, ends the membership or changes a role locks the same rows exclusively. One of the two waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.communities import queries, rules
from community.communities.errors import LeadersOnly, Muted, NotAMember
from community.communities.queries import MemberRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db


class Actor(Protocol):
    """The caller of a verb. It has no roles, because only `lock_` functions may say what the caller is."""

    @property
    def person_id(self) -> int:
        """Id of the person."""

    @property
    def community_id(self) -> int:
        """Id of the community in which the person acts."""


class _LockedRow(db.Row):
    id: int
    person_id: int
    is_active: bool


# FOR SHARE and FOR NO KEY UPDATE exclude each other, and leave the locks of foreign keys alone. So a row that refers to
# a membership waits for no change of roles, in any order.
_SELECT_LOCKED = (
    "SELECT m.id, m.person_id, p.banned_at IS NULL AND p.erased_at IS NULL AS is_active FROM person p"
    " JOIN membership m ON m.person_id = p.id WHERE m.community_id = $1"
)
_FOR_SHARE = "FOR KEY SHARE OF p FOR SHARE OF m"
_LOCK = db.Select(f"{_SELECT_LOCKED} AND (m.person_id = $2 OR m.id = ANY($3)) ORDER BY m.id {_FOR_SHARE}", _LockedRow)
_LOCK_OWN = db.Select(f"{_SELECT_LOCKED} AND m.person_id = $2 {_FOR_SHARE}", _LockedRow)
_LOCK_OF_PEOPLE = db.Select(
    "SELECT id FROM membership WHERE community_id = $1 AND person_id = ANY($2) ORDER BY id FOR SHARE", db.Id
)
_LOCK_EXCLUSIVE = db.Select(
    "SELECT id FROM membership WHERE community_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE", db.Id
)
_LOCK_OWN_EXCLUSIVE = db.Select(
    "SELECT id FROM membership WHERE community_id = $1 AND person_id = $2 AND id <= $3 FOR NO KEY UPDATE", db.Id
)
_LOCK_TOKENS = db.Select(
    "SELECT id FROM service_token WHERE community_id = $1 AND created_by = ANY($2) ORDER BY id FOR UPDATE", db.Id
)


def require_leader(actor: MemberRow) -> None:
    """Raise LeadersOnly unless the member is a leader of their community. It is for reads."""
    if not rules.can_lead(actor):
        raise LeadersOnly


def require_not_muted(member: MemberRow) -> None:
    """Raise Muted while the member is muted. What a member sends to others needs it."""
    if member.muted_until is not None and member.muted_until > clock.now():
        raise Muted(retry_at=member.muted_until)


def get_member_id(member: MemberRow | None) -> int | None:
    """Return the id of a member, or None for the operator and the service."""
    return None if member is None else member.id


async def lock_member(actor: Actor, *other_ids: int) -> MemberRow:
    """Lock the actor's person and membership, and return the member as of now.

    Other memberships of the community, with their persons, are locked beside it, in the order of ids. The caller reads
    them afterwards. Raises SessionEnded for a suspended or erased person, and NotAMember.
    """
    member = await lock_current_or_former_member(actor, *other_ids)
    if member.left_at is not None:
        raise NotAMember
    return member


async def lock_members(community_id: int, person_ids: Sequence[int]) -> dict[int, MemberRow]:
    """Lock the memberships of locked callers. Return the present members by person."""
    locked = await _LOCK_OF_PEOPLE.all(community_id, sorted(set(person_ids)))
    members = await queries.get_members([row.id for row in locked])
    return {member.person_id: member for member in members if member.left_at is None}


async def lock_leader(actor: Actor, *other_ids: int) -> MemberRow:
    """Lock as `lock_member` does, and return the leader. Raises LeadersOnly, and what it raises."""
    member = await lock_member(actor, *other_ids)
    require_leader(member)
    return member


async def lock_current_or_former_member(actor: Actor, *other_ids: int) -> MemberRow:
    """Lock as `lock_member` does, also for a member who has left. It is for what a member made there."""
    own_id = await _lock_own(actor, other_ids)
    # A statement of its own sees roles that changed while the lock was awaited.
    return (await queries.get_members([own_id]))[0]


async def lock_consenting_member(actor: Actor, *purposes: ConsentPurpose) -> MemberRow:
    """Lock as `lock_member` does, for what needs consents. Also raises ConsentMissing and GuardianNeeded."""
    member = await queries.get_member_with_consents(await _lock_own(actor, ()), purposes)
    if member.left_at is not None:
        raise NotAMember
    consents.require_loaded_consent(member)
    return member


async def _lock_own(actor: Actor, other_ids: Sequence[int]) -> int:
    """Lock the actor and other memberships. Return the id of the actor's membership, ended or not."""
    if other_ids:
        locked = await _LOCK.all(actor.community_id, actor.person_id, list(other_ids))
        own = next((row for row in locked if row.person_id == actor.person_id), None)
    else:
        own = await db.run_with_lock(_LOCK_OWN, actor.community_id, actor.person_id)
    if not (await person_lock.is_active(actor.person_id) if own is None else own.is_active):
        raise SessionEnded
    if own is None:
        raise NotAMember
    return own.id


async def lock_with_others(actor: Actor, *membership_ids: int) -> MemberRow:
    """Lock the actor and these memberships as `lock_memberships` does. Return the actor as of now.

    It is for a change of roles or of a membership. Raises what `lock_member` raises.
    """
    await person_lock.lock_active(actor.person_id)
    member = await queries.get_member(actor.person_id, actor.community_id)
    await lock_memberships(actor.community_id, member.id, *membership_ids)
    return await queries.get_member(actor.person_id, actor.community_id)


async def lock_membership(community_id: int, membership_id: int) -> MemberRow:
    """Lock a person and the membership for the service.

    Return the member as of now, ended or not.
    """
    await _LOCK.all(community_id, 0, [membership_id])
    return (await queries.get_members([membership_id]))[0]


async def lock_inviter(community_id: int, inviter_id: int, *, invitee_id: int) -> None:
    """Lock the maker of an invitation against changes. The caller reads it afterwards.

    The membership of the invited person is locked exclusively before it, if it is the older one.
    """
    await _LOCK_OWN_EXCLUSIVE.first(community_id, invitee_id, inviter_id)
    await _LOCK.all(community_id, 0, [inviter_id])


async def lock_memberships(community_id: int, *membership_ids: int) -> None:
    """Lock memberships of a community exclusively, in the order of their ids.

    Before them the service tokens that these members made are locked, because they end with the role of their maker.
    """
    await _LOCK_TOKENS.all(community_id, list(membership_ids))
    await _LOCK_EXCLUSIVE.all(community_id, list(membership_ids))
