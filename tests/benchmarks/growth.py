"""The growth of each main read from 50,000 to 500,000 submissions of one community, on PostgreSQL.

    .venv/bin/python tests/benchmarks/growth.py [--small 50000] [--large 500000] [--times 100]

Needs PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`), and Linux for `/proc`. Each size
has a database and an API process of its own. They answer in turns, so that other work on the machine slows both down.
Prints the median time of each read through GraphQL at both sizes. Exits with 1 if one of them takes more than 1.2
times at the large size.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.accounts import sessions
from community.accounts.models import Platform
from community.api.ids import encode
from community.database import use_database
from community.kernel import cache
from community.settings import Settings
from tests.benchmarks.feed import COMMUNITY, FEED, Server, receive, send, serve
from tests.benchmarks.filling import MEMBERS, fill_community
from tests.support.backends import Servers

MAX_RATIO = 1.2
_SUBMISSION = "id kind state likeCount likedByMe latest { title text tags media { id } } decision { verdict }"
_BODY = f"author {{ id person {{ nickname }} }} published {{ title text tags media {{ id }} }} {_SUBMISSION}"
_LATEST = "publishedSubmissions(first: 2) { nodes { id } }"
_IN_ORDER = f"query($c: ID!, $o: FeedOrder!) {{ feed(communityId: $c, order: $o) {{ nodes {{ {_BODY} }} }} }}"
READS = {
    "feed": (FEED, {"communityId": COMMUNITY}),
    "feed, most liked": (_IN_ORDER, {"c": COMMUNITY, "o": "MOST_LIKED_THIS_WEEK"}),
    "feed, recommended": (_IN_ORDER, {"c": COMMUNITY, "o": "RECOMMENDED_FIRST"}),
    "feed of a tag": (
        'query($c: ID!) { feed(communityId: $c, tags: ["家常菜"]) { nodes { id } } }', {"c": COMMUNITY}
    ),
    "detail": (f"query($s: ID!) {{ submission(id: $s) {{ {_BODY} }} }}", {"s": encode("Submission", 1_000)}),
    "mySubmissions": (f"query($c: ID!) {{ mySubmissions(communityId: $c) {{ nodes {{ {_SUBMISSION} }} }} }}",
                      {"c": COMMUNITY}),
    "reviewQueue": (
        f"query($c: ID!) {{ reviewQueue(communityId: $c) {{ nodes {{ id submission {{ {_SUBMISSION} }} }} }} }}",
        {"c": COMMUNITY},
    ),
    "decided cases": (
        "query($c: ID!) { reviewQueue(communityId: $c, states: [DECIDED]) { nodes { id decision { verdict } } } }",
        {"c": COMMUNITY},
    ),
    "pointsStatement": ("query($c: ID!) { pointsStatement(communityId: $c) { nodes { amount kind balance } } }",
                        {"c": COMMUNITY}),
    "notices": ("query($c: ID!) { notices(communityId: $c) { nodes { kind createdAt } } }", {"c": COMMUNITY}),
    "leaderboard": ("query($c: ID!) { leaderboard(communityId: $c, period: EVER) { entries { nodes { rank } } } }",
                    {"c": COMMUNITY}),
    "authors": (f"query($c: ID!) {{ feed(communityId: $c) {{ nodes {{ author {{ {_LATEST} }} }} }} }}",
                {"c": COMMUNITY}),
}  # fmt: skip
_MORE = """
SET session_replication_role = replica;
UPDATE submission SET liked_week = date_trunc('week', now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai',
  week_likes = id % 40 WHERE id % 10 = 0;
UPDATE submission SET state = 'IN_REVIEW' WHERE id % 50 = 0;
INSERT INTO review_case (id, community_id, submission_id, revision_id, author_id, state, opened_at, due_at, closed_at)
  SELECT id, 1, id, id, author_id, CASE state WHEN 'IN_REVIEW' THEN 'OPEN' ELSE 'DECIDED' END, created_at, created_at,
    CASE state WHEN 'IN_REVIEW' THEN NULL ELSE created_at END FROM submission;
INSERT INTO review_decision (community_id, case_id, decided_by, verdict, authenticity, usefulness, resonance,
    recommended, created_at)
  SELECT 1, id, 1, 'APPROVED', 3, 4, 3, FALSE, opened_at FROM review_case WHERE state = 'DECIDED';
INSERT INTO account (id, community_id, kind) VALUES (1000, 1, 'ISSUANCE');
INSERT INTO account (id, community_id, kind, membership_id, balance)
  SELECT id, 1, 'MEMBER', id, {submissions} * 10 FROM membership;
INSERT INTO journal_entry (id, community_id, kind, source_key, explanation, created_at)
  SELECT id, 1, 'AWARD', 'submission:' || id, '{{"rule": "SUBMISSION_APPROVED", "version": 1, "set_by": "BUILT_IN",
    "inputs": {{}}}}', created_at FROM submission;
INSERT INTO posting (id, community_id, entry_id, from_account_id, to_account_id, amount, to_balance, created_at)
  SELECT id, 1, id, 1000, author_id, 10, id * 10, created_at FROM submission;
INSERT INTO award (id, community_id, membership_id, entry_id, trigger, cause, amount, earned_at, created_at)
  SELECT id, 1, author_id, id, 'SUBMISSION_APPROVED', 'submission:' || id, 10, created_at, created_at FROM submission;
INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score, version,
  hidden, everywhere) SELECT 1, id, 'POINTS', 'EVER', 'ever', '2000-01-01Z', '9000-01-01Z', -id, 1, FALSE, FALSE
  FROM membership;
INSERT INTO notice (community_id, membership_id, kind, key, detail, created_at)
  SELECT 1, author_id, 'POINTS_EXPIRED', 'n' || id, '{{"points": 3}}', created_at FROM submission;
"""


async def fill(settings: Settings, submissions: int) -> str:
    """Fill the database with so many submissions, each with a case, an award and a notice. Return a leader's token."""
    began = time.perf_counter()
    await fill_community(settings.database_url, submissions=submissions)
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(_MORE.format(submissions=submissions))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    async with use_database(settings):
        cache.open_cache(settings)
        began_session = await sessions.begin(settings, 1, Platform.DEVELOPMENT)
        await cache.close_cache()
    print(f"{submissions:,} submissions of {MEMBERS} members written in {time.perf_counter() - began:.0f} s")
    return began_session.access.token


@contextmanager
def serve_filled(submissions: int) -> Iterator[tuple[Server, str]]:
    """Serve a database of this size with a process of its own. Yield the process and a leader's token."""
    servers = Servers()
    servers.start()
    try:
        with ExitStack() as stack:
            settings = stack.enter_context(servers.create_database())
            token = asyncio.run(fill(settings, submissions))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            yield stack.enter_context(serve(settings, folder)), token
    finally:
        servers.stop()


async def measure(served: list[tuple[Server, str]], times: int) -> dict[str, list[float]]:
    """Return the median times of each read in milliseconds, one for each process."""
    connections = [await asyncio.open_connection("127.0.0.1", server.port) for server, _ in served]
    medians = {}
    for name, (query, variables) in READS.items():
        given = {"query": query, "variables": variables}
        found: list[list[float]] = [[] for _ in served]
        for number in range(times + 10):
            # The processes take turns at being first.
            for which in sorted(range(len(served)), key=lambda place, turn=number: (place + turn) % len(served)):
                reader, writer = connections[which]
                began = time.perf_counter()
                await send(writer, served[which][1], given)
                answer = await receive(reader)
                found[which].append((time.perf_counter() - began) * 1_000)
                assert b'"errors":[{' not in answer, answer
        medians[name] = [statistics.median(each[10:]) for each in found]
    for _, writer in connections:
        writer.close()
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=50_000)
    parser.add_argument("--large", type=int, default=500_000)
    parser.add_argument("--times", type=int, default=100)
    given = parser.parse_args()
    with serve_filled(given.small) as small, serve_filled(given.large) as large:
        medians = asyncio.run(measure([small, large], given.times))
    for name, (at_small, at_large) in medians.items():
        print(f"{name:18} {at_small:7.1f} ms {at_large:7.1f} ms   {at_large / at_small:.2f} times")
    sys.exit(any(at_large > MAX_RATIO * at_small for at_small, at_large in medians.values()))


if __name__ == "__main__":
    main()
