"""Statements in PostgreSQL's dialect, and the conversion of their answers to rows."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Generic, TypeVar

from community.kernel.db.builders import build_class, make_json_reader, make_row_builder
from community.kernel.db.connection import Dialect, client, current_transaction, dialect
from community.kernel.db.failures import raise_try_again
from community.kernel.db.related import Related, build_list_sql
from community.kernel.db.rows import field_names
from community.kernel.engines import RowClient
from community.kernel.errors import InvalidInput
from community.kernel.request_figures import count_statement

R = TypeVar("R")

MAX_FURTHER_PARAMETERS = 3

_PLACEHOLDER = re.compile(r"\$(\d+)")
_UNNEST = re.compile(r"unnest\(\$(\d+)::\w+\[\]\) WITH ORDINALITY AS (\w+) \((\w+), (\w+)\)")
_ANY = re.compile(r"= ANY\(\$(\d+)\)")
_EPOCH = re.compile(r"extract\(epoch FROM ([\w.]+)\)")
_EACH = re.compile(r"jsonb_array_elements\(\$(\d+)\) AS (\w+)\(value\)")
_TIME = re.compile(r"CAST\(([^()]+) AS TIMESTAMPTZ\)")
_MATCHES = re.compile(r"array_to_tsvector\(string_to_array\((\w+)\.tokens, ' '\)\) @@ CAST\(\$(\d+) AS tsquery\)")
_LOCKING = re.compile(r"\s+FOR (?:(?:NO KEY )?UPDATE|(?:KEY )?SHARE)(?: OF \w+(?:, \w+)*)?(?: SKIP LOCKED)?")


def translate_to_sqlite(sql: str) -> str:
    """Return the same statement for SQLite.

    Placeholders become `?1`, arrays become JSON. Row locks are left out, because a transaction writes alone.
    """
    sql = _UNNEST.sub(r"(SELECT value AS \3, key + 1 AS \4 FROM json_each(?\1)) AS \2", sql)
    sql = _ANY.sub(r"IN (SELECT value FROM json_each(?\1))", sql)
    sql = _LOCKING.sub("", sql)
    sql = _EACH.sub(r"json_each(?\1) AS \2", sql)
    sql = _TIME.sub(r"\1", sql)
    sql = _EPOCH.sub(r"unixepoch(\1)", sql).replace("string_agg(", "group_concat(").replace("strpos(", "instr(")
    sql = sql.replace("json_agg(", "json_group_array(")
    # The index of tokens, see `create_token_index` in `kernel/ddl.py`.
    sql = _MATCHES.sub(r"\1.id IN (SELECT rowid FROM \1_index WHERE \1_index MATCH ?\2)", sql)
    return _PLACEHOLDER.sub(r"?\1", sql)


def _reject_nul(value: str) -> str:
    if "\0" in value:
        raise InvalidInput("nul")
    return value


def encode_time(value: datetime) -> str:
    """Return a time as text, for `CAST(… AS TIMESTAMPTZ)` of a value in JSON."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


_encode_object = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode  # `json.dumps` makes an encoder each time


def _to_sqlite(value: Any) -> Any:
    match value:
        case datetime():
            return encode_time(value)
        case Enum():
            return value.value
        case dict() | list() | tuple():
            return _encode_object(value)
        case str():
            return _reject_nul(value)
        case _:
            return value


_UNCHANGED = frozenset({int, bool, datetime, list, type(None)})


def _to_postgres(value: Any) -> Any:
    if value.__class__ is str:
        return _reject_nul(value)
    match value:
        case Enum():
            return value._value_
        case str():
            return _reject_nul(value)
        case dict():
            return _encode_object(value)
        case _:
            return value


class RowMismatchError(Exception):
    """A statement's columns are not its row's fields. Always a bug in the statement."""

    def __init__(self, sql: str, columns: Sequence[str], row: type[Any]) -> None:
        super().__init__(
            f"the columns ({', '.join(columns)}) are not the fields of {row.__qualname__}"
            f" ({', '.join(field_names(row))}): {sql}"
        )


class Statement(Generic[R]):
    """One SQL text for both databases, and the dataclass of its rows.

    A column becomes a field by its position. At the first answer, even an empty one, the names are compared too.
    """

    def __init__(self, sql: str, row: type[R]) -> None:
        self.sql = sql
        self.row = row
        self._texts = {Dialect.POSTGRES: sql, Dialect.SQLITE: translate_to_sqlite(sql)}
        self._builders = {which: make_row_builder(row, which) for which in Dialect}
        self._compared: list[Dialect] = []

    async def all(self, *args: Any) -> list[R]:
        """Return every row, in the statement's order.

        A statement without a LIMIT must be bounded by its keys. Raises RowMismatchError.
        """
        which = dialect()
        found = await (fetch if which in self._compared else self._run_and_compare)(self._texts[which], args)
        build = self._builders[which]
        return [build(values) for values in found]

    async def _run_and_compare(self, text: str, args: Sequence[Any]) -> Sequence[Any]:
        await run_pending()
        try:
            columns, found = await _row_client().fetch_named_rows(text, _to_native(args))
        except Exception as error:
            raise_try_again(error)
            raise
        if columns != field_names(self.row):
            raise RowMismatchError(self.sql, columns, self.row)
        self._compared.append(dialect())
        return found

    async def first(self, *args: Any) -> R | None:
        """Return the first row, or None."""
        found = await self.all(*args)
        return found[0] if found else None

    async def one(self, *args: Any) -> R:
        """Return the only row. Raises LookupError if there is none, which is a bug of the caller."""
        found = await self.all(*args)
        if not found:
            raise LookupError(f"no row: {self.sql.strip().splitlines()[0]}")
        return found[0]


class Select(Statement[R]):
    """A statement that reads."""

    def __init__(self, sql: str, row: type[R]) -> None:
        super().__init__(sql, row)
        self._including: dict[tuple[Related, ...], Select[R]] = {}

    def including(self, related: tuple[Related, ...], *, order: str = "") -> Select[R]:
        """Return the statement whose rows carry related rows. Its further parameters follow those of this one.

        `order` repeats the ORDER BY of this one, with its names of columns.
        """
        found = self._including.get(related)
        if found is None:
            found = self._including[related] = _Including(self, related, order) if related else self
        return found


class _Including(Select[R]):
    """A statement around another one, whose answer is one JSON array of arrays."""

    def __init__(self, base: Select[R], related: tuple[Related, ...], order: str) -> None:
        first = 1 + max(map(int, _PLACEHOLDER.findall(base.sql)), default=0)
        parameters = [f"${number}" for number in range(first, first + MAX_FURTHER_PARAMETERS)]
        texts = {
            which: build_list_sql(base.sql, base.row, related, which=which, order=order, parameters=parameters)
            for which in Dialect
        }
        super().__init__(texts[Dialect.POSTGRES], base.row)
        self._texts[Dialect.SQLITE] = translate_to_sqlite(texts[Dialect.SQLITE])
        self._read = make_json_reader(list[build_class(base.row, related)])  # type: ignore[misc]  # made from declarations

    async def all(self, *args: Any) -> list[R]:
        """Return every row with its related rows, in the statement's order."""
        ((found,),) = await fetch(self._texts[dialect()], args)
        rows: list[R] = self._read(found)
        return rows


class Change(Statement[R]):
    """An INSERT, UPDATE or DELETE with RETURNING. An empty answer means that its condition did not hold."""


async def execute(sql: str, *args: Any) -> None:
    """Run a statement and ignore its answer."""
    await fetch(_translate(sql), args)


async def scalar(sql: str, *args: Any) -> Any:
    """Return the first column of the first row, or None.

    The value is not converted: on SQLite a time is text.
    """
    found = await fetch(_translate(sql), args)
    return next(iter(found[0])) if found else None


_translate_cached = functools.lru_cache(maxsize=512)(translate_to_sqlite)


def _translate(sql: str) -> str:
    return sql if dialect() is Dialect.POSTGRES else _translate_cached(sql)


async def run_pending() -> None:
    """Take the lock of the transaction, and run its deferred writes."""
    inside = current_transaction.get()
    if inside is None:
        return
    if inside.lock is not None:
        if inside.lock.is_taken_by_this_task():
            return
        await inside.lock.take()
    if inside.deferred:
        deferred, inside.deferred = inside.deferred, []
        await inside.execute_all(deferred)


async def fetch(text: str, args: Sequence[Any]) -> Sequence[Any]:
    """Return the values of each row of a statement. `text` is that for the open database."""
    inside = current_transaction.get()
    if inside is not None and (inside.deferred or inside.lock is not None):
        await run_pending()
    try:
        return await _row_client().fetch_rows(text, _to_native(args))
    except Exception as error:
        raise_try_again(error)
        raise


def _row_client() -> RowClient:
    count_statement()
    return client()  # type: ignore[return-value]  # both engines have rows


def _to_native(args: Sequence[Any]) -> list[Any]:
    """Return values as the open database takes them."""
    if dialect() is Dialect.SQLITE:
        return [_to_sqlite(value) for value in args]
    return [value if value.__class__ in _UNCHANGED else _to_postgres(value) for value in args]
