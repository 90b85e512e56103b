"""Boards belong to the database that they were built from, and an update touches its own members only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import people
from community.kernel import cache, clock, db, outbox
from community.leaderboards import redis_boards as boards
from community.leaderboards import service as leaderboards
from community.leaderboards.rules import LeaderboardEntry
from community.scores.periods import PeriodKind
from tests.leaderboards.test_scores import award_for
from tests.support import bank
from tests.support import boards as queries
from tests.support.boards import get_redis_board
from tests.support.story import create_community, list_pending_effects

WEEK = PeriodKind.WEEK


@pytest.fixture
async def place(database):
    """Return a community whose boards are built, with one member on them."""
    place = await create_community()
    await bank.award(place.resident, "first", 10)
    await drain()
    return place


def drain():
    return leaderboards.apply_pending(max_failures=1)


def get_board(place):
    return get_redis_board(place, WEEK)


async def add_stray_entry(place):
    """Add an entry that only a new build removes."""
    await cache.client().zadd(get_board(place).scores, {f"{place.leader.id:020d}": -1})


async def was_built_again(place):
    return len(await cache.client().zrange(get_board(place).scores, 0, -1)) == 1


async def test_boards_of_another_database_are_not_read(place):
    await cache.client().hset(get_board(place).built, "database", "another")
    await add_stray_entry(place)
    expected = [LeaderboardEntry(place.resident.id, 1, 10)]
    assert await queries.list_top(place.community, WEEK, first=5) == expected
    assert await queries.list_around(place.community, WEEK, place.resident.id) == expected
    assert await leaderboards.reconcile() == 1
    assert await was_built_again(place)


@pytest.mark.parametrize("change", ["award", "ban"])
async def test_restored_database_is_noticed(place, change):
    @db.transactional
    async def lose():
        if change == "award":
            await bank.award(place.resident, "lost", 10)
        else:
            await people.ban(place.leader.person_id, reason="spam")
            await leaderboards.queue_person_updates(place.leader.person_id)
        await drain()
        assert await boards.is_built(place.id)
        raise LookupError

    with pytest.raises(LookupError):
        await lose()
    await bank.award(place.resident, "later", 5)
    await people.ban(place.other.person_id, reason="spam")
    assert await leaderboards.reconcile() == 1
    assert await queries.list_top(place.community, WEEK, first=5) == [LeaderboardEntry(place.resident.id, 1, 15)]


async def test_update_of_an_unknown_community_is_skipped(place):
    @db.transactional
    async def put():
        await outbox.put("leaderboards.drain", community_id=2**40, membership_id=1)
        await outbox.put("leaderboards.drain", community_id=place.id, membership_id=2**40)

    await put()
    assert await drain() == 2
    assert (await list_pending_effects("leaderboards.drain"), (await outbox.get_backlog()).parked) == ([], 0)
    assert await leaderboards.compare_with_ledger(place.community)


async def test_late_report_does_not_build_again(place):
    await add_stray_entry(place)
    await award_for(clock.now() - timedelta(days=60), place.resident, "late", 5)
    await drain()
    assert not await was_built_again(place)
    assert await queries.list_top(place.community, WEEK, first=1) == [LeaderboardEntry(place.resident.id, 1, 10)]
    assert await queries.list_top(place.community, PeriodKind.EVER, first=1) == [
        LeaderboardEntry(place.resident.id, 1, 15)
    ]


async def test_hidden_person_leaves_without_a_build(place):
    await add_stray_entry(place)
    await people.ban(place.resident.person_id, reason="spam")
    await leaderboards.queue_person_updates(place.resident.person_id)
    await drain()
    assert not await was_built_again(place)
    assert await get_board(place).list_top(5) == [LeaderboardEntry(place.leader.id, 1, 1)]
    await people.unban(place.resident.person_id)
    await leaderboards.queue_person_updates(place.resident.person_id)
    await drain()
    assert (await get_board(place).list_top(1))[0] == LeaderboardEntry(place.resident.id, 1, 10)
