"""Lists in pages, with optional filters and a keyset cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from community.kernel import db
from community.kernel.paging import MAX_COUNT, Page, PageRequest

R = TypeVar("R")


def build_count(select: str) -> db.Select[db.Count]:
    """Return the statement that counts the rows of a SELECT."""
    return db.Select(f"SELECT count(*) AS count FROM ({select}) AS counted", db.Count)


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
        self._built: dict[tuple[int, tuple[str, ...]], db.Select[R]] = {}
        self._counts: dict[tuple[str, ...], db.Select[db.Count]] = {}

    async def page(self, request: PageRequest, *arguments: Any, filters: Iterable[tuple[str, Any]] = ()) -> Page[R]:
        """Return the requested page.

        `arguments` are the statement's own parameters. `filters` are pairs of a further condition and its value. The
        value replaces `{}` in the condition, if there is one. A filter whose value is None is left out. Raises
        InvalidCursor.
        """
        values = list(arguments)
        conditions = []

        def add_condition(condition: str, given: Iterable[Any]) -> None:
            placeholders = []
            for value in given:
                values.append(value)
                placeholders.append(f"${len(values)}")
            conditions.append(condition.format(*placeholders))

        for condition, value in filters:
            if value is not None:
                add_condition(condition, [value] if "{}" in condition else [])
        count = partial(self.count_statement(tuple(conditions)).one, *values)
        key = request.key(*self._kinds)
        if key is not None:
            add_condition(self._after, key)
        rows = await self.statement(request.limit, tuple(conditions)).all(*values)
        return request.page(rows, lambda row: [getattr(row, name) for name in self._attributes], count=count)

    def statement(self, limit: int, conditions: tuple[str, ...] = ()) -> db.Select[R]:
        """Return the statement for at most `limit` rows under these conditions."""
        built = self._built.get((limit, conditions))
        if built is None:
            built = db.Select(f"{self._narrow(conditions)} ORDER BY {self._order} LIMIT {limit}", self._row)
            self._built[limit, conditions] = built
        return built

    def count_statement(self, conditions: tuple[str, ...] = ()) -> db.Select[db.Count]:
        """Return the statement that counts rows under these conditions.

        It stops after MAX_COUNT + 1.
        """
        built = self._counts.get(conditions)
        if built is None:
            built = self._counts[conditions] = build_count(f"{self._narrow(conditions)} LIMIT {MAX_COUNT + 1}")
        return built

    def _narrow(self, conditions: tuple[str, ...]) -> str:
        return self._select + "".join(f" AND {condition}" for condition in conditions)
