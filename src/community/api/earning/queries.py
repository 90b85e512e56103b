"""Root fields about earning: rules, their editions, seasons."""

from __future__ import annotations

from typing import Annotated

from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.kernel.paging import Page, PageRequest
from community.points.earning import queries, rules_in_force
from community.points.earning.models import Trigger
from community.points.earning.queries import RuleProgress
from community.points.earning.rules_in_force import EditionRow, SeasonRow


@object_type
class EarningQuery:
    """Root fields of earning rules and seasons."""

    @query
    async def earning_rules(self, info: Info, community_id: CommunityId) -> list[RuleProgress]:
        """The earning rule in force for each trigger, with the viewer's progress."""
        member = await info.context.get_member(community_id)
        return await queries.list_rule_progress(member)

    @paged
    async def earning_rule_editions(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        trigger: Annotated[Trigger, argument("Trigger of the rule.")],
    ) -> Page[EditionRow]:
        """Published versions of a rule, of the community and of the operator, newest first."""
        member = await info.context.get_member(community_id)
        return await rules_in_force.list_editions(member.community_id, trigger, request)

    @paged
    async def seasons(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[SeasonRow]:
        """Past, present and future seasons of a community, newest first."""
        member = await info.context.get_member(community_id)
        return await rules_in_force.list_seasons(member.community_id, request)
