"""Statements: SQL in PostgreSQL's words, and the rows that its answers become."""

from __future__ import annotations

import functools
import json
import re
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar, cast

from community.kernel.db.busy import told_as_try_again
from community.kernel.db.connection import Dialect, client, dialect
from community.kernel.errors import InvalidInput

R = TypeVar("R")

_PLACEHOLDER = re.compile(r"\$(\d+)")
_ANY = re.compile(r"= ANY\(\$(\d+)\)")
_LOCKING = re.compile(r"\s+FOR (?:(?:NO KEY )?UPDATE|KEY SHARE)(?: OF \w+)?(?: SKIP LOCKED)?")


def for_sqlite(sql: str) -> str:
    """The same statement for SQLite: numbered placeholders, arrays as JSON, no row locks (a transaction is alone)."""
    sql = _ANY.sub(r"IN (SELECT value FROM json_each(?\1))", sql)
    sql = _LOCKING.sub("", sql)
    return _PLACEHOLDER.sub(r"?\1", sql)


def _storable(value: str) -> str:
    if "\0" in value:
        raise InvalidInput("A text with a NUL character cannot be kept.")
    return value


def _to_sqlite(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case Enum():
            return value.value
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case str():
            return _storable(value)
        case _:
            return value


def _to_postgres(value: Any) -> Any:
    match value:
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case Enum():
            return value.value
        case str():
            return _storable(value)
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
        if origin in {dict, list}:
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
        self._converters = {
            Dialect.SQLITE: _converters(row, sqlite=True),
            Dialect.POSTGRES: _converters(row, sqlite=False),
        }

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
    with told_as_try_again():
        if dialect() is Dialect.SQLITE:
            return (await on.execute_query(sqlite_sql, [_to_sqlite(value) for value in args]))[1]
        values = [_to_postgres(value) for value in args]
        if reads:
            return (await on.execute_query(sql, values))[1]
        # What a changing statement returns, the library hands out as dicts only.
        return [tuple(row.values()) for row in await on.execute_query_dict(sql, values)]
