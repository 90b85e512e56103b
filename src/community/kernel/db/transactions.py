"""Transactions with retries, safe when the caller is cancelled."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from community.kernel.db.connection import OpenTransaction, client, current_transaction, pool, running_transactions
from community.kernel.db.failures import AWAY, LOCKED, build_refusal, find_refusal
from community.kernel.db.locks import FirstLock, TransactionLock
from community.kernel.db.statements import run_pending
from community.kernel.db.together import execute_all
from community.kernel.engines.pool import KeptConnection, kept_connection
from community.kernel.errors import TryAgain

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MAX_RETRIES = 3

TransactionCheck = Callable[[], Awaitable[FirstLock | None]]
_begin_check: ContextVar[TransactionCheck | None] = ContextVar("begin_check", default=None)

_RETRYABLE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def transactional(verb: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a function all or nothing. It joins the caller's transaction or opens its own."""

    @functools.wraps(verb)
    async def joined(*args: P.args, **kwargs: P.kwargs) -> T:
        if current_transaction.get() is not None:
            return await verb(*args, **kwargs)
        return await transaction(lambda: verb(*args, **kwargs))

    return joined


async def transaction(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` in its own transaction and return its answer.

    Any exception of `work` rolls everything back. A cancelled caller gets its CancelledError immediately. The
    transaction then continues to its end in the background, bounded by the database's own time limits. After a deadlock
    or a serialization failure `work` runs again. Raises TryAgain if the database stays too busy.
    """
    task = asyncio.create_task(_run_with_retries(work))
    running_transactions.add(task)
    task.add_done_callback(_discard_task)
    return await asyncio.shield(task)


def _discard_task(task: asyncio.Task[Any]) -> None:
    running_transactions.discard(task)
    if not task.cancelled():
        task.exception()  # fetched, so that a cancelled caller leaves no warning


async def _run_with_retries(work: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(MAX_RETRIES + 1):
        try:
            return await _run_attempt(work)
        except _RETRYABLE as error:
            if attempt == MAX_RETRIES:
                raise build_refusal(LOCKED, error) from error
            log.warning("transaction repeated: error=%s", type(error).__name__)
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError  # the loop returns or raises


async def _run_attempt(work: Callable[[], Awaitable[T]]) -> T:
    is_complete = False
    try:
        async with _Begun(pool()) as inside:
            check = _begin_check.get()
            if check is not None:
                lock = await check()
                inside.lock = None if lock is None else TransactionLock(inside, lock)
            answer = await work()
            await run_pending()
            is_complete = True
    except _RETRYABLE:
        raise
    except Exception as error:
        refusal = find_refusal(error)
        if refusal is None:
            raise
        if is_complete and refusal.reason == AWAY:  # the connection was lost while the database committed
            refusal = TryAgain("unconfirmed", retry_at=refusal.retry_at)
        raise refusal from error
    else:
        return answer


@contextmanager
def on_transaction_begin(check: TransactionCheck) -> Iterator[None]:
    """Run `check` at the start of every transaction inside the block.

    The checks of the blocks around it run after it. An exception of a check rolls the transaction back and is raised.
    A check may return a lock, which the transaction takes before or with its first statement, and at least at its end.
    """
    outer = _begin_check.get()

    async def check_all() -> FirstLock | None:
        lock = await check()
        if outer is None:
            return lock
        if lock is not None:
            await lock.take()
        return await outer()

    token = _begin_check.set(check_all)
    try:
        yield
    finally:
        _begin_check.reset(token)


@contextmanager
def without_begin_check() -> Iterator[None]:
    """Begin the transactions of the block without the check of the task's caller.

    It also keeps no connection of that task.
    """
    token, kept = _begin_check.set(None), kept_connection.set(None)
    try:
        yield
    finally:
        _begin_check.reset(token)
        kept_connection.reset(kept)


async def end_reading() -> None:
    """Return the connection that `reading` keeps.

    Otherwise operations that keep one and wait for another could wait for each other.
    """
    kept = kept_connection.get()
    if kept is not None:
        await kept.end()


class reading:  # noqa: N801 - used as a function
    """One connection for the reads of a block. It is taken with the first read, and given to a transaction.

    On SQLite every statement has the same connection anyway.
    """

    __slots__ = ("_kept", "_token")

    async def __aenter__(self) -> None:
        """Begin the block."""
        self._kept = KeptConnection()
        self._token = kept_connection.set(self._kept)

    async def __aexit__(self, *error: object) -> None:
        """Return the connection."""
        kept_connection.reset(self._token)
        await self._kept.end()


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Roll back only the block when it raises. Raises RuntimeError outside a transaction."""
    if current_transaction.get() is None:
        raise RuntimeError("a savepoint needs a transaction around it")
    await run_pending()
    async with _Begun(client()):
        yield
        await run_pending()


class _Begun:
    """A transaction, or a part of one. The statements of this task run on its connection."""

    __slots__ = ("_context", "_inside", "_token")

    def __init__(self, on: BaseDBAsyncClient) -> None:
        # The library's public form finds the connection by name only, and in its own context variable.
        self._context = on._in_transaction()  # noqa: SLF001

    async def __aenter__(self) -> OpenTransaction:
        self._inside = OpenTransaction(await self._context.__aenter__(), execute_all)
        self._token = current_transaction.set(self._inside)
        return self._inside

    async def __aexit__(self, *error: Any) -> None:
        self._inside.closed = True
        current_transaction.reset(self._token)
        await self._context.__aexit__(*error)


def in_transaction() -> bool:
    """Return True if this task is inside a transaction."""
    return current_transaction.get() is not None
