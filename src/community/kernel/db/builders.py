"""Functions that build rows from the values or the JSON of an answer."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from community.kernel.db.connection import Dialect
from community.kernel.db.related import Related
from community.kernel.db.rows import field_names, find_kinds

Build: TypeAlias = Callable[[Any], Any]
"""A function from the values of an answer to a row."""

_CONVERTERS: dict[Dialect, dict[type, Build]] = {
    Dialect.POSTGRES: {dict: json.loads, list: json.loads},
    Dialect.SQLITE: {dict: json.loads, list: json.loads, datetime: datetime.fromisoformat, bool: bool},
}
"""The conversion of a value to each type of field that the driver does not return itself."""


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

    Each row is an array. `kind` is a type with rows inside.
    """
    # SQLite has numbers in the place of booleans.
    return msgspec.json.Decoder(kind, strict=False).decode


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
    for position, kind in enumerate(find_kinds(row).values()):
        if issubclass(kind, Enum):
            needed[position] = _Members(kind).__getitem__
        elif kind in converters:
            needed[position] = converters[kind]
    return needed
