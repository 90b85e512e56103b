"""Limits of documents, checked before their validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode

from community.api.edge.codes import (
    QUERY_TOO_COSTLY,
    QUERY_TOO_DEEP,
    QUERY_TOO_LARGE,
    TOO_MANY_ALIASES,
    DocumentRefused,
)
from community.api.edge.document_measure import DocumentMeasure, Extent


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one document. Depth, aliases, size and cost count a fragment at each spread."""

    length: int = 32_768
    """Maximum number of characters, because reading one character takes about 0.2 µs. Long texts are variables."""
    tokens: int = 2_000
    operations: int = 50
    fragments: int = 50
    repeats: int = 100
    """Maximum number of repeated names within selections, because validation compares all such pairs."""
    size: int = 5_000
    """Maximum number of selections, with each spread replaced by its fragment."""
    depth: int = 12
    introspection_depth: int = 16
    aliases: int = 30
    root_fields: int = 10
    cost: int = 5_000
    introspection_cost: int = 1_000
    response_bytes: int = 2_000_000
    """Maximum size of a response before compression."""


def check_limits(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    schema: GraphQLSchema,
    variables: Mapping[str, Any] | None,
    limits: Limits,
) -> bool:
    """Check a document. Return True if the result holds for all variables.

    All definitions must keep the limits of shape, because all are validated. Only `operation` must keep the limit of
    cost. Raises DocumentRefused if a limit is exceeded.
    """
    measure = DocumentMeasure(document, operation, schema, variables, introspection_cost=limits.introspection_cost)
    if (
        measure.operations > limits.operations
        or measure.fragments > limits.fragments
        or measure.repeats > limits.repeats
    ):
        raise DocumentRefused(QUERY_TOO_LARGE, "The document has too many operations, fragments or repeated fields.")
    for definition, extent in measure.extents:
        _check_shape(definition, extent, limits)
    cost = measure.operation_extent.cost
    if cost > limits.cost:
        message = f"The operation costs {cost}, more than {limits.cost}. Request smaller pages or fewer fields."
        raise DocumentRefused(QUERY_TOO_COSTLY, message, operation)
    return not measure.depends_on_variables


def _check_shape(definition: OperationDefinitionNode | FragmentDefinitionNode, extent: Extent, limits: Limits) -> None:
    if extent.depth > limits.depth or extent.introspection_depth > limits.introspection_depth:
        raise DocumentRefused(QUERY_TOO_DEEP, f"Fields are nested more than {limits.depth} deep.", definition)
    if extent.size > limits.size:
        raise DocumentRefused(QUERY_TOO_LARGE, f"More than {limits.size} fields are selected.", definition)
    if extent.aliases > limits.aliases:
        raise DocumentRefused(TOO_MANY_ALIASES, f"There are more than {limits.aliases} aliases.", definition)
    if isinstance(definition, OperationDefinitionNode) and extent.fields > limits.root_fields:
        message = f"There are more than {limits.root_fields} fields at the root."
        raise DocumentRefused(QUERY_TOO_LARGE, message, definition)
