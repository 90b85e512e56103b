"""Completion of scalars and enumerations, as graphql-core does it.

Most values already have the exact type of their answer. An expression tests that first. Every other value goes to the
type's own serializer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    is_list_type,
    is_non_null_type,
)

from community.api.compiled.errors import NotCompiled

Completer = Callable[[Any], Any]
_PLAIN = frozenset({str, int, bool})
LISTS = (list, tuple)


def build_leaf_expression(kind: Any, value: str, names: dict[str, Any]) -> str:
    """Return the source of the completed `value`, an expression that is evaluated once.

    `names` gets the objects that the source refers to.
    """
    required = is_non_null_type(kind)
    inner = kind.of_type if required else kind
    complete = add_name(names, build_completer(kind))
    exact, result = _write_exact_test(inner, names)
    if exact is None:
        return f"{complete}({value})" if required else f"None if (v := {value}) is None else {complete}(v)"
    tested = exact.format(v=f"(v := {value})" if required else "v")
    if required:
        return f"{result} if {tested} else {complete}(v)"
    return f"None if (v := {value}) is None else {result} if {tested} else {complete}(v)"


def _write_exact_test(kind: Any, names: dict[str, Any]) -> tuple[str | None, str]:
    """Return a test for values that need no serializer, and their answer.

    Both are sources. The test has the place {v} for the value.
    """
    if kind is GraphQLString or kind is GraphQLID:
        return "{v}.__class__ is str", "v"
    if kind is GraphQLBoolean:
        return "{v}.__class__ is bool", "v"
    if kind is GraphQLInt:
        return f"{{v}}.__class__ is int and {GRAPHQL_MIN_INT} <= v <= {GRAPHQL_MAX_INT}", "v"
    members = _find_members(kind)
    if members is not None:
        return f"{{v}}.__class__ is {add_name(names, members)}", "v._name_"
    write = getattr(kind, "coerce_output_value", None)
    if write == datetime.isoformat:  # both writers of JSON give a time in UTC that form, in an eighth of the time
        return f"{{v}}.__class__ is {add_name(names, datetime)} and v.tzinfo is {add_name(names, UTC)}", "v"
    return None, ""


def _find_members(kind: Any) -> type[Enum] | None:
    """Return the enumeration of a type if its members are written as their names."""
    members = getattr(kind, "wrapped_cls", None)
    if not isinstance(members, type) or not issubclass(members, Enum):
        return None
    return members if all(kind.coerce_output_value(member) == member.name for member in members) else None


def add_name(names: dict[str, Any], value: Any) -> str:
    """Return a new name of an object in the source."""
    name = f"o{len(names)}"
    names[name] = value
    return name


def build_completer(kind: Any) -> Completer:
    """Return a function that completes values of a leaf type or its lists."""
    if is_non_null_type(kind):
        return _build_required(kind.of_type)
    complete = _build_required(kind)
    return lambda value: None if value is None else complete(value)


def _build_required(kind: Any) -> Completer:
    return _build_list(kind.of_type) if is_list_type(kind) else _build_leaf(kind)


def _build_list(kind: Any) -> Completer:
    complete = build_completer(kind)
    inner = kind.of_type if is_non_null_type(kind) else None
    members = _find_members(inner)
    # No value of these classes needs the type's serializer.
    exact = {str} if inner is GraphQLString or inner is GraphQLID else {members} - {None}

    def complete_list(values: Any) -> Any:
        if values.__class__ not in LISTS:
            raise NotCompiled("no list")
        if not values:
            return values
        if not exact.issuperset(map(type, values)):
            return [complete(value) for value in values]
        return values if members is None else [value._name_ for value in values]

    return complete_list


def _build_leaf(kind: GraphQLLeafType) -> Completer:
    write = kind.coerce_output_value

    def complete_leaf(value: Any) -> Any:
        # graphql-core raises an exception that is a value, and awaits an awaitable.
        if value is None or isinstance(value, BaseException) or hasattr(value, "__await__"):
            raise NotCompiled("no value")
        written = write(value)
        # Only these are written as JSON alike by both writers.
        if written.__class__ not in _PLAIN:
            raise NotCompiled("no plain value")
        return written

    return complete_leaf
