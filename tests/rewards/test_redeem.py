"""Reservations: paid, limited and taken from the stock, alone and together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.accounts import people
from community.accounts.errors import SessionEnded
from community.communities import memberships
from community.communities.errors import NotAMember
from community.kernel import clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.idempotency import KeyReused
from community.points.errors import InsufficientPoints
from community.rewards import catalogue, redeem
from community.rewards.errors import LevelTooLow, LimitReached, RewardNotOpen, SoldOut
from community.rewards.grants import Order
from community.rewards.kinds import LimitPeriod, RedemptionState, RewardKind
from tests.support.bank import award, find_violations, get_balance, list_statement_lines
from tests.support.rewards import (
    assert_changes_nothing,
    count_left,
    create_draft_reward,
    create_reward,
    make_reward_content,
    reserve,
)
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    list_rows,
    run_concurrently,
)

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)  # A Monday at noon in Shanghai.


@pytest.fixture
async def place(database):
    """A community whose two residents have 100 points each."""
    made = await create_community()
    for member in made.residents:
        await award(member, f"a{member.id}", 100)
    return made


async def test_goods_are_paid_and_ready_immediately(place):
    reward = await create_reward(place, collect_days=3, cancel_hours=2)
    row = await reserve(place.resident, reward, quantity=2)
    assert (row.state, row.quantity, row.price, row.open_quantity) == (RedemptionState.CONFIRMED, 2, 30, 2)
    assert row.expires_at - row.created_at == timedelta(days=3)
    assert row.cancellable_until - row.created_at == timedelta(hours=2)
    assert (await get_balance(place.resident), await count_left(reward)) == (40, 8)
    assert (await list_statement_lines(place.resident))[-1] == ("SPEND", -60, 40)
    assert [(event["kind"], event["quantity"]) for event in await list_rows("redemption_event")] == [("RESERVED", 2)]
    assert [notice["kind"] for notice in await list_rows("notice")] == ["REDEMPTION_READY"]
    assert await find_violations() == {}


async def test_goods_to_prepare_wait_without_expiry(place):
    row = await reserve(place.resident, await create_reward(place, needs_preparation=True, collect_days=3))
    assert (row.state, row.expires_at, row.confirmed_at) == (RedemptionState.RESERVED, None, None)
    assert [notice["kind"] for notice in await list_rows("notice")] == ["REDEMPTION_RESERVED"]


async def test_pledge_freezes_points(place):
    with clock.at(NOON):
        project = await create_reward(
            place, kind=RewardKind.PROJECT, stock=150, price=1, closes_at=NOON + timedelta(days=60)
        )
        await reserve(place.resident, project, quantity=90, is_named=True)
        refusal = await assert_changes_nothing(SoldOut, reserve(place.other, project, quantity=61))
        assert refusal.figures == {"max": 60, "actual": 61}
        await reserve(place.other, project, quantity=60)
    assert [line[0] for line in await list_statement_lines(place.resident)] == ["AWARD", "HOLD"]
    assert [hold["amount"] for hold in await list_rows("points_hold")] == [90, 60]
    assert await count_left(project) == 0
    assert await find_violations() == {}


async def test_many_members_share_a_batch_and_the_stock(place):
    reward = await create_reward(place, stock=5, max_per_person=1)
    members = [*place.residents, *[await add_member(place) for _ in range(7)]]
    for member in members[2:]:
        await award(member, f"a{member.id}", 30)
    outcomes = await run_concurrently(*(reserve(member, reward) for member in members for _ in range(2)))
    granted = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert len({row.membership_id for row in granted}) == len(granted) == 5
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {LimitReached, SoldOut}
    assert await count_left(reward) == 0
    assert await find_violations() == {}


async def test_member_spends_points_once_in_a_batch(place):
    reward, other = await create_reward(place, price=60), await create_reward(place, price=50)
    outcomes = await run_concurrently(reserve(place.resident, reward), reserve(place.resident, other))
    assert sorted(isinstance(outcome, InsufficientPoints) for outcome in outcomes) == [False, True]
    assert await find_violations() == {}


async def test_repeated_key_has_one_effect(place):
    reward = await create_reward(place)
    outcomes = await run_concurrently(*(reserve(place.resident, reward, key="k") for _ in range(64)))
    assert len({row.id for row in outcomes}) == 1
    assert (await get_balance(place.resident), await count_left(reward)) == (70, 9)
    assert (await reserve(place.resident, reward, key="k")).id == outcomes[0].id
    await assert_changes_nothing(KeyReused, reserve(place.resident, reward, key="k", quantity=2))


async def test_key_in_one_batch_refuses_other_input(place):
    reward = await create_reward(place)
    outcomes = await run_concurrently(*(reserve(place.resident, reward, key="k", quantity=n) for n in (1, 2, 1)))
    assert isinstance(outcomes[1], KeyReused)
    assert outcomes[0].id == outcomes[2].id


async def test_refusal_is_repeated_for_its_key(place):
    reward = await create_reward(place, stock=0)
    await assert_changes_nothing(SoldOut, reserve(place.resident, reward, key="k"))
    await catalogue.set_stock(place.leader, reward.id, total=5)
    await assert_changes_nothing(SoldOut, reserve(place.resident, reward, key="k"))
    assert (await reserve(place.resident, reward)).quantity == 1


async def test_changed_price_concerns_later_redemptions(place):
    reward = await create_reward(place)
    before = await reserve(place.resident, reward)
    edited = await catalogue.edit(
        place.leader, reward.id, version=reward.version, content=make_reward_content(price=40)
    )
    after = await reserve(place.resident, edited)
    assert (before.price, after.price, await get_balance(place.resident)) == (30, 40, 30)


async def test_conditions_refuse_and_change_nothing(place):
    assert (await assert_changes_nothing(
        RewardNotOpen, reserve(place.resident, await create_reward(place, opens_at=NOON))
    )).retry_at == NOON  # fmt: skip
    await assert_changes_nothing(LevelTooLow, reserve(place.resident, await create_reward(place, min_level=9)))
    await assert_changes_nothing(InsufficientPoints, reserve(place.resident, await create_reward(place, price=101)))
    await assert_changes_nothing(NotFound, reserve(place.resident, await create_draft_reward(place)))
    goods = await create_reward(place)
    await assert_changes_nothing(InvalidInput, reserve(place.resident, goods, quantity=101))
    await assert_changes_nothing(InvalidInput, reserve(place.resident, goods, is_named=True))
    await assert_changes_nothing(InvalidInput, reserve(place.resident, goods, slot_id=1))
    await assert_changes_nothing(NotFound, reserve(place.resident, goods, pick_up_point_id=1))


async def test_limit_per_period_ends_with_the_local_day(place):
    with clock.at(NOON):
        reward = await create_reward(place, max_per_period=1, period=LimitPeriod.DAY)
        await reserve(place.resident, reward)
        refusal = await assert_changes_nothing(LimitReached, reserve(place.resident, reward))
    assert refusal.retry_at == datetime(2027, 3, 1, 16, tzinfo=UTC)
    with clock.at(refusal.retry_at):
        await reserve(place.resident, reward)


async def test_those_without_membership_are_refused(place):
    reward = await create_reward(place)
    elsewhere = await create_community()
    await assert_changes_nothing(NotFound, reserve(elsewhere.resident, reward))
    await memberships.leave(place.resident)
    await assert_changes_nothing(NotAMember, reserve(place.resident, reward))
    await people.ban(place.other.person_id, reason="广告")
    await assert_refused(SessionEnded, redeem.reserve(place.other, Order(reward.id), key="k"))
