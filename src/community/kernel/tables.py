"""Declarations of tables.

A model declares the columns, constraints and indexes of a table. Nothing is generated from it, and no row is loaded
through it (hydrating models was the largest cost measured). The DDL is in `migrations/`, reads and writes are
statements of `db`. The drift check compares the real catalogues of both databases with these declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Protocol, TypeVar, dataclass_transform

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model, ModelMeta

from community.kernel.db.rows import Row

__all__ = [
    "ROWS",
    "Check",
    "HasId",
    "Index",
    "PartialIndex",
    "RowOf",
    "Table",
    "Unique",
    "declare_redactions",
    "fields",
    "get_table_name",
    "one_of",
    "pick",
    "row_of",
]

R = TypeVar("R")
_META = ("table", "constraints", "indexes")
"""The parts of a model that the library reads from its class `Meta`."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class _TableMeta(ModelMeta):
    """A model class with the table of its name: `SubmissionLike` has `submission_like`.

    The column of a foreign key has the name with `_id`, or the name itself if it is as `written_by`. No column has a
    comment. The library would parse the module to look for them.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> _TableMeta:
        given = {part: attrs.pop(part) for part in _META if part in attrs}
        attrs.setdefault("Meta", type("Meta", (), {"table": _WORD.sub("_", name).lower()} | given))
        for attribute, value in attrs.items():
            if isinstance(value, ForeignKeyFieldInstance) and attribute.endswith("_by"):
                value.source_field = attribute
        return super().__new__(cls, name, bases, attrs | {"_no_comments": True})  # type: ignore[return-value]


class Table(Model, metaclass=_TableMeta):
    """A table with an integer key `id`, or with the columns of `keyed_by` instead."""

    keyed_by: ClassVar[tuple[str, ...]] = ()
    """The columns of the primary key of a table without `id`. On SQLite the table is an index by them."""
    append_only: ClassVar[bool] = False
    """True if triggers refuse to change or delete a row."""
    redacts: ClassVar[Mapping[str, str]] = {}
    """The columns of a sealed table that erasure may change, each with its only new value (SQL)."""
    fixed: ClassVar[tuple[str, ...]] = ()
    """The columns that never change after the commit of a row. They are sealed, as is an append-only table."""
    is_emptied: ClassVar[bool] = False
    """True if rows of a table with fixed columns may be deleted. Otherwise verbs call `record_deletions`."""
    deleted_after: ClassVar[timedelta | None] = None
    """The age from which rows of a table with fixed columns are deleted without a record."""

    has_token_index: ClassVar[bool] = False
    """True if the column `tokens` is searched, by `create_token_index` of `kernel/ddl.py`."""

    table: ClassVar[str]
    """The name of the table if it is not that of the class."""
    constraints: ClassVar[tuple[CheckConstraint | UniqueConstraint, ...]] = ()
    indexes: ClassVar[tuple[Index, ...]] = ()

    id = fields.BigIntField(primary_key=True)

    class Meta:
        """Abstract, without a table of its own."""

        abstract = True

    @classmethod
    def foreign_key(cls, *, null: bool = False, to: str | None = None) -> Any:
        """Return a column with the id of a row of this table.

        `to` is the name of a class that is being declared, for a column of its own table.
        """
        key: Any = fields.ForeignKeyField
        return key(f"community.{to or cls.__name__}", null=null, related_name=False)


class Check(CheckConstraint):
    """A condition that every row meets, as `Check(condition, name)`."""


class Unique(UniqueConstraint):
    """A unique key, as `Unique(columns, name, condition)`. A condition limits it to the rows that meet it."""


class PartialIndex(Index):
    """An index of the rows that meet a condition, as `PartialIndex(name, columns, condition)`."""

    def __init__(self, name: str, fields: tuple[str, ...], condition: str) -> None:
        super().__init__(fields=fields, name=name)
        self.condition = condition
        self.extra = f" WHERE {condition}"


def declare_redactions(**columns: str) -> Mapping[str, str]:
    """Return the value, in SQL over `OLD`, that erasure gives each column."""
    return columns


def one_of(column: str, values: type) -> str:
    """Return the condition that a column has one of an enumeration's values."""
    members = ", ".join(f"'{member.value}'" for member in values)  # type: ignore[attr-defined]  # an enumeration
    return f"{column} IN ({members})"


@dataclass(frozen=True, slots=True)
class RowOf:
    """The table of a row class, and its computed fields."""

    model: type[Table]
    computed: tuple[str, ...]


class HasId(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int:
        """Id of the row."""


_KINDS: dict[Any, Any] = {dict | list: dict}
ROWS: dict[type[Any], RowOf] = {}
"""Every declared row class. A test compares each with its model."""


@dataclass_transform(field_specifiers=(field,))
def row_of(model: type[Table], *, computed: tuple[str, ...] = ()) -> Callable[[type[R]], type[R]]:
    """Declare a row class and its table. A class without a base becomes a dataclass with slots.

    The `computed` fields are no columns.
    """

    def declare(row: type[R]) -> type[R]:
        row = row if issubclass(row, Row) else dataclass(slots=True)(row)
        ROWS[row] = RowOf(model, computed)
        return row

    return declare


def get_table_name(row: type[Any]) -> str:
    """Return the table of a declared row class.

    A row with related rows is of a subclass.
    """
    declared = next(each for each in row.__mro__ if each in ROWS)
    return ROWS[declared].model._meta.db_table  # noqa: SLF001 - the library's documented registry of a model


def pick(model: type[Table], columns: str) -> type[Any]:
    """Return a row class with these columns of a table.

    The columns are names with spaces between them. A reference is its number.
    """
    fields_map = model._meta.fields_map  # noqa: SLF001 - the library's documented registry of a model
    known = {each.source_field or name: each for name, each in fields_map.items()}
    kinds = {}
    for name in columns.split():
        column = known.get(name) or known[name.removesuffix("_id")]
        kind = _KINDS.get(column.field_type, column.field_type) or int
        kinds[name] = kind | None if column.null else kind
    return row_of(model)(type(f"{model.__name__}Columns", (), {"__annotations__": kinds}))
