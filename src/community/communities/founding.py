"""Founding of a community."""

from __future__ import annotations

from community.communities import rules
from community.communities.invitations import _insert_invitation
from community.communities.models import JoiningPolicy, Role, Visibility
from community.communities.profile import record_change
from community.communities.queries import InvitationRow
from community.kernel import audit, clock, db

_NEW_COMMUNITY = db.Change(
    "INSERT INTO community (name, time_zone, visibility, joining, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    db.Id,
)


@db.transactional
async def create_community(
    *,
    name: str,
    time_zone: str = "Asia/Shanghai",
    visibility: Visibility = Visibility.MEMBERS,
    joining: JoiningPolicy = JoiningPolicy.INVITATION,
) -> InvitationRow:
    """Make a community and the invitation that makes its first leader. The operator's verb. Raises InvalidInput."""
    named = rules.normalise_community_name(name)
    community = await _NEW_COMMUNITY.one(named, rules.validate_time_zone(time_zone), visibility, joining, clock.now())
    began = {"name": named, "visibility": visibility.value, "joining": joining.value}
    await record_change(community.id, version=1, actor_id=None, changes=began)
    await audit.record(community.id, None, "community.found", subject="community", subject_id=community.id)
    return await _insert_invitation(community.id, None, role=Role.LEADER, uses=1, days=7)
