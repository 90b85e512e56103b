"""The expiry of many accounts on one midnight, by a worker that is stopped on the way. PostgreSQL only.

    .venv/bin/python tests/benchmarks/expiry.py [--members 100000] [--stops 3]

Needs PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). One account is wrong. It must
not stop the others, and is put right after them. Prints the time of the expiry, with the restarts of the worker, and of
each stop. Exits with 1 if the expiry takes more than 3 minutes, a stop more than 10 seconds, or points are left.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.database import use_database
from community.kernel import clock, db, outbox
from community.settings import Settings
from tests.support.backends import Servers
from tests.support.fleet import Fleet, run_fleet
from tests.support.ledger import LOT_POINTS, REMAINING_LOTS, write_history
from workers.schedule import SCHEDULE

MAX_EXPIRY_S, MAX_STOP_S, MAX_WAIT_S = 180, 10, 1_200
_ENDED_AT = datetime(2024, 6, 1, tzinfo=UTC)
"""The lots of this year have expired. So every account is due."""
_LEFT = "SELECT count(*) FROM account WHERE kind = 'MEMBER' AND balance > 0"
_LATER = "INSERT INTO schedule (name, every_s, next_at) VALUES ($1, $2, $3)"
_FAILURES = "SELECT sum(failures)::int FROM outbox_effect WHERE name = 'effects.end_points'"
_BREAK = "UPDATE account SET balance = $1 WHERE id = (SELECT min(id) FROM account WHERE kind = 'MEMBER')"


async def fill(settings: Settings, members: int) -> None:
    """Write accounts whose lots are all due, one of them wrong, and put the effect into the outbox."""
    async with use_database(settings):
        # With a spend of each. An empty table of movements would be planned as one that stays empty.
        await write_history(settings, accounts=members, postings=members * (REMAINING_LOTS + 2), ended_at=_ENDED_AT)
        await db.execute(_BREAK, 1)
        for name, every_s in SCHEDULE.items():  # No other job takes the worker's time.
            await db.execute(_LATER, name, every_s, clock.now() + timedelta(days=1))
        await db.transaction(lambda: outbox.put("effects.end_points"))


async def follow(connection: asyncpg.Connection, statement: str) -> AsyncIterator[int]:
    """Yield the answer of the statement five times a second, for at most 20 minutes."""
    for _ in range(5 * MAX_WAIT_S):
        yield await connection.fetchval(statement) or 0
        await asyncio.sleep(0.2)


async def watch(settings: Settings, fleet: Fleet, members: int, stops: int) -> bool:
    """Print the times. Return True if none is too long and every account expires."""
    connection = await asyncpg.connect(settings.database_url)
    worker, stopped, began, left = fleet.find("worker", "effects"), [], None, members
    try:
        async for left in follow(connection, _LEFT):
            if began is None and left < members:
                began = time.monotonic()
            if len(stopped) < stops and left < members * (1 - (len(stopped) + 1) / (stops + 1)):
                stopped.append(await asyncio.to_thread(fleet.restart, worker, signal.SIGTERM))
                print(f"stopped in {stopped[-1]:.1f} s with {left:,} accounts left", flush=True)
            if left <= 1:
                break
        elapsed = time.monotonic() - (began or 0)
        print(f"{members - left:,} accounts expired in {elapsed:.1f} s; load {os.getloadavg()[0]:.1f}", flush=True)
        async for failures in follow(connection, _FAILURES):
            if failures:
                break
        await connection.execute(_BREAK, REMAINING_LOTS * LOT_POINTS)
        async for rest in follow(connection, _LEFT):
            if not rest:
                return left == 1 and elapsed < MAX_EXPIRY_S and max(stopped, default=0) < MAX_STOP_S
        return False
    finally:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--stops", type=int, default=3)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        with servers.create_database() as settings, tempfile.TemporaryDirectory() as folder:
            asyncio.run(fill(settings, given.members))
            quick = settings.model_copy(update={"outbox_reoffer_s": 30})
            with run_fleet(quick, Path(folder), apis=0, workers=1, relays=1) as fleet:
                is_ok = asyncio.run(watch(settings, fleet, given.members, given.stops))
            sys.exit(not is_ok)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
