"""Sanctions of members: types and mutations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from community.api.communities import visible
from community.api.communities.appealing import viewer_can_appeal
from community.api.communities.types import load_optional_members
from community.api.context import Info
from community.api.declare import argument, declare_enum, field, object_type, related, type_over
from community.api.mutations import ThingVerb, thing_mutation
from community.api.nodes import Node, found_by
from community.communities import queries as communities_queries
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.communities.sanctions import queries, rules
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.queries import SanctionRow
from community.communities.sanctions.rules import SanctionContent
from community.review import sanctions
from community.review.appeals.models import AppealedAction

declare_enum(
    SanctionKind,
    values={
        "WARNING": "警告: it is on record, and forbids nothing.",
        "MUTE": "禁言: the member sends nothing to others.",
        "REMOVAL": "移出: the membership has ended, and the person cannot join again.",
    },
)


def _can_lift(row: SanctionRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and can_lead(viewer) and row.is_in_force


@type_over(SanctionRow)
class Sanction(Node):
    """处罚: a warning, mute or removal of a member. Only the member and the leaders read it."""

    kind = field(description="Kind.")
    reason = field(description="Reason of the leader.")
    starts_at = field(description="Time of the beginning.")
    ends_at = field(description="Time of the end. Null for a removal without an end.")
    is_in_force = field(description="True until the end or the lifting.")
    lifted_at = field(description="Time of the lifting. Null if it was not lifted.")
    lift_reason = field(description="Reason of the lifting. Null if it was not lifted.")
    member = related(communities_queries.get_members, "membership_id", "Member.")
    given_by = related(communities_queries.get_members, "given_by", "Leader who gave it.")
    lifted_by = related(load_optional_members, "lifted_by", "Leader who lifted it. Null if no leader did.")
    viewer_can_lift = visible.viewer_can(_can_lift, "True if the viewer may call `sanctionLift`.")
    viewer_can_appeal = viewer_can_appeal(AppealedAction.SANCTION, "sanctionAppeal")


@found_by(SanctionRow)
async def find_sanction(number: int, info: Info) -> SanctionRow | None:
    """Return the sanction if the viewer may read it, or None.

    Its member may, also after leaving, and the leaders.
    """
    row = await queries.find_sanction(number)
    if row is None:
        return None
    (viewer,) = await visible.load_own_and_former_memberships([row.community_id], info)
    return row if viewer is not None and (viewer.id == row.membership_id or can_lead(viewer)) else None


@object_type
class SanctionsMutation:
    """Mutations of sanctions. Leaders only."""

    @thing_mutation(
        "which gives a member a sanction",
        of=(MemberRow, "member_id", "Id of the member, who is no leader."),
        sanction="Sanction.",
    )
    def sanction_give(
        self,
        kind: Annotated[SanctionKind, argument("Kind.")],
        reason: Annotated[str, argument("Reason, 1 to 200 characters, which the member reads.")],
        days: Annotated[
            int | None, argument("Days until the end, 1 to 365. Null for no end, which only a removal may have.")
        ] = None,
    ) -> ThingVerb[SanctionRow]:
        """Warn, mute or remove a member. The member gets a notice, and may appeal.

        Refuses with LEADERS_ONLY, NOT_FOUND or LEADER_PROTECTED.
        """
        return partial(sanctions.give, content=SanctionContent(kind, reason, days))

    @thing_mutation("which ends a sanction early", of=(SanctionRow, "sanction_id"), sanction="Lifted sanction.")
    def sanction_lift(
        self, reason: Annotated[str, argument("Reason, 1 to 200 characters, which the member reads.")]
    ) -> ThingVerb[SanctionRow]:
        """End a sanction early. The member gets a notice. Refuses with LEADERS_ONLY, NOT_FOUND or SANCTION_OVER."""
        return partial(sanctions.lift, reason=rules.normalise_reason(reason))
