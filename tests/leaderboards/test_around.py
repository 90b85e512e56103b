"""A member's own entry is from one moment, even if the board changes meanwhile."""

from __future__ import annotations

import asyncio

from community.kernel import cache, clock
from community.leaderboards import redis_boards as boards
from community.leaderboards.redis_boards import RedisBoard
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from tests.support.boards import scored

ME = 1


async def test_ones_own_place_is_ones_own_while_others_overtake(database):
    board = RedisBoard(7, BoardKind.POINTS, compute_period(PeriodKind.WEEK, clock.now(), "UTC"))
    await boards.begin_build(7, "token")
    await board.put([scored(ME, 5, 1)])
    await boards.finish_build(7, "token", as_of=clock.now())
    going = True
    seen = []

    async def overtake():
        nonlocal going
        for n in range(300):
            await board.put([scored(1_000 + n, 10 + n, n)])
        going = False

    async def read():
        while going:
            seen.append(await board.list_around(ME, span=0))

    await asyncio.gather(overtake(), read(), read())
    assert {len(rows) for rows in seen} == {1}
    assert {row.membership_id for rows in seen for row in rows} == {ME}


async def count_scripts():
    """Return how many scripts the server has run. Each is one round trip."""
    return (await cache.client().info("commandstats"))["cmdstat_evalsha"]["calls"]


async def test_top_and_own_place_come_in_one_round_trip(database):
    board = RedisBoard(7, BoardKind.POINTS, compute_period(PeriodKind.WEEK, clock.now(), "UTC"))
    await boards.begin_build(7, "token")
    await board.put([scored(n, 1_000 - n // 3, 1) for n in range(1, 301)])
    await boards.finish_build(7, "token", as_of=clock.now())
    for member, first, span in ((1, 100, 2), (150, 20, 2), (300, 5, 3), (999, 5, 2)):
        await board.list_top(1)
        before = await count_scripts()
        top, around = await board.list_top_and_around(first, member, span=span)
        assert await count_scripts() == before + 1
        assert (top, around) == (await board.list_top(first), await board.list_around(member, span=span))
        assert [row.membership_id for row in around].count(member) == (member < 999)
