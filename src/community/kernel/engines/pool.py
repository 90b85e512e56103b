"""The pool of connections to PostgreSQL, and the connection that an operation keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")

ACQUIRE_TIMEOUT_S = 10


_BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def connect(*args: Any, **given: Any) -> asyncpg.Connection:
    """Return a new connection. Raises ConnectionError if the server cannot be reached.

    The system has other errors for that too, such as a missing socket file.
    """
    try:
        return await asyncpg.connect(*args, **given)
    except OSError as error:
        raise ConnectionError(str(error) or "the server does not answer in time") from error


async def read_json_as_bytes(connection: asyncpg.Connection) -> None:
    """Set a new connection to return JSON as bytes, which are parsed. A text would be decoded and encoded again."""
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=str.encode, decoder=bytes)


class Pool(asyncpg.Pool):  # type: ignore[misc]  # the library has no types
    """A pool whose connections are waited for within a limit.

    The library has a timer for each connection that it gives, and a task for each that returns. A connection that is
    free and needs no cleaning takes neither.
    """

    __slots__ = ("_waiting",)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._waiting = 0

    def take(self) -> Coroutine[Any, Any, Any]:
        """Acquire a connection, which the caller releases."""
        return self._acquire(None)

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
        connection._con._pool_release_ctr += 1  # noqa: SLF001 - it has no listeners, which the library would check
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


class KeptConnection:
    """The connection that an operation keeps between its reads.

    It is taken with the first read. A read that finds it busy takes another one if the pool has one, and else waits for
    this one. An operation that waited for a second connection while it kept one could wait for ever.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._pool: Pool | None = None
        self._has_ended = False

    async def use(self, pool: Pool, read: Callable[..., Awaitable[T]], *given: Any) -> T:
        """Return the answer of `read`, which gets a connection and what is `given`."""
        if self._needs_another(pool):
            async with pool.acquire() as another:
                return await read(another, *given)
        async with self._lock:
            try:
                if self._connection is None:
                    self._pool, self._connection = pool, await pool.take()
                return await read(self._connection, *given)
            finally:
                if self._has_ended:
                    await self._release()

    def _needs_another(self, pool: Pool) -> bool:
        if self._has_ended or not self._lock.locked():
            return self._has_ended
        return pool.has_free()

    async def end(self) -> None:
        """Return the connection to the pool, now or after the running statement. Later reads take another one."""
        self._has_ended = True
        if not self._lock.locked():
            await self._release()

    async def hand_over(self) -> Any:
        """End, and return the connection to the caller.

        Returns None if there is none, a statement runs on it, or it was lost.
        """
        self._has_ended = True
        if self._lock.locked() or self._connection is None:
            return None
        inner = self._connection._con  # noqa: SLF001
        if inner is None or inner.is_closed():
            await self._release()
            return None
        connection, self._connection = self._connection, None
        return connection

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._pool is not None:
            with suppress(*_BROKEN):  # a broken connection is closed, and the operation has its answer
                await self._pool.release(connection)


kept_connection: ContextVar[KeptConnection | None] = ContextVar("kept_connection", default=None)
