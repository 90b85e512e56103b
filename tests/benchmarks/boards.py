"""Boards without Redis: concurrent readers of one large community, on PostgreSQL.

    .venv/bin/python tests/benchmarks/boards.py [--members 100000] [--readers 16] [--seconds 10]

Needs PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). The service gets a Redis address
where none listens. Each reader is another member, and reads the first places and its own with its neighbours. Prints
the times of the whole reads through GraphQL. Exits with 1 if the 99th of 100 takes more than 200 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.accounts import sessions
from community.accounts.models import Platform
from community.kernel import clock
from community.scores.periods import PeriodKind, compute_period
from community.settings import Settings
from tests.benchmarks.feed import COMMUNITY
from tests.support.api import Caller, run_api
from tests.support.backends import Servers

MAX_P99_MS = 200
BOARD = """query($c: ID!) { leaderboard(communityId: $c, period: WEEK) {
  entries { nodes { rank score member { id person { nickname } } } } mine { rank score }
  neighbours { rank score } } }"""
_STATEMENTS = """
SET session_replication_role = replica;
INSERT INTO community (id, name, time_zone, visibility, joining, created_at)
  VALUES (1, '幸福里', 'Asia/Shanghai', 'PUBLIC', 'OPEN', '2026-01-01Z');
INSERT INTO person (id, nickname, created_at) SELECT n, '邻居' || n, '2026-01-01Z' FROM generate_series(1, {members}) n;
INSERT INTO membership (id, community_id, person_id, joined_at)
  SELECT n, 1, n, '2026-01-01Z' FROM generate_series(1, {members}) n;
INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score, version,
  hidden, everywhere)
  SELECT 1, n, 'POINTS', kind, period, '2000-01-01Z', '9000-01-01Z', -(n % 5000 + 1), 1, n % 10 = 0, FALSE
  FROM generate_series(1, {members}) n, (VALUES {periods}) AS k (kind, period);
"""


async def fill(settings: Settings, members: int) -> None:
    """Fill the database with a community whose members all have points. One of ten is hidden."""
    names = (compute_period(kind, clock.now(), "Asia/Shanghai").name for kind in PeriodKind)
    periods = ", ".join(f"('{kind}', '{name}')" for kind, name in zip(PeriodKind, names, strict=True))
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(_STATEMENTS.format(members=members, periods=periods))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def read(caller: Caller, until: float) -> list[float]:
    """Read the board until this time. Return the times in milliseconds."""
    found = []
    while (began := time.perf_counter()) < until:
        await caller.ask(BOARD, c=COMMUNITY)
        found.append((time.perf_counter() - began) * 1_000)
    return found


async def measure(settings: Settings, given: argparse.Namespace) -> bool:
    """Print the times of the readers. Return True if they are short enough."""
    await fill(settings, given.members)
    settings = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with run_api(settings) as api:
        people = [1 + number * given.members // given.readers for number in range(given.readers)]
        callers = [
            Caller(api.client, (await sessions.begin(settings, person, Platform.DEVELOPMENT)).access.token)
            for person in people
        ]
        await asyncio.gather(*(read(caller, time.perf_counter() + 1) for caller in callers))
        until, used_s = time.perf_counter() + given.seconds, time.process_time()
        found = [one for times in await asyncio.gather(*(read(caller, until) for caller in callers)) for one in times]
        used_s = time.process_time() - used_s
    p99 = statistics.quantiles(found, n=100)[98]
    print(
        f"{given.readers} readers of {given.members:,} members: {len(found)} reads,"
        f" p50 {statistics.median(found):.0f} ms, p99 {p99:.0f} ms, longest {max(found):.0f} ms;"
        f" {used_s / len(found) * 1_000:.1f} ms of CPU per read in this process; load {os.getloadavg()[0]:.1f}"
    )
    return p99 < MAX_P99_MS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10)
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
