"""Completion of a mutation's payload by graphql-core, where its plan could not shape it."""

from __future__ import annotations

import asyncio
from typing import Any

from graphql import GraphQLError
from graphql.execution import Executor
from graphql.execution.collect_fields import collect_fields
from graphql.pyutils import Path


class Completion:
    """graphql-core's completion of root fields whose resolvers have run."""

    def __init__(self, executor: Executor[Any] | list[GraphQLError]) -> None:
        if isinstance(executor, list):  # a plan would not have read the same variables
            raise executor[0]
        root = executor.schema.get_root_type(executor.operation.operation)
        assert root is not None
        self._root = root
        self._executor = executor
        self._grouped = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root, executor.operation
        ).grouped_field_set

    @property
    def errors(self) -> list[GraphQLError]:
        """The errors of all completed fields."""
        return self._executor.collected_errors.errors

    async def complete(self, key: str, outcome: asyncio.Future[Any]) -> Any:
        """Return the answer of a root field from what its resolver returned or raised.

        Raises GraphQLError if the whole answer becomes null.
        """
        details = self._grouped[key]
        nodes = [each.node for each in details]
        declared = self._executor.schema.get_field(self._root, nodes[0].name.value)
        assert declared is not None
        path = Path(None, key, self._root.name)
        info = self._executor.build_resolve_info(declared, nodes, self._root, path)
        return await self._executor.complete_awaitable_value(declared.type, details, info, path, outcome, None)
