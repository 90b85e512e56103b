"""Reads: balances, pages of statements, and points earned in a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel import clock, db
from community.kernel.paging import InvalidCursor, PageRequest
from community.leaderboards.rules import PeriodKind, compute_period
from community.points import queries
from community.points.kinds import EntryKind
from community.points.queries import EarnedPoints
from tests.support.bank import award
from tests.support.story import create_community, list_rows, read_all_pages, run_concurrently

EXPLAINED = {"rule": "EVENT_PRIZE", "version": 1, "set_by": "BUILT_IN", "rounding": 2}
MONDAY = datetime(2031, 3, 3, tzinfo=UTC)


async def award_at(moment: datetime, member, key: str, amount: int = 10) -> None:
    """Insert an award that was earned at exactly this moment."""
    await db.execute("INSERT INTO journal_entry (community_id, kind, source_key, explanation, created_at)"
                     " VALUES ($1, 'AWARD', $2, $3, $4)", member.community_id, key, {}, moment)  # fmt: skip
    entry = (await list_rows("journal_entry"))[-1]["id"]
    await db.execute(
        "INSERT INTO award (community_id, membership_id, entry_id, trigger, cause, amount, earned_at, created_at)"
        " VALUES ($1, $2, $3, 'EVENT_PRIZE', $4, $5, $6, $6)",
        member.community_id, member.id, entry, key, amount, moment,
    )  # fmt: skip


async def sum_earned(place, start: datetime, end: datetime, **given) -> dict[int, int]:
    return {
        row.membership_id: row.points
        for row in await queries.list_earned_points(place.id, start=start, end=end, **given)
    }


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


async def test_a_stretch_holds_its_start_and_not_its_end(database):
    place = await create_community()
    await award(place.resident, "now", 1)
    week = timedelta(days=7)
    moment = timedelta(microseconds=1)
    for n, at in enumerate([MONDAY - moment, MONDAY, MONDAY + week - moment, MONDAY + week]):
        await award_at(at, place.resident, f"a:{n}", 10**n)
    assert await sum_earned(place, MONDAY, MONDAY + week) == {place.resident.id: 110}
    assert await sum_earned(place, MONDAY - week, MONDAY) == {place.resident.id: 1}
    assert await sum_earned(place, MONDAY + week, MONDAY + 2 * week) == {place.resident.id: 1000}
    assert await sum_earned(place, MONDAY, MONDAY) == {}


@pytest.mark.parametrize(
    ("time_zone", "hours_ahead"), [("Asia/Shanghai", 8), ("Asia/Kolkata", 5.5), ("America/New_York", -5), ("UTC", 0)]
)
async def test_a_week_begins_at_midnight_where_the_community_is(database, time_zone, hours_ahead):
    place = await create_community(time_zone=time_zone)
    await award(place.resident, "now", 1)
    midnight = MONDAY - timedelta(hours=hours_ahead)
    await award_at(midnight - timedelta(seconds=1), place.resident, "sunday", 10)
    await award_at(midnight, place.resident, "monday", 100)
    week = compute_period(PeriodKind.WEEK, midnight, time_zone)
    assert (week.start, await sum_earned(place, week.start, week.end)) == (midnight, {place.resident.id: 100})


async def test_what_was_earned_is_told_for_all_or_for_some_with_the_last_award(database):
    place = await create_community()
    await award(place.resident, "a", 1)
    await award(place.other, "b", 2)
    await award(place.resident, "c", 4)
    ids = [row["id"] for row in await list_rows("award")]
    now = clock.now()
    span = {"start": now - timedelta(hours=1), "end": now + timedelta(hours=1)}
    everybody = {row.membership_id: row for row in await queries.list_earned_points(place.id, **span)}
    mine, others = EarnedPoints(place.resident.id, 5, ids[2]), EarnedPoints(place.other.id, 2, ids[1])
    assert everybody == {mine.membership_id: mine, others.membership_id: others}
    assert await queries.list_earned_points(place.id, **span, membership_ids=[place.resident.id]) == [mine]
    assert await queries.list_earned_points(place.id, **span, membership_ids=[]) == []
    assert await queries.list_earned_points(place.id, **span, membership_ids=[place.leader.id]) == []


async def test_what_was_earned_elsewhere_does_not_count_here(database):
    place, elsewhere = await create_community(), await create_community()
    await award(elsewhere.resident, "a")
    now = clock.now()
    assert await sum_earned(place, now - timedelta(hours=1), now + timedelta(hours=1)) == {}
