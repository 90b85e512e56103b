"""Variables and arguments of an operation.

Arguments without variables are coerced once per plan. All others are coerced once per request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

_IMMUTABLE = (str, int, float, bool, date, Enum, type(None))


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments of one field in a document."""

    declared: GraphQLField
    field: StrawberryField
    node: FieldNode
    converter: GraphQLCoreConverter

    @property
    def has_variables(self) -> bool:
        """True if a value contains a variable."""
        return any(_contains_variable(given.value) for given in self.node.arguments or ())

    def evaluate(self, variables: VariableValues) -> dict[str, Any]:
        """Return the arguments of the resolver by name. Raises GraphQLError for a wrong value."""
        if not self.declared.args:
            return {}
        coerced = get_argument_values(self.declared, self.node, variables, hide_suggestions=True)
        return convert_arguments(
            coerced,
            self.field.arguments,
            scalar_registry=self.converter.scalar_registry,
            config=self.converter.config,
        )


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
