"""Root fields of the leaderboards."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.communities.queries import find_own_memberships
from community.leaderboards import queries
from community.leaderboards.declarations import DECLARATIONS, BoardDeclaration
from community.leaderboards.queries import BoardView
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind


@object_type
class LeaderboardQuery:
    """Root fields of the leaderboards."""

    @query
    def leaderboard_declarations(self) -> list[BoardDeclaration]:
        """Every leaderboard, with what it counts and whom it does not show."""
        return DECLARATIONS

    @query
    async def leaderboard(
        self,
        info: Info,
        community_id: Annotated[
            CommunityId | None,
            argument("Community. Null for the board of all communities that are open to everyone."),
        ] = None,
        board: Annotated[BoardKind, argument("What counts.")] = BoardKind.POINTS,
        period_kind: Annotated[
            PeriodKind, strawberry.argument(name="period", description="Period that counts.")
        ] = PeriodKind.WEEK,
        on: Annotated[date | None, argument("A day of the period. Null for the present period.")] = None,
    ) -> BoardView:
        """Members in the order of what a board counts, and the own place."""
        community = None if community_id is None else await info.context.get_readable_community(community_id)
        viewer_id = info.context.person_id
        member = None
        if viewer_id is not None and community is not None:
            (member,) = await find_own_memberships(viewer_id, [community.id])
        return await queries.view_board(community, board, period_kind, on=on, member=member)
