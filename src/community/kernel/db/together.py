"""Writes that PostgreSQL runs as one statement.

Each round trip costs as much as a small write. In a later write, `$ids` stands for the ids that the first one returned.
It is a subquery in parentheses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from community.kernel.db.connection import Dialect, Groups, Write, current_transaction, dialect
from community.kernel.db.rows import Id
from community.kernel.db.statements import Change, R, execute

_IDS = "$ids"
_PLACEHOLDER = re.compile(r"\$(\d+)")
_Texts: TypeAlias = tuple[tuple[str, ...], ...]


async def execute_together(*writes: Write) -> None:
    """Run writes of which none reads what another changes.

    Only the ids of the first are known to the others. They happen in no order. Their number and texts depend on the
    code alone.
    """
    await execute_all([writes])


def defer(*writes: Write) -> None:
    """Run what `execute_together` runs before the transaction's next statement, or before its end.

    Writes that are deferred one after another are one statement.
    """
    inside = current_transaction.get()
    if inside is None:
        raise RuntimeError("a write can only be deferred in a transaction")
    inside.deferred.append(writes)


async def execute_all(groups: Groups) -> None:
    """Run groups of writes. Each is what `execute_together` runs."""
    if dialect() is Dialect.POSTGRES:
        text = _join(tuple(tuple(sql for sql, _ in writes) for writes in groups))
        await execute(text, *(each for writes in groups for _, values in writes for each in values))
        return
    for writes in groups:
        await _execute_each(writes)


async def _execute_each(writes: Sequence[Write]) -> None:
    if not any(_IDS in sql for sql, _ in writes):
        for sql, values in writes:
            await execute(sql, *values)
    else:
        (first, given), *further = writes
        ids = [row.id for row in await _declare_first(first).all(*given)]
        for sql, values in further:
            await execute(_name_ids(sql, len(values) + 1), *values, *([ids] if _IDS in sql else []))


_declare_first = functools.lru_cache(maxsize=64)(functools.partial(Change, row=Id))


@functools.lru_cache(maxsize=512)
def _join(groups: _Texts) -> str:
    if sum(map(len, groups)) == 1:
        return groups[0][0]
    parts: list[str] = []
    used = 0
    for texts in groups:
        ids = f"(SELECT id FROM write_{len(parts)})"
        for sql in texts:
            shifted = _PLACEHOLDER.sub(lambda found, by=used: f"${int(found[1]) + by}", sql)  # type: ignore[misc]
            parts.append(f"write_{len(parts)} AS ({shifted.replace(_IDS, ids)})")
            used += _find_last(sql)
    return f"WITH {', '.join(parts)} SELECT {len(parts)}"


@functools.lru_cache(maxsize=512)
def _name_ids(sql: str, number: int) -> str:
    return sql.replace(_IDS, f"(SELECT value FROM json_each(${number}))")


def _find_last(sql: str) -> int:
    return max(map(int, _PLACEHOLDER.findall(sql)), default=0)


class Chain(Change[R]):
    """Two changes, the second of which uses the ids that the first returns.

    Both have the same parameters. The rows are those of the second. It must change nothing if there is no id.
    """

    def __init__(self, first: str, second: str, row: type[R]) -> None:
        super().__init__(f"WITH first AS ({first}) {second.replace(_IDS, '(SELECT id FROM first)')}", row)
        self._counts = _find_last(first), _find_last(second)
        number = self._counts[1] + 1
        self.parts = Change(first, Id), Change(_name_ids(second, number), row)
        """The statements of SQLite."""

    async def all(self, *args: Any) -> list[R]:
        """Return the rows of the second change."""
        if dialect() is Dialect.POSTGRES:
            return await super().all(*args)
        first, second = self.parts
        ids = [row.id for row in await first.all(*args[: self._counts[0]])]
        return await second.all(*args[: self._counts[1]], ids)
