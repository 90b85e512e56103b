"""Frozen points: once per key, resolved once, returned to their lots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.kernel.row_failures import RowsFailed
from community.points import holds, policy, queries, rules, spend
from community.points.errors import HoldResolved, InsufficientPoints, RefundTooLarge, SourceReused
from community.points.idempotent import Source
from community.points.kinds import EntryKind, ExpiryPolicy, HoldState
from tests.support.bank import award, find_violations, get_account, get_balance, list_lots, list_statement_lines
from tests.support.story import create_community, read_tables_without_keys, run_concurrently

NOON = datetime(2031, 3, 3, 4, tzinfo=UTC)


def freeze(member, amount: int = 4, key: str = "h", lasts_s: int = 3600):
    return holds.freeze(
        member.community_id, member.id, amount=amount, lasts_s=lasts_s, source=Source(key, {"reference": key})
    )


@pytest.fixture
async def place(database):
    """A community whose points last 30 days, with a resident who has 10."""
    made = await create_community()
    await policy.set_policy(made.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=30)
    with clock.at(NOON):
        await award(made.resident, "a", 10)
    return made


RESOLVED = queries.StatementFilter(kinds=(EntryKind.CAPTURE, EntryKind.RELEASE))


@pytest.fixture
def now():
    """A clock that shows one hour after the award."""
    with clock.at(NOON + timedelta(hours=1)):
        yield


async def test_what_is_frozen_is_not_there_to_spend(place, now):
    hold = await freeze(place.resident)
    found = await get_account(place.resident)
    assert (hold.state, found.balance, found.held) == (HoldState.OPEN, 6, 4)
    with pytest.raises(InsufficientPoints):
        await spend.spend(place.id, place.resident.id, amount=7, source=Source("s"))
    assert [row.id for row in (await holds.list_open_holds(place.resident, PageRequest())).rows] == [hold.id]
    assert await find_violations() == {}


async def test_the_same_key_freezes_once(place, now):
    first = await freeze(place.resident)
    before = await read_tables_without_keys()
    assert await freeze(place.resident) == first
    with pytest.raises(SourceReused):
        await freeze(place.resident, 5)
    assert await read_tables_without_keys() == before


@pytest.mark.parametrize(("amount", "lasts_s"), [(0, 60), (-1, 60), (1, 0), (1, rules.MAX_HOLD_S + 1)])
async def test_what_cannot_be_meant_is_refused(place, now, amount, lasts_s):
    before = await read_tables_without_keys()
    with pytest.raises(InvalidInput):
        await freeze(place.resident, amount, lasts_s=lasts_s)
    assert await read_tables_without_keys() == before


async def test_more_than_there_is_cannot_be_frozen(place, now):
    before = await read_tables_without_keys()
    with pytest.raises(InsufficientPoints):
        await freeze(place.resident, 11)
    assert await read_tables_without_keys() == before


async def test_a_capture_spends_a_part_and_gives_the_rest_back(place, now):
    before = await list_lots(place.resident)
    hold = await freeze(place.resident, 4)
    done = await holds.capture(place.id, hold.id, amount=3)
    assert (done.state, done.captured, await get_balance(place.resident)) == (HoldState.CAPTURED, 3, 7)
    assert await list_statement_lines(place.resident) == [
        ("AWARD", 10, 10),
        ("HOLD", -4, 6),
        ("CAPTURE", 0, 6),
        ("RELEASE", 1, 7),
    ]
    await spend.refund(place.id, done.capture_id, source=Source("r"))
    assert await list_lots(place.resident) == before
    with pytest.raises(RefundTooLarge):
        await spend.refund(place.id, done.capture_id, amount=1, source=Source("r2"))
    assert await find_violations() == {}


async def test_a_capture_has_a_line_of_its_own_and_a_release_says_why(place, now):
    captured, released, _forgotten = [await freeze(place.resident, 2, f"h{number}") for number in range(3)]
    await holds.capture(place.id, captured.id, amount=1)
    await holds.release(place.id, released.id)
    with clock.at(NOON + timedelta(hours=3)):
        assert await holds.time_out_due_holds() == 1
    found = await queries.list_statement_lines(place.id, place.resident.id, PageRequest(20), only=RESOLVED)
    assert [(row.kind, row.amount, row.balance, row.explanation["inputs"]) for row in reversed(found.rows)] == [
        (EntryKind.CAPTURE, 0, 4, {"frozen": 2, "captured": 1}),
        (EntryKind.RELEASE, 1, 5, {"frozen": 2, "because": "CAPTURED"}),
        (EntryKind.RELEASE, 2, 7, {"frozen": 2, "because": "RELEASED"}),
        (EntryKind.RELEASE, 2, 9, {"frozen": 2, "because": "TIMED_OUT"}),
    ]
    assert found.rows[-1].about_id == captured.entry_id
    others = await queries.list_statement_lines(place.id, place.other.id, PageRequest(20), only=RESOLVED)
    assert others.rows == []


async def test_a_hold_is_resolved_once_and_says_the_same_again(place, now):
    captured, released = await freeze(place.resident, 4), await freeze(place.resident, 2, "h2")
    done = await holds.capture(place.id, captured.id)
    gone = await holds.release(place.id, released.id)
    before = await read_tables_without_keys()
    assert await holds.capture(place.id, captured.id) == done
    assert await holds.release(place.id, released.id) == gone
    for resolve in (
        holds.release(place.id, captured.id), holds.capture(place.id, captured.id, amount=1),
        holds.capture(place.id, released.id),
    ):  # fmt: skip
        with pytest.raises(HoldResolved):
            await resolve
    assert await read_tables_without_keys() == before


async def test_of_many_who_resolve_at_once_one_does(place, now):
    hold = await freeze(place.resident, 4)
    answers = await run_concurrently(
        *(holds.capture(place.id, hold.id, amount=n) for n in (1, 2, 3, 4)), holds.release(place.id, hold.id)
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert {type(answer) for answer in answers if isinstance(answer, Exception)} == {HoldResolved}
    assert await find_violations() == {}


@pytest.mark.parametrize("amount", [0, 5])
async def test_only_what_is_frozen_can_be_captured(place, now, amount):
    hold = await freeze(place.resident, 4)
    with pytest.raises(InvalidInput):
        await holds.capture(place.id, hold.id, amount=amount)


async def test_a_hold_of_another_community_is_none(place, now):
    elsewhere = await create_community()
    hold = await freeze(place.resident)
    for resolve in (holds.capture(elsewhere.id, hold.id), holds.release(elsewhere.id, hold.id)):
        with pytest.raises(NotFound):
            await resolve


async def test_what_nobody_resolves_comes_back_when_its_time_is_over(place):
    with clock.at(NOON):
        hold = await freeze(place.resident, 4, lasts_s=60)
        assert await holds.time_out_due_holds() == 0
    with clock.at(NOON + timedelta(seconds=61)):
        with pytest.raises(HoldResolved):
            await holds.capture(place.id, hold.id)
        assert await holds.time_out_due_holds() == 1
        assert await holds.time_out_due_holds() == 0
        assert (await holds.get_hold(place.id, hold.id)).state is HoldState.TIMED_OUT
        assert await get_balance(place.resident) == 10
    assert await find_violations() == {}


async def test_what_was_frozen_in_time_can_be_captured_after_its_lot_has_ended(place):
    with clock.at(NOON + timedelta(days=29)):
        hold = await freeze(place.resident, 4, lasts_s=5 * 86_400)
    with clock.at(NOON + timedelta(days=32)):
        assert (await holds.capture(place.id, hold.id, amount=3)).captured == 3
        # The rest returned to an expired lot and expired immediately.
        assert await get_balance(place.resident) == 0
    kinds = [kind for kind, _, _ in await list_statement_lines(place.resident)]
    assert kinds == ["AWARD", "HOLD", "CAPTURE", "EXPIRY", "RELEASE", "EXPIRY"]
    assert await find_violations() == {}


async def test_hold_that_fails_does_not_stop_the_others(place, now, caplog):
    await award(place.other, "b", 10)
    broken, other = await freeze(place.resident), await freeze(place.other, key="o")
    await db.execute("UPDATE lot SET remaining = amount WHERE id = (SELECT min(id) FROM lot)")  # No room for a return.
    with clock.at(NOON + timedelta(hours=3)), pytest.raises(RowsFailed):
        await holds.time_out_due_holds()
    assert f"hold {broken.id}" in caplog.text
    assert [(await holds.get_hold(place.id, hold.id)).state for hold in (broken, other)] == [
        HoldState.OPEN, HoldState.TIMED_OUT
    ]  # fmt: skip
