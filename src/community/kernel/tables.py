"""How a room declares its tables.

A model says what a row means and what the database holds it to. Nothing is generated from it and no row is loaded
through it (hydrating models was the largest cost measured): the DDL is in `migrations/`, reads and writes are
statements of `db`. The drift check holds the real catalogues of both databases against these declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

__all__ = [
    "ROWS",
    "Check",
    "Index",
    "PartialIndex",
    "RowOf",
    "Table",
    "Unique",
    "declare_redactions",
    "fields",
    "one_of",
    "row_of",
]

R = TypeVar("R")


class Table(Model):
    """A table with a whole-number key."""

    append_only: ClassVar[bool] = False
    """Triggers refuse to change or delete a row."""
    redacts: ClassVar[Mapping[str, str]] = {}
    """Of an append-only table: the columns that erasure may take the words out of, and what stands there then (SQL)."""

    id = fields.BigIntField(primary_key=True)

    class Meta:
        """Not a table itself."""

        abstract = True


class Check(CheckConstraint):
    """`Check(condition, name)`: a condition every row meets."""


class Unique(UniqueConstraint):
    """`Unique((columns), name, condition)`: one row a key; with a condition, among the rows that meet it."""


class PartialIndex(Index):
    """An index over the rows that meet a condition only."""

    def __init__(self, *, fields: tuple[str, ...], name: str, condition: str) -> None:
        super().__init__(fields=fields, name=name)
        self.condition = condition
        self.extra = f" WHERE {condition}"


def declare_redactions(**columns: str) -> Mapping[str, str]:
    """What erasure puts into each of these columns of an append-only table: SQL expressions over `OLD`."""
    return columns


def one_of(column: str, values: type) -> str:
    """The condition that a column holds one of an enumeration's values."""
    members = ", ".join(f"'{member.value}'" for member in values)  # type: ignore[attr-defined]  # an enumeration
    return f"{column} IN ({members})"


@dataclass(frozen=True, slots=True)
class RowOf:
    """The table that a row class is read from, and the fields that are not columns of it."""

    model: type[Table]
    computed: tuple[str, ...]


ROWS: dict[type[Any], RowOf] = {}
"""Every declared row class. A test compares each with its model."""


def row_of(model: type[Table], *, computed: tuple[str, ...] = ()) -> Callable[[type[R]], type[R]]:
    """Declare that a row class holds columns of a table, apart from the `computed` fields."""

    def declare(row: type[R]) -> type[R]:
        ROWS[row] = RowOf(model, computed)
        return row

    return declare
