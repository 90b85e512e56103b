"""Joining and leaving a community."""

from __future__ import annotations

from dataclasses import dataclass

from community.accounts import account_events, leaderboard_effects
from community.communities import invitations, names, nicknames, permissions, roles, rules
from community.communities.errors import InvitationInvalid
from community.communities.permissions import Actor, get_member_id
from community.communities.queries import (
    InvitationRow,
    MemberRow,
    find_community,
    get_member,
    get_members,
)
from community.communities.sanctions.queries import require_not_removed
from community.communities.settings import JoiningPolicy
from community.communities.trust import service as trust
from community.communities.trust.models import TrustEnd
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import NotFound, require_row

_NEW_MEMBERSHIP = db.Change(
    "INSERT INTO membership (community_id, person_id, joined_at, invited_by) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, person_id) DO NOTHING RETURNING id",
    db.Id,
)
_REJOIN = db.Change(
    "UPDATE membership SET joined_at = $3, left_at = NULL"
    " WHERE community_id = $1 AND person_id = $2 AND left_at IS NOT NULL RETURNING id",
    db.Id,
)


@dataclass(slots=True)
class _LockedRow:
    id: int
    invited_by: int | None


_LOCK = db.Select(
    f"SELECT {db.columns(_LockedRow)} FROM membership WHERE community_id = $1 AND person_id = $2 FOR NO KEY UPDATE",
    _LockedRow,
)
_LOCK_INVITERS = db.Select(
    "SELECT id FROM membership WHERE community_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE", db.Id
)
_LEAVE = db.Change(
    "UPDATE membership SET left_at = $3 WHERE community_id = $1 AND id = $2 AND left_at IS NULL RETURNING id", db.Id
)
# An inviter who is a leader is replaced: a leader only lends a code. Two members never count as each other's inviters.
_SET_INVITER = db.Change(
    "UPDATE membership SET invited_by = $3 WHERE community_id = $1 AND id = $2 AND id <> $3"
    " AND (invited_by IS NULL OR invited_by = $3 OR EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = $1"
    " AND r.membership_id = membership.invited_by AND r.role = 'LEADER'))"
    " AND NOT EXISTS (SELECT 1 FROM membership i WHERE i.id = $3 AND i.invited_by = $2) RETURNING id",
    db.Id,
)


@db.transactional
async def join(person_id: int, *, invitation_code: str) -> MemberRow:
    """Add the person as a member by an invitation.

    Returns the member, with the role of the invitation. Each member uses a code at most once. So a member who comes
    back by a used code gets no role from it.
    Raises InvitationInvalid, ConsentMissing, GuardianNeeded, Removed, and MemberSanctioned for the role of a leader.
    """
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    invitation = await invitations.lock_valid(rules.normalise_invitation_code(invitation_code), person_id=person_id)
    return await _add_member(person_id, invitation.community_id, invitation=invitation)


@db.transactional
async def join_open(person_id: int, *, community_id: int) -> MemberRow:
    """Add the person to a community that is open to all.

    Returns the member. Raises NotFound, ConsentMissing, GuardianNeeded, Removed, and InvitationInvalid if the community
    is not open.
    """
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    community = require_row(await find_community(community_id), NotFound(path=("communityId",)))
    if community.joining is not JoiningPolicy.OPEN:
        raise InvitationInvalid("needed", path=("communityId",))
    return await _add_member(person_id, community_id, invitation=None)


async def _add_member(person_id: int, community_id: int, *, invitation: InvitationRow | None) -> MemberRow:
    """Return the member, with a use of the invitation if anything is new."""
    now = clock.now()
    role = None if invitation is None else invitation.role
    inviter_id = None if invitation is None else invitation.created_by
    has_entered = await _NEW_MEMBERSHIP.first(community_id, person_id, now, inviter_id) is not None
    # The person may be leaving, or getting a role, at the same time.
    locked = await _LOCK.one(community_id, person_id)
    if not has_entered:
        await require_not_removed(community_id, locked.id)
    if not has_entered and await _REJOIN.first(community_id, person_id, now) is not None:
        has_entered = True
        # A role that a race left behind ends here.
        await roles.take_all_roles(await get_member(person_id, community_id))
        await leaderboard_effects.queue_presence(person_id)
    member = await get_member(person_id, community_id)
    if role in member.roles:
        role = None
    is_used = False
    if invitation is not None and (has_entered or role is not None):
        is_used = await invitations.use(invitation, member.id)
    if not is_used:
        role = None
    elif role is not None:
        await roles.insert_role(member, role)
        member = await get_member(person_id, community_id)
    if has_entered:
        await names.update_parts(person_id)
        await account_events.queue_notices(person_id)
    if has_entered or is_used:
        await nicknames.require_honest(person_id, community_id)
        await audit.record_about(
            member, "membership.enter", by=member, role=role and role.value, invitation_id=invitation and invitation.id,
            inviter_id=locked.invited_by or 0,
        )  # fmt: skip
    return member


@db.transactional
async def leave(actor: Actor) -> MemberRow:
    """End the actor's membership and roles, and return the former member. Raises NotAMember, LastLeader.

    Content and points stay. A person who joins again has the same points.
    """
    member = await permissions.lock_with_others(actor)
    if member.is_leader:
        await roles.require_other_leader(member)
    await end_membership(member)
    return (await get_members([member.id]))[0]


@db.transactional
async def end_membership(member: MemberRow, *, by: MemberRow | None = None) -> None:
    """End a membership and its roles. `by` is the leader who removes the member.

    It is also for a person who leaves the service. The community may then have no leader.
    """
    await permissions.lock_memberships(member.community_id, member.id)
    await roles.take_all_roles(member, by=by)
    await trust.end(member.community_id, member.id, cause=TrustEnd.MEMBERSHIP, by_id=get_member_id(by))
    if await _LEAVE.first(member.community_id, member.id, clock.now()) is not None:
        await audit.record_about(member, "membership.leave", by=(by or member))
    await leaderboard_effects.queue_presence(member.person_id)
    await outbox.put("effects.give_up_places", person_id=member.person_id)
    await outbox.put("effects.drop_jurors", person_id=member.person_id)


@db.transactional
async def record_inviter(community_id: int, membership_id: int, *, inviter_id: int) -> bool:
    """Record who invited a member. Return False if another member is already known to have invited them.

    Also False if the member invited the inviter. An inviter who is a leader is replaced.
    """
    # Of two members who are recorded as each other's inviters at the same time, the second sees the first.
    await _LOCK_INVITERS.all(community_id, [membership_id, inviter_id])
    if await _SET_INVITER.first(community_id, membership_id, inviter_id) is None:
        return False
    await audit.record(
        community_id, None, "membership.inviter", subject="membership", subject_id=membership_id, inviter_id=inviter_id
    )
    return True
