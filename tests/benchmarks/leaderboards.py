"""Leaderboards: a read of a large board, the freshness of its updates, and a full rebuild.

    .venv/bin/python tests/benchmarks/leaderboards.py [--members 1000000] [--rate 500] [--postings 5000000]

Needs PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). The rows are made by SQL.

1. The first 100 and the own entry with two neighbours on each side, in one round trip to Redis. Beside it a bare ZRANGE
   and ZRANK in one pipeline, PostgreSQL's window function, and its reads by the index.
2. The time from an award to its score in Redis, at a number of events in a second, through a relay and a worker.
3. A rebuild of every sum and of the boards in Redis, its time and the peak of this process's memory.

Exits with 1 if the read takes 1.5 times the bare commands or more, or if the 99th of 100 updates takes over 1 s.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.communities.queries import get_communities
from community.database import use_database
from community.kernel import cache, clock, db, outbox
from community.leaderboards import service as leaderboards
from community.leaderboards.queries import StoredBoard
from community.leaderboards.redis_boards import RedisBoard, begin_build, finish_build
from community.scores import scores
from community.scores.boards import BoardKey
from community.scores.models import BoardKind
from community.scores.periods import BoardPeriod, PeriodKind, compute_period
from community.scores.scores import MemberScore
from community.settings import Settings
from tests.support.backends import Servers
from tests.support.fleet import run_fleet
from tests.support.pgbench import Recorder, run_pgbench

MAX_RATIO = 1.5
MAX_FRESHNESS_S = 1.0
TOP, SPAN, READS = 100, 2, 300
_PEOPLE = """
SET session_replication_role = replica;
INSERT INTO community (id, name, time_zone, visibility, joining, created_at)
  VALUES (1, '幸福里', 'Asia/Shanghai', 'PUBLIC', 'OPEN', '2026-01-01Z');
INSERT INTO person (id, nickname, created_at) SELECT n, '邻居' || n, '2026-01-01Z' FROM generate_series(1, {members}) n;
INSERT INTO membership (id, community_id, person_id, joined_at)
  SELECT n, 1, n, '2026-01-01Z' FROM generate_series(1, {members}) n;
"""
_SCORES = """
INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score, version,
  hidden, everywhere)
  SELECT 1, n, 'POINTS', '{kind}', '{period}', '{start}', '{end}', -(n % 5000 + 1), 1, FALSE, FALSE
  FROM generate_series(1, {members}) n
"""
_WINDOW = """SELECT membership_id, score, place FROM (SELECT membership_id, score, rank() OVER (ORDER BY score) AS place
  FROM leaderboard_score WHERE community_id = 1 AND board = 'POINTS' AND period = $1 AND NOT hidden AND score < 0) AS r
  WHERE place <= 100 OR membership_id = $2 ORDER BY place LIMIT 101"""


_DELAYS = """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY delay) AS p50,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY delay) AS p99 FROM
  (SELECT extract(epoch FROM done_at - created_at) AS delay FROM outbox_effect
   WHERE name = 'leaderboards.drain' AND created_at >= '{since}') AS d"""


async def fill(settings: Settings, members: int, period: BoardPeriod) -> None:
    """Fill the database with a community whose members all have points this week."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(_PEOPLE.format(members=members))
        await connection.execute(
            _SCORES.format(
                members=members, kind=period.kind, period=period.name, start=period.start.isoformat(),
                end=period.end.isoformat(),
            )
        )  # fmt: skip
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def time_calls(call: Callable[[], Awaitable[object]], number: int) -> float:
    """Return the median time of a call in milliseconds."""
    found = []
    for _ in range(number):
        began = time.perf_counter()
        await call()
        found.append((time.perf_counter() - began) * 1_000)
    return statistics.median(found)


async def measure_reads(settings: Settings, members: int, period: BoardPeriod) -> float:
    """Print the times of a read by each way. Return that of the service over that of the bare commands."""
    board = RedisBoard(1, BoardKind.POINTS, period)
    await begin_build(1, "benchmark")
    for first in range(1, members + 1, 1_000):
        rows = [MemberScore(n, period.name, n % 5_000 + 1, 1) for n in range(first, min(first + 1_000, members + 1))]
        await board.put(rows)
    await finish_build(1, "benchmark", as_of=clock.now())
    me = members // 2
    padded = f"{me:020d}"

    async def read_bare() -> None:
        async with cache.client().pipeline(transaction=False) as pipe:
            pipe.zrange(board.scores, 0, TOP - 1, withscores=True)
            pipe.zrank(board.scores, padded)
            await pipe.execute()

    connection = await asyncpg.connect(settings.database_url)
    stored = StoredBoard(BoardKey(1, BoardKind.POINTS, period.name))

    async def read_index() -> None:
        await stored.list_top(TOP)
        await stored.list_around(me, span=SPAN)

    try:
        await read_bare()
        await board.list_top_and_around(TOP, me, span=SPAN)
        # In turns, because other work on the machine changes with time.
        own, bare = [], []
        for _ in range(5):
            own.append(await time_calls(lambda: board.list_top_and_around(TOP, me, span=SPAN), READS // 5))
            bare.append(await time_calls(read_bare, READS // 5))
        window = await time_calls(lambda: connection.fetch(_WINDOW, period.name, me), 3)
        index = await time_calls(read_index, 20)
    finally:
        await connection.close()
    ratio = statistics.median(own) / statistics.median(bare)
    print(f"reads of {members} members in ms: service {statistics.median(own):.2f}, bare ZRANGE and ZRANK"
          f" {statistics.median(bare):.2f} (ratio {ratio:.2f}), PostgreSQL by index {index:.2f},"
          f" window function {window:.0f}")  # fmt: skip
    return ratio


async def measure_freshness(settings: Settings, members: int, *, rate: int, seconds: float) -> float:
    """Print and return the 99th percentile of the seconds from an award to its score in Redis.

    pgbench writes the sums and the effects, as an award does. A relay and a worker bring them to Redis.
    """
    recorder, member = Recorder(), members - 1

    @db.transactional
    async def count() -> None:
        await scores.count(BoardKind.POINTS, 1, member, 10, at=clock.now())

    await count()  # what is read once is not part of the script
    with recorder.record():
        await count()
    script = recorder.write_script(f"\\set member random(1, {members})", {str(member): ":member"})
    with tempfile.TemporaryDirectory() as folder, run_fleet(settings, Path(folder), apis=0, workers=1, relays=1):
        await until_nothing_is_pending()
        began = clock.now()
        reached = await asyncio.to_thread(run_pgbench, settings, script, seconds, rate=rate)
        await until_nothing_is_pending()
    row = (await db.client().execute_query_dict(_DELAYS.format(since=began.isoformat())))[0]
    print(f"freshness at {reached:.0f} events in a second: p50 {row['p50']:.2f} s, p99 {row['p99']:.2f} s")
    return float(row["p99"])


async def until_nothing_is_pending() -> None:
    """Wait until every update of a board is in Redis."""
    while (await outbox.get_backlog()).pending:  # noqa: ASYNC110 - another process changes it
        await asyncio.sleep(0.1)


async def measure_rebuild(settings: Settings, postings: int) -> None:
    """Print the time of a rebuild from so many awards, and the peak of memory."""
    members = max(1, postings // 100)
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        columns = await connection.fetch(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'award'"
        )
        named = {row["column_name"] for row in columns if row["is_nullable"] == "NO"} - {"id"}
        values = {
            "community_id": "1", "membership_id": f"n % {members} + 1", "amount": "1 + n % 9", "earned_at": "now()",
        }  # fmt: skip
        kinds = {row["column_name"]: row["data_type"] for row in columns}
        blank = {"text": "'b' || n", "bigint": "n", "jsonb": "'{}'", "boolean": "FALSE"}
        chosen = {name: values.get(name) or blank.get(kinds[name], "now()") for name in sorted(named | set(values))}
        chosen = {name: value for name, value in chosen.items() if name in kinds}
        await connection.execute(
            f"INSERT INTO award ({', '.join(chosen)}) SELECT {', '.join(chosen.values())}"
            f" FROM generate_series(1, {postings}) n"
        )
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    began = time.perf_counter()
    await leaderboards.recount_all()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    took_s = time.perf_counter() - began
    print(f"rebuild from {postings} awards of {members} members: {took_s:.1f} s, peak {peak_mb:.0f} MB")
    (community,) = await get_communities([1])
    assert await leaderboards.compare_with_ledger(community)


async def measure(settings: Settings, given: argparse.Namespace) -> bool:
    """Run each measurement. Return True if the limits hold."""
    period = compute_period(PeriodKind.WEEK, clock.now(), "Asia/Shanghai")
    await fill(settings, given.members, period)
    async with use_database(settings):
        cache.open_cache(settings)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        ratio = await measure_reads(settings, given.members, period)
        p99 = await measure_freshness(settings, given.members, rate=given.rate, seconds=given.seconds)
        await measure_rebuild(settings, given.postings)
        await cache.close_cache()
    return ratio < MAX_RATIO and p99 <= MAX_FRESHNESS_S


def main() -> None:
    """Measure on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--postings", type=int, default=5_000_000)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        with servers.create_database() as settings:
            sys.exit(not asyncio.run(measure(settings, given)))
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
