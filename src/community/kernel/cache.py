"""Redis or Valkey as a cache, never the truth. Every reader has an answer without it.

Calls fail within 0.2 s and are not repeated. At the library's defaults each call takes 4.5 s when the server is gone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import redis.asyncio as aio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from community.settings import Settings

TIMEOUT_S = 0.2
_PROBE_KEY = "community:written"
_PROBE_LIFETIME_S = 60

CacheUnavailable = RedisError
"""Raised by a call that the cache cannot serve."""

_CAUSES = {
    RedisConnectionError: "redis",
    RedisTimeoutError: "redis",
    OutOfMemoryError: "redis_oom",
    ReadOnlyError: "redis_readonly",
    NoPermissionError: "redis_noperm",
}
# The library has no class for these codes. The errors of a pipeline have them after other words.
_REFUSED_WRITE = re.compile(r"(?:^|: )(MISCONF|NOREPLICAS) ")

_client: aio.Redis | None = None
_later: set[asyncio.Task[None]] = set()
_waiting: set[asyncio.Task[None]] = set()
"""Those of `_later` whose time has not come."""


def open_cache(settings: Settings) -> None:
    """Create this process's client. It connects at the first call, so that an unreachable server fails nothing here."""
    global _client  # noqa: PLW0603 - one cache a process
    _client = aio.Redis.from_url(
        settings.redis_url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def run_later(work: Callable[[], Awaitable[None]], *, after_s: float) -> asyncio.Task[None]:
    """Run `work` after a time, unless the cache is closed before. Return its task."""

    async def run() -> None:
        await asyncio.sleep(after_s)
        # From here the task is awaited and not cancelled, because a cancelled connection is never closed.
        _waiting.discard(task)
        if _client is not None:
            await work()

    task = asyncio.get_running_loop().create_task(run())
    for tasks in (_later, _waiting):
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    return task


async def close_cache() -> None:
    """Cancel what should run later, wait for what runs, and close the connections. Idempotent."""
    global _client  # noqa: PLW0603
    loop = asyncio.get_running_loop()
    tasks = [task for task in _later if task.get_loop() is loop]
    for task in _waiting.intersection(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if _client is not None:
        await _client.aclose()
        _client = None


def client() -> aio.Redis:
    """Return the open client."""
    if _client is None:
        raise RuntimeError("the cache is not open")
    return _client


async def write() -> None:
    """Write a key that expires. Raises CacheUnavailable.

    A Redis that is full, or refuses to write for another reason, still answers a PING.
    """
    await client().set(_PROBE_KEY, "1", ex=_PROBE_LIFETIME_S)


def find_cause(error: Exception) -> str | None:
    """Return the reason for which Redis cannot be used, or None.

    It is `redis` if Redis is away, else the code of its refusal, such as `redis_misconf`. None for an error
    that says nothing about the server.
    """
    for kind, cause in _CAUSES.items():
        if isinstance(error, kind):
            return cause
    code = _REFUSED_WRITE.search(str(error)) if isinstance(error, ResponseError) else None
    return code and f"redis_{code[1].lower()}"
