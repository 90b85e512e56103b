"""A cache of the answers to operations that read only the schema.

The schema never changes in a process.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from graphql import FieldNode, OperationDefinitionNode
from strawberry.types import ExecutionResult

from community.api.edge.document_measure import INTROSPECTION_ROOTS

MAX_CACHED_ANSWERS = 4  # the answer to the usual document of a tool takes some megabytes of memory


class IntrospectionCache:
    """Cache of answers by document and name of the operation."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str | None], dict[str, Any]] = OrderedDict()

    def find(self, text: str, operation_name: str | None) -> ExecutionResult | None:
        """Return the answer of an earlier request, or None."""
        data = self._answers.get((text, operation_name))
        return None if data is None else ExecutionResult(data, None)

    def store(self, text: str, operation_name: str | None, data: dict[str, Any]) -> None:
        """Store an answer without errors. Drop the oldest one if there are too many."""
        self._answers[text, operation_name] = data
        if len(self._answers) > MAX_CACHED_ANSWERS:
            self._answers.popitem(last=False)


def is_introspection(operation: OperationDefinitionNode) -> bool:
    """Return True if the operation reads only the schema, without variables.

    An operation with a fragment at its root counts as an ordinary one.
    """
    return not operation.variable_definitions and all(
        isinstance(root, FieldNode) and root.name.value in INTROSPECTION_ROOTS
        for root in operation.selection_set.selections
    )
