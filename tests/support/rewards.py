"""Rewards and redemptions for a test, made by the services."""

from __future__ import annotations

from collections.abc import Awaitable
from itertools import count
from typing import Any

import pytest

from community.communities.queries import MemberRow
from community.kernel.errors import Refusal
from community.rewards import catalogue, queries, redeem
from community.rewards.grants import Order
from community.rewards.kinds import RewardKind
from community.rewards.rows import RedemptionRow, RewardRow
from community.rewards.rules import RewardContent
from tests.support.story import SampleCommunity, read_tables_without_keys

_number = count(1)


def make_reward_content(**given: Any) -> RewardContent:
    """Build the content of a reward that costs 30 points."""
    return RewardContent(**{"title": "土鸡蛋", "text": "一盒十枚", "price": 30} | given)


async def create_draft_reward(
    place: SampleCommunity, *, kind: RewardKind = RewardKind.GOODS, stock: int | None = 10, **given: Any
) -> RewardRow:
    """Create a draft of a reward as the first leader."""
    return await catalogue.create(place.leader, kind=kind, content=make_reward_content(**given), stock=stock)


async def create_reward(place: SampleCommunity, **given: Any) -> RewardRow:
    """Create a published reward."""
    draft = await create_draft_reward(place, **given)
    return await catalogue.publish(place.leader, draft.id, version=draft.version)


async def reserve(member: MemberRow, reward: RewardRow, *, key: str | None = None, **order: Any) -> RedemptionRow:
    """Reserve as the member, with a new key unless one is given."""
    id_ = await redeem.reserve(member, Order(reward.id, **order), key=key or f"reserve-{next(_number)}")
    return await queries.get_redemption(member.community_id, id_)


async def count_left(reward: RewardRow) -> int | None:
    """Return the pieces that are left of a reward."""
    (stock,) = await queries.list_stocks([reward.id])
    return None if stock is None else stock.left


async def assert_changes_nothing(refusal: type[Refusal], call: Awaitable[object]) -> Refusal:
    """Assert that the keyed call raises the refusal and changes nothing else. Return the refusal."""
    before = await read_tables_without_keys()
    with pytest.raises(refusal) as caught:
        await call
    assert await read_tables_without_keys() == before
    return caught.value
