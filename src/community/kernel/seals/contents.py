"""The columns that are sealed, and marks of their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tortoise import Tortoise, fields

from community.kernel import db
from community.kernel.models import Seal
from community.kernel.tables import Table

MARK_LENGTH = 16
"""Hexadecimal digits that a seal keeps of the digest of each row."""


@dataclass(frozen=True, slots=True)
class Content:
    """Columns of a table that are sealed together.

    `is_emptied` is True if rows of the table may be deleted. `redacts` has the redacted value (SQL over `OLD`) of each
    column if erasure redacts them.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    is_emptied: bool = False
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
        yield Content(table, table, fixed, is_emptied=model.is_emptied)
    if model.redacts:
        yield Content(f"{table} words", table, tuple(sorted(model.redacts)), redacts=model.redacts)


def _list_time_columns(table: str) -> set[str]:
    (meta,) = (model._meta for model in _list_models() if model._meta.db_table == table)  # noqa: SLF001
    return {
        column
        for name, column in meta.fields_db_projection.items()
        if isinstance(meta.fields_map[name], fields.DatetimeField)
    }


def _build_row_texts(content: Content, columns: Sequence[str]) -> db.Select[_RowText]:
    """Return the statement for a text of each row. Rows with different values have different texts."""
    parts = [f"quote({name})" for name in columns]
    if db.dialect() is db.Dialect.POSTGRES:
        times = _list_time_columns(content.table)
        # The server's settings decide on the text of a time, but not on that of a number.
        values = [f"extract(epoch FROM {name})" if name in times else name for name in columns]
        parts = [f"quote_nullable({value})" for value in values]
    text = " || ',' || ".join(parts)
    return db.Select(
        f"SELECT id, {text} AS text FROM {content.table} WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
        _RowText,
    )


async def compute_marks(
    content: Content, columns: Sequence[str], stretch: Stretch, *, salt: str, max_rows: int
) -> dict[int, str]:
    """Return the mark of each row by id, for at most `max_rows` rows."""
    rows = await _build_row_texts(content, columns).all(stretch.after_id, stretch.last_id, max_rows)
    return {row.id: hashlib.sha256(f"{salt}{row.id},{row.text}".encode()).hexdigest()[:MARK_LENGTH] for row in rows}


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
