"""The speed of a spend compared with pgbench, and of reads.

    .venv/bin/python tests/benchmarks/points.py [--seconds 5] [--rounds 3] [--postings 5000000]
        [--skip-spends] [--skip-growth]

Runs on PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). The statement
of `points.spend` is also sent by pgbench (32 clients, prepared), on the same database and in turns. The spends are
spread over 5,000 accounts, then all on one. The service runs in two processes of 16 tasks each. Through GraphQL, two
API processes are asked over loopback HTTP. The benchmark prints the rates of each round and the median of their ratios.
Then it times a balance and a page of a statement in a small ledger and in a large one. The large one has `--postings`
postings. `community audit` checks both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
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
from community.database import use_database
from community.kernel import cache
from community.kernel.paging import PageRequest
from community.points import queries
from community.points.idempotent import Source
from community.points.spend import SPEND_SQL, spend
from community.settings import PREFIX, Settings
from tests.support.backends import SECRET, Servers
from tests.support.fleet import run_fleet
from tests.support.ledger import LedgerHistory, write_history
from tests.support.pgbench import CLIENTS, run_pgbench

ACCOUNTS = 5_000
PROCESSES = 2
SPEND = """mutation ($input: PointsSpendInput!) {
  pointsSpend(input: $input) { balance movement { id amount } errors { code } } }"""


def select_violations() -> str:
    """Build the service's statement with pgbench's variables as parameters."""
    given = {
        "1": "CAST(:community AS BIGINT)", "2": "CAST(:member AS BIGINT)", "3": "CAST(1 AS BIGINT)",
        "4": "('pgbench:' || CAST(:number AS TEXT))", "5": "CAST('{\"inputs\": {}}' AS JSONB)", "6": "now()",
        "7": "('pgbench:' || CAST(:number AS TEXT))", "8": "'fingerprint'", "9": "CAST(NULL AS BIGINT)",
    }  # fmt: skip
    return re.sub(r"\$(\d)", lambda found: given[found[1]], SPEND_SQL)


def measure_pgbench(settings: Settings, community: int, first: int, last: int, seconds: float) -> float:
    """Return pgbench's spends per second over the members `first` to `last`."""
    script = (
        f"\\set community {community}\n\\set member random({first}, {last})\n"
        f"\\set number random(1, 9000000000000000)\n{select_violations()};\n"
    )
    return run_pgbench(settings, script, seconds)


async def _spend(settings: Settings, community: int, first: int, last: int, seconds: float) -> int:
    numbers = count()
    done = 0
    async with use_database(settings):

        async def one(place: int) -> None:
            nonlocal done
            while time.perf_counter() < until:
                number = next(numbers)
                member = first + (number * 7919 + place) % (last - first + 1)
                await spend(community, member, amount=1, source=Source(f"{os.getpid()}:{until}:{number}"))
                done += 1

        until = time.perf_counter() + 0.5
        await asyncio.gather(*(one(place) for place in range(CLIENTS // PROCESSES)))
        done = 0
        began = time.perf_counter()
        until = began + seconds
        await asyncio.gather(*(one(place) for place in range(CLIENTS // PROCESSES)))
        return round(done / (time.perf_counter() - began))


def measure_service(settings: Settings, community: int, first: int, last: int, seconds: float) -> float:
    """Return the spends per second through the service, in two processes."""
    command = [sys.executable, __file__, "--worker", *map(str, (community, first, last, seconds))]
    environment = os.environ | {
        "COMMUNITY_DATABASE_URL": settings.database_url, "COMMUNITY_REDIS_URL": settings.redis_url,
        "COMMUNITY_TOKEN_SECRET": SECRET,
    }  # fmt: skip
    workers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(PROCESSES)]
    return sum(float(worker.communicate()[0]) for worker in workers)


async def measure_graphql(urls, token: str, community: int, first: int, last: int, seconds: float) -> float:
    """Return the spends per second through GraphQL, over open connections."""
    done = 0
    numbers = count()
    until = time.perf_counter() + seconds
    run = time.time_ns()

    async def ask(url: str) -> None:
        nonlocal done
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < until:
            number = next(numbers)
            given = {
                "idempotencyKey": f"{run}:{number}", "amount": 1,
                "memberId": encode("Member", first + number * 7919 % (last - first + 1)), "reference": "bench",
            }  # fmt: skip
            body = json.dumps({"query": SPEND, "variables": {"input": given}}).encode()
            head = (
                f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            text = await reader.readexactly(length)
            assert b'"errors":[]' in text.replace(b" ", b""), text
            done += 1
        writer.close()

    await asyncio.gather(*(ask(urls[place % len(urls)]) for place in range(CLIENTS)))
    return done / seconds


def compare(settings: Settings, urls, past: LedgerHistory, *, seconds: float, rounds: int) -> None:
    """Print the rates and ratios, spread over accounts and on one account."""
    community, first, token = past.community_id, past.first_member, past.secret
    for name, last in (("spread over 5,000 accounts", first + ACCOUNTS - 1), ("all on one account", first)):
        ratios, through = [], []
        for number in range(rounds):
            bare = measure_pgbench(settings, community, first, last, seconds)
            called = measure_service(settings, community, first, last, seconds)
            asked = uvloop.run(measure_graphql(urls, token, community, first, last, seconds))
            ratios.append(called / bare)
            through.append(asked / bare)
            print(
                f"{name}, round {number + 1}: pgbench {bare:,.0f}/s   service {called:,.0f}/s   GraphQL {asked:,.0f}/s"
                f"   ratios {ratios[-1]:.2f}, {through[-1]:.2f}"
            )
        print(f"{name}: ratio of the service, median of {rounds}: {statistics.median(ratios):.2f}")
        print(f"{name}: ratio through GraphQL, median of {rounds}: {statistics.median(through):.2f}")


async def measure_reads(settings: Settings, past: LedgerHistory) -> dict[str, float]:
    """Return the median microseconds of a balance and of a statement page."""
    async with use_database(settings):

        async def measure(work) -> float:
            took = []
            for place in range(1_500):
                began = time.perf_counter()
                await work(past.first_member + place * 7 % ACCOUNTS)
                took.append(time.perf_counter() - began)
            return statistics.median(took[300:]) * 1e6

        return {
            "balance": await measure(lambda member: queries.list_accounts(past.community_id, [member])),
            "statement page": await measure(
                lambda member: queries.list_statement_lines(past.community_id, member, PageRequest(20))
            ),
        }


def run_audit(settings: Settings) -> int:
    """Run `community audit` and return its peak memory in megabytes."""
    environment = os.environ | {
        f"{PREFIX}DATABASE_URL": settings.database_url, f"{PREFIX}REDIS_URL": settings.redis_url,
        f"{PREFIX}TOKEN_SECRET": SECRET,
    }  # fmt: skip
    audit = subprocess.Popen([sys.executable, "-m", "community", "audit"], env=environment)
    _, status, usage = os.wait4(audit.pid, 0)
    audit.returncode = os.waitstatus_to_exitcode(status)
    assert audit.returncode == 0, "the audit found a wrong row"
    return usage.ru_maxrss // 1024


async def _write_history(settings: Settings, postings: int) -> LedgerHistory:
    async with use_database(settings):
        cache.open_cache(settings)
        past = await write_history(settings, accounts=ACCOUNTS, postings=postings)
        await cache.close_cache()
        return past


def measure_growth(servers: Servers, postings: int) -> None:
    """Print the time of reads in two sizes of ledger. Audit both."""
    sizes = {}
    few = ACCOUNTS * 3
    for number in (few, postings):
        with servers.create_database() as settings:
            began = time.perf_counter()
            past = asyncio.run(_write_history(settings, number))
            print(f"{number:,} postings written in {time.perf_counter() - began:.0f} s")
            sizes[number] = asyncio.run(measure_reads(settings, past))
            print(f"audit: {run_audit(settings)} MB at most")
    for name, small in sizes[few].items():
        large = sizes[postings][name]
        print(f"{name}: {small:.0f} us at {few:,} postings, {large:.0f} us at {postings:,}: {large / small:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postings", type=int, default=5_000_000)
    parser.add_argument("--skip-growth", action="store_true")
    parser.add_argument("--skip-spends", action="store_true")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        community, first, last = map(int, given.worker[:3])
        print(uvloop.run(_spend(Settings(), community, first, last, float(given.worker[3]))))
        return
    servers = Servers()
    servers.start()
    try:
        if not given.skip_spends:
            with servers.create_database() as settings, tempfile.TemporaryDirectory() as folder:
                past = asyncio.run(_write_history(settings, ACCOUNTS * 3))
                with run_fleet(settings, Path(folder), apis=2, workers=0, relays=0) as fleet:
                    time.sleep(3)
                    compare(settings, fleet.urls, past, seconds=given.seconds, rounds=given.rounds)
        if not given.skip_growth:
            measure_growth(servers, given.postings)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
