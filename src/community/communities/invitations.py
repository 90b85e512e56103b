"""Creation of invitations for residents and leaders."""

from __future__ import annotations

from datetime import timedelta

from community.communities import permissions
from community.communities.models import Role
from community.communities.permissions import Actor
from community.communities.queries import INVITATION_COLUMNS, InvitationRow, find_community
from community.kernel import audit, clock, codes, db, mistakes
from community.kernel.errors import InvalidInput, NotFound

MAX_INVITATION_USES = 1_000
MAX_INVITATION_DAYS = 90
LEADER_INVITATION_DAYS = 7

_NEW_INVITATION = db.Change(
    "INSERT INTO invitation (community_id, code, role, created_by, created_at, expires_at, most_uses)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {INVITATION_COLUMNS}",
    InvitationRow,
)


@db.transactional
async def invite_leader(community_id: int) -> InvitationRow:
    """Create an invitation for one leader of a community, for the operator. Raises NotFound."""
    if await find_community(community_id) is None:
        raise NotFound("community")
    return await _insert_invitation(community_id, None, role=Role.LEADER, uses=1, days=LEADER_INVITATION_DAYS)


@db.transactional
async def invite(actor: Actor, *, role: Role | None = None, uses: int = 100, days: int = 30) -> InvitationRow:
    """Create an invitation for `uses` persons that is valid for `days` days.

    `role` is given to each of them. Raises LeadersOnly, InvalidInput.
    """
    actor = await permissions.lock_leader(actor)
    with mistakes.collect() as check:
        if not 1 <= uses <= MAX_INVITATION_USES:
            check.add(InvalidInput("invitation_uses", min=1, max=MAX_INVITATION_USES, actual=uses, path=("uses",)))
        if not 1 <= days <= MAX_INVITATION_DAYS:
            check.add(InvalidInput("invitation_days", min=1, max=MAX_INVITATION_DAYS, actual=days, path=("days",)))
    return await _insert_invitation(actor.community_id, actor.id, role=role, uses=uses, days=days)


async def _insert_invitation(
    community_id: int, actor_id: int | None, *, role: Role | None, uses: int, days: int
) -> InvitationRow:
    now = clock.now()
    row = await _NEW_INVITATION.one(
        community_id, codes.generate_code(), role, actor_id, now, now + timedelta(days=days), uses
    )
    await audit.record(
        community_id, actor_id, "invitation.create",
        subject="invitation", subject_id=row.id, role=role and role.value, uses=uses, days=days,
    )  # fmt: skip
    return row
