"""A schema that keeps to the limits and masks its bugs, whichever transport executes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from community.api.edge.documents import DocumentCache, DocumentInvalid
from community.api.edge.limits import Limits
from community.api.edge.masking import mask_errors


class GuardedSchema(strawberry.Schema):
    """A strawberry schema: its own parsing and validation are replaced by `Documents`, its logging by `masking`.

    Execution is strawberry's. Rules that another extension adds to validation are not looked at.
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
        documents = DocumentCache(lambda: self._schema, limits or Limits())
        super().__init__(query, mutation, extensions=(*extensions, lambda: _DocumentExtension(documents)), **options)

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,  # noqa: ARG002 - strawberry's signature
    ) -> None:
        """Makes the errors presentable, in place: strawberry calls this once for each result, before it is returned."""
        errors[:] = mask_errors(errors)


class _DocumentExtension(SchemaExtension):
    """Hands strawberry a document that is parsed, limited and validated; made anew for each operation."""

    def __init__(self, documents: DocumentCache) -> None:
        self._documents = documents
        self._errors: list[GraphQLError] = []

    def on_parse(self) -> Iterator[None]:
        """Sets the document, or raises why there is none."""
        context = self.execution_context
        # Not `operation_name`, which makes up for a missing one with the first in the document.
        name = context._provided_operation_name  # noqa: SLF001
        try:
            context.graphql_document = self._documents.prepare(context.query or "", name, context.variables)
        except DocumentInvalid as invalid:
            self._errors = invalid.errors
            context.graphql_document = invalid.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Says that the document was validated, and with what result."""
        self.execution_context.pre_execution_errors = self._errors
        yield
