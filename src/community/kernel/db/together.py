"""Writes that PostgreSQL runs as one statement.

Each round trip costs as much as a small write. In a later write, `$ids` stands for the ids that the first one returned.
It is a subquery in parentheses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from community.kernel.db.builders import make_json_reader
from community.kernel.db.connection import Dialect, Groups, Write, current_transaction, dialect
from community.kernel.db.rows import Id, Row, field_names
from community.kernel.db.statements import Change, Statement, execute, fetch

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

    Writes that are deferred one after another are one statement. The same write twice happens in order.
    """
    inside = current_transaction.get()
    if inside is None:
        raise RuntimeError("a write can only be deferred in a transaction")
    inside.deferred.append(writes)


async def execute_all(groups: Groups) -> None:
    """Run groups of writes. Each is what `execute_together` runs."""
    if dialect() is Dialect.SQLITE:
        for writes in groups:
            await _execute_each(writes)
        return
    for batch in _split(groups):
        text = _join(tuple([tuple([sql for sql, _ in writes]) for writes in batch]))
        await fetch(text, [each for writes in batch for _, values in writes for each in values])


def _split(groups: Groups) -> list[list[tuple[Write, ...]]]:
    """Begin a new statement for a group with a write of the last one."""
    batches: list[list[tuple[Write, ...]]] = [[]]
    seen: set[str] = set()
    for writes in groups:
        texts = {sql for sql, _ in writes}
        if seen & texts:
            batches.append([])
            seen = set()
        batches[-1].append(writes)
        seen |= texts
    return batches


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
    texts = iter(_shift_placeholders([sql for group in groups for sql in group]))
    for group in groups:
        ids = f"(SELECT id FROM write_{len(parts)})"
        parts += [f"write_{number} AS ({next(texts).replace(_IDS, ids)})" for number, _ in enumerate(group, len(parts))]
    return f"WITH {', '.join(parts)} SELECT {len(parts)}"


def _shift_placeholders(texts: Iterable[str]) -> list[str]:
    """Return statements with the parameters of one, in order."""
    shifted, used = [], 0
    for sql in texts:
        shifted.append(_PLACEHOLDER.sub(lambda found, by=used: f"${int(found[1]) + by}", sql))  # type: ignore[misc]
        used += _find_last(sql)
    return shifted


@functools.lru_cache(maxsize=512)
def _name_ids(sql: str, number: int) -> str:
    return sql.replace(_IDS, f"(SELECT value FROM json_each(${number}))")


def _find_last(sql: str) -> int:
    return max(map(int, _PLACEHOLDER.findall(sql)), default=0)


@dataclass(slots=True)
class _Answers:
    answers: list[Any]


class Joined(Change[_Answers]):
    """Statements with names that PostgreSQL runs as one, and the rows of each.

    A change may read the ids of an earlier one, as `(SELECT id FROM name)`. None reads what another one changes. A
    change happens even if one before it finds nothing, so the caller rolls back then.
    """

    def __init__(self, **changes: Statement[Any]) -> None:
        texts = _shift_placeholders([change.sql for change in changes.values()])
        parts = ", ".join(f"{name} AS ({sql})" for name, sql in zip(changes, texts, strict=True))
        answers = ", ".join(
            f"(SELECT COALESCE(json_agg(json_build_array({', '.join(field_names(change.row))})), '[]') FROM {name})"
            for name, change in changes.items()
        )
        super().__init__(f"WITH {parts} SELECT json_build_array({answers}) AS answers", _Answers)
        if others := [change.row.__name__ for change in changes.values() if not issubclass(change.row, Row)]:
            raise TypeError(f"{', '.join(others)} cannot be read from JSON: it is no db.Row")
        rows: Any = [list[change.row] for change in changes.values()]  # type: ignore[name-defined]
        self._read = make_json_reader(tuple[*rows])
        self.parts = {name: _Part.of(change, changes) for name, change in changes.items()}
        """The statements of SQLite."""

    async def run(self, *values: Sequence[Any]) -> list[list[Any]]:
        """Return the rows of each change, which gets its own values."""
        if dialect() is Dialect.SQLITE:
            return await self._run_each(values)
        (answer,) = await fetch(self.sql, [each for given in values for each in given])
        return list(self._read(answer[0]))

    async def _run_each(self, values: Sequence[Sequence[Any]]) -> list[list[Any]]:
        found: dict[str, list[Any]] = {}
        for (name, part), given in zip(self.parts.items(), values, strict=True):
            ids = [[row.id for row in found[read]] for read in part.reads]
            found[name] = await part.change.all(*given, *ids)
        return list(found.values())


class _Part(NamedTuple):
    """A change on SQLite. Its last parameters are the ids of the changes that it reads."""

    change: Statement[Any]
    reads: tuple[str, ...]

    @classmethod
    def of(cls, change: Statement[Any], names: Iterable[str]) -> _Part:
        reads = tuple(name for name in names if f"(SELECT id FROM {name})" in change.sql)
        sql = change.sql
        for number, name in enumerate(reads, _find_last(sql) + 1):
            sql = sql.replace(f"(SELECT id FROM {name})", f"(SELECT value AS id FROM json_each(${number}))")
        return cls(Change(sql, change.row), reads)
