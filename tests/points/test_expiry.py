"""Expiry of lots, once and however late, and its notices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from community.database import use_database
from community.kernel import clock, db
from community.kernel.paging import PageRequest
from community.kernel.row_failures import RowsFailed
from community.notices import queries as notices
from community.points import expiry, policy, spend
from community.points.idempotent import Source
from community.points.kinds import ExpiryPolicy
from tests.support.bank import award, find_violations, get_balance, list_statement_lines
from tests.support.statements import record_statements
from tests.support.story import create_community

NOON = datetime(2031, 3, 3, 4, tzinfo=UTC)


def at(days: float):
    return clock.at(NOON + timedelta(days=days))


@pytest.fixture
async def place(database):
    """A community whose points last forty days."""
    made = await create_community()
    await policy.set_policy(made.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=40)
    return made


async def list_expiry_notices(member) -> list[tuple[str, int]]:
    """Return the notices about expiry, oldest first."""
    page = await notices.list_inbox(member, PageRequest(100))
    return [(row.kind.value, row.detail["points"]) for row in reversed(page.rows)]


async def test_an_end_is_announced_a_month_and_a_week_ahead_and_told_when_it_comes(place):
    with at(0):
        await award(place.resident, "a", 10)
    for days in (1, 20, 20, 30, 35, 35, 39):
        with at(days):
            await expiry.announce_expiring()
    assert await list_expiry_notices(place.resident) == [("POINTS_EXPIRING", 10)] * 2
    for days in (42, 43):
        with at(days):
            await expiry.expire_due_lots()
    assert await list_expiry_notices(place.resident) == [("POINTS_EXPIRING", 10)] * 2 + [("POINTS_EXPIRED", 10)]
    assert await list_expiry_notices(place.other) == []


async def test_when_more_ends_than_was_announced_it_is_announced_again_once_a_day(place):
    with at(0):
        await award(place.resident, "a", 10)
        spent = await spend.spend(place.id, place.resident.id, amount=8, source=Source("s"))
    with at(20):
        await expiry.announce_expiring()
        await spend.refund(place.id, spent.entry_id, amount=3, source=Source("r"))
        await expiry.announce_expiring()
    with at(21):
        await expiry.announce_expiring()
        await expiry.announce_expiring()
    with at(22):
        await spend.spend(place.id, place.resident.id, amount=1, source=Source("s2"))
        await expiry.announce_expiring()
    assert [points for _, points in await list_expiry_notices(place.resident)] == [2, 5]


@pytest.mark.parametrize(("hours", "notices_sent"), [(11, 1), (12, 2)])
async def test_expiry_notice_repeats_after_midnight_of_community(place, hours, notices_sent):
    with at(0):
        await award(place.resident, "a", 10)
        spent = await spend.spend(place.id, place.resident.id, amount=8, source=Source("s"))
    with at(20):
        await expiry.announce_expiring()
        await spend.refund(place.id, spent.entry_id, amount=3, source=Source("r"))
    with at(20 + hours / 24):
        await expiry.announce_expiring()
    assert len(await list_expiry_notices(place.resident)) == notices_sent


async def test_what_comes_in_when_an_end_has_not_been_noticed_stands_on_the_right_balance(place):
    with at(0):
        await award(place.resident, "a", 20)
    with at(50):
        await award(place.resident, "b", 5)
    assert await list_statement_lines(place.resident) == [("AWARD", 20, 20), ("EXPIRY", -20, 0), ("AWARD", 5, 5)]
    assert (await get_balance(place.resident), await find_violations()) == (5, {})


async def test_account_that_fails_does_not_stop_the_others(place, caplog):
    with at(0):
        await award(place.resident, "a", 10)
        await award(place.other, "b", 5)
        await award(place.leader, "c", 3)
    broken = await db.scalar("SELECT id FROM account WHERE membership_id = $1", place.resident.id)
    await db.execute("UPDATE account SET balance = 1 WHERE id = $1", broken)  # Less than its lots.
    with at(50), pytest.raises(RowsFailed):
        await expiry.expire_due_lots()
    assert f"account {broken}" in caplog.text
    assert [await get_balance(member) for member in (place.resident, place.other, place.leader)] == [1, 0, 0]
    await db.execute("UPDATE account SET balance = 10 WHERE id = $1", broken)
    with at(50):
        assert await expiry.expire_due_lots() == 10
    assert (await get_balance(place.resident), await find_violations()) == (0, {})


@pytest.mark.on_servers
async def test_locked_account_does_not_stop_the_others(settings):
    async with use_database(settings.model_copy(update={"lock_timeout_ms": 100})):
        place = await create_community()
        await policy.set_policy(place.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=40)
        with at(0):
            await award(place.resident, "a", 10)
            await award(place.other, "b", 5)
        other = await asyncpg.connect(settings.database_url)
        try:
            await other.execute("BEGIN")
            await other.execute("SELECT FROM account WHERE membership_id = $1 FOR UPDATE", place.resident.id)
            with at(50), pytest.raises(RowsFailed):
                await expiry.expire_due_lots()
        finally:
            await other.close()
        assert [await get_balance(member) for member in (place.resident, place.other)] == [10, 0]
        with at(50):
            assert await expiry.expire_due_lots() == 10


async def test_notice_that_fails_does_not_stop_the_others(place, caplog):
    with at(0):
        await award(place.resident, "a", 10)
    with at(5):
        await award(place.other, "b", 5)
    with at(12):
        await expiry.announce_expiring()
    assert await list_expiry_notices(place.other) == []
    await db.execute("UPDATE notice SET detail = '{}' WHERE membership_id = $1", place.resident.id)
    with at(18), pytest.raises(RowsFailed):
        await expiry.announce_expiring()
    assert "row failed: row=account" in caplog.text
    assert await list_expiry_notices(place.other) == [("POINTS_EXPIRING", 5)]


async def test_many_accounts_expire_in_few_statements(place):
    elsewhere = await create_community(residents=3)
    await policy.set_policy(elsewhere.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=40)
    members = [place.resident, place.other, *elsewhere.residents]
    for day in (0, 1):
        with at(day):
            for member in members:
                await award(member, f"{member.id} {day}", 10)
    with at(50), record_statements() as sent:
        assert await expiry.expire_due_lots() == 100
    assert len(sent) <= 30
    lines = [("AWARD", 10, 10), ("AWARD", 10, 20), ("EXPIRY", -10, 10), ("EXPIRY", -10, 0)]
    assert [await list_statement_lines(member) for member in members] == [lines] * 5
    assert [await list_expiry_notices(member) for member in members] == [[("POINTS_EXPIRED", 20)]] * 5
    assert await find_violations() == {}
