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
