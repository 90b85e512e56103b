"""The speed of a feed through the API, and of its statements.

    .venv/bin/python tests/benchmarks/feed.py [--seconds 5] [--rounds 3]

Runs on PostgreSQL and Redis (`COMMUNITY_TEST_DATABASE_URL`, `COMMUNITY_TEST_REDIS_URL`). One API process is asked for
a feed of twenty submissions with all their relations, over loopback HTTP. The statements that one such request sends
are also sent with asyncpg from one process. Both take turns in one run. The benchmark prints the rates of each round
and the median of their ratios. No figure decides anything by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.accounts import logins, sessions
from community.accounts import queries as accounts_queries
from community.accounts.models import Platform
from community.api.ids import encode
from community.communities import founding, invitations, memberships
from community.communities import queries as communities_queries
from community.database import use_database
from community.kernel import cache, db
from community.submissions import feed, review_steps, write
from community.submissions import queries as submissions
from community.submissions.models import FeedOrder, SubmissionKind
from community.submissions.rules import normalise_content
from tests.support.backends import Servers
from tests.support.fleet import run_fleet

CLIENTS = 16
ROWS = 400
FEED = """query Feed($communityId: ID!) {
  feed(communityId: $communityId) {
    nodes {
      id kind recommended likeCount likedByMe publishedAt
      author { id roles person { id nickname } }
      published { id number title text tags productRef createdAt }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""


async def fill(settings) -> tuple[int, int, str]:
    """Fill a community. Return its id, and a person's id and token."""
    invitation = await founding.create_community(name="幸福里")
    people = [await logins.login(settings, Platform.DEVELOPMENT, f"wx-{n}", nickname=f"邻居{n}") for n in range(20)]
    leader = await memberships.join(people[0], invitation_code=invitation.code)
    code = (await invitations.invite(leader)).code
    members = [leader] + [await memberships.join(person, invitation_code=code) for person in people[1:]]
    for number in range(ROWS):
        text = normalise_content(
            title=f"第{number}篇", text="小火焖一小时，收汁。" * 20, tags=["家常菜", "红烧肉", f"第{number % 7}类"]
        )
        row = await write.create(members[number % 20], kind=list(SubmissionKind)[number % 5], content=text)
        await review_steps.start_review(row.id)
        (revision,) = await submissions.get_revisions([(row.id, 1)])
        await review_steps.publish(
            row.community_id, row.id, revision_id=revision.id, recommended=number % 3 == 0, note=None
        )
    await db.execute("ANALYZE")
    session = await sessions.begin(settings, people[1], Platform.DEVELOPMENT)
    return invitation.community_id, people[1], session.access.token


async def list_statements(community_id: int, person_id: int) -> list[tuple[str, list]]:
    """List the statements of one request, with their arguments."""
    (community,) = await communities_queries.get_communities([community_id])
    page = await feed.list_feed(community, submissions.PageRequest())
    ids = [row.id for row in page.rows]
    revisions = await submissions.get_revisions([(row.id, row.published_revision) for row in page.rows])
    authors = list({row.author_id for row in page.rows})
    people = list({row.person_id for row in await communities_queries.get_members(authors)})
    return [
        (communities_queries._FIND_COMMUNITIES.sql, [[community_id]]),
        (communities_queries._FIND_MEMBER.sql, [community_id, person_id]),
        (feed.FEEDS[FeedOrder.NEWEST].statement(21).sql, [community_id]),
        (submissions._LIKED.sql, [person_id, ids]),
        (communities_queries._FIND_MEMBERS.sql, [authors]),
        (submissions._REVISION_NUMBERS.sql, [ids, [1]]),
        (accounts_queries._FIND_PEOPLE.sql, [people]),
        (submissions._TAGS.sql, [[revision.id for revision in revisions]]),
    ]


async def measure_api(url: str, body: bytes, token: str, seconds: float) -> float:
    """Return the requests per second through the API, over open connections."""
    host, port = url.removeprefix("http://").split(":")
    request = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    done = 0
    until = time.perf_counter() + seconds

    async def ask() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            assert b'"errors"' not in answer, answer
            done += 1
        writer.close()

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return done / seconds


async def measure_statements(pool: asyncpg.Pool, statements: list[tuple[str, list]], seconds: float) -> float:
    """Return how often per second all statements of a request are run."""
    done = 0
    until = time.perf_counter() + seconds

    async def ask() -> None:
        nonlocal done
        while time.perf_counter() < until:
            async with pool.acquire() as connection:
                for sql, args in statements:
                    await connection.fetch(sql, *args)
            done += 1

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return done / seconds


async def compare(settings, url: str, community_id: int, token: str, statements, seconds: float, rounds: int) -> None:
    """Print the rates of every round and the median of their ratios."""
    body = json.dumps({"query": FEED, "variables": {"communityId": encode("Community", community_id)}}).encode()
    ratios = []
    async with asyncpg.create_pool(settings.database_url, min_size=8, max_size=8) as pool:
        await measure_api(url, body, token, 1)
        await measure_statements(pool, statements, 1)
        for number in range(rounds):
            through = await measure_api(url, body, token, seconds)
            direct = await measure_statements(pool, statements, seconds)
            ratios.append(through / direct)
            print(
                f"round {number + 1}: API {through:,.0f}/s   bare statements {direct:,.0f}/s   ratio {ratios[-1]:.2f}"
            )
    print(f"ratio, median of {rounds}: {statistics.median(ratios):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        with servers.create_database() as settings, tempfile.TemporaryDirectory() as folder:

            async def prepare():
                async with use_database(settings):
                    cache.open_cache(settings)
                    community_id, person_id, token = await fill(settings)
                    statements = await list_statements(community_id, person_id)
                    await cache.close_cache()
                    return community_id, token, statements

            place = asyncio.run(prepare())
            with run_fleet(settings, Path(folder), apis=1, workers=0, relays=0) as (url,):
                time.sleep(2)
                asyncio.run(compare(settings, url, *place, given.seconds, given.rounds))
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
