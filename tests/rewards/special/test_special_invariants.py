"""Errors in the data of coupons and appointments, each of which an invariant must find."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from community.kernel import clock, db
from community.rewards.kinds import RewardKind
from community.rewards.special import coupons, slots
from community.rewards.special.invariants import INVARIANTS
from tests.support.bank import award, find_violations
from tests.support.rewards import create_reward, reserve
from tests.support.story import create_community
from tests.support.tampering import lift_triggers

ERRORS = {
    "the free codes of a coupon are the stock that is left":
        "UPDATE coupon_code SET voided_at = created_at WHERE redemption_id IS NULL",
    "a redeemed coupon has a code of its reward for each piece":
        "UPDATE coupon_code SET redemption_id = NULL, shown_at = NULL WHERE id IN"
        " (SELECT max(id) FROM coupon_code WHERE shown_at IS NOT NULL)",
    "the codes of a coupon are shown if and only if it is fulfilled":
        "UPDATE coupon_code SET shown_at = created_at WHERE redemption_id IS NOT NULL",
    "an appointment is in a slot of its service, which was reserved before its start":
        "UPDATE service_slot SET starts_at = '2027-03-01 00:00:00+00:00'",
    "no member has two appointments at the same time":
        "UPDATE service_slot SET ends_at = '2027-04-01 00:00:00+00:00'",
}  # fmt: skip


@pytest.fixture
async def place(database, settings):
    """A community with a shown, an unread and a free code, and with two appointments of one member."""
    with clock.at(datetime(2027, 3, 1, 4, tzinfo=UTC)):
        made = await create_community()
        for member in made.residents:
            await award(member, f"a{member.id}", 100)
        coupon = await create_reward(made, kind=RewardKind.COUPON, stock=None)
        await coupons.import_codes(made.leader, settings, coupon.id, csv="C1\nC2\nC3")
        await coupons.show(made.resident, settings, (await reserve(made.resident, coupon)).id)
        await reserve(made.other, coupon)
        service = await create_reward(made, kind=RewardKind.SERVICE, stock=None)
        for hour in (10, 11):
            slot = await slots.create(
                made.leader, service.id, starts_at=f"2027-03-02T{hour}:00", ends_at=f"2027-03-02T{hour + 1}:00",
                capacity=1,
            )  # fmt: skip
            await reserve(made.resident, service, slot_id=slot.id)
        assert await find_violations() == {}
        yield made


def test_every_special_invariant_has_an_error():
    assert [invariant.description for invariant in INVARIANTS] == list(ERRORS)


async def test_each_planted_error_is_found(place):
    for description, error in ERRORS.items():
        async with lift_triggers():
            await db.execute(error)
            assert description in await find_violations()
