"""Entries in Redis that are not readable as jobs.

Redis is a cache of the outbox: a job that is dropped is put there again. So an entry that cannot be read is moved aside
with one log line, and the worker continues.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

log = logging.getLogger(__name__)

_AWAY = (RedisConnectionError, RedisTimeoutError)
_REFUSES_WRITES = re.compile(r"\b(MISCONF|NOREPLICAS) ")
"""The codes of a Redis that answers reads only, for which the library has no class."""
KEEP_S = 86_400
_PREFIX = "unreadable:"


def find_cause(error: Exception) -> str | None:
    """Return why Redis is of no use: `redis` if it is away, or `redis_writes` if it refuses to write.

    Such an error says nothing about an entry. None for any other error.
    """
    if isinstance(error, OutOfMemoryError | ReadOnlyError):
        return "redis_writes"
    if isinstance(error, ResponseError) and _REFUSES_WRITES.search(str(error)):
        return "redis_writes"
    return "redis" if isinstance(error, _AWAY) else None


def move_aside(connection: Redis, key: str | bytes, error: Exception) -> None:
    """Rename the entry, which then ends after a day, and log it."""
    log.warning("job in redis is not readable and is dropped: key=%.60r error=%s", key, type(error).__name__)
    name = _PREFIX.encode() + (key if isinstance(key, bytes) else key.encode())
    with suppress(ResponseError):  # it is gone already
        connection.rename(key, name)
        connection.expire(name, KEEP_S)
