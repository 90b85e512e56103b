"""Root fields about rewards and redemptions."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId, get_community_of
from community.api.pages import paged
from community.api.rewards.types import find_reward
from community.communities import queries as communities
from community.communities.errors import NotAMember
from community.communities.permissions import require_leader
from community.kernel.errors import NotFound
from community.kernel.paging import Page, PageRequest
from community.rewards import listing, queries
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.listing import RedemptionCountRow, RedemptionFilter, RewardFilter, RewardOrder
from community.rewards.rows import RedemptionRow, RewardRow

RewardId: TypeAlias = Annotated[strawberry.ID, argument("Id of the reward.")]
Kinds: TypeAlias = Annotated[list[RewardKind] | None, argument("Only of these kinds. Null or empty means all.")]
States: TypeAlias = Annotated[list[RedemptionState] | None, argument("Only in these states. Null or empty means all.")]


async def get_led_reward(info: Info, reward_id: str) -> RewardRow:
    """Return the reward for one of its leaders. Raises Unauthenticated, LeadersOnly or NotFound."""
    number = ids.decode("Reward", reward_id, path="rewardId")
    try:
        member = await communities.get_member(info.context.viewer_id, await get_community_of(RewardRow, number))
    except (NotAMember, NotFound):
        raise NotFound("reward") from None
    require_leader(member)
    return await queries.get_reward(member.community_id, number)


async def get_seen_reward(info: Info, reward_id: str) -> RewardRow:
    """Return the reward if the viewer may see it. Raises NotFound."""
    try:
        row = await find_reward(ids.decode("Reward", reward_id, path="rewardId"), info)
    except (NotFound, KeyError):
        row = None
    if row is None:
        raise NotFound("reward")
    return row


@object_type
class RewardQuery:
    """Root fields about rewards and redemptions."""

    @paged
    async def rewards(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        *,
        kinds: Kinds = None,
        affordable: Annotated[bool, argument("True means only those that the viewer's points suffice for.")] = False,
        available_now: Annotated[bool, argument("True means only those that are open and not sold out.")] = False,
        order: Annotated[RewardOrder, argument("Order.")] = RewardOrder.NEWEST,
    ) -> Page[RewardRow]:
        """Published rewards of a community."""
        community = await info.context.get_readable_community(community_id)
        member = await info.context.get_member(community_id) if affordable else None
        only = RewardFilter(kinds, member, available_now)
        return await listing.list_rewards(community.id, request, only=only, order=order)

    @paged
    async def unpublished_rewards(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[RewardRow]:
        """Drafts and withdrawn rewards of a community, newest first, for leaders."""
        member = await info.context.get_member(community_id)
        require_leader(member)
        return await listing.list_unpublished(member, request)

    @query
    async def reward(self, info: Info, id: Annotated[strawberry.ID, argument("Id of the reward.")]) -> RewardRow:
        """A reward: a published or withdrawn one, or for leaders a draft."""
        try:
            row = await find_reward(ids.decode("Reward", id, path="id"), info)
        except (NotFound, KeyError):
            row = None
        if row is None:
            raise NotFound("reward", path=("id",))
        return row

    @paged
    async def my_redemptions(
        self, info: Info, request: PageRequest, community_id: CommunityId, states: States = None
    ) -> Page[RedemptionRow]:
        """The viewer's redemptions in a community, newest first. Also after leaving it."""
        member = await info.context.get_current_or_former_member(community_id)
        return await listing.list_own(member, request, states=states)

    @paged
    async def redemptions(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        *,
        reward_id: Annotated[strawberry.ID | None, argument("Only of this reward. Null means all.")] = None,
        kinds: Kinds = None,
        states: States = None,
        pick_up_point_id: Annotated[
            strawberry.ID | None, argument("Only for this pick-up point. Null means all.")
        ] = None,
        text: Annotated[
            str | None,
            argument("Part of the member's nickname or of the reward's title, 1 to 40 characters. Null means all."),
        ] = None,
    ) -> Page[RedemptionRow]:
        """Redemptions of a community, newest first, for leaders."""
        member = await info.context.get_member(community_id)
        require_leader(member)
        reward = None if reward_id is None else ids.decode("Reward", reward_id, path="rewardId")
        point = None if pick_up_point_id is None else ids.decode("PickUpPoint", pick_up_point_id, path="pickUpPointId")
        only = RedemptionFilter(reward, kinds, states, point, text)
        return await listing.list_of_community(member, request, only=only)

    @query
    async def redemption_counts(self, info: Info, reward_id: RewardId) -> list[RedemptionCountRow]:
        """Number of redemptions of a reward in each state that has any, for leaders."""
        return await listing.count_by_state(await get_led_reward(info, reward_id))

    @query
    async def redemptions_csv(self, info: Info, reward_id: RewardId) -> str:
        """Newest 5000 redemptions of a reward as CSV with a head, for leaders. Times are those of the community."""
        return await listing.build_csv(await get_led_reward(info, reward_id))
