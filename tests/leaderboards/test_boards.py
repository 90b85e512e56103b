"""Boards from Redis and from the database are equal. Incomplete boards in Redis are not read."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from community.kernel import cache, clock
from community.leaderboards import redis_boards as boards
from community.leaderboards.redis_boards import BoardNotBuilt, RedisBoard
from community.leaderboards.rules import LeaderboardEntry
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from tests.support.board_oracle import ComputedBoard
from tests.support.boards import scored

_community = count(1000)

earnings = st.lists(
    st.tuples(st.integers(1, 2**40), st.one_of(st.integers(1, 4), st.integers(1, 2**50))),
    max_size=12,
    unique_by=lambda row: row[0],
).map(lambda rows: [scored(member, points, place) for place, (member, points) in enumerate(rows)])


def this_week(community_id: int) -> RedisBoard:
    return RedisBoard(community_id, BoardKind.POINTS, compute_period(PeriodKind.WEEK, clock.now(), "UTC"))


async def build_board(rows) -> RedisBoard:
    """Build a board in Redis with these rows."""
    community_id = next(_community)
    board = this_week(community_id)
    await boards.begin_build(community_id, "token")
    await board.put(rows)
    assert await boards.finish_build(community_id, "token", as_of=clock.now())
    return board


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows=earnings, first=st.integers(1, 15), span=st.integers(0, 4))
async def test_redis_and_the_books_answer_the_same(database, rows, first, span):
    board, computed = await build_board(rows), ComputedBoard(rows)
    assert await board.list_top(first) == await computed.list_top(first)
    for member in [*(row.membership_id for row in rows), 0]:
        assert await board.list_around(member, span=span) == await computed.list_around(member, span=span)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=earnings, seed=st.integers(0, 1000))
async def test_a_board_does_not_depend_on_the_order_of_its_steps(database, rows, seed):
    steps = [
        scored(row.membership_id, part, row.version * 3 + n)
        for row in rows
        for n, part in enumerate(sorted({max(1, row.score // 3), max(1, row.score // 2), row.score}))
    ]
    random.Random(seed).shuffle(steps)
    board = await build_board([])
    for step in [*steps, *steps[:3]]:
        await board.put([step])
    assert await board.list_top(15) == await ComputedBoard(rows).list_top(15)


async def test_equals_stand_in_the_order_of_their_joining(database):
    board = await build_board([scored(10, 5, 1), scored(9, 5, 2), scored(100, 5, 3), scored(2, 7, 4)])
    assert await board.list_top(10) == [
        LeaderboardEntry(2, 1, 7),
        LeaderboardEntry(9, 2, 5),
        LeaderboardEntry(10, 2, 5),
        LeaderboardEntry(100, 2, 5),
    ]
    assert await board.list_around(100, span=1) == [LeaderboardEntry(10, 2, 5), LeaderboardEntry(100, 2, 5)]


@pytest.mark.parametrize("moved", [9, 4, 3, 1, 0])
async def test_page_follows_its_cursor_after_a_move(database, moved):
    rows = [scored(member, 6 - member // 2, 1) for member in range(1, 9)]
    board = await build_board(rows)
    seen = await board.list_top(4)
    assert [(entry.membership_id, entry.score) for entry in seen] == [(1, 6), (2, 5), (3, 5), (4, 4)]
    await board.put([scored(4, moved, 2)])
    now = ComputedBoard([row for row in rows if row.membership_id != 4] + [scored(4, moved, 2)])
    rest = [entry for entry in now.entries if (-entry.score, entry.membership_id) > (-4, 4)]
    assert await board.list_top(3, after=seen[-1]) == rest[:3]


async def test_page_follows_a_member_who_is_gone(database):
    board = await build_board([scored(member, 5, 1) for member in range(1, 6)])
    seen = await board.list_top(2)
    await cache.client().zrem(board.scores, f"{2:020d}")
    assert await board.list_top(2, after=seen[-1]) == [LeaderboardEntry(3, 1, 5), LeaderboardEntry(4, 1, 5)]


async def test_a_board_that_was_never_built_does_not_answer(database):
    board = this_week(next(_community))
    await board.put([scored(1, 5, 1)])
    with pytest.raises(BoardNotBuilt):
        await board.list_top(5)
    with pytest.raises(BoardNotBuilt):
        await board.list_around(1, span=2)


async def test_a_board_under_construction_does_not_answer(database):
    board = await build_board([scored(1, 5, 1)])
    community_id = int(board.built.split("c")[1].split("}")[0])
    await boards.begin_build(community_id, "again")
    with pytest.raises(BoardNotBuilt):
        await board.list_top(5)
    assert not await boards.is_built(community_id)


async def test_only_the_last_build_declares_the_boards_whole(database):
    community_id = next(_community)
    await boards.begin_build(community_id, "one")
    await boards.begin_build(community_id, "two")
    assert await boards.finish_build(community_id, "one", as_of=clock.now()) is False
    assert await boards.is_built(community_id) is False
    assert await boards.finish_build(community_id, "two", as_of=clock.now()) is True
    assert await boards.is_built(community_id) is True
    assert await boards.finish_build(community_id, "two", as_of=clock.now()) is False


async def test_boards_of_another_start_of_the_server_are_not_whole(database):
    board = await build_board([scored(1, 5, 1)])
    community_id = int(board.built.split("c")[1].split("}")[0])
    await cache.client().hset(board.built, "server", "0" * 40)
    assert await boards.is_built(community_id) is False


async def test_an_evicted_board_is_not_taken_for_an_empty_one(database):
    board, empty = await build_board([scored(1, 5, 1)]), await build_board([])
    assert (await empty.list_top(5), await empty.list_around(1, span=2), await empty.is_evicted()) == ([], [], False)
    assert await board.is_evicted() is False
    await cache.client().delete(board.scores)
    with pytest.raises(BoardNotBuilt):
        await board.list_top(5)
    with pytest.raises(BoardNotBuilt):
        await board.list_around(1, span=2)
    with pytest.raises(BoardNotBuilt):
        await board.put([scored(2, 9, 2)])
    assert await board.is_evicted() is True
    assert not await cache.client().exists(board.scores)


async def test_a_board_without_its_fence_takes_nothing_more(database):
    board = await build_board([scored(1, 5, 9)])
    await cache.client().delete(board.counted)
    with pytest.raises(BoardNotBuilt):
        await board.put([scored(1, 3, 2)])
    assert await board.is_evicted() is True
    assert await board.list_top(5) == [LeaderboardEntry(1, 1, 5)]


async def test_a_build_takes_away_what_was_there_and_only_its_own(database):
    board, other = await build_board([scored(1, 5, 1)]), await build_board([scored(1, 9, 1)])
    community_id = int(board.built.split("c")[1].split("}")[0])
    await boards.begin_build(community_id, "again")
    await boards.finish_build(community_id, "again", as_of=clock.now())
    assert (await board.list_top(5), await other.list_top(5)) == ([], [LeaderboardEntry(1, 1, 9)])


async def test_a_board_goes_a_week_after_its_period(database):
    board = await build_board([scored(1, 5, 1)])
    due = (board.period.end + timedelta(days=7)).timestamp()
    for key in (board.scores, board.counted):
        assert await cache.client().expiretime(key) == due


async def test_a_board_of_all_time_stays(database):
    board = RedisBoard(next(_community), BoardKind.POINTS, compute_period(PeriodKind.EVER, clock.now(), "UTC"))
    await board.put([scored(1, 5, 1)])
    assert await cache.client().ttl(board.scores) > 10**10
