"""Roles of members, and communities without a leader."""

from __future__ import annotations

from community.accounts import leaderboard_effects
from community.communities import invitations, nicknames, permissions, rules
from community.communities.errors import LastLeader, MemberSanctioned
from community.communities.models import Role
from community.communities.permissions import Actor, require_leader
from community.communities.profile import lock_community
from community.communities.queries import MemberRow, find_membership, get_member
from community.communities.sanctions.queries import list_in_force
from community.kernel import audit, clock, db
from community.kernel.errors import NotFound

# A leader who is banned or erased does not lead.
_FIND_OTHER_LEADER = db.Select(
    "SELECT m.id FROM membership m JOIN membership_role r ON r.community_id = m.community_id AND r.membership_id = m.id"
    " JOIN person p ON p.id = m.person_id WHERE m.community_id = $1 AND m.id <> $2 AND r.role = 'LEADER'"
    " AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL LIMIT 1",
    db.Id,
)
_GIVE = db.Change(
    "INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, membership_id, role) DO NOTHING RETURNING id",
    db.Id,
)
_TAKE = db.Change(
    "DELETE FROM membership_role WHERE community_id = $1 AND membership_id = $2 AND role = $3 RETURNING id", db.Id
)
_TAKE_ALL = db.Change(
    "DELETE FROM membership_role WHERE community_id = $1 AND membership_id = $2 RETURNING role AS name", db.Name
)
_LIST_LEADERLESS = db.Select(
    # OFFSET keeps PostgreSQL from a join with every membership, ORDER BY from a scan for the first one.
    "SELECT c.id FROM community c WHERE NOT EXISTS (SELECT 1 FROM membership_role r JOIN membership m"
    " ON m.id = r.membership_id JOIN person p ON p.id = m.person_id WHERE r.community_id = c.id"
    " AND r.role = 'LEADER' AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL LIMIT 1 OFFSET 0)"
    " AND EXISTS (SELECT 1 FROM membership m WHERE m.community_id = c.id AND m.left_at IS NULL"
    " ORDER BY m.person_id LIMIT 1 OFFSET 0)"
    " ORDER BY c.id LIMIT 20",
    db.Id,
)


@db.transactional
async def give_role(actor: Actor, membership_id: int, *, role: Role) -> MemberRow:
    """Give a role to a member of the leader's community.

    Returns the member. Idempotent: a role that the member has stays. Raises LeadersOnly, NotFound, and
    MemberSanctioned for the role of a leader.
    """
    actor, member = await lock_member_for_leader(actor, membership_id)
    if await insert_role(member, role):
        await _record(actor, member.id, "role.give", role)
    return await get_member(member.person_id, member.community_id)


async def insert_role(member: MemberRow, role: Role) -> bool:
    """Give a member a role without an audit event. Return False if the member has it.

    The membership is locked. Raises MemberSanctioned for the role of a leader.
    """
    if role is Role.LEADER and await list_in_force(member.community_id, member.id):
        raise MemberSanctioned
    is_new = await _GIVE.first(member.community_id, member.id, role, clock.now()) is not None
    if is_new and role is Role.LEADER:
        await nicknames.queue_imitators(member.id)
        await leaderboard_effects.queue_rebuild(member.person_id)
    return is_new


@db.transactional
async def take_role(actor: Actor, membership_id: int, *, role: Role) -> MemberRow:
    """Remove a role from a member of the leader's community.

    Returns the member. Idempotent: without the role it has no effect. Raises LeadersOnly, NotFound, LastLeader.
    """
    actor, member = await lock_member_for_leader(actor, membership_id)
    if role is Role.LEADER and member.is_leader:
        await require_other_leader(member)
    if await _TAKE.first(actor.community_id, member.id, role) is not None:
        await _record_loss(actor, member, role)
    return await get_member(member.person_id, member.community_id)


async def lock_member_for_leader(actor: Actor, membership_id: int) -> tuple[MemberRow, MemberRow]:
    """Lock both memberships exclusively, and return the leader and the member as of now.

    Raises LeadersOnly, NotFound.
    """
    leader = await permissions.lock_with_others(actor, membership_id)
    require_leader(leader)
    member = await find_membership(membership_id)
    if member is None or not rules.can_change_roles(leader, member):
        raise NotFound("member")
    return leader, member


async def require_other_leader(member: MemberRow) -> None:
    """Raise LastLeader unless the member's community has another leader.

    The community stays locked until the end of the transaction, so that two leaders cannot both step down.
    """
    await lock_community(member.community_id)
    if await _FIND_OTHER_LEADER.first(member.community_id, member.id) is None:
        raise LastLeader


async def take_all_roles(member: MemberRow, *, by: MemberRow | None = None) -> None:
    """Remove every role of a member, even of the last leader. The membership is locked.

    `by` is the leader who removes the member, None for the member.
    """
    for row in await _TAKE_ALL.all(member.community_id, member.id):
        await _record_loss(by or member, member, Role(row.name))


async def _record_loss(actor: MemberRow, member: MemberRow, role: Role) -> None:
    """Record that a member lost a role, and end what only this role allows."""
    await _record(actor, member.id, "role.take", role)
    if role is Role.LEADER:
        await invitations.end_made_by(actor.community_id, member.id)
        await nicknames.queue_replacement(member.person_id)
        await leaderboard_effects.queue_rebuild(member.person_id)


async def _record(actor: MemberRow, membership_id: int, action: str, role: Role) -> None:
    await audit.record(
        actor.community_id, actor.id, action, subject="membership", subject_id=membership_id, role=role.value
    )


async def list_leaderless() -> list[int]:
    """Return up to 20 ids of communities with members and no leader."""
    return [row.id for row in await _LIST_LEADERLESS.all()]
