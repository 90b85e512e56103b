"""Signs of life of the service's processes, in Redis.

Each process reports that it is alive, and when it will report again at the latest.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from community.kernel import cache as redis_cache
from community.kernel import clock

KEY = "community:processes"
INTERVAL_S = 5
MAX_SILENCE_S = 60
_MAX_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProcessSign:
    """The last sign of life of a process. `part` is its part of the service, such as `worker-effects`.

    `memory_bytes` is its resident memory, or 0 where the system does not tell it.
    """

    part: str
    place: str
    seen_at: datetime
    due_at: datetime
    memory_bytes: int = 0

    @property
    def is_alive(self) -> bool:
        """True unless the next sign is overdue."""
        return clock.now() <= self.due_at


@cache
def build_name(part: str) -> str:
    """Return the name of this process: its part, machine and process id.

    A forked child keeps the name of its parent.
    """
    return f"{part} {socket.gethostname()}:{os.getpid()}"


def build_sign(part: str, *, due_s: int = MAX_SILENCE_S) -> tuple[str, str]:
    """Return the field and the value that report this process. It reports again within `due_s`."""
    now = clock.now().timestamp()
    return build_name(part), f"{now:.0f} {now + due_s:.0f} {measure_memory()}"


def measure_memory() -> int:
    """Return the resident memory of this process in bytes, or 0."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@asynccontextmanager
async def reporting(part: str) -> AsyncIterator[None]:
    """Report this process inside the block. Redis may be unavailable."""
    has_ended = asyncio.Event()

    async def report() -> None:
        while not has_ended.is_set():
            with suppress(redis_cache.CacheUnavailable):
                await redis_cache.client().hset(KEY, *build_sign(part))
            with suppress(TimeoutError):
                await asyncio.wait_for(has_ended.wait(), INTERVAL_S)

    reports = asyncio.create_task(report())
    try:
        yield
    finally:
        has_ended.set()
        await asyncio.wait([reports])  # It is not cancelled, because a cancelled connection is never closed.
        with suppress(redis_cache.CacheUnavailable):
            await redis_cache.client().hdel(KEY, build_name(part))


async def list_signs() -> list[ProcessSign]:
    """Return the last sign of each process, by part. Signs of the day before are deleted.

    Raises `cache.CacheUnavailable`.
    """
    found = []
    for name, value in sorted((await redis_cache.client().hgetall(KEY)).items()):
        sign = _parse(str(name), str(value))
        if sign is None or sign.seen_at < clock.now() - _MAX_AGE:
            await redis_cache.client().hdel(KEY, name)
        else:
            found.append(sign)
    return found


def _parse(name: str, value: str) -> ProcessSign | None:
    """Return the sign, or None if it is not readable."""
    part, _, place = name.partition(" ")
    try:
        seen, due, *memory = map(float, value.split())
        times = datetime.fromtimestamp(seen, UTC), datetime.fromtimestamp(due, UTC)
        return ProcessSign(part, place, *times, *map(int, memory[:1]))
    except (ValueError, OverflowError, OSError):
        return None
