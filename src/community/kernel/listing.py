"""Lists in pages, with optional filters and a keyset cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from community.kernel import db
from community.kernel.paging import MAX_COUNT, Page, PageRequest

R = TypeVar("R")
T = TypeVar("T")


def build_count(select: str) -> db.Select[db.Count]:
    """Return the statement that counts the rows of a SELECT."""
    return db.Select(f"SELECT count(*) AS count FROM ({select}) AS counted", db.Count)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column and the values of which a row has one. None selects every row.

    Several columns are separated by commas, and each value is then a tuple.

    Each value is read in the order of its own index range, and the results are merged. With `column = ANY(…)` a
    database reads every row of the list until it has found enough.
    """

    column: str
    values: Sequence[Any] | None


class Listing(Generic[R]):
    """The pages of a statement, in the order of its key columns.

    `select` ends inside its WHERE clause. `by` maps the key columns, whose values together are unique, to their types.
    Default: the id. The row has attributes of the same names. Filters become part of the statement, and each statement
    is built once. So the number of statements depends on the code alone, never on what a caller sends.
    """

    def __init__(
        self, select: str, row: type[R], *, by: Mapping[str, type] | None = None, newest_first: bool = False
    ) -> None:
        by = by or {"id": int}
        self._select, self._row = select, row
        self._kinds = tuple(by.values())
        self._attributes = [column.rpartition(".")[2] for column in by]
        self._after = f"({', '.join(by)}) {'<' if newest_first else '>'} ({', '.join(['{}'] * len(by))})"
        self._order = ", ".join(f"{column} DESC" if newest_first else column for column in by)
        self._merged_order = ", ".join(f"{name} DESC" if newest_first else name for name in self._attributes)
        self._built: dict[tuple[int, tuple[str, ...], tuple[str, ...]], db.Select[R]] = {}
        self._totals: dict[db.Select[db.Count], db.Related] = {}
        self._counts: dict[tuple[tuple[str, ...], tuple[str, ...]], db.Select[db.Count]] = {}

    async def page(
        self,
        request: PageRequest,
        *arguments: Any,
        filters: Iterable[tuple[str, Any]] = (),
        one_of: OneOf | None = None,
        preloading: db.Preloading = db.NOTHING,
    ) -> Page[R]:
        """Return the requested page.

        `arguments` are the statement's own parameters. `filters` are pairs of a further condition and its value. The
        value replaces `{}` in the condition, if there is one, and a tuple replaces several. A filter whose value is
        None is left out. `preloading`
        names what the same statement also reads. Raises InvalidCursor.
        """
        values = list(arguments)
        conditions: list[str] = []

        def add_condition(condition: str, given: Iterable[Any], to: list[str]) -> None:
            placeholders = []
            for value in given:
                values.append(value)
                placeholders.append(f"${len(values)}")
            to.append(condition.format(*placeholders))

        branches: list[str] = []
        if one_of is not None:
            for value in dict.fromkeys(one_of.values or ()):
                columns = one_of.column.split(", ")
                condition = " AND ".join(f"{column} = {{}}" for column in columns)
                add_condition(condition, value if len(columns) > 1 else [value], branches)
        for condition, value in filters:
            if value is not None:
                given = value if isinstance(value, tuple) else [value]
                add_condition(condition, given if "{}" in condition else [], conditions)
        counting = self.count_statement(tuple(conditions), tuple(branches))
        count = partial(counting.one, *values)
        key = request.key(*self._kinds)
        if key is not None:
            add_condition(self._after, key, conditions)
        statement = self.statement(request.limit, tuple(conditions), tuple(branches))
        related = preloading.related
        if preloading.is_counted:
            related = (*related, self._count_rows(counting))
        rows = await statement.including(related, order=f" ORDER BY {self._merged_order}").all(
            *values, *preloading.values
        )
        if preloading.is_counted and rows:
            count = partial(_return, db.Count(rows[0].loaded["total"]))  # type: ignore[attr-defined]  # a db.Row
        return request.page(rows, lambda row: [getattr(row, name) for name in self._attributes], count=count)

    def statement(self, limit: int, conditions: tuple[str, ...] = (), branches: tuple[str, ...] = ()) -> db.Select[R]:
        """Return the statement for at most `limit` rows under these conditions.

        Each branch is the condition of one value of a `OneOf`.
        """
        built = self._built.get((limit, conditions, branches))
        if built is None:
            order = f" ORDER BY {self._order} LIMIT {limit}"
            if len(branches) > 1:
                merged = self._merge(conditions, branches, order)
                built = db.Select(f"{merged} ORDER BY {self._merged_order} LIMIT {limit}", self._row)
            else:
                built = db.Select(f"{self._narrow((*conditions, *branches))}{order}", self._row)
            self._built[limit, conditions, branches] = built
        return built

    def count_statement(self, conditions: tuple[str, ...] = (), branches: tuple[str, ...] = ()) -> db.Select[db.Count]:
        """Return the statement that counts rows under these conditions.

        It stops after MAX_COUNT + 1.
        """
        built = self._counts.get((conditions, branches))
        if built is None:
            # In the list's order, so that its index is read and never the whole table.
            end = f" ORDER BY {self._order} LIMIT {MAX_COUNT + 1}"
            merged = (
                f"{self._merge(conditions, branches, end)} LIMIT {MAX_COUNT + 1}"
                if branches
                else f"{self._narrow(conditions)}{end}"
            )
            built = self._counts[conditions, branches] = build_count(merged)
        return built

    def _count_rows(self, counting: db.Select[db.Count]) -> db.Related:
        found = self._totals.get(counting)
        if found is None:
            select = f"({counting.sql}) AS value".replace("{", "{{").replace("}", "}}")
            found = self._totals[counting] = db.Related("total", int, select=select)
        return found

    def _narrow(self, conditions: tuple[str, ...]) -> str:
        return self._select + "".join(f" AND {condition}" for condition in conditions)

    def _merge(self, conditions: tuple[str, ...], branches: tuple[str, ...], end: str) -> str:
        parts = (
            f"SELECT * FROM ({self._narrow((*conditions, branch))}{end}) AS branch_{number}"
            for number, branch in enumerate(branches)
        )
        return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS merged"


async def _return(value: T) -> T:
    return value
