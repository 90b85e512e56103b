"""Rows that come with the rows of another statement, in the same statement.

    PERSON = Related("person", PersonRow, "FROM person WHERE id = {parent}.person_id")
    rows = await FIND_MEMBERS.including((PERSON,)).all(ids)
    rows[0].loaded["person"]

Each related row is a subquery in the select list, which gives JSON. It may name the columns that its parent's row has,
and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any

from community.kernel.db.connection import Dialect
from community.kernel.db.rows import Row, columns, field_names, find_kinds


@dataclass(frozen=True, eq=False)
class Related:
    """A related row, or with `many` the list of them. Its `kind` is a row class, or the type of a column `value`.

    `name` is its key in `loaded`. `source` is what follows the select list, with `{parent}` for the parent's row and
    `{0}` for the first further parameter. `select` is the select list if it is not that of the row class. An
    expression of its own, without rows, has no `source`.
    """

    name: str
    kind: type[Any]
    source: str = ""
    select: str = ""
    many: bool = False
    below: tuple[Related, ...] = ()

    def __post_init__(self) -> None:
        if is_dataclass(self.kind):
            raise TypeError(f"{self.kind.__name__} cannot be read from JSON: it is no db.Row")

    @property
    def is_value(self) -> bool:
        """True if the child is a value and no row."""
        return not issubclass(self.kind, Row)

    def build_sql(self, parent: str, which: Dialect, parameters: Sequence[str]) -> str:
        """Return the expression of the child of one parent, or of the list."""
        alias = f"{parent}_{self.name}"
        selected = self.select or columns(self.kind)
        inner = f"SELECT {selected} {self.source}".format(*parameters, parent=parent)
        record = f"{alias}.value" if self.is_value else _write_record(self.kind, self.below, alias, which, parameters)
        whole = f"(SELECT {_ARRAYS[which].format(record) if self.many else record} FROM ({inner}) AS {alias})"
        # SQLite takes the JSON of a subquery for a text until json() says what it is.
        is_json = self.many or not self.is_value
        return f"json({whole})" if is_json and which is Dialect.SQLITE else whole


_RECORDS = {Dialect.POSTGRES: "json_build_array", Dialect.SQLITE: "json_array"}
_OBJECTS = {Dialect.POSTGRES: "json_build_object", Dialect.SQLITE: "json_object"}
_ARRAYS = {Dialect.POSTGRES: "COALESCE(json_agg({}), '[]')", Dialect.SQLITE: "json_group_array({})"}


def _write_record(
    row: type[Any], below: Sequence[Related], alias: str, which: Dialect, parameters: Sequence[str]
) -> str:
    values = [f"{alias}.{name}" for name in field_names(row)]
    if which is Dialect.SQLITE:  # JSON is stored as text
        kinds = find_kinds(row).items()
        values = [f"json({alias}.{name})" if kind in {dict, list} else f"{alias}.{name}" for name, kind in kinds]
    if below:
        loaded = (f"'{each.name}', {each.build_sql(alias, which, parameters)}" for each in below)
        values.append(f"{_OBJECTS[which]}({', '.join(loaded)})")
    return f"{_RECORDS[which]}({', '.join(values)})"


def build_list_sql(
    sql: str, row: type[Any], related: Sequence[Related], *, which: Dialect, order: str, parameters: Sequence[str]
) -> str:
    """Return the statement for one JSON array of rows with their related rows."""
    record = _write_record(row, related, "page", which, parameters)
    # SQLite keeps the order of the subquery, and old ones have no order in an aggregate.
    whole = _ARRAYS[which].format(f"{record}{order}" if which is Dialect.POSTGRES else record)
    return f"SELECT {whole} FROM ({sql}) AS page"


@dataclass(frozen=True, slots=True)
class Preloading:
    """The related rows that a list reads in its own statement.

    `values` are their further parameters. With `is_counted` it also counts its rows.
    """

    related: tuple[Related, ...] = ()
    values: tuple[Any, ...] = ()
    is_counted: bool = False


NOTHING = Preloading()
