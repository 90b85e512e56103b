"""Slots of services: places, times, appointments of one member, and what happens after the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.kernel import clock
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.rewards import ending, queries
from community.rewards.errors import SlotClosed, SlotOverlaps, SoldOut, TooLateToCancel
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.special import slots
from tests.support.bank import award, find_violations, get_balance
from tests.support.effects import run_all_effects
from tests.support.rewards import assert_changes_nothing, create_reward, reserve
from tests.support.story import add_member, assert_refused, create_community, list_rows, run_concurrently

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)  # Noon in Shanghai.
START = NOON + timedelta(days=1)


@pytest.fixture
async def place(database):
    """A community whose residents have 100 points each, at noon of a day."""
    with clock.at(NOON):
        made = await create_community()
        for member in made.residents:
            await award(member, f"a{member.id}", 100)
        yield made


@pytest.fixture
async def service(place):
    """A service that a member may cancel until two hours before it starts."""
    return await create_reward(place, kind=RewardKind.SERVICE, stock=None, cancel_hours=2)


async def create_slot(place, service, *, hour: int = 12, length: int = 2, capacity: int = 3):
    """Create a slot tomorrow, in local time."""
    return await slots.create(
        place.leader, service.id, starts_at=f"2027-03-02T{hour}:00", ends_at=f"2027-03-02T{hour + length}:00",
        capacity=capacity,
    )  # fmt: skip


async def count_places(slot) -> tuple[int, int]:
    (stock,) = await slots.list_stocks([slot.id])
    return stock.taken, stock.total


async def test_slot_is_created_in_local_time(place, service):
    slot = await create_slot(place, service)
    assert (slot.starts_at, slot.ends_at - slot.starts_at) == (START, timedelta(hours=2))
    assert await count_places(slot) == (0, 3)
    goods = await create_reward(place)
    await assert_refused(LeadersOnly, slots.create(
        place.resident, service.id, starts_at="2027-03-02T12:00", ends_at="2027-03-02T14:00", capacity=1
    ))  # fmt: skip
    await assert_refused(InvalidInput, create_slot(place, goods))
    await assert_refused(InvalidInput, create_slot(place, service, capacity=0))


async def test_appointment_is_ready_and_cancelled_in_time(place, service):
    slot = await create_slot(place, service)
    row = await reserve(place.resident, service, slot_id=slot.id, quantity=2)
    assert (row.state, row.cancellable_until, row.expires_at) == (
        RedemptionState.CONFIRMED, START - timedelta(hours=2), slot.ends_at + timedelta(days=1)
    )  # fmt: skip
    assert await count_places(slot) == (2, 3)
    await assert_changes_nothing(SoldOut, reserve(place.other, service, slot_id=slot.id, quantity=2))
    with clock.at(START - timedelta(hours=2, seconds=5)):
        await ending.cancel(place.resident, row.id, quantity=1)
    with clock.at(START - timedelta(hours=2)):
        await assert_refused(TooLateToCancel, ending.cancel(place.resident, row.id))
    assert (await get_balance(place.resident), await count_places(slot)) == (70, (1, 3))
    assert await find_violations() == {}


async def test_overlapping_appointments_of_a_member_are_refused(place, service):
    first, overlapping = await create_slot(place, service), await create_slot(place, service, hour=13, length=1)
    following = await create_slot(place, service, hour=14)
    outcomes = await run_concurrently(
        *(reserve(place.resident, service, slot_id=slot.id) for slot in (first, overlapping, first))
    )
    assert sorted(isinstance(each, SlotOverlaps) for each in outcomes) == [False, True, True]
    await reserve(place.other, service, slot_id=overlapping.id)
    await reserve(place.resident, service, slot_id=following.id)
    mine = next(each for each in outcomes if not isinstance(each, Exception))
    await ending.cancel(place.resident, mine.id)
    await reserve(place.resident, service, slot_id=overlapping.id)
    assert await find_violations() == {}


async def test_booking_closes_at_the_start(place, service):
    slot = await create_slot(place, service)
    with clock.at(START):
        refusal = await assert_changes_nothing(SlotClosed, reserve(place.resident, service, slot_id=slot.id))
        assert refusal.reason == "started"
    other = await create_reward(place, kind=RewardKind.SERVICE, stock=None)
    for reward, slot_id in ((other, slot.id), (service, slot.id + 99)):
        await assert_changes_nothing(NotFound, reserve(place.resident, reward, slot_id=slot_id))


async def test_capacity_is_at_least_what_is_taken(place, service):
    slot = await create_slot(place, service)
    await reserve(place.resident, service, slot_id=slot.id, quantity=2)
    refusal = await assert_refused(
        InvalidInput, slots.set_capacity(place.leader, slot.id, version=slot.version, capacity=1)
    )
    assert (refusal.figures["min"], refusal.figures["actual"]) == (2, 1)
    changed = await slots.set_capacity(place.leader, slot.id, version=slot.version, capacity=2)
    assert await count_places(slot) == (2, 2)
    await assert_refused(Conflict, slots.set_capacity(place.leader, slot.id, version=slot.version, capacity=5))
    await assert_refused(LeadersOnly, slots.cancel(place.resident, slot.id, version=changed.version))


async def test_cancelled_slot_refunds_and_takes_no_more(place, database, service):
    slot = await create_slot(place, service, capacity=20)
    members = [*place.residents, *[await add_member(place) for _ in range(4)]]
    for member in members[2:]:
        await award(member, f"a{member.id}", 100)
    await run_concurrently(
        *(reserve(member, service, slot_id=slot.id) for member in members),
        slots.cancel(place.leader, slot.id, version=slot.version),
    )
    await assert_refused(SlotClosed, slots.cancel(place.leader, slot.id, version=2))
    await run_all_effects(database)
    await run_all_effects(database)
    assert {row["state"] for row in await list_rows("redemption")} <= {"CANCELLED"}
    assert [await get_balance(member) for member in members] == [100] * 6
    assert (await count_places(slot))[0] == 0
    refusal = await assert_changes_nothing(SlotClosed, reserve(place.resident, service, slot_id=slot.id))
    assert refusal.reason == "cancelled"
    assert await slots.cancel_redemptions(place.id, slot.id, place.leader.id) == 0
    assert await find_violations() == {}


async def test_missed_appointment_expires_without_refund(place, service):
    slot = await create_slot(place, service)
    row = await reserve(place.resident, service, slot_id=slot.id)
    with clock.at(slot.ends_at + timedelta(hours=23)):
        assert await ending.expire_due() == 0
        await ending.announce_expiring()
    with clock.at(slot.ends_at + timedelta(days=1, seconds=1)):
        assert await ending.expire_due() == 1
    assert (await queries.get_redemption(place.id, row.id)).state is RedemptionState.EXPIRED
    assert await get_balance(place.resident) == 70
    assert [notice["kind"] for notice in await list_rows("notice")] == ["REDEMPTION_READY", "REDEMPTION_MISSED"]
    assert await find_violations() == {}


async def test_unconfirmed_appointment_expires_with_refund(place):
    service = await create_reward(place, kind=RewardKind.SERVICE, stock=None, needs_preparation=True)
    slot = await create_slot(place, service)
    row = await reserve(place.resident, service, slot_id=slot.id)
    with clock.at(slot.ends_at + timedelta(days=1, seconds=1)):
        assert await ending.expire_due() == 1
    assert (await queries.get_redemption(place.id, row.id)).state is RedemptionState.EXPIRED
    assert await get_balance(place.resident) == 100
    assert [notice["kind"] for notice in await list_rows("notice")][1:] == ["REDEMPTION_EXPIRED"]
    assert await find_violations() == {}


async def test_coming_slots_are_listed_by_time(place, service):
    late, early = await create_slot(place, service, hour=18), await create_slot(place, service, hour=10)
    gone = await create_slot(place, service, hour=11)
    await slots.cancel(place.leader, gone.id, version=gone.version)
    page = await slots.list_coming(service, PageRequest(first=10))
    assert [row.id for row in page.rows] == [early.id, late.id]
    with clock.at(early.starts_at):
        assert [row.id for row in (await slots.list_coming(service, PageRequest(first=10))).rows] == [late.id]
