"""Rows that come with the rows of another statement, in the same statement.

    PERSON = Related("person", PersonRow, "FROM person WHERE id = {parent}.person_id")
    rows = await FIND_MEMBERS.including((PERSON,)).all(ids)
    rows[0].loaded["person"]

Each related row is a subquery in the select list: a record or an array of records on PostgreSQL, JSON on SQLite. It may
name the columns that its parent's row has, and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any

from community.kernel.db.connection import Dialect
from community.kernel.db.rows import columns, field_names


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

    @property
    def is_value(self) -> bool:
        """True if the child is a value and no row."""
        return not is_dataclass(self.kind)

    def build_sql(self, parent: str, which: Dialect, parameters: Sequence[str]) -> str:
        """Return the expression of the child of one parent, or of the list."""
        alias = f"{parent}_{self.name}"
        selected = self.select or columns(self.kind)
        inner = f"SELECT {selected} {self.source}".format(*parameters, parent=parent)
        below = [each.build_sql(alias, which, parameters) for each in self.below]
        if which is Dialect.POSTGRES:
            record = f"{alias}.value" if self.is_value else f"ROW({', '.join([f'{alias}.*', *below])})"
            whole = f"(SELECT {record} FROM ({inner}) AS {alias})"
            return f"ARRAY{whole}" if self.many else whole
        names = ["value"] if self.is_value else field_names(self.kind)
        fields = [f"{alias}.{name}" for name in names]
        record = fields[0] if self.is_value else f"json_array({', '.join([*fields, *below])})"
        whole = f"(SELECT {f'json_group_array({record})' if self.many else record} FROM ({inner}) AS {alias})"
        # SQLite takes the JSON of a subquery for a text until json() says what it is.
        return whole if self.is_value and not self.many else f"json({whole})"


@dataclass(frozen=True, slots=True)
class Preloading:
    """The related rows that a list reads in its own statement.

    `values` are their further parameters. With `is_counted` it also counts its rows.
    """

    related: tuple[Related, ...] = ()
    values: tuple[Any, ...] = ()
    is_counted: bool = False


NOTHING = Preloading()
