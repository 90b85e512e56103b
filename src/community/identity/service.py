"""Verbs of identity: found a community, invite, join; logging in and renaming have modules of their own."""

from __future__ import annotations

from datetime import timedelta

from community.identity import consents, rules
from community.identity.communities import write_change
from community.identity.errors import InvitationInvalid, LeadersOnly
from community.identity.logins import login
from community.identity.models import Joining, Purpose, Role, Visibility
from community.identity.people import rename
from community.identity.queries import INVITATION_COLUMNS, InvitationRow, MemberRow, find_community, get_member
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound

__all__ = ["found_community", "invite", "invite_leader", "join", "join_open", "login", "rename"]

MOST_INVITATION_USES = 1_000
MOST_INVITATION_DAYS = 90


_NEW_COMMUNITY = db.Change(
    "INSERT INTO community (name, time_zone, visibility, joining, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    db.Id,
)
_NEW_MEMBERSHIP = db.Change(
    "INSERT INTO membership (community_id, person_id, joined_at, invited_by) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, person_id) DO NOTHING RETURNING id",
    db.Id,
)
_COME_BACK = db.Change(
    "UPDATE membership SET joined_at = $3, left_at = NULL"
    " WHERE community_id = $1 AND person_id = $2 AND left_at IS NOT NULL RETURNING id",
    db.Id,
)
_NEW_ROLE = db.Change(
    "INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, membership_id, role) DO NOTHING RETURNING id",
    db.Id,
)
_NEW_INVITATION = db.Change(
    "INSERT INTO invitation (community_id, code, role, created_by, created_at, expires_at, most_uses)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {INVITATION_COLUMNS}",
    InvitationRow,
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
async def found_community(
    *,
    name: str,
    time_zone: str = "Asia/Shanghai",
    visibility: Visibility = Visibility.MEMBERS,
    joining: Joining = Joining.INVITATION,
) -> InvitationRow:
    """Make a community and the invitation that makes its first leader. The operator's verb. Raises InvalidInput."""
    named = rules.community_name(name)
    community = await _NEW_COMMUNITY.one(named, rules.time_zone(time_zone), visibility, joining, clock.now())
    began = {"name": named, "visibility": visibility.value, "joining": joining.value}
    await write_change(community.id, version=1, actor_id=None, changes=began)
    await audit.record(community.id, None, "community.found", subject="community", subject_id=community.id)
    return await _write_invitation(community.id, None, role=Role.LEADER, uses=1, days=7)


@db.transactional
async def invite_leader(community_id: int) -> InvitationRow:
    """An invitation that makes one more leader, where none is left. The operator's verb. Raises NotFound."""
    if await find_community(community_id) is None:
        raise NotFound("There is no such community.")
    return await _write_invitation(community_id, None, role=Role.LEADER, uses=1, days=7)


@db.transactional
async def invite(actor: MemberRow, *, role: Role | None = None, uses: int = 100, days: int = 30) -> InvitationRow:
    """A leader's invitation for `uses` people, good for `days` days. Raises LeadersOnly, InvalidInput."""
    if not actor.is_leader:
        raise LeadersOnly
    if not 1 <= uses <= MOST_INVITATION_USES:
        raise InvalidInput(f"An invitation is for 1 to {MOST_INVITATION_USES} people.", path=("uses",))
    if not 1 <= days <= MOST_INVITATION_DAYS:
        raise InvalidInput(f"An invitation is good for 1 to {MOST_INVITATION_DAYS} days.", path=("days",))
    return await _write_invitation(actor.community_id, actor.id, role=role, uses=uses, days=days)


async def _write_invitation(
    community_id: int, actor_id: int | None, *, role: Role | None, uses: int, days: int
) -> InvitationRow:
    now = clock.now()
    row = await _NEW_INVITATION.one(
        community_id, rules.new_invitation_code(), role, actor_id, now, now + timedelta(days=days), uses
    )
    await audit.record(
        community_id, actor_id, "invitation.create",
        subject="invitation", subject_id=row.id, role=role and role.value, uses=uses, days=days,
    )  # fmt: skip
    return row


@db.transactional
async def join(person_id: int, *, invitation_code: str) -> MemberRow:
    """Become a member by an invitation, with the role it gives. Joining again uses nothing up.

    A member who comes with an invitation for a role gets the role.
    Raises InvitationInvalid, ConsentMissing, GuardianNeeded.
    """
    await consents.check(person_id, Purpose.SERVICE)
    code = rules.typed_code(invitation_code)
    now = clock.now()
    invitation = await _FIND_INVITATION.first(code, now)
    if invitation is None:
        raise InvitationInvalid(path=("invitationCode",))
    member, changed = await _enter(person_id, invitation.community_id, invitation=invitation)
    if changed and await _USE_INVITATION.first(code, now) is None:
        raise InvitationInvalid(path=("invitationCode",))
    return member


@db.transactional
async def join_open(person_id: int, *, community_id: int) -> MemberRow:
    """Become a member of a community that is open to all. Raises NotFound, InvitationInvalid where it is not open.

    Raises ConsentMissing and GuardianNeeded too.
    """
    await consents.check(person_id, Purpose.SERVICE)
    community = await find_community(community_id)
    if community is None:
        raise NotFound(path=("communityId",))
    if community.joining is not Joining.OPEN:
        raise InvitationInvalid("This community is joined by invitation.", path=("communityId",))
    member, _ = await _enter(person_id, community_id, invitation=None)
    return member


async def _enter(person_id: int, community_id: int, *, invitation: InvitationRow | None) -> tuple[MemberRow, bool]:
    """The member that the person is now, and whether that is news."""
    now = clock.now()
    role = invitation and invitation.role
    inviter_id = invitation and invitation.created_by
    changed = await _NEW_MEMBERSHIP.first(community_id, person_id, now, inviter_id) is not None
    if not changed and await _COME_BACK.first(community_id, person_id, now) is not None:
        changed = True
        await consents.refresh_boards(person_id)
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
async def note_inviter(community_id: int, membership_id: int, *, inviter_id: int) -> bool:
    """Note who invited a member, unless another member is known to have; whether it was this one.

    A leader only lent their code, and nobody was invited by whom they invited themselves.
    """
    return await _INVITED.first(community_id, membership_id, inviter_id) is not None


_INVITED = db.Change(
    "UPDATE membership SET invited_by = $3 WHERE community_id = $1 AND id = $2 AND id <> $3"
    " AND (invited_by IS NULL OR invited_by = $3 OR EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = $1"
    " AND r.membership_id = membership.invited_by AND r.role = 'LEADER'))"
    " AND NOT EXISTS (SELECT 1 FROM membership i WHERE i.id = $3 AND i.invited_by = $2) RETURNING id",
    db.Id,
)
