"""Boards as Redis sorted sets, and boards computed from the database.

The scores of a sorted set are the negative points, so that most points come first. Equal points are in the order of the
padded ids. A hash beside it has the version of each score. So an older computation never overwrites a newer
one when jobs overlap.

One more hash per community says that its boards are built. It has the id of the Redis server that built them, that of
the database they were built from with a mark of its history, and the name of every board that has an entry. Redis has
no empty sets, so an evicted board would look like an empty board without that name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, Protocol, cast

from redis.exceptions import ResponseError

from community.kernel import cache, db
from community.leaderboards.rules import LeaderboardEntry, rank_entries
from community.points.earning import board_scores
from community.points.earning.board_periods import BoardPeriod
from community.points.earning.board_scores import EarnedPoints

RETENTION_AFTER_END_S = 7 * 86_400
BUILD_LOCK_S = 600
_SERVER_FIELD = "server"
_DATABASE_FIELD = "database"
_MARK_FIELD = "mark"
_MAX_POINTS = 2**53
"""The largest score that Redis stores exactly."""

_APPLY_SCRIPT = """
local marked = redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1
if marked and redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then return 0 end
for i = 3, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[2], ARGV[i])
  if not known or (tonumber(known) or 0) <= tonumber(ARGV[i + 2]) then
    redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 2])
  end
end
redis.call('EXPIREAT', KEYS[1], ARGV[1])
redis.call('EXPIREAT', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[2], 1)
return 1
"""
_FINISH_SCRIPT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'server', ARGV[2], 'database', ARGV[3], 'mark', ARGV[4])
redis.call('DEL', KEYS[1])
return 1
"""
_AROUND_SCRIPT = """
local built = redis.call('HMGET', KEYS[2], 'database', ARGV[3])
if built[1] ~= ARGV[4] or (built[2] and redis.call('EXISTS', KEYS[1]) == 0) then return false end
local place = redis.call('ZRANK', KEYS[1], ARGV[1])
if not place then return {0, 0, {}} end
local above = math.max(0, place - ARGV[2])
local found = redis.call('ZRANGE', KEYS[1], above, place + ARGV[2], 'WITHSCORES')
return {above, redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. found[2]), found}
"""


class Board(Protocol):
    """A readable board of one period."""

    async def list_top(self, first: int) -> list[LeaderboardEntry]:
        """Return the first `first` entries."""

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's entry with `span` entries on each side. Empty if the member is not on the board."""


class BoardNotBuilt(Exception):  # noqa: N818 - the reader has another source
    """Redis has not all boards of the community."""


class BoardDamaged(Exception):  # noqa: N818 - the reader has another source
    """Redis has an entry that no computation wrote."""


def _prefix(community_id: int) -> str:
    return f"board:{{c{community_id}}}"


def built_key(community_id: int) -> str:
    """Return the key of the hash that says which boards are built.

    It has the id of the Redis server and the name of each board that has an entry.
    """
    return f"{_prefix(community_id)}:built"


def _building_key(community_id: int) -> str:
    return f"{_prefix(community_id)}:building"


def _keys(community_id: int, period: BoardPeriod) -> tuple[str, str]:
    scores = f"{_prefix(community_id)}:points:{period.name}"
    return scores, f"{scores}:counted"


def _encode_member(membership_id: int) -> str:
    return f"{membership_id:020d}"


def _parse_pairs(found: Iterable[tuple[str, float | str]]) -> list[tuple[int, int]]:
    """Return pairs of membership id and points. Raises BoardDamaged.

    A member whose points were all clawed back has a score of 0 and is left out.
    """
    try:
        pairs = [_parse_pair(member, -float(score)) for member, score in found]
    except ValueError as error:
        raise BoardDamaged from error
    return [(membership_id, points) for membership_id, points in pairs if points]


def _parse_pair(member: str, points: float) -> tuple[int, int]:
    membership_id = int(member)
    if _encode_member(membership_id) != member or not 0 < membership_id < 2**63:
        raise ValueError("this is no membership")
    if not 0 <= points <= _MAX_POINTS or not points.is_integer():
        raise ValueError("these are no points")
    return membership_id, int(points)


class RedisBoard:
    """A board in Redis.

    Reads raise BoardNotBuilt if the board is incomplete, BoardDamaged if an entry is not readable, and
    `cache.CacheUnavailable` if Redis is unavailable.
    """

    def __init__(self, community_id: int, period: BoardPeriod) -> None:
        self.scores, self.counted = _keys(community_id, period)
        self.built = built_key(community_id)
        self.period = period

    async def list_top(self, first: int) -> list[LeaderboardEntry]:
        """Return the first `first` entries, in one round trip."""
        async with cache.client().pipeline(transaction=True) as pipe:
            pipe.hmget(self.built, _DATABASE_FIELD, self.period.name)
            pipe.zrange(self.scores, 0, first - 1, withscores=True)
            (database, marked), found = await _execute(pipe)
        if database != await db.get_identity() or (marked is not None and not found):
            raise BoardNotBuilt
        return rank_entries(_parse_pairs(found))

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's entry with `span` entries on each side, atomically."""
        answer = await _run_script(
            _AROUND_SCRIPT,
            [self.scores, self.built],
            [_encode_member(membership_id), span, self.period.name, await db.get_identity()],
        )
        if answer is None:
            raise BoardNotBuilt
        above, better, found = answer
        pairs = _parse_pairs(zip(found[::2], found[1::2], strict=True))
        if membership_id not in dict(pairs):
            return []
        return rank_entries(pairs, above=above, better=better)

    async def put(self, rows: Sequence[EarnedPoints]) -> None:
        """Store these members' points, except where a newer computation is stored.

        Raises BoardNotBuilt and stores nothing if other members' entries were lost.
        """
        if not rows:
            return
        values: list[Any] = [int(self.period.end.timestamp()) + RETENTION_AFTER_END_S, self.period.name]
        for row in rows:
            values += [_encode_member(row.membership_id), -row.points, row.version]
        if not await _run_script(_APPLY_SCRIPT, [self.scores, self.counted, self.built], values):
            raise BoardNotBuilt

    async def is_evicted(self) -> bool:
        """Return True if the sorted set or its hash was evicted or replaced."""
        async with cache.client().pipeline(transaction=True) as pipe:
            pipe.hexists(self.built, self.period.name)
            pipe.type(self.scores)
            pipe.type(self.counted)
            marked, *kinds = await pipe.execute()
        return bool(marked) and kinds != ["zset", "hash"]

    async def discard(self) -> None:
        """Declare the community's boards not built. The next reconciliation builds them again."""
        await cache.client().delete(self.built)


class BooksBoard:
    """A board in the database, for the time without Redis. Each read is bounded by an index."""

    def __init__(self, community_id: int, period: BoardPeriod) -> None:
        self.community_id = community_id
        self.period = period

    async def list_top(self, first: int) -> list[LeaderboardEntry]:
        """Return the first `first` entries."""
        rows = await board_scores.list_top(self.community_id, self.period, first=first)
        return rank_entries([(row.membership_id, -row.score) for row in rows])

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's entry with `span` entries on each side. Empty if the member is not on the board."""
        rows = await board_scores.list_around(self.community_id, self.period, membership_id, span=span)
        if not rows:
            return []
        above, better = await board_scores.count_before(self.community_id, self.period, rows[0])
        return rank_entries([(row.membership_id, -row.score) for row in rows], above=above, better=better)


async def begin_build(community_id: int, token: str) -> None:
    """Delete the community's boards. Readers compute from the database until `finish_build`."""
    client = cache.client()
    # One transaction, or a build that ends in between would declare built what this one deletes.
    async with client.pipeline(transaction=True) as pipe:
        pipe.set(_building_key(community_id), token, ex=BUILD_LOCK_S)
        pipe.delete(built_key(community_id))
        await pipe.execute()
    stale = [key async for key in client.scan_iter(match=f"{_prefix(community_id)}:points:*", count=500)]
    # The declaration is deleted once more, because a write in the meantime may have set it for a deleted board.
    await client.delete(*stale, built_key(community_id))


async def is_building(community_id: int, token: str) -> bool:
    """Return True if the build with this token is the latest."""
    return cast("str | None", await cache.client().get(_building_key(community_id))) == token


async def finish_build(community_id: int, token: str) -> bool:
    """Declare the boards built. Return False if a later build has started, which will declare them."""
    keys = [_building_key(community_id), built_key(community_id)]
    values = [token, await get_server_id(), await db.get_identity(), await board_scores.get_history_mark()]
    return bool(await _run_script(_FINISH_SCRIPT, keys, values))


async def is_built(community_id: int) -> bool:
    """Return True if the boards are built in this Redis server, from this database.

    A server that restarted with old data has another id. A restored database has lost rows that the mark names.
    """
    fields = [_SERVER_FIELD, _DATABASE_FIELD, _MARK_FIELD]
    built = cache.client().hmget(built_key(community_id), fields)
    try:
        server, database, mark = await cast("Awaitable[list[str | None]]", built)
        if (server, database) != (await get_server_id(), await db.get_identity()):
            return False
        return await board_scores.has_history(mark or "")
    except (ResponseError, ValueError):
        return False


async def note_history(community_id: int) -> None:
    """Note a mark of the database's history, which the boards follow."""
    await cache.client().hset(built_key(community_id), _MARK_FIELD, await board_scores.get_history_mark())


async def get_server_id() -> str:
    """Return the id of this run of the Redis server."""
    info = await cache.client().info("server")
    return str(info["run_id"])


async def _execute(pipe: Any) -> Any:
    try:
        return await pipe.execute()
    except UnicodeDecodeError as error:
        raise BoardDamaged from error


async def _run_script(script: str, keys: Sequence[str], values: Sequence[Any]) -> Any:
    try:
        return await cache.client().register_script(script)(keys=list(keys), args=list(values))
    except UnicodeDecodeError as error:
        raise BoardDamaged from error
