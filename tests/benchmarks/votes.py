"""The rate of votes for one entry compared with pgbench on one row.

    .venv/bin/python tests/benchmarks/votes.py [--seconds 5] [--rounds 3]

Runs on PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). Two API processes are asked
over loopback HTTP by 64 connections. 2,500 members vote for one entry, and then all for the next one, so that every
vote is new and all wait for one entry. In turns with it pgbench (64 clients, prepared) inserts a vote and adds one to
the counter of an entry, which is one row. The benchmark prints the rates and the median of their ratios, and compares
the number of votes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from itertools import count
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.api.ids import encode
from community.communities.queries import get_members
from community.database import use_database
from community.events.contents import MAX_VOTES
from community.kernel import cache, clock, db
from community.settings import Settings
from tests.support.backends import Servers
from tests.support.contests import hold, move_to
from tests.support.fleet import run_fleet
from tests.support.ledger import write_history
from tests.support.loads import Load, begin_sessions, write_posts
from tests.support.pgbench import run_pgbench
from tests.support.voting import VOTE

CALLERS = 2_500
CONNECTIONS = 64
ENTRIES = 60
HOT_ROW = """\\set m random(1, 1000000000)
BEGIN;
INSERT INTO hot_vote (entry_id, membership_id, created_at) VALUES (1, :m, now());
UPDATE hot_entry SET votes = votes + 1 WHERE id = 1;
END;
"""


async def prepare(settings: Settings) -> tuple[list[str], list[int]]:
    """Write members and a contest in its voting. Return the access tokens, and the ids of the entries."""
    async with use_database(settings):
        cache.open_cache(settings)
        past = await write_history(settings, accounts=CALLERS + 1, postings=CALLERS)
        leader, *members = await get_members([past.first_member + number for number in range(CALLERS + 1)])
        await db.execute(
            "INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES ($1, $2, 'LEADER',"
            " now())", leader.community_id, leader.id,
        )  # fmt: skip
        event = await hold(leader, votes_per_day=MAX_VOTES, votes_in_total=MAX_VOTES)
        entries = [
            await db.scalar(
                "INSERT INTO event_entry (community_id, event_id, membership_id, submission_id, state, shuffle,"
                " is_undated, created_at) VALUES ($1, $2, $3, $4, 'ENTERED', $4, FALSE, $5) RETURNING id",
                leader.community_id, event.id, leader.id, post, clock.now() - timedelta(hours=1),
            )
            for post in await write_posts(leader, ENTRIES)
        ]  # fmt: skip
        await move_to(leader, event, list(event.dates)[1])
        await db.execute("CREATE TABLE hot_entry (id BIGINT PRIMARY KEY, votes BIGINT NOT NULL)")
        await db.execute("INSERT INTO hot_entry VALUES (1, 0)")
        await db.execute(
            "CREATE TABLE hot_vote (id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY, entry_id BIGINT NOT NULL,"
            " membership_id BIGINT NOT NULL, created_at TIMESTAMPTZ NOT NULL, UNIQUE (entry_id, membership_id, id))"
        )
        tokens = await begin_sessions(settings, members)
        await cache.close_cache()
    return tokens, entries


async def count_votes(settings: Settings) -> int:
    """Return the number of stored votes."""
    async with use_database(settings):
        return await db.scalar("SELECT count(*) FROM event_vote")


def compare(settings: Settings, folder: Path, *, seconds: float, rounds: int) -> None:
    """Print the rates and their ratios."""
    tokens, entries = asyncio.run(prepare(settings))
    numbers, sent = count(), 0

    def build(number: int) -> dict:
        entry = entries[number // CALLERS]  # The token of a request is that of `number % CALLERS`.
        return {"query": VOTE, "variables": {"input": {"entryId": encode("EventEntry", entry)}}}

    with run_fleet(settings, folder, apis=2, workers=0, relays=0) as fleet:
        time.sleep(4)
        load, ratios = Load(fleet.urls, tokens), []
        sent += len(uvloop.run(load.measure(numbers, build, 1, callers=CONNECTIONS)))
        for number in range(rounds):
            bare = run_pgbench(settings, HOT_ROW, seconds, clients=CONNECTIONS)
            took = uvloop.run(load.measure(numbers, build, seconds, callers=CONNECTIONS))
            sent += len(took)
            rate = len(took) / seconds
            ratios.append(rate / bare)
            print(
                f"round {number + 1}: pgbench {bare:,.0f}/s, votes {rate:,.0f}/s, ratio {ratios[-1]:.2f}, median"
                f" {statistics.median(took) * 1000:.1f} ms, load {os.getloadavg()[0]:.1f}", flush=True,
            )  # fmt: skip
    print(f"median ratio of {rounds}: {statistics.median(ratios):.2f}")
    print(f"votes sent {sent:,}, stored {asyncio.run(count_votes(settings)):,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        with servers.create_database() as settings, tempfile.TemporaryDirectory() as folder:
            compare(settings, Path(folder), seconds=given.seconds, rounds=given.rounds)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
