"""PostgreSQL through asyncpg, with time limits and no leaked connections.

The library's own transaction keeps the pooled connection when BEGIN fails. 300 such failures emptied a pool for ever.

No statement of the service changes the state of its session. So a connection returns to the pool without the query that
would reset it, which was every second round trip. A transaction that was left open is still rolled back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.exceptions import IntegrityError, OperationalError

from community.kernel.engines.pool import Pool, connect, kept_connection, read_json_as_bytes

T = TypeVar("T")

CLOSE_TIMEOUT_S = 2


class _Context(TransactionContext):
    """A transaction on a connection of the pool. The connection returns to it, also when BEGIN fails.

    An operation that keeps a connection for its reads gives it to the transaction.
    """

    def __init__(self, parent: Client) -> None:
        self._parent = parent
        self._transaction = _Transaction(parent)

    async def __aenter__(self) -> _Transaction:
        pool = await self._parent.get_pool()
        kept = kept_connection.get()
        connection = None if kept is None else await kept.hand_over()
        if connection is None:
            connection = await pool.take()
        self._transaction._connection = connection  # noqa: SLF001
        try:
            await self._transaction.begin()
        except BaseException:
            await pool.release(connection)
            raise
        return self._transaction

    async def __aexit__(self, kind: object, *error: object) -> None:
        try:
            await (self._transaction.commit() if kind is None else self._transaction.rollback())
        finally:
            if self._parent._pool is not None:  # noqa: SLF001 - a closed pool has closed its connections
                await self._parent._pool.release(self._transaction._connection)  # noqa: SLF001


class _Savepoint(TransactionContext):
    """A part of a transaction that is rolled back alone."""

    def __init__(self, transaction: _Transaction) -> None:
        self._transaction = transaction

    async def __aenter__(self) -> _Transaction:
        await self._transaction.savepoint()
        return self._transaction

    async def __aexit__(self, kind: object, *error: object) -> None:
        await (self._transaction.release_savepoint() if kind is None else self._transaction.savepoint_rollback())


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # the library has no types
    """A connection without a reset query, and with a short way to rows."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Return no query."""
        return ""

    async def run(self, command: str) -> None:
        """Run a command without values."""
        await self._protocol.query(command, None)

    async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
        """Return what `fetch` returns. A statement that is prepared takes half of its time."""
        known = self._stmt_cache.get((query, asyncpg.Record, False))
        try:
            if known is None:
                rows: Sequence[Any] = await self.fetch(query, *values)
            else:
                # The protocol refuses a second statement at the same time, and one on a closed connection.
                rows = await self._protocol.bind_execute(known, values, "", 0, False, None)
        except asyncpg.OutdatedSchemaCacheError:
            await self.reload_schema_state()
            raise
        except asyncpg.InvalidCachedStatementError:  # a migration has changed its columns
            self._drop_global_statement_cache()
            if self._protocol.is_in_transaction():
                raise
            return await self.fetch_rows(query, values)
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
            raise OperationalError(error) from error
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error
        return rows


class _Rows(AsyncpgDBClient):
    """A client that returns rows. The library returns those of a RETURNING as dicts only."""

    connection_class = _Connection

    @translate_exceptions
    async def fetch_named_rows(self, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
        """Run a statement and return its column names and rows."""
        return await self._use(_fetch_named_rows, query, values)

    async def _use(self, read: Callable[..., Awaitable[T]], *given: Any) -> T:
        async with self.acquire_connection() as connection:
            return await read(connection, *given)


def _fetch_rows(connection: Any, query: str, values: list[Any]) -> Coroutine[Any, Any, Sequence[Any]]:
    return _unwrap(connection).fetch_rows(query, values)


def _unwrap(connection: Any) -> _Connection:
    """Return the connection of the pool's proxy, whose own calls take as long again.

    Raises InterfaceError if it was closed.
    """
    inner: _Connection | None = connection._con  # noqa: SLF001
    if inner is None:
        raise asyncpg.InterfaceError("the connection was closed")
    return inner


async def _fetch_named_rows(connection: Any, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
    statement = await connection.prepare(query)
    names = tuple(attribute.name for attribute in statement.get_attributes())
    return names, await statement.fetch(*values)


class _Transaction(_Rows, TransactionWrapper):
    """The connection of a transaction.

    The library's own form has an object for each transaction, and a context variable for queries of models.
    """

    async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
        """Run a statement and return its rows. Those of one transaction run one after another."""
        await self._lock.acquire()
        try:
            return await _fetch_rows(self._connection, query, values)
        finally:
            self._lock.release()

    def begin(self) -> Coroutine[Any, Any, None]:
        """Begin the transaction."""
        return self._run("BEGIN")

    def commit(self) -> Coroutine[Any, Any, None]:
        """End the transaction."""
        return self._run("COMMIT")

    def rollback(self) -> Coroutine[Any, Any, None]:
        """Roll the transaction back."""
        return self._run("ROLLBACK")

    def savepoint(self) -> Coroutine[Any, Any, None]:
        """Begin a part. A part inside it hides its name until it ends."""
        return self._run("SAVEPOINT part")

    def release_savepoint(self) -> Coroutine[Any, Any, None]:
        """End the last part."""
        return self._run("RELEASE SAVEPOINT part")

    def savepoint_rollback(self) -> Coroutine[Any, Any, None]:
        """Roll the last part back, and end it."""
        return self._run("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")

    def _run(self, command: str) -> Coroutine[Any, Any, None]:
        return _unwrap(self._connection).run(command)

    def _in_transaction(self) -> TransactionContext:
        return _Savepoint(self)


class Client(_Rows):
    """The client class of the engine in the connection's configuration."""

    def fetch_rows(self, query: str, values: list[Any]) -> Coroutine[Any, Any, Sequence[Any]]:
        """Run a statement and return its rows."""
        return self._use(_fetch_rows, query, values)

    def _use(self, read: Callable[..., Awaitable[T]], *given: Any) -> Coroutine[Any, Any, T]:
        kept = kept_connection.get()
        if kept is None or self._pool is None:
            return super()._use(read, *given)
        return kept.use(self._pool, read, *given)

    async def get_pool(self) -> Pool:
        """Return the pool, which is made for the first connection."""
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        return cast("Pool", self._pool)

    async def create_pool(self, **given: Any) -> Pool:
        """Create the pool. Raises ConnectionError if the server cannot be reached."""
        pool: Pool = await Pool(
            None, max_queries=50_000, max_inactive_connection_lifetime=300.0, record_class=asyncpg.Record,
            connect=connect, init=read_json_as_bytes, **given,
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
        return _Context(self)


client_class = Client
