"""Closed periods: podiums that stay, honours of a year, and sums that are no longer kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from community.accounts import people
from community.kernel import cache, clock, db, outbox
from community.kernel.errors import InvalidInput
from community.kernel.paging import PageRequest
from community.leaderboards import closings, honours, queries
from community.leaderboards import service as leaderboards
from community.leaderboards.models import HonourKind
from community.leaderboards.rules import LeaderboardEntry
from community.points.earning.claw_back import claw_back
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind
from tests.support.bank import award, find_violations
from tests.support.boards import get_redis_board
from tests.support.story import create_community, list_rows, run_concurrently

NOON = datetime(2031, 12, 31, 4, tzinfo=UTC)
DAY = timedelta(days=1)


async def read(place, kind: PeriodKind, on: date, *, board: BoardKind = BoardKind.POINTS, community=True):
    row = await queries.find_leaderboard(place.community if community else None, board, kind, on=on)
    page = await queries.get_page(row, PageRequest(10))
    return row.closed_at is not None, [(entry.membership_id, entry.rank, entry.score) for entry in page.rows]


@pytest.fixture
async def place(database):
    """Return a community in which three members earned points on the last day of a year."""
    with clock.at(NOON - 3 * DAY):
        place = await create_community(residents=4)
    with clock.at(NOON):
        for member, points in zip(place.residents, (7, 9, 7), strict=False):
            await award(member, f"a:{member.id}", points)
    return place


async def test_closed_day_never_changes(place):
    one, two, three, _ = place.residents
    expected = [(two.id, 1, 9), (one.id, 2, 7), (three.id, 2, 7)]
    with clock.at(NOON + DAY / 2):
        # Midnight is past, the period is closed an hour later.
        await closings.close_due()
        assert await read(place, PeriodKind.DAY, NOON.date()) == (False, expected)
    with clock.at(NOON + DAY):
        closed = await run_concurrently(closings.close_due(), closings.close_due())
        assert all(isinstance(number, int) for number in closed)
        assert await closings.close_due() == 0
        await claw_back(place.id, f"a:{two.id}")
        assert await read(place, PeriodKind.DAY, NOON.date()) == (True, expected)
        assert await read(place, PeriodKind.EVER, NOON.date() + DAY) == (False, [(one.id, 1, 7), (three.id, 1, 7)])
    assert await find_violations() == {}


async def test_hidden_member_leaves_the_podium_without_moving_the_others(place):
    one, two, three, _ = place.residents
    with clock.at(NOON + DAY):
        await closings.close_due()
        await people.ban(two.person_id, reason="spam")
        assert await read(place, PeriodKind.DAY, NOON.date()) == (True, [(one.id, 2, 7), (three.id, 2, 7)])


async def test_year_grants_honours_by_rank_once(place):
    one, two, three, four = place.residents
    with clock.at(NOON + DAY):
        await closings.close_due()
        await closings.close_due()
    found = await honours.list_of_members([one.id, two.id, three.id, four.id])
    granted = {number: [(row.kind, row.rank) for row in rows] for number, rows in found.items()}
    gold = HonourKind.GOLD_INTERACTION
    assert granted == {one.id: [(gold, 2)], two.id: [(gold, 1)], three.id: [(gold, 2)], four.id: []}
    notices = [row["membership_id"] for row in await list_rows("notice") if row["kind"] == "HONOUR_GRANTED"]
    assert sorted(notices) == [one.id, two.id, three.id]
    assert [row.starts_at for row in found[two.id]] == [datetime(2030, 12, 31, 16, tzinfo=UTC)]


async def test_scheduler_that_slept_closes_each_period_it_missed(place):
    with clock.at(NOON + 10 * DAY):
        await closings.close_due()
    closed = [row["period"] for row in await list_rows("leaderboard_closing") if row["community_id"] == place.id]
    days = {name for name in closed if name.startswith("day:")}
    assert {f"day:2031-12-{number}" for number in (28, 29, 30, 31)} <= days
    assert {"week:2031-12-29", "month:2031-12-01", "year:2031-01-01"} <= set(closed)
    assert len(closed) == len(BoardKind) * len(set(closed))


@pytest.fixture
async def upgraded(place):
    """Return the place in a database that began to count at noon, and whose sums are not complete."""
    moved = "UPDATE tortoise_migrations SET applied_at = $1 WHERE name >= '0049'"
    await db.execute(moved, NOON)
    await db.execute("DELETE FROM leaderboard_score")
    with clock.at(NOON):
        await db.transaction(lambda: outbox.put(closings.RECOUNT_EFFECT))
    yield place
    await db.execute(moved, clock.now())  # The next test may use the same database.


async def test_upgraded_database_closes_what_it_counted(upgraded):
    one, two, three, _ = upgraded.residents
    with clock.at(NOON + 2 * DAY):
        assert await closings.close_due() == 0
        await leaderboards.recount_all()
        (effect,) = await outbox.list_pending(closings.RECOUNT_EFFECT)
        await outbox.mark_done(effect.id)
        await closings.close_due()
        found = await list_rows("leaderboard_closing")
        ended = {row["period"] for row in found if row["community_id"] == upgraded.id}
        assert ended == {"day:2031-12-31", "day:2032-01-01", "month:2031-12-01", "year:2031-01-01"}
        for kind in (PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR):
            assert await read(upgraded, kind, NOON.date()) == (True, [(two.id, 1, 9), (one.id, 2, 7), (three.id, 2, 7)])
    assert await find_violations() == {}


async def test_parked_recount_keeps_periods_open(upgraded):
    await db.execute("UPDATE outbox_effect SET parked_at = $1", NOON)
    with clock.at(NOON + 2 * DAY):
        assert await closings.close_due() == 0
    assert await list_rows("leaderboard_closing") == []


async def test_each_board_began_with_a_migration(database):
    assert set(await closings.list_beginnings()) == set(BoardKind)


async def test_podium_outlives_a_rebuild_of_redis(place):
    one, two, three, _ = place.residents
    with clock.at(NOON + DAY / 4):
        await leaderboards.rebuild_all()
        assert await get_redis_board(place, PeriodKind.DAY).list_top(1) == [LeaderboardEntry(two.id, 1, 9)]
    with clock.at(NOON + DAY):
        await cache.client().flushdb()
        await closings.close_due()
        await claw_back(place.id, f"a:{two.id}")
        await leaderboards.rebuild_all()
        # The boards in Redis follow the claw-back. The podium of the month does not, nor that of the day.
        assert await get_redis_board(place, PeriodKind.EVER).list_top(1) == [LeaderboardEntry(one.id, 1, 7)]
        for kind in (PeriodKind.DAY, PeriodKind.MONTH):
            assert await read(place, kind, NOON.date()) == (True, [(two.id, 1, 9), (one.id, 2, 7), (three.id, 2, 7)])


async def test_sums_of_closed_periods_are_deleted_later(place):
    with clock.at(NOON + DAY):
        await closings.close_due()
        assert any(row["kind"] == "DAY" for row in await list_rows("leaderboard_score"))
    with clock.at(NOON + 5 * DAY):
        await closings.close_due()
        assert {row["kind"] for row in await list_rows("leaderboard_score")} == {"EVER", "WEEK"}
    assert await find_violations() == {}


async def test_board_of_all_communities_is_closed_later(place):
    with clock.at(NOON + 3 * DAY):
        await closings.close_due()
        is_public = place.community.visibility == "PUBLIC"
        closed, places = await read(place, PeriodKind.DAY, NOON.date(), community=False)
        assert (closed, len(places)) == (True, 3 if is_public else 0)


async def test_day_of_the_future_is_refused(place):
    with clock.at(NOON), pytest.raises(InvalidInput):
        await read(place, PeriodKind.DAY, NOON.date() + DAY)


async def test_pages_follow_the_last_place(place):
    with clock.at(NOON):
        row = await queries.find_leaderboard(place.community, BoardKind.POINTS, PeriodKind.DAY)
        seen, after = [], None
        while True:
            page = await queries.get_page(row, PageRequest(1, after))
            seen += [(entry.membership_id, entry.rank) for entry in page.rows]
            if not page.has_next:
                break
            after = page.cursor_of(page.rows[-1])
        one, two, three, _ = place.residents
        assert seen == [(two.id, 1), (one.id, 2), (three.id, 2)]
        assert (await page.count()).count == 3
