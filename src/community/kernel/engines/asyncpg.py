"""PostgreSQL through asyncpg, with time limits and no leaked connections.

The library's own transaction keeps the pooled connection when BEGIN fails. 300 such failures emptied a pool for ever.

No statement of the service changes the state of its session. So a connection returns to the pool without the query that
would reset it, which was every second round trip. A transaction that was left open is still rolled back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

T = TypeVar("T")

ACQUIRE_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 2


_BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def _connect(*args: Any, **given: Any) -> asyncpg.Connection:
    """Return a new connection. Raises ConnectionError if the server cannot be reached.

    The system has other errors for that too, such as a missing socket file.
    """
    try:
        return await asyncpg.connect(*args, **given)
    except OSError as error:
        raise ConnectionError(str(error) or "the server does not answer in time") from error


async def _read_json_as_bytes(connection: asyncpg.Connection) -> None:
    # Rows in JSON are parsed from bytes. As a text they would be decoded and encoded again.
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=str.encode, decoder=bytes)


class _Pool(asyncpg.Pool):  # type: ignore[misc]  # the library has no types
    """A pool whose connections are waited for within a limit.

    The library has a timer for each connection that it gives, and a task for each that returns. A connection that is
    free and needs no cleaning takes neither.
    """

    __slots__ = ("_waiting",)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._waiting = 0

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109 - the library's signature
        del timeout
        if self._waiting:
            await asyncio.sleep(0)  # a connection that has just returned belongs to one that waits
        elif self._initialized and not self._closing and not self._queue.empty():
            holder = self._queue.get_nowait()
            if holder.is_connected() and holder._generation == self._generation:  # noqa: SLF001 - the library's own
                return await holder.acquire()  # without a pause, and without a failure
            self._queue.put_nowait(holder)
        self._waiting += 1
        try:
            return await super()._acquire(ACQUIRE_TIMEOUT_S)
        except TimeoutError as error:
            if self.get_size() == self.get_max_size():
                raise  # all of them stay in use
            raise ConnectionError("the server does not answer in time") from error
        finally:
            self._waiting -= 1

    def has_free(self) -> bool:
        """Return True if a connection can be acquired without a wait for another."""
        return not self._waiting and self.get_size() - self.get_idle_size() < self.get_max_size()

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        """Return a connection. One that is closed, in a transaction or used up goes the library's way."""
        if not self._is_clean(connection):
            await super().release(connection, timeout=timeout)
            return
        holder = connection._holder  # noqa: SLF001 - what the library does after its query
        connection._con._on_release()  # noqa: SLF001
        holder._timeout = None  # noqa: SLF001
        holder._release()  # noqa: SLF001
        holder._setup_inactive_callback()  # noqa: SLF001

    def _is_clean(self, connection: Any) -> bool:
        inner, holder = connection._con, connection._holder  # noqa: SLF001 - as the library's own check
        if inner is None or inner.is_closed() or inner._top_xact is not None:  # noqa: SLF001
            return False
        protocol = inner._protocol  # noqa: SLF001
        return bool(
            not protocol.is_in_transaction()
            and not protocol._is_cancelling()  # noqa: SLF001
            and protocol.queries_count < holder._max_queries  # noqa: SLF001
            and holder._generation == self._generation  # noqa: SLF001
        )


class _Context(TransactionContextPooled):
    """A transaction that returns the connection to the pool when BEGIN fails."""

    client: Any

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool  # noqa: SLF001 - the library's own context does the same
        connection = await pool.acquire()
        self.client._connection = connection  # noqa: SLF001
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client  # type: ignore[no-any-return]  # the library leaves it untyped


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # the library has no types
    """A connection without a reset query, and with a short way to rows."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Return no query."""
        return ""

    async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
        """Return what `fetch` returns. A statement that is prepared takes half of its time."""
        known = self._stmt_cache.get((query, asyncpg.Record, False))
        if known is None:
            return cast("Sequence[Any]", await self.fetch(query, *values))
        self._check_open()
        try:
            with self._stmt_exclusive_section:
                rows: Sequence[Any] = await self._protocol.bind_execute(
                    state=known, args=values, portal_name="", limit=0, return_extra=False,
                    timeout=self._protocol._get_timeout(None),  # noqa: SLF001 - as the library does
                )  # fmt: skip
        except asyncpg.OutdatedSchemaCacheError:
            await self.reload_schema_state()
            raise
        except asyncpg.InvalidCachedStatementError:  # a migration has changed its columns
            self._drop_global_statement_cache()
            if self._protocol.is_in_transaction():
                raise
            return cast("Sequence[Any]", await self.fetch(query, *values))
        return rows


class KeptConnection:
    """The connection that an operation keeps between its reads.

    It is taken with the first read. A read that finds it busy takes another one if the pool has one, and else waits for
    this one. An operation that waited for a second connection while it kept one could wait for ever.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._pool: _Pool | None = None
        self._has_ended = False

    async def use(self, pool: _Pool, read: Callable[..., Awaitable[T]], *given: Any) -> T:
        """Return the answer of `read`, which gets a connection and what is `given`."""
        if self._needs_another(pool):
            async with pool.acquire() as another:
                return await read(another, *given)
        async with self._lock:
            try:
                if self._connection is None:
                    self._pool, self._connection = pool, await pool.acquire()
                return await read(self._connection, *given)
            finally:
                if self._has_ended:
                    await self._release()

    def _needs_another(self, pool: _Pool) -> bool:
        if self._has_ended or not self._lock.locked():
            return self._has_ended
        return pool.has_free()

    async def end(self) -> None:
        """Return the connection to the pool, now or after the running statement. Later reads take another one."""
        self._has_ended = True
        if not self._lock.locked():
            await self._release()

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._pool is not None:
            with suppress(*_BROKEN):  # a broken connection is closed, and the operation has its answer
                await self._pool.release(connection)


kept_connection: ContextVar[KeptConnection | None] = ContextVar("kept_connection", default=None)


class _Rows(AsyncpgDBClient):
    """A client that returns rows. The library returns those of a RETURNING as dicts only."""

    connection_class = _Connection

    async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""
        self.log.debug("%s: %s", query, values)
        try:
            return await self._use(_fetch_rows, query, values)
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
            raise OperationalError(error) from error
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error

    async def _use(self, read: Callable[..., Awaitable[T]], *given: Any) -> T:
        async with self.acquire_connection() as connection:
            return await read(connection, *given)

    @translate_exceptions
    async def fetch_named_rows(self, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
        """Run a statement and return its column names and rows."""
        self.log.debug("%s: %s", query, values)
        return await self._use(_fetch_named_rows, query, values)


async def _fetch_rows(connection: Any, query: str, values: list[Any]) -> Sequence[Any]:
    return await connection._con.fetch_rows(query, values)  # type: ignore[no-any-return]  # noqa: SLF001 - the pool's proxy takes as long again


async def _fetch_named_rows(connection: Any, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
    statement = await connection.prepare(query)
    names = tuple(attribute.name for attribute in statement.get_attributes())
    return names, await statement.fetch(*values)


class _Transaction(_Rows, TransactionWrapper):
    """The connection of a transaction."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))


class Client(_Rows):
    """The client class of the engine in the connection's configuration."""

    async def _use(self, read: Callable[..., Awaitable[T]], *given: Any) -> T:
        kept = kept_connection.get()
        if kept is None or self._pool is None:
            return await super()._use(read, *given)
        return await kept.use(self._pool, read, *given)

    async def create_pool(self, **given: Any) -> _Pool:
        """Create the pool. Raises ConnectionError if the server cannot be reached."""
        pool: _Pool = await _Pool(
            None, max_queries=50_000, max_inactive_connection_lifetime=300.0, record_class=asyncpg.Record,
            connect=_connect, init=_read_json_as_bytes, **given,
        )  # fmt: skip
        return pool

    async def _close(self) -> None:
        """Close the pool. Connections that are still in use then are cut off."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), CLOSE_TIMEOUT_S)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    def _in_transaction(self) -> TransactionContext:
        return _Context(_Transaction(self), self._pool_init_lock)


client_class = Client
