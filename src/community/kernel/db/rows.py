"""The fields of rows, and the rows of one column."""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

import msgspec

R = TypeVar("R")


class Row(msgspec.Struct, array_like=True, gc=False, kw_only=True):
    """A row that can be read from JSON.

    `loaded` has the related rows that it carries, by name, and is None without any. It is no column. A row must not
    refer to itself, because the collection of garbage does not see it.
    """

    loaded: dict[str, Any] = None  # type: ignore[assignment]  # code that asks knows that there are some

    closed_texts: ClassVar[tuple[str, ...]] = ()
    """The columns whose stored texts are read by `close_stored`. A dataclass of rows may have it too."""

    def __eq__(self, other: object) -> bool:
        """Compare the columns, of rows with and without related rows."""
        if not (isinstance(other, type(self)) or isinstance(self, type(other))):
            return NotImplemented
        return as_dict(self) == as_dict(other)

    __hash__ = None  # type: ignore[assignment]  # a row can change


class NotCarriedError(KeyError):
    """A row does not carry what is needed."""


NOT_CARRIED = (KeyError, TypeError, AttributeError)
"""The errors of reading a related row from `loaded` where it is missing."""


def take_loaded(rows: Sequence[Any], name: str) -> list[Any] | None:
    """Return what each row carries under this name, or None if one lacks it."""
    try:
        return [row.loaded[name] for row in rows]
    except NOT_CARRIED:
        return None


class Id(Row):
    """The id of a row."""

    id: int


class Count(Row):
    """The number of rows, from `SELECT count(*) AS count`."""

    count: int


class Name(Row):
    """The name of a row."""

    name: str


def field_names(row: type[Any]) -> tuple[str, ...]:
    """Return the names of the columns of a row, in order."""
    if issubclass(row, Row):
        return row.__struct_fields__[:-1]
    return tuple(field.name for field in fields(row))


def find_kinds(row: type[Any]) -> dict[str, type]:
    """Return the class of each column, without null and the kinds inside it."""
    hints, found = typing.get_type_hints(row), {}
    for name in field_names(row):
        kind = hints[name]
        if isinstance(kind, types.UnionType):
            kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
        found[name] = typing.get_origin(kind) or kind
    return found


def columns(row: type[Any], table: str | None = None, /, **computed: str) -> str:
    """Return a select list that gives a row's fields their values.

    `table` is the table's name or alias in the statement. `computed` holds the expressions of the fields that are not
    columns of it. Raises TypeError if the row has no such field.
    """
    names = field_names(row)
    if unknown := computed.keys() - set(names):
        raise TypeError(f"{row.__qualname__} has no field {', '.join(sorted(unknown))}")
    prefix = "" if table is None else f"{table}."
    return ", ".join(f"{computed[name]} AS {name}" if name in computed else f"{prefix}{name}" for name in names)


def as_dict(row: Any) -> dict[str, Any]:
    """Return the values of a row by the names of its columns."""
    return {name: getattr(row, name) for name in field_names(row.__class__)}


def in_order(rows: Iterable[R], keys: Sequence[Hashable], *, by: str = "id") -> list[R]:
    """Return the row of each key, in the order of the keys. Raises KeyError if one is missing.

    `by` names the field of the row that holds the key.
    """
    found = _index_rows(rows, by)
    return [found[key] for key in keys]


def in_order_or_none(rows: Iterable[R], keys: Sequence[Hashable], *, by: str = "id") -> list[R | None]:
    """Return one row per key in order, with None for missing ones."""
    found = _index_rows(rows, by)
    return [found.get(key) for key in keys]


def group(rows: Iterable[R], keys: Sequence[Hashable], *, by: str) -> list[list[R]]:
    """Return the rows of each key, in the order of the keys.

    `by` names the field of the row that holds the key.
    """
    found: dict[Hashable, list[R]] = {key: [] for key in keys}
    key = attrgetter(by)
    for row in rows:
        found[key(row)].append(row)
    return [found[key] for key in keys]


def group_values(rows: Iterable[Any], keys: Sequence[Hashable], *, by: str, of: str) -> list[list[Any]]:
    """Return the field `of` of the rows of each key, in order."""
    return [[getattr(row, of) for row in found] for found in group(rows, keys, by=by)]


def _index_rows(rows: Iterable[R], by: str) -> dict[Hashable, R]:
    key = attrgetter(by)
    return {key(row): row for row in rows}
