"""Transactions: all or nothing, retried when the database asks for it, safe against a caller who leaves."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from community.kernel.db.busy import busy_as_try_again
from community.kernel.db.connection import OpenTransaction, client, current_transaction, pool, running_transactions
from community.kernel.errors import TryAgain

P = ParamSpec("P")
T = TypeVar("T")

MAX_RETRIES = 3

TransactionCheck = Callable[[], Awaitable[None]]
_begin_check: ContextVar[TransactionCheck | None] = ContextVar("what transactions begin with", default=None)

_RETRYABLE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def transactional(verb: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a verb all or nothing: it joins the transaction it is called in, or is one of its own."""

    @functools.wraps(verb)
    async def joined(*args: P.args, **kwargs: P.kwargs) -> T:
        if current_transaction.get() is not None:
            return await verb(*args, **kwargs)
        return await transaction(lambda: verb(*args, **kwargs))

    return joined


async def transaction(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` in a transaction of its own and answer what it answers.

    Whatever it raises rolls everything back. A caller that is cancelled meanwhile gets its CancelledError at once; the
    transaction goes on to its end behind it, bounded by the database's own time limits.
    Raises TryAgain when the database stayed too busy.
    """
    task = asyncio.create_task(_run_with_retries(work))
    running_transactions.add(task)
    task.add_done_callback(_discard_task)
    return await asyncio.shield(task)


def _discard_task(task: asyncio.Task[Any]) -> None:
    running_transactions.discard(task)
    if not task.cancelled():
        task.exception()  # fetched, so that an abandoned caller leaves no warning


async def _run_with_retries(work: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(MAX_RETRIES + 1):
        try:
            return await _run_attempt(work)
        except _RETRYABLE as error:
            if attempt == MAX_RETRIES:
                raise TryAgain from error
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError  # the loop answers or raises


async def _run_attempt(work: Callable[[], Awaitable[T]]) -> T:
    with busy_as_try_again():
        async with _begin_transaction(pool()):
            check = _begin_check.get()
            if check is not None:
                await check()
            return await work()


@contextmanager
def on_transaction_begin(check: TransactionCheck) -> Iterator[None]:
    """Every transaction that is begun in the block begins with `check`; what that raises undoes it, and is raised."""
    token = _begin_check.set(check)
    try:
        yield
    finally:
        _begin_check.reset(token)


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Inside a transaction: what happens in the block is undone when it raises, and only that."""
    if current_transaction.get() is None:
        raise RuntimeError("a savepoint needs a transaction around it")
    async with _begin_transaction(client()):
        yield


@asynccontextmanager
async def _begin_transaction(on: BaseDBAsyncClient) -> AsyncIterator[None]:
    # The library's public form finds the connection by name only, and in its own context variable.
    async with on._in_transaction() as begun:  # noqa: SLF001
        inside = OpenTransaction(begun)
        token = current_transaction.set(inside)
        try:
            yield
        finally:
            inside.closed = True
            current_transaction.reset(token)


def in_transaction() -> bool:
    """Whether this task is inside a transaction."""
    return current_transaction.get() is not None
