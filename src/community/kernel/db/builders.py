"""Compiled functions that build rows from the values of an answer."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from community.kernel.db.connection import Dialect
from community.kernel.db.related import Related

Build: TypeAlias = Callable[[Any], Any]
"""A function from the values of an answer to a row."""

_CONVERTERS: dict[Dialect, dict[type, Build]] = {
    Dialect.POSTGRES: {dict: json.loads, list: json.loads},
    Dialect.SQLITE: {dict: json.loads, list: json.loads, datetime: datetime.fromisoformat, bool: bool},
}
"""The conversion of a value to each type of field that the driver does not return itself."""
_JSON_CONVERTERS: dict[Dialect, dict[type, Build]] = {
    Dialect.POSTGRES: {datetime: datetime.fromisoformat},
    Dialect.SQLITE: _CONVERTERS[Dialect.SQLITE],
}
"""The same for values that are read from JSON."""


class _Members(dict[Any, Enum]):
    """The members of an enumeration by value. Another value raises ValueError."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__({member.value: member for member in kind})
        self._kind = kind

    def __missing__(self, value: Any) -> Enum:
        return self._kind(value)


def make_row_builder(row: type[Any], which: Dialect) -> Build:
    """Return the function that builds a row from the values of its columns."""
    if not _find_converters(row, _CONVERTERS[which]):
        return lambda values: row(*values)
    return _compile_builder(row, _CONVERTERS[which], ())


def make_json_builder(row: type[Any], which: Dialect, below: Sequence[Related]) -> Build:
    """Return the function that builds rows with related rows from JSON arrays."""
    return _compile_builder(row, _JSON_CONVERTERS[which], below)


def _compile_builder(row: type[Any], converters: dict[type, Build], below: Sequence[Related]) -> Build:
    names: dict[str, Any] = {}
    lines: list[str] = []
    name = _write_builder(row, converters, below, names, lines)
    # One expression is twice as fast as a loop over the converters.
    exec("\n".join(lines), names)  # noqa: S102 - made of numbers, and of names in the code
    build: Build = names[name]
    return build


def _write_builder(
    row: type[Any], converters: dict[type, Build], below: Sequence[Related], names: dict[str, Any], lines: list[str]
) -> str:
    """Append the source of a function that builds rows, and return its name."""
    needed = _find_converters(row, converters)
    width = len(fields(row))
    values = [
        f"None if (v := values[{position}]) is None else {_name(names, needed[position])}(v)"
        if position in needed
        else f"values[{position}]"
        for position in range(width)
    ]
    loaded = []
    for position, each in enumerate(below, width):
        if not each.is_value:
            function = _write_builder(each.kind, converters, each.below, names, lines)
        else:
            function = "" if each.kind in {str, int} else _name(names, each.kind)
        value = f"values[{position}]"
        if each.many:
            value = f"[{function}(v) for v in {value}]" if function else value
        elif function:
            value = f"None if (v := {value}) is None else {function}(v)"
        loaded.append(f"{each.name!r}: {value}")
    name = f"build_{len(names)}"
    lines.append(f"def {name}(values):")
    lines.append(f"    row = {_name(names, row)}({', '.join(values)})")
    if below:
        lines.append(f"    row.loaded = {{{', '.join(loaded)}}}")
    lines.append("    return row")
    return name


def _name(names: dict[str, Any], value: Any) -> str:
    """Return the name of an object in the source."""
    name = f"o{len(names)}"
    names[name] = value
    return name


def _find_converters(row: type[Any], converters: dict[type, Build]) -> dict[int, Build]:
    """Return the conversion of each column that needs one, by position."""
    hints = typing.get_type_hints(row)
    needed: dict[int, Build] = {}
    for position, field in enumerate(fields(row)):
        kind = hints[field.name]
        if isinstance(kind, types.UnionType):
            kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
        origin = typing.get_origin(kind) or kind
        if isinstance(origin, type) and issubclass(origin, Enum):
            needed[position] = _Members(origin).__getitem__
        elif origin in converters:
            needed[position] = converters[origin]
    return needed
