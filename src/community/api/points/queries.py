"""Root fields of the points bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.api.points.types import LeaderStatementRow
from community.communities.queries import MemberRow
from community.kernel.paging import Page, PageRequest
from community.points import adjustments, holds, queries
from community.points.adjustments import AdjustmentRow
from community.points.holds import HoldRow
from community.points.kinds import EntryKind
from community.points.queries import EndingRow, StatementFilter, StatementRow

OptionalMemberId: TypeAlias = Annotated[
    strawberry.ID | None, argument("Id of the member, for a leader. Null means the viewer.")
]


async def _resolve_account(info: Info, community_id: str, member_id: str | None) -> tuple[MemberRow, int]:
    """Return the viewer and the membership id of the requested account. Raises LeadersOnly or NotFound."""
    viewer = await info.context.get_member(community_id)
    wanted = None if member_id is None else ids.decode("Member", member_id, path="memberId")
    return viewer, await queries.get_readable_membership_id(viewer, wanted)


@object_type
class PointsQuery:
    """Root fields of the points bank."""

    @paged
    async def points_statement(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        member_id: OptionalMemberId = None,
        kinds: Annotated[list[EntryKind] | None, argument("Only these kinds. Null or empty means all.")] = None,
        since: Annotated[datetime | None, argument("Start of the period, inclusive. Null means no limit.")] = None,
        until: Annotated[datetime | None, argument("End of the period, exclusive. Null means no limit.")] = None,
    ) -> Page[StatementRow]:
        """Movements of an account, newest first, with the balance after each."""
        viewer, wanted = await _resolve_account(info, community_id, member_id)
        only = StatementFilter(tuple(kinds or ()), since, until)
        page = await queries.list_statement_lines(viewer.community_id, wanted, request, only=only)
        if wanted != viewer.id:
            page = replace(page, rows=[LeaderStatementRow.restrict(row) for row in page.rows])
        return page

    @paged
    async def points_endings(
        self, info: Info, request: PageRequest, community_id: CommunityId, member_id: OptionalMemberId = None
    ) -> Page[EndingRow]:
        """Expiry of an account's points, earliest first. Their sum is the balance."""
        viewer, wanted = await _resolve_account(info, community_id, member_id)
        return await queries.list_endings(viewer.community_id, wanted, request)

    @paged
    async def points_holds(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[HoldRow]:
        """The viewer's points that are frozen now in a community, oldest first."""
        return await holds.list_open_holds(await info.context.get_member(community_id), request)

    @paged
    async def pending_adjustments(
        self, info: Info, request: PageRequest, community_id: CommunityId
    ) -> Page[AdjustmentRow]:
        """Adjustments that wait for a second person, oldest first. Leaders only."""
        return await adjustments.list_pending(await info.context.get_member(community_id), request)
