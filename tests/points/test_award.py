"""Awards: paid once per source key, under concurrency, and always balanced."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from community.kernel import clock, db
from community.points import queries
from tests.support.bank import award, find_violations, get_balance
from tests.support.story import create_community, list_pending_effects, list_rows, read_tables, run_concurrently

BOOKS = ("journal_entry", "posting", "lot", "award", "outbox_effect")


async def test_an_award_is_one_entry_one_posting_and_a_step_of_the_boards(database):
    place = await create_community()
    with clock.at(place.resident.joined_at):
        assert await award(place.resident, "a:1", 7) is True
    (entry,), (posting,) = await list_rows("journal_entry"), await list_rows("posting")
    accounts = {row["id"]: row for row in await list_rows("account")}
    assert (entry["source_key"], entry["kind"], entry["community_id"]) == ("a:1", "AWARD", place.id)
    assert (posting["entry_id"], posting["amount"], posting["from_balance"], posting["to_balance"]) == (
        entry["id"], 7, None, 7,
    )  # fmt: skip
    assert accounts[posting["from_account_id"]]["kind"] == "ISSUANCE"
    assert accounts[posting["to_account_id"]]["membership_id"] == place.resident.id
    (step,) = await list_pending_effects("leaderboards.drain")
    assert (step["community_id"], step["membership_id"]) == (place.id, place.resident.id)


async def test_the_same_cause_is_paid_once(database):
    place = await create_community()
    await award(place.resident, "a:1", 7)
    before = await read_tables(*BOOKS)
    assert await award(place.resident, "a:1", 7) is False
    assert await award(place.other, "a:1", 99) is False
    assert await read_tables(*BOOKS) == before


async def test_the_same_source_key_in_another_community_is_another_cause(database):
    place, elsewhere = await create_community(), await create_community()
    assert await award(place.resident, "a:1") is await award(elsewhere.resident, "a:1") is True
    assert (await get_balance(place.resident), await get_balance(elsewhere.resident)) == (10, 10)


@pytest.mark.parametrize("amount", [0, -1])
async def test_an_award_of_nothing_or_less_cannot_be_written(database, amount):
    place = await create_community()
    await award(place.resident, "a:1")
    before = await read_tables(*BOOKS)
    with pytest.raises(IntegrityError):
        await award(place.resident, "a:2", amount)
    assert await read_tables(*BOOKS) == before


async def test_an_award_that_fails_frees_its_source_key(database):
    place = await create_community()
    before = await read_tables(*BOOKS)
    with pytest.raises(IntegrityError):
        await award(place.resident, "a:1", 0)
    assert await read_tables(*BOOKS) == before
    assert await award(place.resident, "a:1") is True


async def test_twenty_awards_at_once_for_one_cause_pay_once(database):
    place = await create_community()
    answers = await run_concurrently(*(award(place.resident, "a:1") for _ in range(20)))
    assert sorted(answers) == [False] * 19 + [True]
    assert (await get_balance(place.resident), len(await list_rows("posting"))) == (10, 1)


async def test_twenty_awards_at_once_for_twenty_causes_add_up(database):
    place = await create_community()
    assert await run_concurrently(*(award(place.resident, f"a:{n}", n) for n in range(1, 21))) == [True] * 20
    assert await get_balance(place.resident) == 210
    postings = await list_rows("posting")
    assert [row["to_balance"] for row in postings] == [
        sum(row["amount"] for row in postings[: place + 1]) for place in range(20)
    ]
    assert await find_violations() == {}


async def test_awards_at_once_to_many_members_of_a_new_community_share_one_issuance(database):
    place = await create_community(residents=8)
    answers = await run_concurrently(
        *(award(member, f"{member.id}:{n}") for member in place.residents for n in range(3))
    )
    assert answers == [True] * 24
    assert [row["kind"] for row in await list_rows("account")].count("ISSUANCE") == 1
    assert await queries.list_balances(place.id, [member.id for member in place.residents]) == [30] * 8
    assert await find_violations() == {}


async def test_the_books_balance_after_every_award(database):
    place = await create_community()
    for n, member in enumerate([*place.residents, place.leader, *place.residents]):
        await award(member, f"a:{n}", n + 1)
        assert await find_violations() == {}


@pytest.mark.parametrize("table", ["journal_entry", "posting", "award"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET community_id = community_id"])
async def test_the_database_itself_refuses_to_change_the_books(database, table, statement):
    place = await create_community()
    await award(place.resident, "a:1")
    before = await read_tables()
    with pytest.raises((IntegrityError, OperationalError), match="append-only"):
        await db.execute(statement.format(table))
    assert await read_tables() == before


async def test_the_database_itself_holds_a_balance_above_zero(database):
    place = await create_community()
    await award(place.resident, "a:1")
    with pytest.raises(IntegrityError):
        await db.execute("UPDATE account SET balance = balance - 11 WHERE kind = 'MEMBER'")
    assert await get_balance(place.resident) == 10
