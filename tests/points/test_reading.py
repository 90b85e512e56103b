"""Reads: balances, and pages of statements."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from community.kernel.paging import InvalidCursor, PageRequest
from community.points import queries
from community.points.kinds import EntryKind
from tests.support.bank import award
from tests.support.story import create_community, read_all_pages, run_concurrently

EXPLAINED = {"rule": "EVENT_PARTICIPATION", "version": 1, "set_by": "BUILT_IN", "rounding": 2}
MONDAY = datetime(2031, 3, 3, tzinfo=UTC)


async def test_balances_come_in_the_order_of_the_question_and_are_nought_without_an_account(database):
    place = await create_community()
    await award(place.other, "a", 7)
    asked = [place.leader.id, place.other.id, place.leader.id, 999]
    assert await queries.list_balances(place.id, asked) == [0, 7, 0, 0]


async def test_a_balance_is_read_in_its_own_community_only(database):
    place, elsewhere = await create_community(), await create_community()
    await award(place.resident, "a")
    assert await queries.list_balances(elsewhere.id, [place.resident.id]) == [0]
    assert (await queries.list_statement_lines(elsewhere.id, place.resident.id, PageRequest())).rows == []


async def test_a_statement_says_what_came_why_and_what_was_there_then(database):
    place = await create_community()
    await award(place.resident, "a", 3)
    await award(place.resident, "b", 4)
    rows = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest())).rows
    assert [(row.source_key, row.amount, row.balance, row.kind, row.explanation) for row in rows] == [
        ("b", 4, 7, EntryKind.AWARD, EXPLAINED | {"inputs": {"why": "b"}}),
        ("a", 3, 3, EntryKind.AWARD, EXPLAINED | {"inputs": {"why": "a"}}),
    ]


async def test_a_statement_is_its_members_own(database):
    place = await create_community()
    await award(place.resident, "a")
    assert (await queries.list_statement_lines(place.id, place.other.id, PageRequest())).rows == []


@pytest.mark.parametrize("first", [1, 3, 4, 100])
async def test_a_running_balance_runs_through_all_pages(database, first):
    place = await create_community()
    await run_concurrently(*(award(place.resident, f"a:{n}", n) for n in range(1, 11)))
    rows = await read_all_pages(
        lambda request: queries.list_statement_lines(place.id, place.resident.id, request), first=first
    )
    assert len({row.id for row in rows}) == 10
    running = 0
    for row in reversed(rows):
        running += row.amount
        assert row.balance == running
    assert await queries.list_balances(place.id, [place.resident.id]) == [running] == [55]


async def test_an_award_between_two_pages_neither_skips_nor_repeats(database):
    place = await create_community()
    for n in range(5):
        await award(place.resident, f"a:{n}")
    page = await queries.list_statement_lines(place.id, place.resident.id, PageRequest(2))
    await award(place.resident, "late")
    rest = await queries.list_statement_lines(
        place.id, place.resident.id, PageRequest(10, page.cursor_of(page.rows[-1]))
    )
    assert [row.source_key for row in page.rows + rest.rows] == ["a:4", "a:3", "a:2", "a:1", "a:0"]


async def test_a_cursor_of_another_list_is_refused(database):
    place = await create_community()
    with pytest.raises(InvalidCursor):
        await queries.list_statement_lines(place.id, place.resident.id, PageRequest(5, "WyJ4Il0"))
