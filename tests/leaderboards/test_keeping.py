"""Updates and rebuilds of the boards. They always agree with the ledger."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from community.kernel import cache, clock, db, outbox
from community.leaderboards import service as leaderboards
from community.leaderboards.redis_boards import BoardNotBuilt, is_built
from community.leaderboards.rules import LeaderboardEntry
from community.scores.periods import PeriodKind, compute_period
from tests.support import bank
from tests.support import boards as queries
from tests.support.boards import get_redis_board, get_stored_board
from tests.support.story import create_community, create_published, list_pending_effects, list_rows, read_tables

WEEK, MONTH, EVER = PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.EVER
_numbers = iter(range(10**6))


async def award(member, amount: int = 10) -> None:
    key = f"test:{next(_numbers)}"
    await bank.award(member, key, amount)


def drain() -> object:
    return leaderboards.apply_pending(max_failures=3)


async def assert_boards_match(place) -> None:
    """Assert that Redis has every board and matches the database."""
    for kind in PeriodKind:
        expected = await get_stored_board(place, kind).list_top(100)
        assert await get_redis_board(place, kind).list_top(100) == expected
        assert await queries.list_top(place.community, kind, first=100) == expected


async def use_redis(url: str, settings) -> None:
    """Let this process's cache be the one at `url`."""
    await cache.close_cache()
    cache.open_cache(settings.model_copy(update={"redis_url": url}))


async def test_an_approval_puts_its_author_on_the_boards(database):
    place = await create_community()
    await create_published(place)
    for kind in PeriodKind:
        assert await get_redis_board(place, kind).list_top(5) == [LeaderboardEntry(place.resident.id, 1, 10)]


async def test_a_member_sees_their_place_and_their_neighbours(database):
    place = await create_community(residents=6)
    for n, member in enumerate(place.residents):
        await award(member, 10 * (6 - n))
    await drain()
    a, b, c, d, e, _ = (LeaderboardEntry(m.id, n + 1, 10 * (6 - n)) for n, m in enumerate(place.residents))
    assert await queries.list_around(place.community, WEEK, place.residents[2].id) == [a, b, c, d, e]
    assert await queries.list_around(place.community, WEEK, place.residents[0].id, span=1) == [a, b]
    assert await queries.list_around(place.community, WEEK, place.residents[3].id, span=0) == [d]
    assert await queries.list_around(place.community, WEEK, place.leader.id) == []


async def test_a_community_has_boards_of_its_own(database):
    place, elsewhere = await create_community(), await create_community()
    await award(place.resident)
    await award(elsewhere.resident, 7)
    await drain()
    assert await queries.list_top(elsewhere.community, WEEK, first=5) == [LeaderboardEntry(elsewhere.resident.id, 1, 7)]
    assert await queries.list_around(elsewhere.community, WEEK, place.resident.id) == []


@pytest.mark.parametrize("time_zone", ["Asia/Shanghai", "America/New_York"])
async def test_a_new_week_begins_empty_where_the_community_is(database, time_zone):
    place = await create_community(time_zone=time_zone)
    await award(place.resident)
    await drain()
    week = compute_period(WEEK, clock.now(), time_zone)
    with clock.at(week.end):
        await assert_boards_match(place)
        assert await queries.list_top(place.community, WEEK, first=5) == []
        assert await queries.list_top(place.community, EVER, first=5) == [LeaderboardEntry(place.resident.id, 1, 10)]
        await award(place.other, 3)
        await drain()
        assert await queries.list_top(place.community, WEEK, first=5) == [LeaderboardEntry(place.other.id, 1, 3)]
        await assert_boards_match(place)


async def test_a_step_that_comes_after_its_week_is_counted_in_its_week(database):
    place = await create_community()
    await award(place.other, 1)
    await drain()
    await award(place.resident)
    week = compute_period(WEEK, clock.now(), place.community.time_zone)
    with clock.at(week.end + timedelta(hours=1)):
        await drain()
        assert await queries.list_top(place.community, WEEK, first=5) == []
        assert await get_redis_board(place, EVER).list_top(5) == [
            LeaderboardEntry(place.resident.id, 1, 10),
            LeaderboardEntry(place.other.id, 2, 1),
        ]
        await assert_boards_match(place)


async def test_a_drain_carries_out_every_step_and_says_how_many(database):
    place, elsewhere = await create_community(), await create_community()
    for member in (place.resident, place.resident, place.other, elsewhere.resident):
        await award(member)
    assert await drain() == 4
    assert (await list_pending_effects("leaderboards.drain"), await drain()) == ([], 0)
    await assert_boards_match(place)
    await assert_boards_match(elsewhere)


async def test_steps_that_are_carried_out_again_change_nothing(database):
    place = await create_community()
    for n, member in enumerate([place.resident, place.other, place.resident]):
        await award(member, n + 1)
    await drain()
    before = await get_redis_board(place).list_top(5)
    for _ in range(2):
        await db.execute("UPDATE outbox_effect SET done_at = NULL")
        assert await drain() == 3
        assert await get_redis_board(place).list_top(5) == before
    await assert_boards_match(place)


async def test_steps_may_be_carried_out_in_any_order(database):
    place = await create_community(residents=3)
    await award(place.leader)
    await drain()
    for n in range(9):
        await award(place.residents[n % 3], n + 1)
    steps = [row for row in await list_rows("outbox_effect") if row["name"] == "leaderboards.drain"]
    random.Random(3).shuffle(steps)
    await db.execute("UPDATE outbox_effect SET done_at = $1", clock.now())
    for step in steps:
        await db.execute("UPDATE outbox_effect SET done_at = NULL WHERE id = $1", step["id"])
        assert await drain() == 1
    await assert_boards_match(place)


async def test_more_steps_than_one_round_takes_are_all_carried_out(database):
    place = await create_community()
    await award(place.resident)
    step = (await list_pending_effects("leaderboards.drain"))[0]

    @db.transactional
    async def many():
        for _ in range(600):
            await outbox.put("leaderboards.drain", **step)

    await many()
    assert await drain() == 601


async def test_drains_at_once_leave_the_boards_right(database):
    place = await create_community(residents=4)
    for turn in range(4):
        for member in place.residents:
            await award(member, turn + 1)
        await asyncio.gather(*(drain() for _ in range(4)))
    await assert_boards_match(place)


async def test_a_community_whose_steps_fail_does_not_hold_up_the_others(database):
    place, elsewhere = await create_community(), await create_community()
    await leaderboards.rebuild_all()

    @db.transactional
    async def broken():
        await outbox.put("leaderboards.drain", community_id=elsewhere.id)

    await broken()
    await award(place.resident)
    assert await leaderboards.apply_pending(max_failures=2) == 1
    await assert_boards_match(place)
    (step,) = await outbox.list_pending("leaderboards.drain")
    (row,) = [row for row in await list_rows("outbox_effect") if row["id"] == step.id]
    assert (step.args["community_id"], row["failures"]) == (elsewhere.id, 1)
    assert await leaderboards.apply_pending(max_failures=2) == 0
    assert (await outbox.list_pending("leaderboards.drain"), (await outbox.get_backlog()).parked) == ([], 1)


async def test_boards_that_were_lost_are_read_from_the_books_and_made_again(database):
    place, untouched = await create_community(), await create_community()
    for n, member in enumerate([place.resident, place.other]):
        await award(member, n + 5)
    await drain()
    await leaderboards.reconcile()
    before = [await queries.list_top(place.community, kind, first=5) for kind in PeriodKind]
    around = await queries.list_around(place.community, WEEK, place.resident.id)
    await cache.client().flushdb()
    with pytest.raises(BoardNotBuilt):
        await get_redis_board(place).list_top(5)
    assert [await queries.list_top(place.community, kind, first=5) for kind in PeriodKind] == before
    assert await queries.list_around(place.community, WEEK, place.resident.id) == around
    assert await leaderboards.reconcile() == 2
    await assert_boards_match(place)
    await assert_boards_match(untouched)
    assert await leaderboards.reconcile() == 0


async def test_the_first_step_after_a_loss_makes_the_whole_board(database):
    place = await create_community()
    await award(place.resident, 7)
    await drain()
    await cache.client().flushdb()
    await award(place.other, 3)
    assert await drain() == 1
    assert await get_redis_board(place).list_top(5) == [
        LeaderboardEntry(place.resident.id, 1, 7),
        LeaderboardEntry(place.other.id, 2, 3),
    ]
    await assert_boards_match(place)


@pytest.mark.parametrize("part", ["scores", "counted"])
async def test_a_board_that_was_evicted_alone_is_read_from_the_books_and_made_again(database, part):
    place = await create_community(residents=2)
    one, other = place.residents
    await award(one, 7)
    await drain()
    assert await leaderboards.reconcile() == 0
    for heal in (leaderboards.reconcile, drain):
        await cache.client().delete(getattr(get_redis_board(place), part))
        expected = await get_stored_board(place).list_top(5)
        assert await queries.list_top(place.community, WEEK, first=5) == expected
        assert len(await queries.list_around(place.community, WEEK, one.id)) == len(expected)
        assert await leaderboards.compare_with_ledger(place.community) is None
        if heal is drain:
            await award(other, 9)
        assert await heal() == 1
        await assert_boards_match(place)
        assert await leaderboards.compare_with_ledger(place.community) is True


async def test_boards_that_came_back_from_an_older_time_are_made_again(database):
    place = await create_community()
    await award(place.resident, 7)
    await drain()
    board = get_redis_board(place)
    await cache.client().hset(board.built, "server", "0" * 40)
    await cache.client().zadd(board.scores, {"00000000000000000999": -1_000_000})
    assert await leaderboards.reconcile() == 1
    await assert_boards_match(place)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/valkey.sock"])
async def test_without_redis_reads_answer_from_the_books_and_steps_wait(database, url):
    place = await create_community()
    await award(place.resident, 7)
    await use_redis(url, database)
    before = await read_tables()
    assert await queries.list_top(place.community, WEEK, first=5) == [LeaderboardEntry(place.resident.id, 1, 7)]
    assert await queries.list_around(place.community, MONTH, place.resident.id) == [
        LeaderboardEntry(place.resident.id, 1, 7)
    ]
    for verb in (drain(), leaderboards.rebuild_all(), leaderboards.reconcile()):
        with pytest.raises(cache.CacheUnavailable):
            await verb
    assert await read_tables() == before
    await use_redis(database.redis_url, database)
    assert await drain() == 1
    await assert_boards_match(place)


async def test_a_redis_that_never_answers_is_given_up(database, monkeypatch):
    monkeypatch.setattr(cache, "TIMEOUT_S", 0.2)
    place = await create_community()
    await award(place.resident, 7)

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    await use_redis(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", database)
    async with asyncio.timeout(30):
        assert await queries.list_top(place.community, WEEK, first=5) == [LeaderboardEntry(place.resident.id, 1, 7)]
    await use_redis(database.redis_url, database)
    server.close()
    await server.wait_closed()


async def test_a_rebuild_makes_every_board_what_the_books_say(database):
    places = [await create_community(residents=5) for _ in range(3)]
    chance = random.Random(1)
    for _ in range(30):
        await award(chance.choice(chance.choice(places).residents), chance.randint(1, 4))
    assert await leaderboards.rebuild_all() == 3
    for place in places:
        await assert_boards_match(place)


async def test_a_rebuild_forgets_what_the_books_do_not_hold(database):
    place = await create_community()
    await award(place.resident)
    await drain()
    await cache.client().zadd(get_redis_board(place).scores, {"00000000000000000999": -5})
    await leaderboards.rebuild(place.community)
    await assert_boards_match(place)


async def test_steps_that_arrive_during_rebuilds_are_not_lost(database):
    place = await create_community(residents=5)
    chance = random.Random(2)

    async def awards():
        for _ in range(25):
            await award(chance.choice(place.residents), chance.randint(1, 9))

    async def drains():
        for _ in range(12):
            await drain()
            await asyncio.sleep(0.005)

    async def rebuilds():
        for _ in range(8):
            await leaderboards.rebuild(place.community)

    await asyncio.gather(awards(), drains(), rebuilds(), rebuilds())
    await drain()
    assert await is_built(place.id)
    await assert_boards_match(place)


async def test_readers_during_a_rebuild_never_see_half_a_board(database):
    place = await create_community(residents=6)
    for n, member in enumerate(place.residents):
        await award(member, n + 1)
    await drain()
    expected = await get_stored_board(place).list_top(10)
    going = True

    async def rebuilds():
        nonlocal going
        for _ in range(30):
            await leaderboards.rebuild(place.community)
        going = False

    async def reads():
        while going:
            assert await queries.list_top(place.community, WEEK, first=10) == expected

    await asyncio.gather(rebuilds(), *(reads() for _ in range(3)))
