"""Boards of communities as Redis sorted sets.

The scores of a sorted set are negative, so that the best come first. Equal scores are in the order of the padded ids.
A hash beside it has the version of each score. So an older computation never overwrites a newer one when jobs overlap.

One more hash per community says that its boards are built. It has the id of the Redis server that built them, that of
the database they were built from with a mark of its history, the time as of which the boards were known to be complete,
and the name of every board that has an entry. Redis has no empty sets, so an evicted board would look like an empty
board without that name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from redis.exceptions import ResponseError

from community.kernel import cache, db
from community.leaderboards import history
from community.leaderboards.rules import LeaderboardEntry, rank_entries
from community.scores.models import BoardKind
from community.scores.periods import BoardPeriod
from community.scores.scores import MemberScore

RETENTION_AFTER_END_S = 7 * 86_400
BUILD_LOCK_S = 600
_SERVER_FIELD = "server"
_DATABASE_FIELD = "database"
_MARK_FIELD = "mark"
_AS_OF_FIELD = "asOf"
_MAX_SCORE = 2**53
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
redis.call('HSET', KEYS[2], 'server', ARGV[2], 'database', ARGV[3], 'mark', ARGV[4], 'asOf', ARGV[5])
redis.call('UNLINK', KEYS[1])
return 1
"""
_READ_SCRIPT = """
local built = redis.call('HMGET', KEYS[2], 'database', ARGV[1], 'asOf')
if built[1] ~= ARGV[2] or (built[2] and redis.call('EXISTS', KEYS[1]) == 0) then return false end
local function read(what, member, count, score)
  local first, last
  if what == 'around' then
    local place = redis.call('ZRANK', KEYS[1], member)
    if not place then return {0, 0, {}} end
    first, last = math.max(0, place - count), place + count
  else
    first = 0
    if member ~= '' then
      first = redis.call('ZRANK', KEYS[1], member)
      if first and tonumber(redis.call('ZSCORE', KEYS[1], member)) == tonumber(score) then
        first = first + 1
      else
        first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score)
        for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], score, score, 'LIMIT', 0, 1000)) do
          if other <= member then first = first + 1 end
        end
      end
    end
    last = first + count - 1
  end
  local found = redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES')
  if not found[2] then return {first, first, {}} end
  return {first, redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. found[2]), found}
end
local answers = {built[3] or ''}
for i = 3, #ARGV, 4 do
  answers[#answers + 1] = read(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3])
end
return answers
"""


class BoardNotBuilt(Exception):  # noqa: N818 - the reader has another source
    """Redis has not all boards of the community."""


class BoardDamaged(Exception):  # noqa: N818 - the reader has another source
    """Redis has an entry that no computation wrote."""


def _prefix(community_id: int) -> str:
    return f"board:{{c{community_id}}}"


def built_key(community_id: int) -> str:
    """Return the key of the hash that says which boards are built.

    It has the id of the Redis server and the name of each board that has an entry. Version 0.2 had another key.
    """
    return f"{_prefix(community_id)}:boards"


def _building_key(community_id: int) -> str:
    return f"{_prefix(community_id)}:building"


def _encode_member(membership_id: int) -> str:
    return f"{membership_id:020d}"


def _parse_pairs(found: Iterable[tuple[str, float | str]]) -> list[tuple[int, int]]:
    """Return pairs of membership id and score. Raises BoardDamaged.

    A member of whom all was taken back has a score of 0 and is left out.
    """
    try:
        pairs = [_parse_pair(member, -float(score)) for member, score in found]
    except ValueError as error:
        raise BoardDamaged from error
    return [(membership_id, score) for membership_id, score in pairs if score]


def _parse_pair(member: str, score: float) -> tuple[int, int]:
    membership_id = int(member)
    if _encode_member(membership_id) != member or not 0 < membership_id < 2**63:
        raise ValueError("this is no membership")
    if not 0 <= score <= _MAX_SCORE or not score.is_integer():
        raise ValueError("this is no score")
    return membership_id, int(score)


def _parse_time(text: str) -> datetime:
    """Return a time of Redis. Raises BoardDamaged."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BoardDamaged from error


def _keep_own(entries: list[LeaderboardEntry], membership_id: int) -> list[LeaderboardEntry]:
    return entries if any(entry.membership_id == membership_id for entry in entries) else []


class RedisBoard:
    """A board of a community in Redis.

    Reads raise BoardNotBuilt if the board is incomplete, BoardDamaged if an entry is not readable, and
    `cache.CacheUnavailable` if Redis is unavailable.
    """

    def __init__(self, community_id: int, board: BoardKind, period: BoardPeriod) -> None:
        self.community_id, self.kind, self.period = community_id, board, period
        self.name = f"{board.lower()}:{period.name}"
        self.scores = f"{_prefix(community_id)}:scores:{self.name}"
        self.counted = f"{self.scores}:counted"
        self.built = built_key(community_id)
        self.as_of: datetime | None = None
        """Time as of which the last read was complete. Earlier versions did not write it."""

    async def list_top(self, first: int, *, after: LeaderboardEntry | None = None) -> list[LeaderboardEntry]:
        """Return the first `first` entries, or the first after one, in one round trip."""
        given = ("", first, 0) if after is None else (_encode_member(after.membership_id), first, -after.score)
        (entries,) = await self._read(("top", *given))
        return entries

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's entry with `span` entries on each side. Empty if the member is not on the board."""
        (entries,) = await self._read(("around", _encode_member(membership_id), span, 0))
        return _keep_own(entries, membership_id)

    async def list_top_and_around(
        self, first: int, membership_id: int, *, span: int
    ) -> tuple[list[LeaderboardEntry], list[LeaderboardEntry]]:
        """Return what `list_top` and `list_around` return, in one round trip."""
        top, around = await self._read(("top", "", first, 0), ("around", _encode_member(membership_id), span, 0))
        return top, _keep_own(around, membership_id)

    async def _read(self, *wanted: tuple[str, str, int, int]) -> list[list[LeaderboardEntry]]:
        values = [self.name, await db.get_identity(), *(value for each in wanted for value in each)]
        answers = await _run_script(_READ_SCRIPT, [self.scores, self.built], values)
        if answers is None:
            raise BoardNotBuilt
        as_of, *answers = answers
        self.as_of = _parse_time(as_of) if as_of else None
        return [
            rank_entries(_parse_pairs(zip(found[::2], found[1::2], strict=True)), above=above, better=better)
            for above, better, found in answers
        ]

    async def put(self, rows: Sequence[MemberScore]) -> None:
        """Store these members' scores, except where a newer computation is stored.

        Raises BoardNotBuilt and stores nothing if other members' entries were lost.
        """
        if not rows:
            return
        values: list[Any] = [int(self.period.end.timestamp()) + RETENTION_AFTER_END_S, self.name]
        for row in rows:
            values += [_encode_member(row.membership_id), -row.score, row.version]
        if not await _run_script(_APPLY_SCRIPT, [self.scores, self.counted, self.built], values):
            raise BoardNotBuilt

    async def is_evicted(self) -> bool:
        """Return True if the sorted set or its hash was evicted or replaced."""
        async with cache.client().pipeline(transaction=True) as pipe:
            pipe.hexists(self.built, self.name)
            pipe.type(self.scores)
            pipe.type(self.counted)
            marked, *kinds = await pipe.execute()
        return bool(marked) and kinds != ["zset", "hash"]

    async def discard(self) -> None:
        """Declare the community's boards not built. The next reconciliation builds them again."""
        await cache.client().delete(self.built)


async def begin_build(community_id: int, token: str) -> None:
    """Delete the community's boards. Readers compute from the database until `finish_build`."""
    client = cache.client()
    # One transaction, or a build that ends in between would declare built what this one deletes.
    async with client.pipeline(transaction=True) as pipe:
        pipe.set(_building_key(community_id), token, ex=BUILD_LOCK_S)
        pipe.delete(built_key(community_id))
        await pipe.execute()
    stale = [key async for key in client.scan_iter(match=f"{_prefix(community_id)}:*:*", count=500)]
    # The declaration is deleted once more, because a write in the meantime may have set it for a deleted board.
    # Freeing a board of a million members takes longer than a request may: Redis does it beside the requests.
    await client.unlink(*stale, built_key(community_id))


async def is_building(community_id: int, token: str) -> bool:
    """Return True if the build with this token is the latest."""
    return cast("str | None", await cache.client().get(_building_key(community_id))) == token


async def finish_build(community_id: int, token: str, *, as_of: datetime) -> bool:
    """Declare the boards built, with all that was counted before `as_of`.

    Return False if a later build has started, which will declare them.
    """
    keys = [_building_key(community_id), built_key(community_id)]
    values = [token, await get_server_id(), await db.get_identity(), await history.get_mark(), as_of.isoformat()]
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
        return await history.has_mark(mark or "")
    except (ResponseError, ValueError):
        return False


async def note_history(community_id: int) -> None:
    """Note a mark of the database's history, which the boards follow."""
    await cache.client().hset(built_key(community_id), _MARK_FIELD, await history.get_mark())


async def note_as_of(community_id: int, as_of: datetime) -> None:
    """Note that the boards have all that was counted before this time."""
    await cache.client().hset(built_key(community_id), _AS_OF_FIELD, as_of.isoformat())


async def get_server_id() -> str:
    """Return the id of this run of the Redis server."""
    info = await cache.client().info("server")
    return str(info["run_id"])


async def _run_script(script: str, keys: Sequence[str], values: Sequence[Any]) -> Any:
    try:
        return await cache.client().register_script(script)(keys=list(keys), args=list(values))
    except UnicodeDecodeError as error:
        raise BoardDamaged from error
