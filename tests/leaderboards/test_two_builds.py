"""A build that ends while another begins does not declare its boards built."""

from __future__ import annotations

import asyncio

import pytest
import redis

from community.kernel import clock
from community.leaderboards import redis_boards as boards
from community.leaderboards.redis_boards import BoardNotBuilt, RedisBoard
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from tests.support.boards import scored


async def test_a_build_that_ends_while_another_begins_does_not_declare_the_boards_whole(database):
    board = RedisBoard(7, BoardKind.POINTS, compute_period(PeriodKind.WEEK, clock.now(), "UTC"))
    server = await boards.get_server_id()
    await boards.begin_build(7, "one")
    await board.put([scored(1, 5, 1)])
    with redis.Redis.from_url(database.redis_url) as elsewhere:
        elsewhere.hset(board.built, "server", "seen by the test when the second build takes it away")
        second = asyncio.create_task(boards.begin_build(7, "two"))
        # No other task of this loop runs between its first command and the end of the other build.
        for _ in range(1_000):
            if not all(elsewhere.exists(board.built) for _ in range(50)):
                break
            await asyncio.sleep(0)
        elsewhere.eval(boards._FINISH_SCRIPT, 2, boards._building_key(7), board.built, "one", server)
        await second
    with pytest.raises(BoardNotBuilt):
        await board.list_top(5)
