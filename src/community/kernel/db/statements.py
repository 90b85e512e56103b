"""Statements in PostgreSQL's dialect, and the conversion of their answers to rows."""

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
from typing import Any, Generic, TypeVar, cast

from community.kernel.db.connection import Dialect, client, dialect
from community.kernel.db.failures import failures_as_try_again
from community.kernel.db.rows import field_names
from community.kernel.engines import RowClient
from community.kernel.errors import InvalidInput

R = TypeVar("R")

_PLACEHOLDER = re.compile(r"\$(\d+)")
_ANY = re.compile(r"= ANY\(\$(\d+)\)")
_LOCKING = re.compile(r"\s+FOR (?:(?:NO KEY )?UPDATE|(?:KEY )?SHARE)(?: OF \w+(?:, \w+)*)?(?: SKIP LOCKED)?")


def translate_to_sqlite(sql: str) -> str:
    """Return the same statement for SQLite.

    Placeholders become `?1`, arrays become JSON. Row locks are left out, because a transaction writes alone.
    """
    sql = _ANY.sub(r"IN (SELECT value FROM json_each(?\1))", sql)
    sql = _LOCKING.sub("", sql)
    return _PLACEHOLDER.sub(r"?\1", sql)


def _reject_nul(value: str) -> str:
    if "\0" in value:
        raise InvalidInput("nul")
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
            return _reject_nul(value)
        case _:
            return value


def _to_postgres(value: Any) -> Any:
    match value:
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case Enum():
            return value.value
        case str():
            return _reject_nul(value)
        case _:
            return value


_CONVERTERS: dict[Dialect, dict[type, Callable[[Any], Any]]] = {
    Dialect.POSTGRES: {dict: json.loads, list: json.loads},
    Dialect.SQLITE: {dict: json.loads, list: json.loads, datetime: datetime.fromisoformat, bool: bool},
}
"""The conversion of a value to each type of field that the driver does not return itself."""


def _build_converters(row: type[Any], which: Dialect) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Return position and conversion of the columns that need one. The others cost nothing."""
    hints = typing.get_type_hints(row)
    needed: list[tuple[int, Callable[[Any], Any]]] = []
    for position, field in enumerate(fields(row)):
        kind = hints[field.name]
        if isinstance(kind, types.UnionType):
            kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
        origin = typing.get_origin(kind) or kind
        if isinstance(origin, type) and issubclass(origin, Enum):
            needed.append((position, origin))
        elif origin in _CONVERTERS[which]:
            needed.append((position, _CONVERTERS[which][origin]))
    return tuple(needed)


class RowMismatchError(Exception):
    """A statement's columns are not its row's fields. Always a bug in the statement."""

    def __init__(self, sql: str, columns: Sequence[str], row: type[Any]) -> None:
        super().__init__(
            f"the columns ({', '.join(columns)}) are not the fields of {row.__qualname__}"
            f" ({', '.join(field_names(row))}): {sql}"
        )


class _Statement(Generic[R]):
    """One SQL text for both databases, and the dataclass of its rows.

    A column becomes a field by its position. At the first answer, even an empty one, the names are compared too.
    """

    def __init__(self, sql: str, row: type[R]) -> None:
        self.sql = sql
        self.row = row
        self._sqlite_sql = translate_to_sqlite(sql)
        self._converters = {which: _build_converters(row, which) for which in Dialect}
        self._compared: set[Dialect] = set()

    async def all(self, *args: Any) -> list[R]:
        """Return every row, in the statement's order.

        A statement without a LIMIT must be bounded by its keys. Raises RowMismatchError.
        """
        which = dialect()
        found = await (self._run if which in self._compared else self._run_and_compare)(args)
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

    async def _run(self, args: Sequence[Any]) -> Sequence[Any]:
        return await _fetch(self.sql, self._sqlite_sql, args)

    async def _run_and_compare(self, args: Sequence[Any]) -> Sequence[Any]:
        with failures_as_try_again():
            columns, found = await _row_client().fetch_named_rows(*_native(self.sql, self._sqlite_sql, args))
        if columns != field_names(self.row):
            raise RowMismatchError(self.sql, columns, self.row)
        self._compared.add(dialect())
        return found

    async def first(self, *args: Any) -> R | None:
        """Return the first row, or None."""
        found = await self.all(*args)
        return found[0] if found else None

    async def one(self, *args: Any) -> R:
        """Return the only row. Raises LookupError if there is none, which is a bug of the caller."""
        found = await self.all(*args)
        if not found:
            raise LookupError(f"no row: {self.sql.strip().splitlines()[0]}")
        return found[0]


class Select(_Statement[R]):
    """A statement that reads."""


class Change(_Statement[R]):
    """An INSERT, UPDATE or DELETE with RETURNING. An empty answer means that its condition did not hold."""


async def execute(sql: str, *args: Any) -> None:
    """Run a statement and ignore its answer."""
    await _fetch(sql, _translate_cached(sql), args)


async def scalar(sql: str, *args: Any) -> Any:
    """Return the first column of the first row, or None.

    The value is not converted: on SQLite a time is text.
    """
    found = await _fetch(sql, _translate_cached(sql), args)
    return next(iter(found[0])) if found else None


_translate_cached = functools.lru_cache(maxsize=512)(translate_to_sqlite)


async def _fetch(sql: str, sqlite_sql: str, args: Sequence[Any]) -> Sequence[Any]:
    with failures_as_try_again():
        return await _row_client().fetch_rows(*_native(sql, sqlite_sql, args))


def _row_client() -> RowClient:
    return cast("RowClient", client())


def _native(sql: str, sqlite_sql: str, args: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the statement and its values as the open database takes them."""
    if dialect() is Dialect.SQLITE:
        return sqlite_sql, [_to_sqlite(value) for value in args]
    return sql, [_to_postgres(value) for value in args]
