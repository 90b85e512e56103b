"""The rate of comments on one post compared with comments spread over many.

    .venv/bin/python tests/benchmarks/comments.py [--seconds 5] [--rounds 3]

Runs on PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). Two API processes are asked
over loopback HTTP by 32 connections, in turns for 200 posts and for one. One more connection reads the thread of that
post. The benchmark prints the rates, the median of their ratios and the time of a read, and compares the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.api.ids import encode
from community.communities.queries import get_members
from community.database import use_database
from community.kernel import db
from community.settings import Settings
from tests.support.backends import Servers
from tests.support.fleet import run_fleet
from tests.support.ledger import write_history
from tests.support.loads import Load, begin_sessions, write_posts

CALLERS = 2_500
POSTS = 200
CREATE = "mutation($i: CommentCreateInput!) { commentCreate(input: $i) { comment { id } errors { code } } }"
READ = (
    "query($id: ID!) { submission(id: $id) { commentCount"
    " comments { nodes { text replies(first: 2) { nodes { text } } } } } }"
)


async def prepare(settings: Settings) -> tuple[list[str], list[int]]:
    """Write members and posts. Return the access tokens, and the ids of the posts."""
    async with use_database(settings):
        past = await write_history(settings, accounts=CALLERS, postings=CALLERS)
        members = await get_members([past.first_member + number for number in range(CALLERS)])
        tokens = await begin_sessions(settings, members)
        await db.execute("UPDATE membership SET joined_at = now() - interval '30 days'")  # no newcomers
        posts = await write_posts(members[0], POSTS)
    return tokens, posts


async def measure(load: Load, numbers: count[int], posts: list[int], seconds: float) -> tuple[float, float]:
    """Return the comments per second, and the median time of a read of the first post in milliseconds."""

    def build_comment(number: int) -> dict:
        post = encode("Submission", posts[number % len(posts)])
        given = {"idempotencyKey": f"{load.run}:{number}", "submissionId": post, "text": f"第{number}条真香"}
        return {"query": CREATE, "variables": {"i": given}}

    def build_read(_: int) -> dict:
        return {"query": READ, "variables": {"id": encode("Submission", posts[0])}}

    read, sent = await asyncio.gather(
        load.measure(numbers, build_read, seconds, callers=1), load.measure(numbers, build_comment, seconds)
    )
    return len(sent) / seconds, statistics.median(read) * 1000


async def find_wrong_counts(settings: Settings) -> list[int]:
    """Return the posts whose count is not the number of their comments."""
    async with use_database(settings):
        rows = await db.client().execute_query_dict(
            "SELECT submission_id FROM comment_thread t WHERE comment_count <>"
            " (SELECT count(*) FROM comment c WHERE c.submission_id = t.submission_id AND c.state = 'PUBLISHED')"
        )
    return [row["submission_id"] for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        with servers.create_database() as settings, tempfile.TemporaryDirectory() as folder:
            tokens, posts = asyncio.run(prepare(settings))
            with run_fleet(settings, Path(folder), apis=2, workers=0, relays=0) as fleet:
                time.sleep(4)
                load, numbers, ratios = Load(fleet.urls, tokens), count(), []
                uvloop.run(measure(load, numbers, posts, 1))  # the processes start
                for number in range(given.rounds):
                    spread, calm = uvloop.run(measure(load, numbers, posts, given.seconds))
                    hot, busy = uvloop.run(measure(load, numbers, posts[:1], given.seconds))
                    ratios.append(hot / spread)
                    print(
                        f"round {number + 1}: spread {spread:,.0f}/s, hot {hot:,.0f}/s, ratio {ratios[-1]:.2f};"
                        f" a read {calm:.1f} and {busy:.1f} ms ({busy / calm:.2f})", flush=True,
                    )  # fmt: skip
                print(f"median ratio of {given.rounds}: {statistics.median(ratios):.2f}")
                print(f"posts with a wrong count: {len(asyncio.run(find_wrong_counts(settings)))}")
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
