"""Requests on open connections to API processes, as fast as they are answered, for benchmarks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import orjson

from community.accounts import sessions
from community.accounts.models import Platform
from community.communities.queries import MemberRow
from community.kernel import db
from community.settings import Settings

CONNECTIONS = 32


async def begin_sessions(settings: Settings, members: list[MemberRow]) -> list[str]:
    """Return an access token of each member, for two hours. The database is open."""
    lasting = settings.model_copy(update={"token_lifetime_s": 7_200})
    return [(await sessions.begin(lasting, member.person_id, Platform.DEVELOPMENT)).access.token for member in members]


async def write_posts(author: MemberRow, number: int) -> list[int]:
    """Write published submissions directly, and return their ids. The database is PostgreSQL."""
    posts = []
    for _ in range(number):
        post = await db.scalar(
            "INSERT INTO submission (community_id, author_id, kind, state, latest_revision, sent_revision,"
            " published_revision, published_at, published_for, created_at, updated_at) VALUES"
            " ($1, $2, 'RECIPE', 'PUBLISHED', 1, 1, 1, now(), 'MEMBERS', now(), now()) RETURNING id",
            author.community_id, author.id,
        )  # fmt: skip
        await db.execute(
            "INSERT INTO submission_revision (community_id, submission_id, number, title, text, created_at)"
            " VALUES ($1, $2, 1, '题', '文', now())", author.community_id, post,
        )  # fmt: skip
        posts.append(post)
    return posts


class Load:
    """The callers of API processes. `run` is a part of keys that no other run has."""

    def __init__(self, urls: tuple[str, ...], tokens: list[str]) -> None:
        self.urls, self.tokens = urls, tokens
        # The callers share the processors with the service, so that their requests should cost little.
        self.heads = [
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: ".encode()
            for token in tokens
        ]
        self.run = time.time_ns()

    async def ask(
        self, place: int, until: float, numbers: count[int], build: Callable[[int], dict[str, Any]]
    ) -> list[float]:
        """Send requests on one connection until a time, and return how long each took in seconds."""
        host, port = self.urls[place % len(self.urls)].removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        took = []
        while time.perf_counter() < until:
            number = next(numbers)
            body = orjson.dumps(build(number))
            head = self.heads[number % len(self.heads)]
            began = time.perf_counter()
            writer.write(b"%s%d\r\n\r\n%s" % (head, len(body), body))
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            text = await reader.readexactly(length)
            assert b'"code"' not in text, text
            took.append(time.perf_counter() - began)
        writer.close()
        return took

    async def measure(
        self, numbers: count[int], build: Callable[[int], dict[str, Any]], seconds: float, *, callers: int = CONNECTIONS
    ) -> list[float]:
        """Send requests on many connections, and return how long each took in seconds."""
        until = time.perf_counter() + seconds
        took = await asyncio.gather(*(self.ask(place, until, numbers, build) for place in range(callers)))
        return [each for one in took for each in one]
