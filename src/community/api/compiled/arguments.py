"""Variables and arguments of an operation.

Arguments without variables are coerced once per plan. All others are coerced once per request.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLField,
    Node,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from community.api.compiled.inputs import Conversions

_IMMUTABLE = (str, int, float, bool, date, Enum, type(None))


class Arguments:
    """Arguments of one field in a document."""

    __slots__ = ("_conversions", "_declared", "_direct", "_fixed", "_node")

    def __init__(
        self, declared: GraphQLField, field: StrawberryField, node: FieldNode, converter: GraphQLCoreConverter
    ) -> None:
        self._declared = declared
        self._node = node
        conversions, name = Conversions(converter), converter.config.name_converter.from_argument
        self._conversions = [(name(each), each.python_name, conversions.build(each.type)) for each in field.arguments]
        variables = {
            each.name.value: each.value.name.value
            for each in node.arguments or ()
            if isinstance(each.value, VariableNode)
        }
        self._direct = [
            (attribute, variables[name], convert) for name, attribute, convert in self._conversions if name in variables
        ]
        self._fixed: dict[str, Any] | None = None
        """The arguments that are no variable, after the first request. None if others can change."""

    @property
    def has_variables(self) -> bool:
        """True if a value contains a variable."""
        return any(_contains_variable(given.value) for given in self._node.arguments or ())

    def evaluate(self, variables: VariableValues) -> dict[str, Any]:
        """Return the arguments of the resolver by name. Raises GraphQLError for a wrong value."""
        if self._fixed is None:
            arguments = self._coerce(variables)
            direct = {name for name, _, _ in self._direct}
            fixed = {name: value for name, value in arguments.items() if name not in direct}
            if is_immutable(fixed) and not self._has_nested_variables():
                self._fixed = fixed
            return arguments
        arguments = self._fixed.copy()
        for name, variable, convert in self._direct:
            value = variables.coerced.get(variable)
            if value is None:  # a variable without a value has rules of its own
                return self._coerce(variables)
            arguments[name] = value if convert is None else convert(value)
        return arguments

    def _has_nested_variables(self) -> bool:
        return any(
            _contains_variable(given.value)
            for given in self._node.arguments or ()
            if not isinstance(given.value, VariableNode)
        )

    def _coerce(self, variables: VariableValues) -> dict[str, Any]:
        if not self._declared.args:
            return {}
        coerced = get_argument_values(self._declared, self._node, variables, hide_suggestions=True)
        return {
            attribute: coerced[name] if convert is None else convert(coerced[name])
            for name, attribute, convert in self._conversions
            if name in coerced
        }


def is_immutable(arguments: dict[str, Any]) -> bool:
    """Return True if several requests can share the arguments."""
    return all(isinstance(value, _IMMUTABLE) for value in arguments.values())


def find_switches(document: DocumentNode) -> tuple[str, ...]:
    """Return the names of the variables in `@skip` and `@include`, in order."""
    names = {
        given.value.name.value
        for node in _walk(document)
        if isinstance(node, DirectiveNode)
        for given in node.arguments or ()
        if isinstance(given.value, VariableNode)
    }
    return tuple(sorted(names))


def _contains_variable(value: ValueNode) -> bool:
    return any(isinstance(node, VariableNode) for node in _walk(value))


def _walk(root: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        for key in node.keys:
            below = getattr(node, key, None)
            if isinstance(below, Node):
                pending.append(below)
            elif isinstance(below, list | tuple):
                pending.extend(each for each in below if isinstance(each, Node))
