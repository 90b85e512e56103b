"""A cache of documents that are parsed, within the limits and valid.

A client has few documents, so that each is parsed and validated once. Refused documents are not cached. Costs that
depend on variables are checked at every request.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
)
from strawberry.types.graphql import OperationType

from community.api.edge.codes import (
    GRAPHQL_PARSE_FAILED,
    GRAPHQL_VALIDATION_FAILED,
    OPERATION_NOT_FOUND,
    QUERY_TOO_DEEP,
    QUERY_TOO_LARGE,
    DocumentRefused,
)
from community.api.edge.introspection import is_introspection
from community.api.edge.limits import Limits, check_limits
from community.api.edge.validation import validate_document

MAX_CACHED_DOCUMENTS = 500
MAX_CACHED_DOCUMENT_LENGTH = 8_192
MAX_CACHED_TOTAL_LENGTH = 256_000  # a parsed document takes up to 270 bytes per character, so at most 70 MB


class DocumentInvalid(Exception):  # noqa: N818 - a response for the caller, like a refusal
    """Document that is not valid for the schema, with one refusal per error."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors: list[GraphQLError] = [
            DocumentRefused.from_graphql_error(GRAPHQL_VALIDATION_FAILED, error) for error in errors
        ]
        super().__init__(errors[0].message)


@dataclass(slots=True)
class PreparedOperation:
    """One operation of a valid document."""

    document: DocumentNode
    node: OperationDefinitionNode
    kind: OperationType = field(init=False)
    label: str = field(init=False)
    """The field at its root, or `several`. Bounded by the schema."""
    reads_schema_only: bool = field(init=False)

    def __post_init__(self) -> None:
        """Read what does not depend on variables."""
        self.kind = OperationType(self.node.operation.value)
        fields = self.node.selection_set.selections
        first = fields[0] if len(fields) == 1 else None
        self.label = first.name.value if isinstance(first, FieldNode) else "several"
        self.reads_schema_only = is_introspection(self.node)


@dataclass(slots=True)
class _CachedDocument:
    """Valid document, with its operations. `checked` are within the limits for all variables."""

    document: DocumentNode
    operations: dict[str | None, PreparedOperation] = field(default_factory=dict)
    checked: set[str | None] = field(default_factory=set)


class DocumentCache:
    """Cache of the documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._cached: OrderedDict[str, _CachedDocument] = OrderedDict()
        self._cached_length = 0

    def prepare(self, text: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> PreparedOperation:
        """Return the operation of a document, ready for execution.

        Raises DocumentRefused if it cannot be parsed, has no such operation or exceeds a limit. Raises DocumentInvalid
        if it is not valid for the schema.
        """
        entry = self._cached.get(text)
        if entry is None:
            entry = self._prepare_new(text, operation_name, variables)
        else:
            self._cached.move_to_end(text)
            if operation_name not in entry.checked:
                self._check_operation(entry, operation_name, variables)
        return entry.operations[operation_name]

    def _prepare_new(
        self, text: str, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> _CachedDocument:
        try:
            entry = _CachedDocument(_parse_document(text, self._limits))
            self._check_operation(entry, operation_name, variables)
            errors = validate_document(self._schema, entry.document)
        except RecursionError:
            # Without `from error`, because its traceback keeps every frame of the recursion.
            raise DocumentRefused(QUERY_TOO_DEEP, "The document is nested too deeply.") from None
        if errors:
            raise DocumentInvalid(errors)
        self._store(text, entry)
        return entry

    def _check_operation(
        self, entry: _CachedDocument, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> None:
        operation = entry.operations.get(operation_name)
        if operation is None:
            operation = PreparedOperation(entry.document, _get_operation(entry.document, operation_name))
            entry.operations[operation_name] = operation
        if check_limits(entry.document, operation.node, self._schema, variables, self._limits):
            entry.checked.add(operation_name)

    def _store(self, text: str, entry: _CachedDocument) -> None:
        if len(text) > MAX_CACHED_DOCUMENT_LENGTH:
            return
        self._cached[text] = entry
        self._cached_length += len(text)
        while len(self._cached) > MAX_CACHED_DOCUMENTS or self._cached_length > MAX_CACHED_TOTAL_LENGTH:
            oldest, _ = self._cached.popitem(last=False)
            self._cached_length -= len(oldest)


def check_document(text: str, schema: GraphQLSchema, limits: Limits) -> list[GraphQLError]:
    """Return the errors of a document that is to be registered. Its costs are those of no variables."""
    try:
        document = _parse_document(text, limits)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        for operation in operations or [_get_operation(document, None)]:
            check_limits(document, operation, schema, None, limits)
        return validate_document(schema, document)
    except RecursionError:
        return [DocumentRefused(QUERY_TOO_DEEP, "The document is nested too deeply.")]
    except DocumentRefused as refusal:
        return [refusal]


def _parse_document(text: str, limits: Limits) -> DocumentNode:
    if len(text) > limits.length:
        message = f"The document is longer than {limits.length} characters. Send long texts as variables."
        raise DocumentRefused(QUERY_TOO_LARGE, message)
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        code = GRAPHQL_PARSE_FAILED
        if f"more than {limits.tokens} tokens" in error.message:
            code = QUERY_TOO_LARGE
        elif "nested too deeply" in error.message:
            code = QUERY_TOO_DEEP
        raise DocumentRefused.from_graphql_error(code, error) from None


def _get_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        message = "The document has several operations. Name one of them in `operationName`."
        raise DocumentRefused(OPERATION_NOT_FOUND, message if operations else "The document has no operation.")
    for operation in operations:
        if operation.name and operation.name.value == name:
            return operation
    raise DocumentRefused(OPERATION_NOT_FOUND, f"The document has no operation named {name!r}.")
