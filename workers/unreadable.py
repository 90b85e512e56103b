"""Entries in Redis that are not readable as jobs.

Redis is a cache of the outbox: a job that is dropped is put there again. So an entry that cannot be read is moved aside
with one log line, and the worker continues.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from redis import Redis
from redis.exceptions import ResponseError

log = logging.getLogger(__name__)

KEEP_S = 86_400
_PREFIX = "unreadable:"


def move_aside(connection: Redis, key: str | bytes, error: Exception) -> None:
    """Rename the entry, which then ends after a day, and log it."""
    log.warning("job in redis is not readable and is dropped: key=%.60r error=%s", key, type(error).__name__)
    name = _PREFIX.encode() + (key if isinstance(key, bytes) else key.encode())
    with suppress(ResponseError):  # it is gone already
        connection.rename(key, name)
        connection.expire(name, KEEP_S)
