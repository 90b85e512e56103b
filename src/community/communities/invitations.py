"""Invitation codes of leaders: creation, lists, use and end.

A code works only while its maker may make it. It ends for good when its maker loses the role LEADER, leaves, or is
suspended or erased. The statement that uses a code asks for all of this again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities import permissions, queries, rules
from community.communities.errors import InvitationInvalid
from community.communities.models import Role
from community.communities.permissions import Actor, require_leader
from community.communities.queries import (
    INVITATION_COLUMNS,
    InvitationRow,
    MemberRow,
    find_community,
    list_all_memberships,
)
from community.kernel import audit, clock, codes, db, mistakes
from community.kernel.errors import InvalidInput, NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest

DEFAULT_INVITATION_USES = 100
MAX_INVITATION_USES = 1_000
MAX_INVITATION_DAYS = 90
LEADER_INVITATION_DAYS = 7


@dataclass(frozen=True, slots=True)
class InvitationPreview:
    """The community and role of a code, for a person who has not joined."""

    community_name: str
    community_description: str
    role: Role | None
    expires_at: datetime


_NEW = db.Change(
    "INSERT INTO invitation (community_id, code, role, created_by, created_at, expires_at, most_uses)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {INVITATION_COLUMNS}",
    InvitationRow,
)
# No maker stands for the operator.
_IS_VALID = (
    "code = $1 AND expires_at > $2 AND ended_at IS NULL AND (created_by IS NULL OR EXISTS (SELECT 1 FROM membership m"
    " JOIN person p ON p.id = m.person_id"
    " JOIN membership_role r ON r.community_id = m.community_id AND r.membership_id = m.id AND r.role = 'LEADER'"
    " WHERE m.community_id = invitation.community_id AND m.id = invitation.created_by AND m.left_at IS NULL"
    " AND p.banned_at IS NULL AND p.erased_at IS NULL))"
)
_FIND_VALID = db.Select(f"SELECT {INVITATION_COLUMNS} FROM invitation WHERE {_IS_VALID}", InvitationRow)
_USE = db.Change(
    f"UPDATE invitation SET uses = uses + 1 WHERE {_IS_VALID} AND uses < most_uses RETURNING {INVITATION_COLUMNS}",
    InvitationRow,
)
_RECORD_USE = db.Change(
    "INSERT INTO invitation_use (community_id, invitation_id, membership_id, used_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, invitation_id, membership_id) DO NOTHING RETURNING id",
    db.Id,
)
_END_SQL = "UPDATE invitation SET ended_at = $3 WHERE community_id = $1 AND {} = $2 AND ended_at IS NULL RETURNING id"
_END = db.Change(_END_SQL.format("id"), db.Id)
_END_OF_MAKER = db.Change(_END_SQL.format("created_by"), db.Id)
_LIST = Listing(
    f"SELECT {INVITATION_COLUMNS} FROM invitation WHERE community_id = $1", InvitationRow, newest_first=True
)


@db.transactional
async def invite_leader(community_id: int) -> InvitationRow:
    """Create an invitation for one leader of a community, for the operator. Raises NotFound."""
    if await find_community(community_id) is None:
        raise NotFound("community", path=())
    return await _insert_invitation(community_id, None, role=Role.LEADER, uses=1, days=LEADER_INVITATION_DAYS)


@db.transactional
async def invite(actor: Actor, *, role: Role | None = None, uses: int | None = None, days: int = 30) -> InvitationRow:
    """Create an invitation for `uses` persons that is valid for `days` days.

    With a `role` it is for one person, who gets the role. Raises LeadersOnly, InvalidInput.
    """
    actor = await permissions.lock_leader(actor)
    if uses is None:
        uses = DEFAULT_INVITATION_USES if role is None else 1
    with mistakes.collect() as check:
        if role is not None and uses != 1:
            check.add(InvalidInput("invitation_role_uses", max=1, actual=uses, path=("uses",)))
        elif not 1 <= uses <= MAX_INVITATION_USES:
            check.add(InvalidInput("invitation_uses", min=1, max=MAX_INVITATION_USES, actual=uses, path=("uses",)))
        if not 1 <= days <= MAX_INVITATION_DAYS:
            check.add(InvalidInput("invitation_days", min=1, max=MAX_INVITATION_DAYS, actual=days, path=("days",)))
    return await _insert_invitation(actor.community_id, actor.id, role=role, uses=uses, days=days)


async def _insert_invitation(
    community_id: int, actor_id: int | None, *, role: Role | None, uses: int, days: int
) -> InvitationRow:
    now = clock.now()
    row = await _NEW.one(community_id, codes.generate_code(), role, actor_id, now, now + timedelta(days=days), uses)
    await audit.record_about(row, "invitation.create", by=actor_id, role=role and role.value, uses=uses, days=days)
    return row


async def list_all(actor: MemberRow, request: PageRequest) -> Page[InvitationRow]:
    """Return a page of the community's invitations, ended ones included, newest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _LIST.page(request, actor.community_id)


@db.transactional
async def revoke(actor: Actor, invitation_id: int) -> InvitationRow:
    """End an invitation of the leader's community for good, and return it. Raises LeadersOnly, NotFound.

    Idempotent: an ended invitation keeps its time.
    """
    actor = await permissions.lock_leader(actor)
    if await _END.first(actor.community_id, invitation_id, clock.now()) is not None:
        await audit.record(
            actor.community_id, actor.id, "invitation.revoke", subject="invitation", subject_id=invitation_id
        )
    return await queries.get_invitation(actor.community_id, invitation_id)


@db.transactional
async def end_made_by(community_id: int, membership_id: int) -> None:
    """End every invitation that a member made, because they may no longer make any."""
    for row in await _END_OF_MAKER.all(community_id, membership_id, clock.now()):
        await audit.record(community_id, None, "invitation.end", subject="invitation", subject_id=row.id)


@db.transactional
async def end_made_by_person(person_id: int) -> None:
    """End every invitation that a suspended person made, in all communities. Idempotent."""
    for member in await list_all_memberships(person_id):
        await end_made_by(member.community_id, member.id)


async def preview(code: str) -> InvitationPreview:
    """Return the community and role of a code that works. Raises InvitationInvalid."""
    row = await _get_valid(rules.normalise_invitation_code(code))
    if row.uses >= row.most_uses:
        raise InvitationInvalid(path=("invitationCode",))
    (community,) = await queries.get_communities([row.community_id])
    return InvitationPreview(community.name, community.description, row.role, row.expires_at)


async def get_community_id(code: str) -> int:
    """Return the community of a code that has not ended. Raises InvitationInvalid."""
    return (await _get_valid(rules.normalise_invitation_code(code))).community_id


async def lock_valid(code: str, *, person_id: int) -> InvitationRow:
    """Return the invitation of a code for a person, and lock its maker.

    The maker cannot be demoted meanwhile. Raises InvitationInvalid.

    The code may be used up, because a person who comes back needs no use.
    """
    row = await _get_valid(code)
    if row.created_by is None:
        return row
    await permissions.lock_inviter(row.community_id, row.created_by, invitee_id=person_id)
    return await _get_valid(code)


async def use(row: InvitationRow, membership_id: int) -> bool:
    """Take one use of an invitation for a member. Return False if the member has used it before.

    Raises InvitationInvalid if it is used up, has ended, or its maker may no longer make it.
    """
    now = clock.now()
    if await _RECORD_USE.first(row.community_id, row.id, membership_id, now) is None:
        return False
    if await _USE.first(row.code, now) is None:
        raise InvitationInvalid(path=("invitationCode",))
    return True


async def _get_valid(code: str) -> InvitationRow:
    return require_row(await _FIND_VALID.first(code, clock.now()), InvitationInvalid(path=("invitationCode",)))
