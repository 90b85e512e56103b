"""Lists in pages, with optional filters and a keyset cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from community.kernel import db
from community.kernel.paging import Page, PageRequest

R = TypeVar("R")


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
        key = request.key(*self._kinds)
        if key is not None:
            add_condition(self._after, key)
        rows = await self.statement(request.limit, tuple(conditions)).all(*values)
        return request.page(rows, lambda row: [getattr(row, name) for name in self._attributes])

    def statement(self, limit: int, conditions: tuple[str, ...] = ()) -> db.Select[R]:
        """Return the statement for at most `limit` rows under these conditions."""
        built = self._built.get((limit, conditions))
        if built is None:
            where = "".join(f" AND {condition}" for condition in conditions)
            built = db.Select(f"{self._select}{where} ORDER BY {self._order} LIMIT {limit}", self._row)
            self._built[limit, conditions] = built
        return built
