"""Claims on the numbered databases of a Redis server that several test runs share.

RQ writes its keys under `rq:`, and no setting changes that prefix. Keys with a prefix per run are therefore not enough.
Each test process claims a numbered database instead, and empties only a database that it has claimed.

The database of the given URL is never claimed. It holds the leases, which expire when their process no longer renews
them. A marker inside each claimed database says that its keys belong to this suite. A database is free when it has no
lease, and is either empty or marked by a run that has died.
"""

from __future__ import annotations

import threading
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import redis

MARKER = "community-test:owner"
LEASE = "community-test:lease:{number}"
LEASE_MS = 60_000
RENEW_EVERY_S = 10.0

# A script is atomic, and may select another database: the lease is checked in the step that empties the database.
_CLAIM = """
local lease, marker, run, ttl, number, registry = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.pcall('SELECT', number).err then return 'absent' end
local foreign = redis.call('EXISTS', marker) == 0 and redis.call('DBSIZE') > 0
redis.call('SELECT', registry)
if foreign or not redis.call('SET', lease, run, 'NX', 'PX', ttl) then return 'taken' end
redis.call('SELECT', number)
redis.call('FLUSHDB')
redis.call('SET', marker, run)
return 'claimed'
"""
_RENEW = """
local lease, marker, run, ttl, number, emptied = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('GET', lease) ~= run then return 0 end
redis.call('PEXPIRE', lease, ttl)
redis.call('SELECT', number)
if emptied == 'emptied' then redis.call('FLUSHDB') end
redis.call('SET', marker, run)
return 1
"""
_RELEASE = """
local lease, run, number, registry = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if redis.call('GET', lease) ~= run then return 0 end
redis.call('SELECT', number)
redis.call('FLUSHDB')
redis.call('SELECT', registry)
redis.call('DEL', lease)
return 1
"""


class NoDatabaseFree(Exception):  # noqa: N818 - the name says what is wrong
    """Every numbered database is leased by another run or holds keys that are not a test's."""


class LeaseLost(Exception):  # noqa: N818 - the name says what is wrong
    """The lease expired, for example while the process was suspended. The database may belong to another run."""


class RedisClaim:
    """A numbered database of the server at `url`, claimed by this process until `release`."""

    def __init__(self, url: str) -> None:
        self._run = uuid4().hex
        self._client = redis.Redis.from_url(url, decode_responses=True, socket_timeout=10, socket_connect_timeout=5)
        self._registry = int(self._client.get_connection_kwargs().get("db") or 0)
        self._number = self._claim_free()
        self.url = with_number(url, self._number)
        self._released = threading.Event()
        self._renewing = threading.Thread(target=self._keep_renewing, daemon=True)
        self._renewing.start()

    def empty(self) -> None:
        """Delete every key of the claimed database. Raises LeaseLost if the database is no longer claimed."""
        if not self._renew("emptied"):
            raise LeaseLost(f"database {self._number} of the Redis server is no longer claimed by this run")

    def release(self) -> None:
        """Empty the database and give it back. Has no effect on a database that is no longer claimed."""
        self._released.set()
        self._renewing.join()
        self._client.eval(_RELEASE, 1, self._lease(self._number), self._run, self._number, self._registry)
        self._client.close()

    def _claim_free(self) -> int:
        number = -1
        while True:
            number += 1
            if number == self._registry:
                continue
            keys = self._lease(number), MARKER
            answer = self._client.eval(_CLAIM, 2, *keys, self._run, LEASE_MS, number, self._registry)
            if answer == "claimed":
                return number
            if answer == "absent":
                raise NoDatabaseFree(
                    f"none of the {number} databases of the Redis server in COMMUNITY_TEST_REDIS_URL is free: each is"
                    f" claimed by another run, or holds keys that no test wrote"
                )

    def _renew(self, emptied: str = "") -> bool:
        keys = self._lease(self._number), MARKER
        return bool(self._client.eval(_RENEW, 2, *keys, self._run, LEASE_MS, self._number, emptied))

    def _keep_renewing(self) -> None:
        while not self._released.wait(RENEW_EVERY_S):
            try:
                if not self._renew():
                    return
            except redis.RedisError:
                continue  # The next attempt follows well before the lease expires.

    @staticmethod
    def _lease(number: int) -> str:
        return LEASE.format(number=number)


def with_number(url: str, number: int) -> str:
    """Return the address of another numbered database of the same server."""
    parts = urlsplit(url)
    query = {name: value for name, value in parse_qsl(parts.query) if name != "db"}
    address = url.partition("?")[0]
    if parts.scheme == "unix":
        query["db"] = str(number)
    else:
        address = f"{address.removesuffix(parts.path)}/{number}"
    return f"{address}?{urlencode(query)}" if query else address
