"""The speed of redemptions compared with pgbench.

    .venv/bin/python tests/benchmarks/redeem.py [--seconds 5] [--rounds 3]

Runs on PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). The statements of one
redemption alone are recorded, and pgbench sends them with other ids (32 clients, prepared, one transaction each), on
the same database and in turns. 5,000 members redeem 500 rewards, then all redeem one. The service runs in two processes
of 16 tasks each. Through GraphQL, two API processes are asked over loopback HTTP by 32 connections. The benchmark
prints the rates of each round and the median of their ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.api.ids import encode
from community.communities.queries import MemberRow, get_members
from community.database import use_database
from community.kernel import cache, db
from community.rewards import catalogue, redeem
from community.rewards.grants import Order
from community.rewards.kinds import RewardKind
from community.rewards.rows import RewardRow
from community.settings import Settings
from tests.support.backends import ENCRYPTION_KEY, SECRET, Servers
from tests.support.fleet import run_fleet
from tests.support.ledger import write_history
from tests.support.loads import Load, begin_sessions
from tests.support.pgbench import CLIENTS, Recorder, run_pgbench
from tests.support.redeeming import RESERVE
from tests.support.rewards import make_reward_content

MEMBERS = 5_000
REWARDS = 500
CALLERS = 200
PROCESSES = 2
TEMPLATE = 4_321
"""The place of the member whose redemption is recorded. No other number in its statements is the same."""
FIRST_IDS = {"person": 1_000_000, "membership": 2_000_000, "reward": 5_000_000, "reward_stock": 6_000_000,
             "redemption": 7_000_000, "idempotency_record": 8_000_000}  # fmt: skip
LATER_IDS = {"journal_entry": 90_000_000, "posting": 95_000_000}


async def prepare(settings: Settings) -> tuple[str, str, list[str]]:
    """Write members and rewards. Return the two scripts of pgbench, and the access tokens of the callers."""
    async with use_database(settings):
        cache.open_cache(settings)
        await _set_first_ids(FIRST_IDS)
        past = await write_history(settings, accounts=MEMBERS, postings=MEMBERS * 3)
        await _set_first_ids(LATER_IDS)
        members = await get_members([past.first_member + number for number in range(CALLERS)])
        await db.execute(
            "INSERT INTO membership_role (community_id, membership_id, role, granted_at)"
            " SELECT community_id, id, 'LEADER', now() FROM membership WHERE id = $1", past.first_member,
        )  # fmt: skip
        (leader,) = await get_members([past.first_member])
        rewards = [await _offer(leader) for _ in range(REWARDS)]
        tokens = await begin_sessions(settings, members)
        # The first run of each statement also compares its columns with its row.
        await redeem.reserve(leader, Order(rewards[1].id), key="first")
        (member,) = await get_members([past.first_member + TEMPLATE])
        recorder = Recorder()
        with recorder.record():
            await redeem.reserve(member, Order(rewards[0].id), key="TEMPLATE-KEY")
        scripts = [await _write_script(recorder, past.first_member, rewards[0].id, last) for last in (REWARDS - 1, 0)]
        await cache.close_cache()
    return scripts[0], scripts[1], tokens


async def _offer(leader: MemberRow) -> RewardRow:
    content = make_reward_content(price=1, max_per_person=10_000)
    draft = await catalogue.create(leader, kind=RewardKind.GOODS, content=content, stock=1_000_000)
    return await catalogue.publish(leader, draft.id, version=draft.version)


async def _set_first_ids(first_ids: dict[str, int]) -> None:
    for table, first in first_ids.items():
        await db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {first})")


async def _write_script(recorder: Recorder, first_member: int, first_reward: int, last: int) -> str:
    member = first_member + TEMPLATE
    found = await db.scalar("SELECT person_id FROM membership WHERE id = $1", member)
    account = await db.scalar("SELECT id FROM account WHERE membership_id = $1", member)
    balance = await db.scalar("SELECT balance FROM account WHERE id = $1", account)
    lot = await db.scalar("SELECT min(id) FROM lot WHERE account_id = $1", account)
    stock = await db.scalar("SELECT id FROM reward_stock WHERE reward_id = $1", first_reward)
    made = await db.scalar("SELECT code FROM redemption ORDER BY id DESC LIMIT 1")
    fingerprint = await db.scalar("SELECT fingerprint FROM idempotency_record ORDER BY id DESC LIMIT 1")
    head = f"\\set n random(0, {MEMBERS - 1})\n\\set r random(0, {last})\n\\set k random(1, 9000000000000000)"
    (locked,) = [
        number for number, (_, _, columns, _) in enumerate(recorder.calls) if {"balance", "debt"} <= set(columns)
    ]
    n, r = "CAST(:n AS BIGINT)", "CAST(:r AS BIGINT)"
    known = {
        str(found): f"({found - TEMPLATE} + {n})", str(member): f"({member - TEMPLATE} + {n})",
        str(account): f"({account - TEMPLATE} + {n})", str(lot): f"({lot - TEMPLATE} + {n})",
        str(first_reward): f"({first_reward} + {r})", str(stock): f"({stock} + {r})",
        str(balance): f"(CAST(:s{locked}_balance AS BIGINT) - 1)",
        "TEMPLATE-KEY": ":k", made: ":k", fingerprint: ":k",
    }  # fmt: skip
    script = recorder.write_script(head, known)
    # The lock on the account gives the balance, which the posting stores.
    lines = script.split("\n")
    place = next(number for number, line in enumerate(lines) if " FROM account" in line and "FOR NO KEY UPDATE" in line)
    lines[place] = lines[place].removesuffix(";") + f" \\gset s{locked}_"
    return "\n".join(lines)


async def _redeem_until(settings: Settings, given: list[int], seconds: float) -> float:
    first_member, first_reward, last = given
    numbers, done = count(), 0
    async with use_database(settings):
        members = await get_members([first_member + number for number in range(MEMBERS)])

        async def redeem_in_turn() -> None:
            nonlocal done
            while time.perf_counter() < until:
                number = next(numbers)
                member = members[(number * 7919 + os.getpid()) % MEMBERS]
                order = Order(first_reward + number * 31 % (last + 1))
                await redeem.reserve(member, order, key=f"{os.getpid()}:{until}:{number}")
                done += 1

        for length in (0.5, seconds):
            done, began = 0, time.perf_counter()
            until = began + length
            await asyncio.gather(*(redeem_in_turn() for _ in range(CLIENTS // PROCESSES)))
        return done / (time.perf_counter() - began)


def measure_service(settings: Settings, last: int, seconds: float) -> float:
    """Return the redemptions per second through the service, in two processes."""
    given = (FIRST_IDS["membership"] + 1, FIRST_IDS["reward"] + 1, last, seconds)
    environment = os.environ | {
        "COMMUNITY_DATABASE_URL": settings.database_url, "COMMUNITY_REDIS_URL": settings.redis_url,
        "COMMUNITY_TOKEN_SECRET": SECRET, "COMMUNITY_ENCRYPTION_KEY": ENCRYPTION_KEY,
    }  # fmt: skip
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--worker", *map(str, given)], env=environment, stdout=subprocess.PIPE
        )
        for _ in range(PROCESSES)
    ]
    return sum(float(worker.communicate()[0]) for worker in workers)


async def measure_graphql(load: Load, numbers: count[int], last: int, seconds: float) -> float:
    """Return the redemptions per second through GraphQL, over open connections."""

    def build(number: int) -> dict:
        reward = encode("Reward", FIRST_IDS["reward"] + 1 + number * 31 % (last + 1))
        given = {"idempotencyKey": f"{load.run}:{number}", "rewardId": reward}
        return {"query": RESERVE, "variables": {"input": given}}

    return len(await load.measure(numbers, build, seconds)) / seconds


def compare(settings: Settings, folder: Path, *, seconds: float, rounds: int) -> None:
    """Print the rates and ratios, spread over rewards and on one reward."""
    spread, hot, tokens = asyncio.run(prepare(settings))
    with run_fleet(settings, folder, apis=PROCESSES, workers=0, relays=0) as fleet:
        time.sleep(3)
        load, numbers = Load(fleet.urls, tokens), count()
        for name, script, last in (("spread over 500 rewards", spread, REWARDS - 1), ("all on one reward", hot, 0)):
            ratios, through = [], []
            for number in range(rounds):
                bare = run_pgbench(settings, script, seconds)
                called = measure_service(settings, last, seconds)
                asked = uvloop.run(measure_graphql(load, numbers, last, seconds))
                ratios.append(called / bare)
                through.append(asked / bare)
                print(
                    f"{name}, round {number + 1}: pgbench {bare:,.0f}/s   service {called:,.0f}/s"
                    f"   GraphQL {asked:,.0f}/s   ratios {ratios[-1]:.2f}, {through[-1]:.2f}", flush=True,
                )  # fmt: skip
            print(f"{name}: ratio of the service, median of {rounds}: {statistics.median(ratios):.2f}")
            print(f"{name}: ratio through GraphQL, median of {rounds}: {statistics.median(through):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        print(uvloop.run(_redeem_until(Settings(), [int(each) for each in given.worker[:3]], float(given.worker[3]))))
        return
    servers = Servers()
    servers.start()
    try:
        with servers.create_database() as settings, tempfile.TemporaryDirectory() as folder:
            compare(settings, Path(folder), seconds=given.seconds, rounds=given.rounds)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
