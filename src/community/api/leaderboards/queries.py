"""Root fields of the leaderboards."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.leaderboards.types import Leaderboard
from community.api.nodes import CommunityId
from community.api.pages import First
from community.communities.queries import find_member
from community.consent.consents import has_consent
from community.consent.models import ConsentPurpose
from community.kernel import clock
from community.kernel.paging import DEFAULT_PAGE, PageRequest
from community.leaderboards import queries
from community.points.earning.board_periods import PeriodKind, compute_period


@object_type
class LeaderboardQuery:
    """Root field of the leaderboards."""

    @query
    async def leaderboard(
        self,
        info: Info,
        community_id: CommunityId,
        period_kind: Annotated[
            PeriodKind, strawberry.argument(name="period", description="Period that counts.")
        ] = PeriodKind.WEEK,
        first: First = DEFAULT_PAGE,
    ) -> Leaderboard:
        """The members with the most points in a period, and the viewer's own place."""
        community = await info.context.get_readable_community(community_id)
        top = await queries.list_top(community, period_kind, first=PageRequest(first).first)
        viewer_id = info.context.person_id
        member = None if viewer_id is None else await find_member(viewer_id, community.id)
        around = [] if member is None else await queries.list_around(community, period_kind, member.id)
        own = next((row for row in around if member is not None and row.membership_id == member.id), None)
        hidden = member is not None and not await has_consent(member.person_id, ConsentPurpose.LEADERBOARDS)
        now = compute_period(period_kind, clock.now(), community.time_zone)
        bounded = period_kind is not PeriodKind.EVER
        return Leaderboard(
            period=period_kind,
            starts_at=now.start if bounded else None,
            ends_at=now.end if bounded else None,
            entries=top,
            hidden=hidden,
            mine=own,
            neighbours=around,
        )
