"""Root fields of the points bank: my own account in a community."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.nodes import CommunityId
from community.api.pages import After, Connection, First, connected
from community.api.points.types import StatementLine
from community.kernel.paging import DEFAULT, PageRequest
from community.points import queries


@object_type
class PointsQuery:
    """My points."""

    @query
    async def points_balance(self, info: Info, community_id: CommunityId) -> int:
        """How many points I have in a community."""
        member = await info.context.member(community_id)
        (balance,) = await queries.balances(member.community_id, [member.id])
        return balance

    @query
    async def points_statement(
        self, info: Info, community_id: CommunityId, first: First = DEFAULT, after: After = None
    ) -> Connection[StatementLine]:
        """Every movement of my points in a community, newest first."""
        member = await info.context.member(community_id)
        request = PageRequest(first, after)
        return connected(await queries.statement(member.community_id, member.id, request), request, StatementLine.of)
