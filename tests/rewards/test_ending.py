"""The end of redemptions: points go back into their lots, pieces into the stock, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities import memberships
from community.communities.errors import LeadersOnly
from community.kernel import clock
from community.kernel.errors import InvalidInput, NotFound
from community.rewards import catalogue, confirming, ending, queries
from community.rewards.errors import OwnRedemption, RedemptionStateForbids, TooLateToCancel
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.pick_up import verification
from community.rewards.pick_up.verification import Handover
from tests.support.bank import award, find_violations, get_balance, list_lots
from tests.support.effects import run_all_effects
from tests.support.rewards import count_left, create_reward, reserve
from tests.support.story import assert_refused, create_community, list_rows, run_concurrently

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)


@pytest.fixture
async def place(database):
    """A community whose first resident has 100 points in two lots."""
    made = await create_community(leaders=2)
    await award(made.resident, "a1", 50)
    with clock.at(datetime(2027, 1, 15, tzinfo=UTC)):
        await award(made.resident, "a2", 50)
    return made


@pytest.fixture
def now():
    with clock.at(NOON):
        yield


async def list_kinds(table: str) -> list[str]:
    return [row["kind"] for row in await list_rows(table)]


async def test_cancelled_pieces_return_to_lots_and_stock(place, now):
    reward = await create_reward(place, cancel_hours=2)
    before = await list_lots(place.resident)
    row = await reserve(place.resident, reward, quantity=3)
    part = await ending.cancel(place.resident, row.id, quantity=1)
    assert (part.state, part.cancelled_quantity, part.ended_at) == (RedemptionState.CONFIRMED, 1, None)
    assert (await get_balance(place.resident), await count_left(reward)) == (40, 8)
    rest = await ending.cancel(place.resident, row.id)
    assert (rest.state, rest.cancelled_quantity) == (RedemptionState.CANCELLED, 3)
    assert (await list_lots(place.resident), await count_left(reward)) == (before, 10)
    assert await list_kinds("redemption_event") == ["RESERVED", "CANCELLED", "CANCELLED"]
    assert await list_kinds("notice") == ["REDEMPTION_READY", "REDEMPTION_REFUNDED", "REDEMPTION_REFUNDED"]
    assert await find_violations() == {}
    assert (await assert_refused(RedemptionStateForbids, ending.cancel(place.resident, row.id))).reason == "cancelled"


async def test_cancellation_is_refused_after_its_time(place, now):
    row = await reserve(place.resident, await create_reward(place, cancel_hours=2), quantity=2)
    await assert_refused(InvalidInput, ending.cancel(place.resident, row.id, quantity=3))
    await assert_refused(NotFound, ending.cancel(place.other, row.id))
    with clock.at(NOON + timedelta(hours=3)):
        await assert_refused(TooLateToCancel, ending.cancel(place.resident, row.id))


async def test_leader_cancels_with_reason_but_not_own(place, now):
    reward = await create_reward(place)
    row = await reserve(place.resident, reward)
    await assert_refused(LeadersOnly, ending.cancel_by_leader(place.other, row.id, reason="坏了"))
    await ending.cancel_by_leader(place.leader, row.id, reason="坏了")
    assert (await list_rows("redemption_event"))[-1]["reason"] == "坏了"
    assert (await list_kinds("notice"))[-1] == "REDEMPTION_CANCELLED"
    assert (await get_balance(place.resident), await count_left(reward)) == (100, 10)
    await award(place.leader, "l", 30)
    own = await reserve(place.leader, reward)
    await assert_refused(OwnRedemption, ending.cancel_by_leader(place.leader, own.id, reason="自己"))


async def test_uncollected_redemption_expires_once(place, now):
    reward = await create_reward(place, collect_days=3)
    row = await reserve(place.resident, reward, quantity=2)
    with clock.at(NOON + timedelta(days=2, hours=1)):
        assert await ending.announce_expiring() == 1
        assert await ending.announce_expiring() == 1
        assert await ending.expire_due() == 0
    with clock.at(NOON + timedelta(days=3, minutes=1)):
        assert await run_concurrently(ending.expire_due(), ending.expire_due()) in ([1, 0], [0, 1])
    ended = await queries.get_redemption(place.id, row.id)
    assert (ended.state, ended.cancelled_quantity) == (RedemptionState.EXPIRED, 2)
    assert await list_kinds("notice") == ["REDEMPTION_READY", "REDEMPTION_EXPIRING", "REDEMPTION_EXPIRED"]
    assert (await get_balance(place.resident), await count_left(reward)) == (100, 10)
    assert await find_violations() == {}


async def test_points_of_an_expired_lot_stay_expired(place):
    with clock.at(NOON):
        row = await reserve(place.resident, await create_reward(place, collect_days=365), quantity=3)
    with clock.at(datetime(2028, 1, 2, tzinfo=UTC)):  # The first lot expired at the end of 2027.
        await ending.cancel_by_leader(place.leader, row.id, reason="停产")
        assert await get_balance(place.resident) == 50
    assert await find_violations() == {}


async def test_withdrawal_cancels_open_redemptions(place, database, now):
    reward = await create_reward(place)
    rows = [await reserve(place.resident, reward) for _ in range(2)]
    with_stay = await catalogue.withdraw(place.leader, reward.id, version=reward.version, is_cancelling=False)
    await run_all_effects(database)
    assert (await queries.get_redemption(place.id, rows[0].id)).state is RedemptionState.CONFIRMED
    again = await catalogue.publish(place.leader, reward.id, version=with_stay.version)
    await catalogue.withdraw(place.leader, reward.id, version=again.version, is_cancelling=True)
    await run_all_effects(database)
    assert {(await queries.get_redemption(place.id, row.id)).state for row in rows} == {RedemptionState.CANCELLED}
    assert (await get_balance(place.resident), await count_left(reward)) == (100, 10)
    assert await find_violations() == {}


async def test_pledge_is_released_as_a_whole(place, now):
    project = await create_reward(
        place, kind=RewardKind.PROJECT, stock=500, price=1, closes_at=NOON + timedelta(days=9), cancel_hours=5
    )
    row = await reserve(place.resident, project, quantity=70)
    await assert_refused(InvalidInput, ending.cancel(place.resident, row.id, quantity=1))
    await ending.cancel(place.resident, row.id)
    assert [hold["state"] for hold in await list_rows("points_hold")] == ["RELEASED"]
    assert (await get_balance(place.resident), await count_left(project)) == (100, 500)
    assert await find_violations() == {}


async def test_prepared_redemption_is_confirmed_by_a_leader(place, now):
    row = await reserve(place.resident, await create_reward(place, needs_preparation=True, collect_days=3))
    await assert_refused(LeadersOnly, confirming.confirm(place.resident, row.id))
    confirmed = await confirming.confirm(place.leader, row.id)
    assert (confirmed.state, confirmed.expires_at - confirmed.confirmed_at) == (
        RedemptionState.CONFIRMED, timedelta(days=3)
    )  # fmt: skip
    assert await list_kinds("redemption_event") == ["RESERVED", "CONFIRMED"]
    assert await list_kinds("notice") == ["REDEMPTION_RESERVED", "REDEMPTION_READY"]
    await assert_refused(RedemptionStateForbids, confirming.confirm(place.leader, row.id))


async def test_former_member_collects_and_cancels_a_redemption(place, now):
    row = await reserve(place.resident, await create_reward(place, cancel_hours=2), quantity=2)
    await memberships.leave(place.resident)
    assert (await queries.get_redemption(place.id, row.id)).state is RedemptionState.CONFIRMED
    (code,) = await verification.find_codes([row.id])
    await verification.verify(place.leader, Handover(code, 1))
    await ending.cancel(place.resident, row.id)
    assert await get_balance(place.resident) == 70


async def test_low_stock_is_announced_once_to_leaders(place, database, now):
    reward = await create_reward(place, stock=4, price=10, low_stock_at=2)
    for _ in range(3):
        await reserve(place.resident, reward)
    await run_all_effects(database)
    low = [notice for notice in await list_rows("notice") if notice["kind"] == "REWARD_LOW_STOCK"]
    assert sorted(notice["membership_id"] for notice in low) == [leader.id for leader in place.leaders]
