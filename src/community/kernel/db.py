"""The database: one way to read, one way to change, the same on PostgreSQL and SQLite.

SQL is written once, in PostgreSQL's words with `$1` placeholders; the SQLite form is made from it. Times go in and
come out as aware UTC datetimes, JSON as dicts, arrays (for `= ANY($1)`) as lists.

    GET_PERSON = Select("SELECT id, nickname FROM person WHERE id = $1", PersonRow)
    row = await GET_PERSON.first(person_id)

    @transactional
    async def rename(actor, *, nickname): ...

A function marked `@transactional` is all or nothing. The outermost one opens the transaction, inner ones join it. It
runs in a task of its own, so that a caller who is cancelled neither leaks a connection nor leaves half of it done, and
it is run again (three times at most) when the database reports a deadlock or a serialization failure.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import random
import re
import types
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

from community.kernel.errors import TryAgain
from community.settings import Settings

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

APP = "community"
MIGRATIONS = "community.migrations"
RETRIES = 3
SQLITE_BUSY_MS = 5_000

_RETRYABLE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, asyncpg.TooManyConnectionsError, TimeoutError)


class Dialect(Enum):
    """The two databases."""

    POSTGRES = "postgres"
    SQLITE = "sqlite"


class _Unit:
    """One transaction under way. Closed when it is over, so that a task that outlived it cannot write on."""

    __slots__ = ("client", "closed")

    def __init__(self, client: BaseDBAsyncClient) -> None:
        self.client = client
        self.closed = False


@dataclass(slots=True)
class _Open:
    """The process's database while it is open."""

    context: TortoiseContext
    client: BaseDBAsyncClient
    dialect: Dialect


_database: _Open | None = None
_unit: ContextVar[_Unit | None] = ContextVar("transaction", default=None)
_running: set[asyncio.Task[Any]] = set()


# --- opening and closing -----------------------------------------------------------------------------------------


def tortoise_config(settings: Settings, *, models: Sequence[str]) -> dict[str, Any]:
    """Tortoise's configuration for these settings; `models` are the modules that declare tables."""
    if settings.sqlite_path is not None:
        connection: dict[str, Any] = {
            "engine": "community.kernel.engines.sqlite",
            "credentials": {
                "file_path": str(settings.sqlite_path),
                "busy_timeout": SQLITE_BUSY_MS,
                "synchronous": "NORMAL",
            },
        }
    else:
        url = urlsplit(settings.database_url)
        connection = {
            "engine": "community.kernel.engines.asyncpg",
            "credentials": {
                "host": url.hostname,
                "port": url.port or 5432,
                "user": url.username,
                "password": url.password,
                "database": url.path.lstrip("/"),
                "minsize": 1,
                "maxsize": settings.database_pool,
                "server_settings": {
                    "application_name": "community",
                    "statement_timeout": str(settings.statement_timeout_ms),
                    "lock_timeout": str(settings.lock_timeout_ms),
                    "idle_in_transaction_session_timeout": str(settings.statement_timeout_ms * 3),
                    "jit": "off",
                },
            },
        }
    return {
        "connections": {"default": connection},
        "apps": {APP: {"models": list(models), "migrations": MIGRATIONS, "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(settings: Settings, *, models: Sequence[str]) -> None:
    """Open this process's database. Never before a fork: connections do not survive one."""
    global _database  # noqa: PLW0603 - one database a process
    if _database is not None:
        raise RuntimeError("the database is open already")
    if settings.sqlite_path is not None:
        Path(settings.sqlite_path).parent.mkdir(parents=True, exist_ok=True)
    context = await Tortoise.init(config=tortoise_config(settings, models=models), _enable_global_fallback=True)
    client = context.connections.get("default")
    dialect = Dialect.SQLITE if settings.sqlite_path is not None else Dialect.POSTGRES
    _database = _Open(context, client, dialect)


async def close_database() -> None:
    """Let the transactions under way finish, then close every connection."""
    global _database  # noqa: PLW0603
    if _database is None:
        return
    if _running:
        await asyncio.wait(_running, timeout=30)
    await _database.context.close_connections()
    _database = None


def client() -> BaseDBAsyncClient:
    """The connection for a statement of this task: the transaction's own inside one, the pool's outside."""
    unit = _unit.get()
    if unit is None:
        return _opened().client
    if unit.closed:
        raise RuntimeError("this task has outlived the transaction that it was started in")
    return unit.client


def dialect() -> Dialect:
    """Which of the two databases is open."""
    return _opened().dialect


def _opened() -> _Open:
    if _database is None:
        raise RuntimeError("the database is not open")
    return _database


# --- statements --------------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"\$(\d+)")
_ANY = re.compile(r"= ANY\(\$(\d+)\)")
_LOCKING = re.compile(r"\s+FOR (?:NO KEY )?UPDATE(?: OF \w+)?(?: SKIP LOCKED)?")


def for_sqlite(sql: str) -> str:
    """The same statement for SQLite: numbered placeholders, arrays as JSON, no row locks (a transaction is alone)."""
    sql = _ANY.sub(r"IN (SELECT value FROM json_each(?\1))", sql)
    sql = _LOCKING.sub("", sql)
    return _PLACEHOLDER.sub(r"?\1", sql)


def _to_sqlite(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case Enum():
            return value.value
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return value


def _to_postgres(value: Any) -> Any:
    match value:
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case Enum():
            return value.value
        case _:
            return value


def _converters(row: type[Any], *, sqlite: bool) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Which columns of a row need a conversion, by position: only those, so that plain columns cost nothing."""
    hints = typing.get_type_hints(row)
    needed: list[tuple[int, Callable[[Any], Any]]] = []
    for position, field in enumerate(fields(row)):
        kind = hints[field.name]
        if isinstance(kind, types.UnionType):
            kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
        origin = typing.get_origin(kind) or kind
        if origin is dict:
            needed.append((position, json.loads))
        elif isinstance(origin, type) and issubclass(origin, Enum):
            needed.append((position, origin))
        elif sqlite and origin is datetime:
            needed.append((position, datetime.fromisoformat))
        elif sqlite and origin is bool:
            needed.append((position, bool))
    return tuple(needed)


class _Statement(Generic[R]):
    """One SQL text for both databases, and the slotted dataclass that a row of its answer becomes, by position."""

    reads: ClassVar[bool]

    def __init__(self, sql: str, row: type[R]) -> None:
        self.sql = sql
        self.row = row
        self._sqlite_sql = for_sqlite(sql)
        self._converters = {Dialect.SQLITE: _converters(row, sqlite=True), Dialect.POSTGRES: _converters(row, sqlite=False)}

    async def all(self, *args: Any) -> list[R]:
        """Every row, in the statement's order. A statement without a LIMIT of its own must be bounded by its keys."""
        which = dialect()
        found = await _run(self.sql, self._sqlite_sql, args, reads=self.reads)
        converters = self._converters[which]
        row = cast("Callable[..., R]", self.row)
        if not converters:
            return [row(*values) for values in found]
        answer = []
        for values in found:
            values = list(values)  # noqa: PLW2901 - a record cannot be changed in place
            for position, convert in converters:
                if values[position] is not None:
                    values[position] = convert(values[position])
            answer.append(row(*values))
        return answer

    async def first(self, *args: Any) -> R | None:
        """The first row, or None."""
        found = await self.all(*args)
        return found[0] if found else None

    async def one(self, *args: Any) -> R:
        """The only row; none at all is a bug of the caller."""
        found = await self.all(*args)
        if not found:
            raise LookupError(f"no row: {self.sql.strip().splitlines()[0]}")
        return found[0]


class Select(_Statement[R]):
    """A statement that reads."""

    reads = True


class Change(_Statement[R]):
    """An INSERT, UPDATE or DELETE with RETURNING: an empty answer says that its guard did not hold."""

    reads = False


async def execute(sql: str, *args: Any) -> None:
    """Run a statement whose answer does not matter."""
    await _run(sql, _cached_for_sqlite(sql), args, reads=False)


async def scalar(sql: str, *args: Any) -> Any:
    """The first column of the first row as the database gives it (on SQLite a time is text), or None."""
    found = await _run(sql, _cached_for_sqlite(sql), args, reads=False)
    return next(iter(found[0])) if found else None


_cached_for_sqlite = functools.lru_cache(maxsize=512)(for_sqlite)


async def _run(sql: str, sqlite_sql: str, args: Sequence[Any], *, reads: bool) -> Sequence[Any]:
    on = client()
    try:
        if dialect() is Dialect.SQLITE:
            return (await on.execute_query(sqlite_sql, [_to_sqlite(value) for value in args]))[1]
        values = [_to_postgres(value) for value in args]
        if reads:
            return (await on.execute_query(sql, values))[1]
        # What a changing statement returns, the library hands out as dicts only.
        return [tuple(row.values()) for row in await on.execute_query_dict(sql, values)]
    except _BUSY as error:
        raise TryAgain from error
    except OperationalError as error:
        if _is_busy(error):
            raise TryAgain from error
        raise


def _is_busy(error: BaseException) -> bool:
    return "database is locked" in str(error)


# --- transactions ------------------------------------------------------------------------------------------------


def transactional(verb: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a verb all or nothing: it joins the transaction it is called in, or is one of its own."""

    @functools.wraps(verb)
    async def joined(*args: P.args, **kwargs: P.kwargs) -> T:
        if _unit.get() is not None:
            return await verb(*args, **kwargs)
        return await transaction(lambda: verb(*args, **kwargs))

    return joined


async def transaction(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` in a transaction of its own and answer what it answers.

    Whatever it raises rolls everything back. A caller that is cancelled meanwhile gets its CancelledError at once; the
    transaction goes on to its end behind it, bounded by the database's own time limits.
    Raises TryAgain when the database stayed too busy.
    """
    task = asyncio.create_task(_with_retries(work))
    _running.add(task)
    task.add_done_callback(_finished)
    return await asyncio.shield(task)


def _finished(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled():
        task.exception()  # fetched, so that an abandoned caller leaves no warning


async def _with_retries(work: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(RETRIES + 1):
        try:
            return await _once(work)
        except _RETRYABLE as error:
            if attempt == RETRIES:
                raise TryAgain from error
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError  # the loop answers or raises


async def _once(work: Callable[[], Awaitable[T]]) -> T:
    try:
        async with _opened().client._in_transaction() as client:  # noqa: SLF001 - the library's public form only finds it by name
            unit = _Unit(client)
            token = _unit.set(unit)
            try:
                return await work()
            finally:
                unit.closed = True
                _unit.reset(token)
    except _BUSY as error:
        raise TryAgain from error
    except OperationalError as error:
        if _is_busy(error):
            raise TryAgain from error
        raise


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Inside a transaction: what happens in the block is undone when it raises, and only that."""
    outer = _unit.get()
    if outer is None:
        raise RuntimeError("a savepoint needs a transaction around it")
    async with client()._in_transaction() as nested:  # noqa: SLF001
        unit = _Unit(nested)
        token = _unit.set(unit)
        try:
            yield
        finally:
            unit.closed = True
            _unit.reset(token)


def in_transaction() -> bool:
    """Whether this task is inside a transaction."""
    return _unit.get() is not None
