"""Rows: the names of their fields, and those rows of one column that many statements return."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Id:
    """The id of a row."""

    id: int


@dataclass(slots=True)
class Count:
    """The number of rows, from `SELECT count(*) AS count`."""

    count: int


@dataclass(slots=True)
class Name:
    """The name of a row."""

    name: str


def field_names(row: type[Any]) -> tuple[str, ...]:
    """Return the names of a row's fields, in order."""
    return tuple(field.name for field in fields(row))


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
