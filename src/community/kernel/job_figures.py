"""Numbers and times of the jobs that workers ran, summed in Redis. Each API process prints them as metrics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from redis import Redis, RedisError

from community.kernel import cache

KEY = "community:jobs"


@dataclass(frozen=True, slots=True)
class JobFigures:
    """The jobs of one name and outcome, since Redis was last empty."""

    name: str
    outcome: str
    count: float
    seconds: float


def add(connection: Redis, name: str, outcome: str, seconds: float) -> None:
    """Count a job that ended. Does nothing while Redis is unavailable."""
    with suppress(RedisError), connection.pipeline() as pipe:
        pipe.hincrbyfloat(KEY, f"{name} {outcome} count", 1)
        pipe.hincrbyfloat(KEY, f"{name} {outcome} seconds", seconds)
        pipe.execute()


async def list_figures() -> list[JobFigures]:
    """Return the figures by name and outcome. Raises `cache.CacheUnavailable`."""
    found = {str(field): str(value) for field, value in (await cache.client().hgetall(KEY)).items()}
    return list(_parse(found))


def _parse(found: dict[str, str]) -> Iterator[JobFigures]:
    for field, count in sorted(found.items()):
        name, _, outcome = field.removesuffix(" count").partition(" ")
        with suppress(ValueError):
            if field.endswith(" count"):
                yield JobFigures(name, outcome, float(count), float(found.get(f"{name} {outcome} seconds", 0)))
