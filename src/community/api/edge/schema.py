"""A schema with limits and masked bugs for every transport."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from community.api.compiled.operations import CompiledOperations, Request
from community.api.edge.documents import DocumentCache, DocumentInvalid, check_document
from community.api.edge.introspection import IntrospectionCache
from community.api.edge.limits import Limits
from community.api.edge.masking import mask_errors
from community.kernel.request_figures import note_operation


class GuardedSchema(strawberry.Schema):
    """Strawberry schema with the parsing and validation of `DocumentCache` and the logging of `masking`.

    A plan of `compiled` answers, or else graphql-core. Strawberry's extensions are not run.
    """

    def __init__(
        self, query: type, mutation: type | None = None, *, limits: Limits | None = None, **options: Any
    ) -> None:
        self.limits = limits or Limits()
        super().__init__(query, mutation, **options)
        self.compiled = CompiledOperations(self._schema, self.schema_converter)
        self._documents = DocumentCache(self._schema, self.limits)
        self._introspections = IntrospectionCache()

    def check_document(self, text: str) -> list[GraphQLError]:
        """Return the errors of a document that is to be registered."""
        return check_document(text, self._schema, self.limits)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute one operation. Raises InvalidOperationTypeError if its type is not allowed."""
        text = query or ""
        note_operation("invalid")  # until it is known to be valid
        try:
            operation = self._documents.prepare(text, operation_name, variable_values)
        except DocumentInvalid as invalid:
            return ExecutionResult(None, mask_errors(invalid.errors))
        except Exception as error:  # noqa: BLE001 - a refusal or a bug, for a well-formed request
            return ExecutionResult(None, mask_errors([_wrap_error(error)]))
        if allowed_operation_types is not None and operation.kind not in allowed_operation_types:
            raise InvalidOperationTypeError(operation.kind)
        note_operation(operation.label)
        request = Request(text, operation.document, operation.node, variable_values or {}, context_value)
        if operation.reads_schema_only:
            return await self._introspect(request, operation_name)
        return await self.compiled.run(request) or await self.compiled.run_by_graphql_core(request)

    async def _introspect(self, request: Request, operation_name: str | None) -> ExecutionResult:
        """Return the answer from the cache, or store it there."""
        found = self._introspections.find(request.text, operation_name)
        if found is not None:
            return found
        result = await self.compiled.run_by_graphql_core(request)
        if result.data and not result.errors:
            self._introspections.store(request.text, operation_name, result.data)
        return result


def _wrap_error(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
