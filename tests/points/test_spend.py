"""Spends: earliest expiry first, once per key, never more than the balance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.points import holds, movements, policy, spend
from community.points.earning.claw_back import claw_back
from community.points.errors import InsufficientPoints, RefundTooLarge, SourceReused
from community.points.idempotent import Source
from community.points.kinds import ExpiryPolicy
from tests.support.bank import award, find_violations, get_balance, list_lots, list_statement_lines
from tests.support.statements import record_statements
from tests.support.story import create_community, list_rows, read_tables_without_keys, run_concurrently

NOON = datetime(2031, 3, 3, 4, tzinfo=UTC)  # in Shanghai


def spend_points(member, amount: int, key: str = "k"):
    return spend.spend(member.community_id, member.id, amount=amount, source=Source(key, {"reference": key}))


def refund_points(member, entry: int, amount: int | None = None, key: str = "r"):
    return spend.refund(member.community_id, entry, amount=amount, source=Source(key))


@pytest.fixture
async def rolling(database):
    """A community whose points last thirty days."""
    place = await create_community()
    await policy.set_policy(place.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=30)
    # The first spend opens the community's SPENT account. Later spends can then run as one statement.
    with clock.at(NOON):
        await award(place.leader, "opening", 1)
        await spend_points(place.leader, 1, "opening spend")
    return place


async def award_on(days, place, amount=10):
    """Pay an award some days after noon."""
    with clock.at(NOON + timedelta(days=days)):
        await award(place.resident, f"day {days}", amount)


async def test_a_spend_takes_what_ends_earliest_and_says_what_is_left(rolling):
    for day in (2, 0, 1):
        await award_on(day, rolling)
    with clock.at(NOON + timedelta(days=3)):
        moved = await spend_points(rolling.resident, 12)
        assert (moved.amount, moved.balance) == (12, 18)
        assert [left for _, left in await list_lots(rolling.resident)] == [8, 10]
    assert (await list_statement_lines(rolling.resident))[-1] == ("SPEND", -12, 18)
    assert await find_violations() == {}


async def test_the_same_key_spends_once_and_answers_the_same(rolling):
    await award(rolling.resident, "a", 30)
    first = await spend_points(rolling.resident, 7)
    before = await read_tables_without_keys()
    assert await spend_points(rolling.resident, 7) == first
    assert await read_tables_without_keys() == before


@pytest.mark.parametrize("other", [("resident", 8), ("other", 7)])
async def test_the_same_key_for_something_else_is_refused(rolling, other):
    await award(rolling.resident, "a", 30)
    await award(rolling.other, "b", 30)
    await spend_points(rolling.resident, 7)
    before = await read_tables_without_keys()
    with pytest.raises(SourceReused):
        await spend_points(getattr(rolling, other[0]), other[1])
    assert await read_tables_without_keys() == before


@pytest.mark.parametrize("amount", [11, 10**9])
async def test_more_than_there_is_cannot_be_spent(rolling, amount):
    await award(rolling.resident, "a", 10)
    before = await read_tables_without_keys()
    with pytest.raises(InsufficientPoints):
        await spend_points(rolling.resident, amount)
    assert await read_tables_without_keys() == before


@pytest.mark.parametrize("amount", [0, -1, 10**9 + 1])
async def test_what_is_no_number_of_points_cannot_be_spent(rolling, amount):
    with pytest.raises(InvalidInput):
        await spend_points(rolling.resident, amount)


async def test_points_that_are_over_cannot_be_spent_however_late_the_job_is(rolling):
    await award_on(0, rolling)
    await award_on(5, rolling)
    end = datetime(2031, 4, 2, 16, tzinfo=UTC)  # midnight in Shanghai, thirty whole days after the third of March
    with clock.at(end - timedelta(seconds=1)):
        assert await get_balance(rolling.resident) == 20
    with clock.at(end):
        assert await get_balance(rolling.resident) == 10
        with pytest.raises(InsufficientPoints):
            await spend_points(rolling.resident, 11)
        await spend_points(rolling.resident, 10, "all")
    assert await find_violations() == {}


async def test_fifty_spends_at_once_never_take_more_than_there_is(rolling):
    for number in range(4):
        await award(rolling.resident, f"a{number}", 25)
    answers = await run_concurrently(*(spend_points(rolling.resident, 7, f"k{number}") for number in range(50)))
    granted = [answer for answer in answers if isinstance(answer, spend.MovementResult)]
    assert len(granted) == 100 // 7
    assert sum(isinstance(answer, InsufficientPoints) for answer in answers) == 50 - len(granted)
    assert sorted(moved.balance for moved in granted) == [100 - 7 * n for n in range(14, 0, -1)]
    assert await get_balance(rolling.resident) == 2
    assert await find_violations() == {}


async def test_twenty_of_the_same_at_once_spend_once(rolling):
    await award(rolling.resident, "a", 100)
    answers = await run_concurrently(*(spend_points(rolling.resident, 7) for _ in range(20)))
    assert len({answer.entry_id for answer in answers}) == 1
    assert await get_balance(rolling.resident) == 93
    assert await find_violations() == {}


async def test_awards_and_spends_at_once_add_up(rolling):
    await award(rolling.resident, "a", 50)
    await spend_points(rolling.resident, 1, "first")
    calls = [award(rolling.resident, f"b{n}", 5) for n in range(15)] + [
        spend_points(rolling.resident, 3, f"k{n}") for n in range(15)
    ]
    answers = await run_concurrently(*calls)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert await get_balance(rolling.resident) == 49 + 75 - 45
    assert await find_violations() == {}


async def test_many_small_lots_are_spent_at_one_stroke(rolling):
    for number in range(130):
        await award(rolling.resident, f"a{number}", 1)
    with record_statements() as sent:
        assert (await spend_points(rolling.resident, 125)).balance == 5
    assert len(sent) <= 25
    assert await find_violations() == {}


async def test_a_spend_inside_a_transaction_stands_or_falls_with_it(rolling):
    await award(rolling.resident, "a", 10)
    before = await read_tables_without_keys()

    async def fail():
        await spend_points(rolling.resident, 4)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours, two lines above
        await db.transaction(fail)
    assert await read_tables_without_keys() == before
    assert (await db.transaction(lambda: spend_points(rolling.resident, 4))).balance == 6


async def test_a_refund_goes_back_to_the_lots_it_came_from_with_their_ends(rolling):
    for day in (0, 1):
        await award_on(day, rolling)
    with clock.at(NOON + timedelta(days=2)):
        before = await list_lots(rolling.resident)
        moved = await spend_points(rolling.resident, 15)
        await refund_points(rolling.resident, moved.entry_id)
        assert await list_lots(rolling.resident) == before
    assert await find_violations() == {}


async def test_a_part_goes_back_to_what_ends_last_and_no_more_than_was_spent(rolling):
    for day in (0, 1):
        await award_on(day, rolling)
    with clock.at(NOON + timedelta(days=2)):
        moved = await spend_points(rolling.resident, 15)
        await refund_points(rolling.resident, moved.entry_id, 7, "r1")
        assert [left for _, left in await list_lots(rolling.resident)] == [2, 10]
        before = await read_tables_without_keys()
        with pytest.raises(RefundTooLarge):
            await refund_points(rolling.resident, moved.entry_id, 9, "r2")
        assert await read_tables_without_keys() == before
        await refund_points(rolling.resident, moved.entry_id, 8, "r3")
        with pytest.raises(RefundTooLarge):
            await refund_points(rolling.resident, moved.entry_id, None, "r4")
    assert await find_violations() == {}


async def test_a_refund_happens_once_for_its_key(rolling):
    await award(rolling.resident, "a", 10)
    moved = await spend_points(rolling.resident, 10)
    first = await refund_points(rolling.resident, moved.entry_id, 4)
    before = await read_tables_without_keys()
    assert await refund_points(rolling.resident, moved.entry_id, 4) == first
    with pytest.raises(SourceReused):
        await refund_points(rolling.resident, moved.entry_id, 5)
    assert await read_tables_without_keys() == before


async def test_what_comes_back_after_its_end_ends_at_once_and_the_statement_says_so(rolling):
    await award_on(0, rolling)
    with clock.at(NOON + timedelta(days=1)):
        moved = await spend_points(rolling.resident, 10)
    with clock.at(NOON + timedelta(days=40)):
        assert (await refund_points(rolling.resident, moved.entry_id)).balance == 0
        assert await get_balance(rolling.resident) == 0
    assert await list_statement_lines(rolling.resident) == [
        ("AWARD", 10, 10), ("SPEND", -10, 0), ("REFUND", 10, 10), ("EXPIRY", -10, 0),
    ]  # fmt: skip
    ended = next(row for row in await list_rows("journal_entry") if row["kind"] == "EXPIRY")
    assert "LOT_EXPIRED" in str(ended["explanation"])
    assert await find_violations() == {}


@pytest.mark.parametrize("entry", ["award", "none"])
async def test_only_what_was_spent_can_be_given_back(rolling, entry):
    await award(rolling.resident, "a", 10)
    number = (await list_rows("journal_entry"))[0]["id"] if entry == "award" else 999
    with pytest.raises(NotFound):
        await refund_points(rolling.resident, number)


async def test_a_spend_of_another_community_cannot_be_given_back(rolling):
    elsewhere = await create_community()
    await award(elsewhere.resident, "a", 10)
    moved = await spend_points(elsewhere.resident, 10)
    with pytest.raises(NotFound):
        await refund_points(rolling.resident, moved.entry_id)


async def test_movement_of_each_kind_has_member_and_amount(database):
    place = await create_community()
    await award(place.resident, "a", 50)
    spent = await spend_points(place.resident, 20)
    back = await refund_points(place.resident, spent.entry_id, 5)
    hold = await holds.freeze(place.id, place.resident.id, amount=10, lasts_s=60, source=Source("h"))
    captured = await holds.capture(place.id, hold.id, amount=4)
    await claw_back(place.id, "a")
    (taken,) = [row["id"] for row in await list_rows("journal_entry") if row["kind"] == "CLAW_BACK"]
    entries = [spent.entry_id, back.entry_id, hold.entry_id, captured.capture_id, taken]
    rows = await movements.get_movements(entries)
    assert [(row.id, row.kind, row.amount, row.membership_id) for row in rows] == [
        (entry, kind, amount, place.resident.id)
        for entry, kind, amount in zip(
            entries, ("SPEND", "REFUND", "HOLD", "CAPTURE", "CLAW_BACK"), (20, 5, 10, 4, 50), strict=True
        )
    ]
    assert await movements.find_movements([None, spent.entry_id]) == [None, rows[0]]
