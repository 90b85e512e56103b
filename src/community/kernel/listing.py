"""Lists that are read page by page: one statement, narrowed as is asked, from where the last page ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from community.kernel import db
from community.kernel.paging import Page, PageRequest

R = TypeVar("R")


class Listing(Generic[R]):
    """The pages of a statement in the order of some columns, which together no two rows share.

    `select` ends within its WHERE clause. `by` names the columns and what kind of value each holds; the row has
    attributes of the same names. What the pages are narrowed by is part of their statements, each of which is built
    once: there are as many as the code has combinations, and never more for what a caller sends.
    """

    def __init__(
        self, select: str, row: type[R], *, by: Mapping[str, type] | None = None, newest_first: bool = False
    ) -> None:
        by = by or {"id": int}
        self._select, self._row = select, row
        self._kinds = tuple(by.values())
        self._attributes = [column.rpartition(".")[2] for column in by]
        self._beyond = f"({', '.join(by)}) {'<' if newest_first else '>'} ({', '.join(['{}'] * len(by))})"
        self._order = ", ".join(f"{column} DESC" if newest_first else column for column in by)
        self._built: dict[tuple[int, tuple[str, ...]], db.Select[R]] = {}

    async def page(self, request: PageRequest, *arguments: Any, filters: Iterable[tuple[str, Any]] = ()) -> Page[R]:
        """The page asked for; `arguments` are the statement's own parameters.

        `only` are further conditions, with `{}` where the value belongs, if anywhere; None does not narrow. Raises
        InvalidCursor.
        """
        values = list(arguments)
        conditions = []

        def narrow(condition: str, given: Iterable[Any]) -> None:
            places = []
            for value in given:
                values.append(value)
                places.append(f"${len(values)}")
            conditions.append(condition.format(*places))

        for condition, value in filters:
            if value is not None:
                narrow(condition, [value] if "{}" in condition else [])
        key = request.key(*self._kinds)
        if key is not None:
            narrow(self._beyond, key)
        rows = await self.statement(request.limit, tuple(conditions)).all(*values)
        return request.page(rows, lambda row: [getattr(row, name) for name in self._attributes])

    def statement(self, limit: int, conditions: tuple[str, ...] = ()) -> db.Select[R]:
        """The statement of a page of at most `limit` rows, narrowed so."""
        built = self._built.get((limit, conditions))
        if built is None:
            where = "".join(f" AND {condition}" for condition in conditions)
            built = db.Select(f"{self._select}{where} ORDER BY {self._order} LIMIT {limit}", self._row)
            self._built[limit, conditions] = built
        return built
