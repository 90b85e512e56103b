"""A board with odd entries in Redis is read from the database."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from community.kernel import cache
from community.leaderboards import redis_boards as boards
from community.leaderboards import service as leaderboards
from community.leaderboards.rules import LeaderboardEntry
from community.scores.periods import PeriodKind
from tests.support import bank
from tests.support import boards as queries
from tests.support.boards import get_redis_board
from tests.support.story import create_community

WEEK = PeriodKind.WEEK


@pytest.fixture
async def place(database):
    """Return a community whose boards are built, with one member on them."""
    place = await create_community()
    await bank.award(place.resident, "poison:1", 10)
    await leaderboards.rebuild(place.community)
    return place


def get_board(place):
    return get_redis_board(place, WEEK)


async def assert_answers_from_database(place):
    expected = [LeaderboardEntry(place.resident.id, 1, 10)]
    assert await queries.list_top(place.community, WEEK, first=20) == expected
    assert await queries.list_around(place.community, WEEK, place.resident.id) == expected


POISON = {
    "unknown": {f"{10**9:020d}": -99},
    "enormous id": {"9" * 20: -99},
    "no number": {"membership": -99},
    "unpadded": {"1": -99},
    "foreign digits": {"１" * 20: -99},
    "negative id": {f"{-7:020d}": -99},
    "nothing": {"": -99},
    "broken text": {b"\xff\xfe": -99},
    "infinite": {f"{1:020d}": float("-inf")},
    "infinite debt": {f"{1:020d}": float("inf")},
    "fraction": {f"{1:020d}": -7.5},
    "huge": {f"{1:020d}": -1e300},
    "debt": {f"{1:020d}": 7},
}


@pytest.mark.parametrize("kind", POISON)
async def test_odd_entry_is_answered_from_database(place, kind):
    await cache.client().zadd(get_board(place).scores, POISON[kind])
    await assert_answers_from_database(place)


@pytest.mark.parametrize("kind", POISON)
async def test_odd_neighbour_is_answered_from_database(place, kind):
    await cache.client().zadd(get_board(place).scores, POISON[kind])
    expected = [LeaderboardEntry(place.resident.id, 1, 10)]
    assert await queries.list_around(place.community, WEEK, place.resident.id) == expected


async def test_member_of_another_community_is_not_shown(place):
    other = await create_community()
    await cache.client().zadd(get_board(place).scores, {f"{other.resident.id:020d}": -99})
    await assert_answers_from_database(place)


@pytest.mark.parametrize("key", ["scores", "counted", "built"])
async def test_key_of_another_type_is_answered_from_database(place, key):
    name = getattr(get_board(place), key)
    await cache.client().delete(name)
    await cache.client().set(name, "poison")
    await assert_answers_from_database(place)


@pytest.mark.parametrize("key", ["scores", "counted", "built"])
async def test_key_of_another_type_is_built_again(place, key):
    name = getattr(get_board(place), key)
    await cache.client().delete(name)
    await cache.client().set(name, "poison")
    assert await leaderboards.reconcile() == 1
    assert await leaderboards.compare_with_ledger(place.community)


async def test_damaged_board_is_built_again(place, caplog):
    await cache.client().zadd(get_board(place).scores, POISON["unknown"])
    await assert_answers_from_database(place)
    assert not await boards.is_built(place.id)
    assert await leaderboards.reconcile() == 1
    assert await leaderboards.compare_with_ledger(place.community)
    assert len([record for record in caplog.records if "is damaged" in record.message]) == 1


async def test_damaged_board_differs_from_ledger(place):
    await cache.client().zadd(get_board(place).scores, POISON["fraction"])
    assert await leaderboards.compare_with_ledger(place.community) is False


@pytest.mark.parametrize("number", ["many", "", "1e999", "nan"])
async def test_odd_award_number_does_not_stop_updates(place, number):
    board = get_board(place)
    await cache.client().hset(board.counted, f"{place.resident.id:020d}", number)
    await bank.award(place.resident, "poison:2", 5)
    await leaderboards.apply_pending(max_failures=1)
    await leaderboards.reconcile()
    assert await board.list_top(1) != []


async def test_server_name_that_is_no_text_is_not_built(place):
    raw = Redis.from_url(get_redis_url(), decode_responses=False)
    await raw.hset(get_board(place).built, "server", b"\xff")
    await raw.aclose()
    await assert_answers_from_database(place)


def get_redis_url():
    connection = cache.client().connection_pool.connection_kwargs
    if "path" in connection:
        return f"unix://{connection['path']}?db={connection.get('db') or 0}"
    return f"redis://{connection['host']}:{connection['port']}/{connection.get('db') or 0}"
