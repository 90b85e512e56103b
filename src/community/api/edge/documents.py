"""From the text of a document to one that may be executed: parsed, within the limits, valid, and remembered.

Texts that passed are kept, so that a client's few documents are parsed and validated once. Nothing that was refused is
kept, and what depends on variables is looked at again on every request.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

from community.api.edge.codes import (
    GRAPHQL_PARSE_FAILED,
    GRAPHQL_VALIDATION_FAILED,
    OPERATION_NOT_FOUND,
    QUERY_TOO_DEEP,
    QUERY_TOO_LARGE,
    DocumentRefused,
)
from community.api.edge.limits import Limits, check_limits

MAX_CACHED_DOCUMENTS = 500
MAX_CACHED_DOCUMENT_LENGTH = 8_192
MAX_CACHED_TOTAL_LENGTH = 256_000  # a parsed document takes up to 270 bytes for each character: 70 MB at worst


class DocumentInvalid(Exception):  # noqa: N818 - an answer to the caller, as a refusal is
    """A document that the schema cannot answer; one refusal for each thing that is wrong with it."""

    def __init__(self, document: DocumentNode, errors: list[GraphQLError]) -> None:
        self.document = document
        self.errors: list[GraphQLError] = [
            DocumentRefused.from_graphql_error(GRAPHQL_VALIDATION_FAILED, error) for error in errors
        ]
        super().__init__(errors[0].message)


@dataclass(slots=True)
class _CachedDocument:
    """A valid document, and the operations of it that are within the limits whatever their variables are."""

    document: DocumentNode
    checked_operations: set[str | None] = field(default_factory=set)


class DocumentCache:
    """The documents that one schema executes."""

    def __init__(self, schema: Callable[[], GraphQLSchema], limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._cached: OrderedDict[str, _CachedDocument] = OrderedDict()
        self._cached_length = 0

    def prepare(self, text: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> DocumentNode:
        """The document, which may be executed as it is.

        Raises DocumentRefused when it cannot be read, has no such operation or asks for too much, DocumentInvalid when
        it does not fit the schema.
        """
        known = self._cached.get(text)
        if known is None:
            return self._prepare_new(text, operation_name, variables).document
        self._cached.move_to_end(text)
        if operation_name not in known.checked_operations:
            self._check_operation(known, operation_name, variables)
        return known.document

    def _prepare_new(
        self, text: str, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> _CachedDocument:
        try:
            known = _CachedDocument(_parse_document(text, self._limits))
            self._check_operation(known, operation_name, variables)
            errors = validate_document(self._schema(), known.document, tuple(specified_rules))
        except RecursionError:
            # Not `from` it: its traceback holds every frame of the recursion.
            raise DocumentRefused(QUERY_TOO_DEEP, "The document is nested too deeply.") from None
        if errors:
            raise DocumentInvalid(known.document, errors)
        self._store(text, known)
        return known

    def _check_operation(
        self, known: _CachedDocument, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> None:
        operation = _get_operation(known.document, operation_name)
        if check_limits(known.document, operation, self._schema(), variables, self._limits):
            known.checked_operations.add(operation_name)

    def _store(self, text: str, known: _CachedDocument) -> None:
        if len(text) > MAX_CACHED_DOCUMENT_LENGTH:
            return
        self._cached[text] = known
        self._cached_length += len(text)
        while len(self._cached) > MAX_CACHED_DOCUMENTS or self._cached_length > MAX_CACHED_TOTAL_LENGTH:
            oldest, _ = self._cached.popitem(last=False)
            self._cached_length -= len(oldest)


def _parse_document(text: str, limits: Limits) -> DocumentNode:
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
        many = "The document has several operations: name one of them in `operationName`."
        raise DocumentRefused(OPERATION_NOT_FOUND, many if operations else "The document has no operation.")
    for operation in operations:
        if operation.name and operation.name.value == name:
            return operation
    raise DocumentRefused(OPERATION_NOT_FOUND, f"The document has no operation named {name!r}.")
