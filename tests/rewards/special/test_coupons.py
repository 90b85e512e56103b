"""Coupons: the free codes are the stock, and only the owner reads a code."""

from __future__ import annotations

import pytest

from community.accounts import platform_ids
from community.communities import memberships
from community.communities.errors import LeadersOnly
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.rewards import ending
from community.rewards.errors import RedemptionStateForbids, SoldOut, TooLateToCancel
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.pick_up import verification
from community.rewards.pick_up.errors import NothingToUndo
from community.rewards.special import coupons
from community.rewards.special.coupon_csv import CouponFault
from community.settings import Settings
from tests.support.backends import ENCRYPTION_KEY
from tests.support.bank import award, find_violations, get_balance
from tests.support.rewards import assert_changes_nothing, count_left, create_reward, reserve
from tests.support.story import add_member, assert_refused, create_community, list_rows, run_concurrently


@pytest.fixture
async def place(database):
    """A community whose residents have 100 points each."""
    made = await create_community()
    for member in made.residents:
        await award(member, f"a{member.id}", 100)
    return made


@pytest.fixture
async def reward(place, settings):
    """A coupon with the codes C1 to C4. The member may cancel it for an hour."""
    made = await create_reward(place, kind=RewardKind.COUPON, stock=None, cancel_hours=1)
    await coupons.import_codes(place.leader, settings, made.id, csv="C1\nC2\nC3\nC4")
    return made


async def count(reward) -> tuple[int, int, int, int]:
    (found,) = await coupons.count_codes([reward.id])
    assert found.free == await count_left(reward)
    assert await find_violations() == {}
    return found.free, found.taken, found.shown, found.voided


async def test_import_reports_lines_and_adds_the_rest(place, settings, reward):
    csv = "券码\nC1\nTOP-SECRET-1\n\nTOP-SECRET-1\nＤ2"
    report = await coupons.import_codes(place.leader, settings, reward.id, csv=csv)
    assert report.added == 2
    assert [(each.line, each.fault) for each in report.faulty] == [
        (2, CouponFault.KNOWN), (4, CouponFault.EMPTY), (5, CouponFault.REPEATED)
    ]  # fmt: skip
    assert await count(reward) == (6, 0, 0, 0)
    again = await coupons.import_codes(place.leader, settings, reward.id, csv=csv)
    assert (again.added, len(again.faulty)) == (0, 5)
    assert "TOP-SECRET-1" not in str(await list_rows("coupon_code")) + str(await list_rows("audit_event"))


async def test_import_needs_a_leader_and_a_coupon(place, settings, reward):
    goods = await create_reward(place)
    await assert_refused(LeadersOnly, coupons.import_codes(place.resident, settings, reward.id, csv="X"))
    await assert_refused(InvalidInput, coupons.import_codes(place.leader, settings, goods.id, csv="X"))
    elsewhere = await create_community()
    await assert_refused(NotFound, coupons.import_codes(elsewhere.leader, settings, reward.id, csv="X"))


async def test_same_codes_imported_at_once_count_once(place, settings, reward):
    lines = [f"E{number}" for number in range(40)]
    reports = await run_concurrently(
        coupons.import_codes(place.leader, settings, reward.id, csv="\n".join(lines)),
        coupons.import_codes(place.leader, settings, reward.id, csv="\n".join(reversed(lines))),
    )
    assert sum(report.added for report in reports) == 40
    assert await count(reward) == (44, 0, 0, 0)


async def test_owner_alone_reads_codes_each_time_the_same(place, settings, reward):
    row = await reserve(place.resident, reward, quantity=2)
    assert row.state is RedemptionState.CONFIRMED
    assert await count(reward) == (2, 2, 0, 0)
    for other in (place.other, place.leader):
        await assert_refused(NotFound, coupons.show(other, settings, row.id))
    shown, codes = await coupons.show(place.resident, settings, row.id)
    assert (shown.state, len(set(codes))) == (RedemptionState.FULFILLED, 2)
    assert await count(reward) == (2, 2, 2, 0)
    await assert_refused(NothingToUndo, verification.undo(place.leader, row.id, reason="退回"))
    await memberships.leave(place.resident)
    assert (await coupons.show(place.resident, settings, row.id))[1] == codes
    assert [event["kind"] for event in await list_rows("redemption_event")] == ["RESERVED", "FULFILLED"]


async def test_cancellation_frees_codes_that_nobody_read(place, settings, reward):
    row = await reserve(place.resident, reward, quantity=3)
    await ending.cancel(place.resident, row.id, quantity=1)
    assert await count(reward) == (2, 2, 0, 0)
    _, codes = await coupons.show(place.resident, settings, row.id)
    assert len(codes) == 2
    refusal = await assert_refused(RedemptionStateForbids, ending.cancel(place.resident, row.id))
    assert refusal.reason == "fulfilled"
    other = await reserve(place.other, reward, quantity=2)
    assert not set((await coupons.show(place.other, settings, other.id))[1]) & set(codes)


async def test_leader_cancels_a_shown_coupon_and_voids_it(place, settings, reward):
    row = await reserve(place.resident, reward, quantity=2)
    await coupons.show(place.resident, settings, row.id)
    refusal = await assert_refused(
        InvalidInput, ending.cancel_by_leader(place.leader, row.id, reason="商家停业", quantity=1)
    )
    assert (refusal.reason, refusal.figures) == ("quantity_whole", {"min": 2, "actual": 1})
    ended = await ending.cancel_by_leader(place.leader, row.id, reason="商家停业")
    assert (ended.state, ended.fulfilled_quantity, ended.cancelled_quantity) == (RedemptionState.CANCELLED, 0, 2)
    assert await get_balance(place.resident) == 100
    assert await count(reward) == (2, 0, 0, 2)
    await assert_refused(RedemptionStateForbids, coupons.show(place.resident, settings, row.id))


async def test_coupon_of_an_erased_person_stays(place, settings, reward):
    row = await reserve(place.resident, reward)
    await coupons.show(place.resident, settings, row.id)
    await db.execute("UPDATE person SET erased_at = $1 WHERE id = $2", clock.now(), place.resident.person_id)
    refusal = await assert_refused(
        RedemptionStateForbids, ending.cancel_by_leader(place.leader, row.id, reason="商家停业")
    )
    assert refusal.reason == "erased"


async def test_voided_free_codes_leave_the_stock(place, settings, reward):
    refusal = await assert_refused(InvalidInput, coupons.void_codes(place.leader, reward.id, quantity=5))
    assert refusal.figures == {"max": 4, "actual": 5}
    await coupons.void_codes(place.leader, reward.id, quantity=1)
    assert await count(reward) == (3, 0, 0, 1)
    await reserve(place.resident, reward)
    await coupons.void_codes(place.leader, reward.id)
    assert await count(reward) == (0, 1, 0, 3)
    await assert_changes_nothing(SoldOut, reserve(place.other, reward))
    again = await coupons.import_codes(place.leader, settings, reward.id, csv="C4")
    assert again.faulty[0].fault is CouponFault.KNOWN


async def test_concurrent_reservations_take_different_codes(place, settings, reward):
    members = [await add_member(place) for _ in range(6)]
    for member in members:
        await award(member, f"a{member.id}", 30)
    outcomes = await run_concurrently(
        *(reserve(member, reward) for member in members), coupons.void_codes(place.leader, reward.id, quantity=1)
    )
    granted = [each for each in outcomes[:6] if not isinstance(each, Exception)]
    owners = [code["redemption_id"] for code in await list_rows("coupon_code") if code["redemption_id"]]
    assert sorted(owners) == sorted(row.id for row in granted)
    assert (await count(reward))[0] == 4 - len(granted) - (not isinstance(outcomes[6], Exception))


async def test_coupon_is_final_without_time_to_cancel(place, settings):
    made = await create_reward(place, kind=RewardKind.COUPON, stock=None)
    await coupons.import_codes(place.leader, settings, made.id, csv="C1")
    row = await reserve(place.resident, made)
    await assert_refused(TooLateToCancel, ending.cancel(place.resident, row.id))


async def test_codes_survive_a_change_of_the_key(place, settings, reward):
    row = await reserve(place.resident, reward, quantity=3)
    another = "another key for tests, which is as long"
    both = Settings.model_validate(
        {**settings.model_dump(), "encryption_key": another, "encryption_keys_accepted": (ENCRYPTION_KEY,)}
    )
    during = await coupons.import_codes(place.leader, both, reward.id, csv="C1")
    assert during.faulty[0].fault is CouponFault.KNOWN
    _, shown = await coupons.show(place.resident, settings, row.id)
    assert await coupons.reseal(both) == 4
    await platform_ids.reseal_all(both)
    alone = Settings.model_validate({**settings.model_dump(), "encryption_key": another})
    assert (await coupons.show(place.resident, alone, row.id))[1] == shown
    after = await coupons.import_codes(place.leader, alone, reward.id, csv="C1\nC5")
    assert (after.added, after.faulty[0].fault) == (1, CouponFault.KNOWN)
