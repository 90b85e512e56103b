"""The columns that are sealed, and marks of their rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tortoise import Tortoise, fields

from community.kernel import db
from community.kernel.models import Seal
from community.kernel.tables import Table

MARK_LENGTH = 16
"""Hexadecimal digits that a seal keeps of the digest of each row."""


@dataclass(frozen=True, slots=True)
class Content:
    """Columns of a table that are sealed together.

    `is_emptied` is True if rows of the table may be deleted, and `deleted_after` is the age from which they may be.
    `redacts` has the redacted value (SQL over `OLD`) of each column if erasure redacts them.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    is_emptied: bool = False
    deleted_after: timedelta | None = None
    redacts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of a table with `after_id < id <= last_id`."""

    after_id: int
    last_id: int


@dataclass(slots=True)
class _RowText:
    id: int
    text: str


@dataclass(slots=True)
class JoinedMarks:
    """The marks of rows in the order of their ids."""

    count: int
    last_id: int
    marks: str


_RECORDED = db.Select(
    "SELECT row_id AS id FROM redaction WHERE table_name = $1 AND row_id > $2 AND row_id <= $3 ORDER BY row_id", db.Id
)
_RECORD_DELETIONS = (
    "INSERT INTO redaction (table_name, row_id) SELECT $1, given.id"
    " FROM unnest($2::bigint[]) WITH ORDINALITY AS given (id, position)"
)


def list_contents() -> list[Content]:
    """Return the contents of all tables: fixed columns, and words that erasure redacts."""
    return [content for model in _list_models() for content in _list_contents_of(model)]


def _list_models() -> list[type[Table]]:
    apps = Tortoise.apps
    if apps is None:
        raise RuntimeError("the database is not open")
    return [model for model in apps[db.APP].values() if issubclass(model, Table)]


def _list_contents_of(model: type[Table]) -> Iterator[Content]:
    if model is Seal:
        return  # Seals cover each other.
    meta = model._meta  # noqa: SLF001 - the library's documented registry of a model
    table = meta.db_table
    fixed = model.fixed
    if model.append_only:
        fixed = tuple(sorted(set(meta.fields_db_projection.values()) - {"id"} - set(model.redacts)))
    if fixed:
        yield Content(table, table, fixed, is_emptied=model.is_emptied, deleted_after=model.deleted_after)
    if model.redacts:
        yield Content(f"{table} words", table, tuple(sorted(model.redacts)), redacts=model.redacts)


def _list_kinds(table: str) -> dict[str, type[Any]]:
    """Return the class of each column's field."""
    (meta,) = (model._meta for model in _list_models() if model._meta.db_table == table)  # noqa: SLF001
    return {column: type(meta.fields_map[name]) for name, column in meta.fields_db_projection.items()}


def _build_text(content: Content, columns: Sequence[str]) -> str:
    """Return SQL for a text of a row. Rows with different values have different texts."""
    if db.dialect() is db.Dialect.SQLITE:
        return " || ',' || ".join(f"quote({name})" for name in columns)
    kinds = _list_kinds(content.table)
    return " || ',' || ".join(_build_value(name, kinds.get(name, fields.TextField)) for name in columns)


def _build_value(name: str, kind: type[Any]) -> str:
    # The server's settings decide on the text of a time, but not on that of a number.
    if issubclass(kind, fields.DatetimeField):
        return f"COALESCE(CAST(CAST(date_part('epoch', {name}) * 1000000 AS BIGINT) AS TEXT), '')"
    if issubclass(kind, (fields.IntField, fields.BooleanField)):
        return f"COALESCE(CAST({name} AS TEXT), '')"
    return f"quote_nullable({name})"


async def compute_marks(
    content: Content, columns: Sequence[str], stretch: Stretch, *, salt: str, max_rows: int
) -> dict[int, str]:
    """Return the mark of each row by id, for at most `max_rows` rows."""
    rows = await db.Select(
        f"SELECT id, {_build_text(content, columns)} AS text FROM {content.table}"
        " WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
        _RowText,
    ).all(stretch.after_id, stretch.last_id, max_rows)
    salts = get_row_salts(content, salt, [row.id for row in rows])
    return {row.id: _digest(f"{salts[row.id]}{row.id},{row.text}")[:MARK_LENGTH] for row in rows}


async def join_marks(
    content: Content, columns: Sequence[str], stretch: Stretch, *, salt: str, max_rows: int
) -> JoinedMarks:
    """Return the marks of at most `max_rows` rows. On PostgreSQL the server computes them."""
    if db.dialect() is db.Dialect.SQLITE or salt.startswith("{"):
        marks = await compute_marks(content, columns, stretch, salt=salt, max_rows=max_rows)
        return JoinedMarks(len(marks), max(marks, default=0), "".join(marks.values()))
    salted = "CAST($4 AS TEXT) || id"
    if content.redacts:
        salted = f"{_DIGEST_SQL.format(salted)} || id"
    mark = _DIGEST_SQL.format(f"{salted} || ',' || {_build_text(content, columns)}")
    return await db.Select(
        "SELECT count(*) AS count, COALESCE(max(id), 0) AS last_id, COALESCE(string_agg(mark, '' ORDER BY id), '')"
        f" AS marks FROM (SELECT id, left({mark}, {MARK_LENGTH}) AS mark FROM {content.table}"
        " WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS marked",
        JoinedMarks,
    ).one(stretch.after_id, stretch.last_id, max_rows, salt)


_DIGEST_SQL = "encode(sha256(convert_to({}, 'UTF8')), 'hex')"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def get_row_salts(content: Content, salt: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the salt of each row.

    Each row with words has a salt of its own, so that it can be deleted alone. They follow from the salt of the seal
    until the first redaction. After that they are kept one by one.
    """
    if salt.startswith("{"):
        kept = json.loads(salt)
        return {id_: kept.get(str(id_), "") for id_ in ids}
    return {id_: _digest(f"{salt}{id_}") if content.redacts else salt for id_ in ids}


async def list_redacted_ids(content: Content, stretch: Stretch) -> set[int]:
    """Return the rows whose words all have their redacted values."""
    equals = "IS NOT DISTINCT FROM" if db.dialect() is db.Dialect.POSTGRES else "IS"
    redacted = "".join(
        f" AND {name} {equals} {value.replace('OLD.', '')}" for name, value in sorted(content.redacts.items())
    )
    rows = await db.Select(
        f"SELECT id FROM {content.table} WHERE id > $1 AND id <= $2{redacted} ORDER BY id", db.Id
    ).all(stretch.after_id, stretch.last_id)
    return {row.id for row in rows}


async def list_recorded_ids(table: str, stretch: Stretch) -> set[int]:
    """Return the rows of a stretch whose redaction is recorded."""
    return {row.id for row in await _RECORDED.all(table, stretch.after_id, stretch.last_id)}


async def list_ids(content: Content, stretch: Stretch) -> list[int]:
    """Return the rows of a stretch, with those whose deletion is recorded."""
    present = await db.Select(f"SELECT id FROM {content.table} WHERE id > $1 AND id <= $2 ORDER BY id", db.Id).all(
        stretch.after_id, stretch.last_id
    )
    return sorted({row.id for row in present} | await list_deleted_ids(content.table, stretch))


async def record_deletions(table: str, row_ids: Sequence[int]) -> None:
    """Record that a verb deletes sealed rows, in its transaction."""
    await db.execute(_RECORD_DELETIONS, _name_deletions(table), list(row_ids))


async def list_deleted_ids(table: str, stretch: Stretch) -> set[int]:
    """Return the rows of a stretch whose deletion is recorded."""
    return await list_recorded_ids(_name_deletions(table), stretch)


async def forget_deletions(table: str, stretch: Stretch) -> None:
    """Delete the records of rows that were deleted before they were sealed."""
    await db.Change(
        "DELETE FROM redaction WHERE table_name = $1 AND row_id > $2 AND row_id <= $3"
        f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = row_id) RETURNING id",
        db.Id,
    ).all(_name_deletions(table), stretch.after_id, stretch.last_id)


def _name_deletions(table: str) -> str:
    return f"{table} deleted"
