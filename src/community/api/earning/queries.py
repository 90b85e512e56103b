"""Root fields about earning: rules, their editions, seasons."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.earning.types import EarningRule, EarningRuleEdition, Season
from community.api.nodes import CommunityId
from community.api.pages import After, Connection, First, build_connection
from community.kernel.paging import DEFAULT_PAGE, PageRequest
from community.points.earning import queries, rules_in_force
from community.points.earning.models import Trigger


@object_type
class EarningQuery:
    """What is paid for what."""

    @query
    async def earning_rules(self, info: Info, community_id: CommunityId) -> list[EarningRule]:
        """What is paid for each trigger in a community at this moment, and where I stand with it."""
        member = await info.context.get_member(community_id)
        return [EarningRule.of(chance) for chance in await queries.list_rule_progress(member)]

    @query
    async def earning_rule_editions(
        self,
        info: Info,
        community_id: CommunityId,
        trigger: Annotated[Trigger, strawberry.argument(description="What is paid for.")],
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[EarningRuleEdition]:
        """Every version of a rule that was published, the community's own and the operator's, newest first."""
        member = await info.context.get_member(community_id)
        request = PageRequest(first, after)
        page = await rules_in_force.list_editions(member.community_id, trigger, request)
        return build_connection(page, request, EarningRuleEdition.of)

    @query
    async def seasons(
        self, info: Info, community_id: CommunityId, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[Season]:
        """The seasons in which more is paid, past and future, newest first."""
        member = await info.context.get_member(community_id)
        request = PageRequest(first, after)
        return build_connection(await rules_in_force.list_seasons(member.community_id, request), request, Season.of)
