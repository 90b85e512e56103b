"""Errors in the data of redemptions, each of which an invariant must find."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.kernel import clock, db
from community.rewards import ending
from community.rewards.invariants import INVARIANTS
from tests.support.bank import award, find_violations
from tests.support.rewards import create_reward, reserve
from tests.support.story import create_community
from tests.support.tampering import lift_triggers

ERRORS = {
    "each redemption has the kind of its reward": "UPDATE redemption SET kind = 'TRIAL' WHERE id = 1",
    "the stock that is taken is the sum of the redeemed pieces": "UPDATE reward_stock SET taken = taken + 1",
    "each redemption is paid by its member at its price":
        "UPDATE posting SET amount = amount - 1 WHERE entry_id IN"
        " (SELECT id FROM journal_entry WHERE source_key = 'redemption:1')",
    "a refund has the points of the cancelled and expired pieces":
        "UPDATE journal_entry SET source_key = 'x' WHERE source_key LIKE 'redemption_event:%'",
    "the quantities of a redemption are those of its history":
        "UPDATE redemption_event SET quantity = quantity + 1 WHERE kind = 'RESERVED'",
    "a redemption has a code if it is handed over by one": "UPDATE redemption SET code = NULL",
    "a redemption was reserved in the window and at the price of that time":
        "UPDATE redemption SET created_at = $1 WHERE id = 1",
    "no member has redeemed more of a reward than its limit of that time":
        "UPDATE redemption SET membership_id = (SELECT membership_id FROM redemption WHERE id = 1)",
}  # fmt: skip


@pytest.fixture
async def place(database):
    """A community in which two members have redeemed as much as they may, and one piece was cancelled."""
    made = await create_community()
    now = clock.now()
    reward = await create_reward(
        made, max_per_person=2, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1), cancel_hours=1
    )
    for member in made.residents:
        await award(member, f"a{member.id}", 100)
    await reserve(made.resident, reward, quantity=2)
    row = await reserve(made.other, reward, quantity=2)
    await ending.cancel(made.other, row.id, quantity=1)
    assert await find_violations() == {}
    return made


def test_every_invariant_has_an_error():
    assert [invariant.description for invariant in INVARIANTS] == list(ERRORS)


async def test_each_planted_error_is_found(place):
    for description, error in ERRORS.items():
        async with lift_triggers():
            await db.execute(error, *([clock.now() - timedelta(days=2)] if "$1" in error else []))
            assert description in await find_violations()
