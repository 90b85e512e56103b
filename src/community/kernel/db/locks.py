"""Locks that a transaction takes with its first statement."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar, cast

from community.kernel.db.connection import Dialect, OpenTransaction, current_transaction, dialect
from community.kernel.db.statements import Select, Statement
from community.kernel.db.together import Joined
from community.kernel.errors import Refusal

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class FirstLock:
    """A lock on rows, its values, and the refusal if there is no row."""

    statement: Select[Any]
    values: tuple[Any, ...]
    refusal: type[Refusal]

    async def take(self) -> None:
        """Take the lock. Raises the refusal."""
        if await self.statement.first(*self.values) is None:
            raise self.refusal


class TransactionLock:
    """The lock of one transaction. Every statement waits until it is taken.

    A refusal is raised by each later statement too, and at the end of the transaction. So work that ignores it cannot
    commit.
    """

    __slots__ = ("_inside", "_outcome", "_task", "lock")

    def __init__(self, inside: OpenTransaction, lock: FirstLock) -> None:
        self._inside = inside
        self._outcome: asyncio.Future[None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self.lock = lock

    @property
    def has_begun(self) -> bool:
        """True if a task takes it now, or it was refused."""
        return self._outcome is not None

    def is_taken_by_this_task(self) -> bool:
        """Return True for the statement of the lock itself."""
        return self._task is not None and self._task is asyncio.current_task()

    async def take(self) -> None:
        """Take the lock, or wait until another task has taken it. Raises its refusal, each time."""
        if self._outcome is not None:
            await asyncio.shield(self._outcome)
            return
        with self:
            await self.lock.take()

    def __enter__(self) -> None:
        """Begin to take it by statements of this task. The end of the block is its outcome."""
        self._outcome, self._task = asyncio.get_running_loop().create_future(), asyncio.current_task()

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let the other statements run, or refuse them."""
        self._task, outcome = None, cast("asyncio.Future[None]", self._outcome)
        if error is None:
            self._inside.lock = None
            outcome.set_result(None)
        elif isinstance(error, Exception):
            outcome.set_exception(error)
            outcome.exception()  # fetched, because maybe no task waits for it
        else:
            outcome.cancel()


async def run_with_lock(statement: Statement[R], *args: Any) -> R | None:
    """Return the first row of a change or of another lock.

    If the transaction has not taken its lock, PostgreSQL takes it first in the same statement. Raises its refusal.
    """
    inside = current_transaction.get()
    pending = None if inside is None or inside.deferred else inside.lock
    if not isinstance(pending, TransactionLock) or pending.has_begun or dialect() is Dialect.SQLITE:
        return await statement.first(*args)
    with pending:
        locked, found = await _join(pending.lock.statement, statement).run(pending.lock.values, args)
        if not locked:
            raise pending.lock.refusal
    return found[0] if found else None


@functools.lru_cache(maxsize=64)
def _join(lock: Select[Any], statement: Statement[Any]) -> Joined:
    return Joined(locked=lock, found=statement)
