"""A schema with limits and masked bugs for every transport."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from community.api.edge.codes import MAX_REQUEST_ERRORS
from community.api.edge.documents import DocumentCache, DocumentInvalid, check_document
from community.api.edge.introspection import IntrospectionCache, is_introspection
from community.api.edge.limits import Limits
from community.api.edge.masking import mask_errors


class GuardedSchema(strawberry.Schema):
    """Strawberry schema with the parsing and validation of `DocumentCache` and the logging of `masking`.

    Execution is strawberry's. Validation rules of other extensions are ignored.
    """

    def __init__(
        self,
        query: type,
        mutation: type | None = None,
        *,
        limits: Limits | None = None,
        extensions: Iterable[type[SchemaExtension] | Callable[[], SchemaExtension]] = (),
        **options: Any,
    ) -> None:
        self.limits = limits or Limits()
        documents = DocumentCache(lambda: self._schema, self.limits)
        answers = IntrospectionCache()
        super().__init__(
            query, mutation, extensions=(*extensions, lambda: _DocumentExtension(documents, answers)), **options
        )

    def check_document(self, text: str) -> list[GraphQLError]:
        """Return the errors of a document that is to be registered."""
        return check_document(text, self._schema, self.limits)

    def _get_custom_context_kwargs(
        self, operation_extensions: dict[str, Any] | None = None, *, sync: bool = False
    ) -> dict[str, Any]:
        """Return further arguments of graphql-core's `execute`, which strawberry does not offer."""
        given = super()._get_custom_context_kwargs(operation_extensions, sync=sync)
        # Suggestions for a wrong value take up to 1 ms each.
        return {**given, "max_coercion_errors": MAX_REQUEST_ERRORS, "hide_suggestions": True}

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,  # noqa: ARG002 - strawberry's signature
    ) -> None:
        """Mask the errors in place. Strawberry calls this once for each result."""
        errors[:] = mask_errors(errors)


class _DocumentExtension(SchemaExtension):
    """Extension of one operation, which supplies the parsed, limited and validated document."""

    def __init__(self, documents: DocumentCache, answers: IntrospectionCache) -> None:
        self._documents = documents
        self._answers = answers
        self._errors: list[GraphQLError] = []

    def on_parse(self) -> Iterator[None]:
        """Set the document. Raises DocumentRefused if it is refused."""
        context = self.execution_context
        # `operation_name` would replace a missing name by the first in the document.
        name = context._provided_operation_name  # noqa: SLF001
        try:
            context.graphql_document = self._documents.prepare(context.query or "", name, context.variables)
        except DocumentInvalid as invalid:
            self._errors = invalid.errors
            context.graphql_document = invalid.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Set the errors of the validation."""
        self.execution_context.pre_execution_errors = self._errors
        yield

    def on_execute(self) -> Iterator[None]:
        """Set the answer of an introspection from the cache, or store it there."""
        context = self.execution_context
        text, name = context.query or "", context._provided_operation_name  # noqa: SLF001 - as above
        if context.graphql_document is None or not is_introspection(context.graphql_document, name):
            yield
            return
        context.result = self._answers.find(text, name)
        is_cached = context.result is not None
        yield
        result = context.result
        if not is_cached and isinstance(result, ExecutionResult) and result.data and not result.errors:
            self._answers.store(text, name, result.data)
