"""Locks that a transaction takes with its first statement."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, TypeVar

from community.kernel.db.connection import Dialect, current_transaction, dialect
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

    async def __call__(self) -> None:
        """Take the lock. Raises the refusal."""
        if await self.statement.first(*self.values) is None:
            raise self.refusal


async def run_with_lock(statement: Statement[R], *args: Any) -> R | None:
    """Return the first row of a change or of another lock.

    If the transaction has not taken its lock, PostgreSQL takes it first in the same statement. Raises its refusal.
    """
    inside = current_transaction.get()
    lock = None if inside is None else inside.take_lock
    if inside is None or not isinstance(lock, FirstLock) or dialect() is Dialect.SQLITE:
        return await statement.first(*args)
    inside.take_lock = None
    locked, found = await _join(lock.statement, statement).run(lock.values, args)
    if not locked:
        raise lock.refusal
    return found[0] if found else None


@functools.lru_cache(maxsize=64)
def _join(lock: Select[Any], statement: Statement[Any]) -> Joined:
    return Joined(locked=lock, found=statement)
