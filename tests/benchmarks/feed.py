"""The server's CPU time per request, compared with Mercurius on the same PostgreSQL database.

    .venv/bin/python tests/benchmarks/feed.py [--seconds 3] [--rounds 3] [--submissions 50000] [--only feed,like]

Needs node and npm, PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`), and Linux for
`/proc`. Mercurius runs with its JIT, once with loaders and once with one hand-written statement for the feed. `like`
and `create` have the same locks, checks and rows there (`peers/`). All servers are single processes. They take turns
in each round. First their answers to the feed are compared. Each figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.accounts import sessions
from community.accounts.models import Platform
from community.api.ids import encode
from community.database import use_database
from community.kernel import cache
from community.settings import Settings
from community.system.supervisor import listen
from tests.benchmarks.filling import MEMBERS, PICTURES, fill_community
from tests.support.backends import SECRET, Servers
from tests.support.fleet import run_fleet

CLIENTS = 8
WARM_UP_S = 4
"""The JIT of the peer needs three seconds of requests."""
PEERS = Path(__file__).parent / "peers"
COMMUNITY = encode("Community", 1)
FEED = """query Feed($communityId: ID!) {
  feed(communityId: $communityId) {
    nodes {
      id kind version recommended likeCount likedByMe publishedAt
      author { id roles person { id nickname avatar { id url } } }
      published {
        id number title text tags productRef createdAt
        media { id width height colour placeholder url }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
PAYLOAD = "{ submission { id state version likeCount likedByMe } errors { code } } }"
LIKE = f"mutation Like($input: SubmissionLikeInput!) {{ submissionLike(input: $input) {PAYLOAD}"
CREATE = f"mutation Create($input: SubmissionCreateInput!) {{ submissionCreate(input: $input) {PAYLOAD}"

_numbers = count(1)


def ask_feed(number: int) -> dict:
    """Build the request of a feed."""
    del number
    return {"query": FEED, "variables": {"communityId": COMMUNITY}}


def ask_typename(number: int) -> dict:
    """Build the smallest request."""
    del number
    return {"query": "{ __typename }"}


def ask_like(number: int) -> dict:
    """Build a like of another submission by each caller."""
    return {"query": LIKE, "variables": {"input": {"submissionId": encode("Submission", number // MEMBERS * 3 + 2)}}}


def ask_create(number: int) -> dict:
    """Build a submission with three tags and two of the caller's own pictures."""
    first = number // MEMBERS * PICTURES % 400 + 1
    pictures = [first * MEMBERS + number % MEMBERS, (first + 1) * MEMBERS + number % MEMBERS]
    content = {
        "title": "红烧肉", "text": "小火焖一小时，收汁。" * 20, "tags": ["家常菜", "红烧肉", "猪肉"],
        "mediaIds": [encode("Media", max(picture, MEMBERS)) for picture in pictures],
    }  # fmt: skip
    given = {"communityId": COMMUNITY, "idempotencyKey": uuid4().hex, "kind": "RECIPE", "content": content}
    return {"query": CREATE, "variables": {"input": given}}


CASES: dict[str, tuple[Callable[[int], dict], tuple[str, ...]]] = {
    "feed": (ask_feed, ("loaders", "statement")),
    "typename": (ask_typename, ("statement",)),
    "like": (ask_like, ("statement",)),
    "create": (ask_create, ("statement",)),
}


@dataclass
class Server:
    """A running server, with its CPU time and rates of each case."""

    name: str
    port: int
    pid: int
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)

    def read_cpu_s(self) -> float:
        """Read the user and system time of the process."""
        parts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


async def ask(server: Server, tokens: list[str], case: str, until: float) -> int:
    """Send requests over one connection until this time. Return their number."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    done = 0
    while time.perf_counter() < until:
        number = next(_numbers)
        await send(writer, tokens[number % len(tokens)], CASES[case][0](number))
        answer = await receive(reader)
        assert b'"errors":[{' not in answer, answer
        assert b'"errors":[]' in answer or case in {"feed", "typename"}, answer
        done += 1
    writer.close()
    return done


async def send(writer: asyncio.StreamWriter, token: str, given: dict) -> None:
    """Send a request."""
    body = json.dumps(given).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> bytes:
    """Return the body of a response."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


async def measure(server: Server, tokens: list[str], case: str, seconds: float) -> None:
    """Measure the CPU time per request and the rate of one case."""
    began, spent = time.perf_counter(), server.read_cpu_s()
    done = sum(await asyncio.gather(*(ask(server, tokens, case, began + seconds) for _ in range(CLIENTS))))
    server.cpu_ms.setdefault(case, []).append((server.read_cpu_s() - spent) / done * 1000)
    server.rates.setdefault(case, []).append(done / (time.perf_counter() - began))


async def compare_answers(servers: list[Server], token: str) -> None:
    """Print the size of the feed's answer. Exits if a server gives another one."""
    answers = []
    for server in servers:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await send(writer, token, ask_feed(0))
        answers.append(await receive(reader))
        writer.close()
    values = [list_values(json.loads(answer)["data"]) for answer in answers]
    for server, others in zip(servers, values, strict=True):
        if others != values[0]:
            sys.exit(f"{server.name} gives another answer: {sorted(set(others) ^ set(values[0]))[:4]}")
    print(f"the feed: {len(answers[0]):,} bytes, {len(values[0])} values, equal")


def list_values(data: object, path: str = "") -> list[tuple[str, str]]:
    """List the leaves with their paths."""
    if isinstance(data, dict | list):
        items = data.items() if isinstance(data, dict) else enumerate(data)
        return sorted(leaf for name, each in items for leaf in list_values(each, f"{path}.{name}"))
    # A cursor of the service also names its list.
    return [(path, "" if path.endswith("endCursor") else repr(data))]


async def compare(servers: list[Server], tokens: list[str], cases: list[str], given: argparse.Namespace) -> None:
    """Measure every case on every server in turns, and print the medians and the ratios."""
    await compare_answers(servers, tokens[0])
    own = servers[0]
    for case in cases:
        compared = [own, *(server for server in servers if server.name in CASES[case][1])]
        for server in compared:
            await measure(server, tokens, case, WARM_UP_S)
            server.cpu_ms.clear()
            server.rates.clear()
        for _ in range(given.rounds):
            for server in compared:
                await measure(server, tokens, case, given.seconds)
        for server in compared:
            cpu_ms, rate = statistics.median(server.cpu_ms[case]), statistics.median(server.rates[case])
            ratio = statistics.median(own.cpu_ms[case]) / cpu_ms
            print(f"{case:9} {server.name:12} {cpu_ms:6.2f} ms CPU {rate:7,.0f}/s   ours is {ratio:.2f} times")


@contextmanager
def run_peer(mode: str, settings: Settings) -> Iterator[Server]:
    """Run Mercurius in one mode."""
    with listen("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "NODE_ENV": "production", "PORT": str(port), "TOKEN_SECRET": SECRET,
        "DATABASE_URL": settings.database_url, "BASE_URL": "http://127.0.0.1:1",
    }  # fmt: skip
    process = subprocess.Popen(["node", "server.mjs", mode], cwd=PEERS, env=environment)
    try:
        yield Server(mode, port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


async def prepare(settings: Settings, submissions: int) -> list[str]:
    """Fill the database. Return an access token of each member."""
    async with use_database(settings):
        cache.open_cache(settings)
        await fill_community(settings.database_url, submissions=submissions)
        tokens = [
            (await sessions.begin(settings, person, Platform.DEVELOPMENT)).access.token
            for person in range(1, MEMBERS + 1)
        ]
        await cache.close_cache()
        return tokens


@contextmanager
def serve(settings: Settings, folder: Path) -> Iterator[Server]:
    """Run one API process of the service on this database."""
    with run_fleet(settings, folder, apis=1, workers=0, relays=0) as fleet:
        port = int(fleet.urls[0].rpartition(":")[2])
        time.sleep(3)
        yield Server("community", port, fleet.processes[0].pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--submissions", type=int, default=50_000)
    parser.add_argument("--only", default=",".join(CASES))
    given = parser.parse_args()
    if not (PEERS / "node_modules").exists():
        subprocess.run(
            ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"], cwd=PEERS, check=True
        )
    servers = Servers()
    servers.start()
    try:
        with ExitStack() as stack:
            settings = stack.enter_context(servers.create_database())
            tokens = asyncio.run(prepare(settings, given.submissions))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            peers = [stack.enter_context(run_peer(mode, settings)) for mode in ("loaders", "statement")]
            own = stack.enter_context(serve(settings, folder))
            uvloop.run(compare([own, *peers], tokens, given.only.split(","), given))
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
