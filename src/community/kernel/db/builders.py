"""Functions that build rows from the values or the JSON of an answer."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from community.kernel.db.connection import Dialect
from community.kernel.db.related import Related
from community.kernel.db.rows import Row, field_names, find_kinds
from community.kernel.texts.directions import STORED_CONTROLS, close_stored

Build: TypeAlias = Callable[[Any], Any]
"""A function from the values of an answer to a row."""

_CONVERTERS: dict[Dialect, dict[type, Build]] = {
    Dialect.POSTGRES: {dict: json.loads, list: json.loads},
    Dialect.SQLITE: {dict: json.loads, list: json.loads, datetime: datetime.fromisoformat, bool: bool},
}
"""The conversion of a value to each type of field that the driver does not return itself."""
_OPEN_TEXT = re.compile(f"[{STORED_CONTROLS}]")
_LEAD = b"\xe2"
"""The first byte of each of them in UTF-8, which few texts have."""
_OPEN_BYTES = re.compile(b"|".join(control.encode() for control in STORED_CONTROLS))


class _Members(dict[Any, Enum]):
    """The members of an enumeration by value. Another value raises ValueError."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__({member.value: member for member in kind})
        self._kind = kind

    def __missing__(self, value: Any) -> Enum:
        return self._kind(value)


def make_row_builder(row: type[Any], which: Dialect) -> Build:
    """Return the function that builds a row from the values of its columns."""
    needed = _find_converters(row, _CONVERTERS[which])
    if not needed:
        return lambda values: row(*values)
    names: dict[str, Any] = {"row": row} | {f"convert_{position}": convert for position, convert in needed.items()}
    values = [
        f"None if (v := values[{position}]) is None else convert_{position}(v)"
        if position in needed
        else f"values[{position}]"
        for position in range(len(field_names(row)))
    ]
    # One expression is twice as fast as a loop over the converters.
    build: Build = eval(f"lambda values: row({', '.join(values)})", names)  # noqa: S307 - made of numbers
    return build


def make_json_reader(kind: Any) -> Callable[[bytes | str], Any]:
    """Return the function that reads rows from JSON.

    Each row is an array. `kind` is a list of rows, or a tuple of such lists.
    """
    # SQLite has numbers in the place of booleans.
    decode = msgspec.json.Decoder(kind, strict=False).decode

    def read(text: bytes | str) -> Any:
        rows = decode(text)
        # One search in the whole text is faster than one for each row.
        if _OPEN_TEXT.search(text) if isinstance(text, str) else _LEAD in text and _OPEN_BYTES.search(text):
            _close_texts(rows)
        return rows

    return read


def _close_texts(rows: Sequence[Any]) -> None:
    for row in rows:
        if isinstance(row, Row):
            for name in row.closed_texts:
                if (text := getattr(row, name)) is not None:
                    setattr(row, name, close_stored(text))
            for related in (row.loaded or {}).values():
                _close_texts(related if isinstance(related, list) else [related])
        elif isinstance(row, list):
            _close_texts(row)


def build_class(row: type[Any], related: Sequence[Related]) -> Any:
    """Build the subclass of a row that carries these related rows."""
    if not related:
        return row
    kinds: dict[str, Any] = {}
    for each in related:
        kind = each.kind if each.is_value else build_class(each.kind, each.below)
        kinds[each.name] = list[kind] if each.many else kind | None  # type: ignore[valid-type]  # as above
    loaded: Any = typing.TypedDict(f"{row.__name__}Loaded", kinds)  # type: ignore[misc]  # as above
    return msgspec.defstruct(row.__name__, [("loaded", loaded)], bases=(row,), module=row.__module__, kw_only=True)


def _find_converters(row: type[Any], converters: dict[type, Build]) -> dict[int, Build]:
    """Return the conversion of each column that needs one, by position."""
    needed: dict[int, Build] = {}
    closed = getattr(row, "closed_texts", ())
    for position, (name, kind) in enumerate(find_kinds(row).items()):
        if name in closed:
            needed[position] = close_stored
        elif issubclass(kind, Enum):
            needed[position] = _Members(kind).__getitem__
        elif kind in converters:
            needed[position] = converters[kind]
    return needed
