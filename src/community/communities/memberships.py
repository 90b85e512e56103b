"""Joining and leaving a community."""

from __future__ import annotations

from community.accounts import leaderboard_effects
from community.communities import rules
from community.communities.errors import InvitationInvalid
from community.communities.profile import lock_community
from community.communities.queries import (
    INVITATION_COLUMNS,
    InvitationRow,
    MemberRow,
    find_community,
    get_member,
)
from community.communities.roles import _TAKE, _record_role_change, _require_another_leader
from community.communities.settings import JoiningPolicy
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db
from community.kernel.errors import NotFound

_LEAVE = db.Change(
    "UPDATE membership SET left_at = $3 WHERE community_id = $1 AND id = $2 AND left_at IS NULL RETURNING id", db.Id
)


@db.transactional
async def leave(actor: MemberRow) -> None:
    """Leave a community: its roles and its reading end at once, what one made there and one's points stay.

    Whoever joins again finds their points. Raises LastLeader.
    """
    await lock_community(actor.community_id)
    # Read anew: a role may have come or gone while this waited for another leader who was leaving.
    member = await get_member(actor.person_id, actor.community_id)
    if member.is_leader:
        await _require_another_leader(member)
    await end_membership(member)


@db.transactional
async def end_membership(member: MemberRow) -> None:
    """End a membership and its roles, whoever is left to lead: for those who leave the service altogether."""
    for role in member.roles:
        await _TAKE.first(member.community_id, member.id, role)
        await _record_role_change(member, member.id, "role.take", role)
    if await _LEAVE.first(member.community_id, member.id, clock.now()) is not None:
        await audit.record(
            member.community_id, member.id, "membership.leave", subject="membership", subject_id=member.id
        )
    await leaderboard_effects.queue_rebuild(member.person_id)


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
_NEW_ROLE = db.Change(
    "INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, membership_id, role) DO NOTHING RETURNING id",
    db.Id,
)
_USE_INVITATION = db.Change(
    "UPDATE invitation SET uses = uses + 1 WHERE code = $1 AND uses < most_uses AND expires_at > $2"
    f" RETURNING {INVITATION_COLUMNS}",
    InvitationRow,
)
_FIND_INVITATION = db.Select(
    f"SELECT {INVITATION_COLUMNS} FROM invitation WHERE code = $1 AND expires_at > $2",
    InvitationRow,
)


@db.transactional
async def join(person_id: int, *, invitation_code: str) -> MemberRow:
    """Become a member by an invitation, with the role it gives. Joining again uses nothing up.

    A member who comes with an invitation for a role gets the role.
    Raises InvitationInvalid, ConsentMissing, GuardianNeeded.
    """
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    code = rules.normalise_invitation_code(invitation_code)
    now = clock.now()
    invitation = await _FIND_INVITATION.first(code, now)
    if invitation is None:
        raise InvitationInvalid(path=("invitationCode",))
    member, changed = await _add_member(person_id, invitation.community_id, invitation=invitation)
    if changed and await _USE_INVITATION.first(code, now) is None:
        raise InvitationInvalid(path=("invitationCode",))
    return member


@db.transactional
async def join_open(person_id: int, *, community_id: int) -> MemberRow:
    """Become a member of a community that is open to all. Raises NotFound, InvitationInvalid where it is not open.

    Raises ConsentMissing and GuardianNeeded too.
    """
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    community = await find_community(community_id)
    if community is None:
        raise NotFound(path=("communityId",))
    if community.joining is not JoiningPolicy.OPEN:
        raise InvitationInvalid("This community is joined by invitation.", path=("communityId",))
    member, _ = await _add_member(person_id, community_id, invitation=None)
    return member


async def _add_member(person_id: int, community_id: int, *, invitation: InvitationRow | None) -> tuple[MemberRow, bool]:
    """The member that the person is now, and whether that is news."""
    now = clock.now()
    role = invitation and invitation.role
    inviter_id = invitation and invitation.created_by
    changed = await _NEW_MEMBERSHIP.first(community_id, person_id, now, inviter_id) is not None
    if not changed and await _REJOIN.first(community_id, person_id, now) is not None:
        changed = True
        await leaderboard_effects.queue_rebuild(person_id)
    member = await get_member(person_id, community_id)
    if role is not None and await _NEW_ROLE.first(community_id, member.id, role, now) is not None:
        changed = True
        member = await get_member(person_id, community_id)
    if changed:
        await audit.record(
            community_id, member.id, "membership.enter", subject="membership", subject_id=member.id,
            role=role and role.value, invitation_id=invitation and invitation.id,
        )  # fmt: skip
    return member, changed


@db.transactional
async def record_inviter(community_id: int, membership_id: int, *, inviter_id: int) -> bool:
    """Note who invited a member, unless another member is known to have; whether it was this one.

    A leader only lent their code, and nobody was invited by whom they invited themselves.
    """
    return await _SET_INVITER.first(community_id, membership_id, inviter_id) is not None


_SET_INVITER = db.Change(
    "UPDATE membership SET invited_by = $3 WHERE community_id = $1 AND id = $2 AND id <> $3"
    " AND (invited_by IS NULL OR invited_by = $3 OR EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = $1"
    " AND r.membership_id = membership.invited_by AND r.role = 'LEADER'))"
    " AND NOT EXISTS (SELECT 1 FROM membership i WHERE i.id = $3 AND i.invited_by = $2) RETURNING id",
    db.Id,
)
