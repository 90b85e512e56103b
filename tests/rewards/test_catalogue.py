"""Leaders write, publish, stock and withdraw rewards."""

from __future__ import annotations

import pytest

from community.communities.errors import LeadersOnly
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.rewards import catalogue
from community.rewards.errors import RewardStateForbids
from community.rewards.kinds import RewardKind, RewardState
from tests.support.bank import award
from tests.support.rewards import (
    count_left,
    create_draft_reward,
    create_reward,
    make_reward_content,
    reserve,
)
from tests.support.story import assert_refused, create_community, list_rows


@pytest.fixture
async def place(database):
    return await create_community()


async def test_only_leaders_write_rewards(place):
    content = make_reward_content()
    await assert_refused(LeadersOnly, catalogue.create(place.resident, kind=RewardKind.GOODS, content=content, stock=1))
    draft = await create_draft_reward(place)
    await assert_refused(LeadersOnly, catalogue.publish(place.resident, draft.id, version=1))
    await assert_refused(LeadersOnly, catalogue.set_stock(place.resident, draft.id, total=3))
    elsewhere = await create_community()
    await assert_refused(NotFound, catalogue.publish(elsewhere.leader, draft.id, version=1))


async def test_stock_follows_the_kind(place):
    await create_draft_reward(place, kind=RewardKind.COUPON, stock=None)
    await create_draft_reward(place, kind=RewardKind.SERVICE, stock=None)
    assert [(row["reward_id"], row["total"]) for row in await list_rows("reward_stock")] == [(1, 0)]
    for kind, stock in ((RewardKind.COUPON, 3), (RewardKind.SERVICE, 3), (RewardKind.GOODS, None)):
        await assert_refused(InvalidInput, create_draft_reward(place, kind=kind, stock=stock))


async def test_stock_is_never_below_what_is_taken(place):
    reward = await create_reward(place)
    await award(place.resident, "a", 60)
    await reserve(place.resident, reward, quantity=2)
    refusal = await assert_refused(InvalidInput, catalogue.set_stock(place.leader, reward.id, total=1))
    assert refusal.figures["min"] == 2
    await catalogue.set_stock(place.leader, reward.id, total=2)
    assert await count_left(reward) == 0


async def test_states_change_by_version(place):
    draft = await create_draft_reward(place)
    await assert_refused(Conflict, catalogue.publish(place.leader, draft.id, version=2))
    await assert_refused(RewardStateForbids, catalogue.withdraw(place.leader, draft.id, version=1, is_cancelling=True))
    published = await catalogue.publish(place.leader, draft.id, version=1)
    await assert_refused(RewardStateForbids, catalogue.publish(place.leader, draft.id, version=2))
    withdrawn = await catalogue.withdraw(place.leader, draft.id, version=2, is_cancelling=False)
    again = await catalogue.publish(place.leader, draft.id, version=3)
    assert (withdrawn.state, again.state, again.version) == (RewardState.WITHDRAWN, RewardState.PUBLISHED, 4)
    assert again.published_at == published.published_at


async def test_edit_replaces_the_whole_content(place):
    reward = await create_reward(place, min_level=3, collect_days=4)
    edited = await catalogue.edit(place.leader, reward.id, version=2, content=make_reward_content(title="鸭蛋"))
    assert (edited.title, edited.min_level, edited.collect_days, edited.version) == ("鸭蛋", None, None, 3)
    await assert_refused(Conflict, catalogue.edit(place.leader, reward.id, version=2, content=make_reward_content()))
