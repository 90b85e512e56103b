"""Trust in authors: type and mutations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from community.api.communities import visible
from community.api.communities.types import load_optional_members
from community.api.context import Info
from community.api.declare import argument, declare_enum, field, object_type, related, type_over
from community.api.mutations import ThingVerb, thing_mutation
from community.api.nodes import CommunityId, Node, found_by
from community.api.pages import paged
from community.communities import queries as communities_queries
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.communities.trust.models import TrustEnd
from community.communities.trust.service import TrustRow, find_trusts, list_of_community
from community.kernel.paging import Page, PageRequest
from community.review import trust

declare_enum(
    TrustEnd,
    values={
        "LEADER": "A leader took it back.",
        "REJECTION": "A leader rejected a submission of the member.",
        "REMOVAL": "A leader removed a submission of the member.",
        "REPORT": "A leader upheld a report about the member.",
        "SANCTION": "The member got a sanction.",
        "MEMBERSHIP": "The membership ended.",
        "GIVER": "Another leader gave it again, because its giver no longer led.",
    },
)


def _can_end(row: TrustRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and can_lead(viewer) and row.ended_at is None


@type_over(TrustRow)
class Trust(Node):
    """信任: a leader's trust in a member as an author. Only the member and the leaders read it.

    What a trusted author sends is public once all checks passed, where the community allows it. A leader looks later.
    """

    reason = field(description="Reason of the leader.")
    given_at = field(description="Time of the beginning.")
    ended_at = field(description="Time of the end. Null while it has not ended.")
    end_cause = field(description="Cause of the end. Null while it has not ended.")
    is_in_force = field(description="True until the end, while the leader who gave it still leads.")
    member = related(communities_queries.get_members, "membership_id", "Member.")
    given_by = related(communities_queries.get_members, "given_by", "Leader who gave it.")
    ended_by = related(load_optional_members, "ended_by", "Leader whose action ended it. Null without one.")
    viewer_can_end = visible.viewer_can(_can_end, "True if the viewer may call `trustEnd`.")


@found_by(TrustRow)
async def find_trust(number: int, info: Info) -> TrustRow | None:
    """Return the trust if the viewer may read it, or None.

    Its member may, also after leaving, and the leaders.
    """
    (row,) = await find_trusts([number])
    if row is None:
        return None
    (viewer,) = await visible.load_own_and_former_memberships([row.community_id], info)
    return row if viewer is not None and (viewer.id == row.membership_id or can_lead(viewer)) else None


@object_type
class TrustQuery:
    """Root field of the trust in authors."""

    @paged
    async def trusts(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[TrustRow]:
        """Trust in the members of a community that has not ended, newest first. Leaders only."""
        return await list_of_community(await info.context.get_member(community_id), request)


@object_type
class TrustMutation:
    """Mutations of the trust in authors. Leaders only."""

    @thing_mutation(
        "which trusts a member as an author",
        of=(MemberRow, "member_id", "Id of another member, of whom leaders have approved a submission."),
        trust="Trust.",
    )
    def trust_give(
        self, reason: Annotated[str, argument("Reason, 1 to 200 characters, which the member reads.")]
    ) -> ThingVerb[TrustRow]:
        """Trust a member as an author, where the community allows it. The member gets a notice.

        It ends with a rejection, a removal, an upheld report, a sanction or the membership.
        Refuses with LEADERS_ONLY, NOT_FOUND or TRUST_NOT_POSSIBLE.
        """
        return partial(trust.give, reason=reason)

    @thing_mutation("which takes a trust back", of=(TrustRow, "trust_id"), trust="Ended trust.")
    def trust_end(self) -> ThingVerb[TrustRow]:
        """Take a trust back. The member gets a notice. Refuses with LEADERS_ONLY, NOT_FOUND or TRUST_OVER."""
        return trust.end
