"""Compiled operations of one schema, kept by document and name."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    is_non_null_type,
    located_error,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionResult
from strawberry.utils.await_maybe import await_maybe

from community.api.compiled.arguments import find_switches
from community.api.compiled.completion import Completion
from community.api.compiled.errors import NotCompiled
from community.api.compiled.plan import FieldPlan, ObjectPlan, Plan, Planner, Source
from community.api.compiled.running import Run, admit
from community.api.compiled.shaping import add_shapes
from community.api.compiled.variables import Coercions, Variables
from community.api.edge.codes import MAX_REQUEST_ERRORS
from community.api.edge.masking import mask_errors
from community.kernel import metrics
from community.kernel.errors import Refusal

MAX_OPERATIONS = 500
MAX_KEPT_LENGTH = 8_192
"""Maximum number of characters of a document whose plans are kept. Longer ones have no plan."""
MAX_KEPT_FIELDS = 50_000
"""Maximum number of fields of all kept plans. A field takes about 2 kB."""
MAX_PLANS = 8
"""Maximum number of plans of an operation, for the values of its variables in `@skip` and `@include`."""
MAX_COUNTED_DOCUMENTS = 200


class PlainResult(ExecutionResult):
    """Result of a plan. Its data has texts, whole numbers, booleans, times in UTC, null, lists and dictionaries."""


@dataclass(slots=True)
class Request:
    """One operation to run."""

    text: str
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]
    context: Any


class _Operation:
    """Plans of one operation of a document."""

    def __init__(self, document: DocumentNode, operation: OperationDefinitionNode, variables: Variables) -> None:
        self.node = operation
        self.variables = variables
        self.plans: dict[tuple[Any, ...], Plan | None] = {}
        self.switches = find_switches(document)
        self.fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def name_plan(self, variables: VariableValues) -> tuple[Any, ...]:
        """Return the values of the variables in `@skip` and `@include`."""
        return tuple([variables.coerced.get(name, Undefined) for name in self.switches])

    @property
    def size(self) -> int:
        """Number of fields of its plans."""
        return sum(plan.size for plan in self.plans.values() if plan is not None)


class CompiledOperations:
    """Plans of one schema, and the number of answers without a plan, by document."""

    def __init__(self, schema: GraphQLSchema, converter: GraphQLCoreConverter) -> None:
        self._schema = schema
        self._converter = converter
        self._coercions = Coercions()
        self._kept: OrderedDict[tuple[str, str | None], _Operation] = OrderedDict()
        self._fields = 0
        self.fallbacks: Counter[str] = Counter()
        """Number of answers without a plan, by the name of the operation and the digest of its document."""

    def build_executor(self, request: Request) -> Executor[Any] | list[GraphQLError]:
        """Build graphql-core's executor of an operation, or return the errors of its variables."""
        name = request.operation.name
        return StrawberryGraphQLCoreExecutionContext.build(
            self._schema,
            request.document,
            context_value=request.context,
            raw_variable_values=dict(request.variables),
            operation_name=name.value if name else None,
            max_coercion_errors=MAX_REQUEST_ERRORS,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # it is no TypeGuard
            hide_suggestions=True,  # they take up to 1 ms for each wrong value
        )

    async def run(self, request: Request) -> ExecutionResult | None:
        """Run an operation. Return None if graphql-core must answer, which no mutation has reached then."""
        try:
            operation = self._get_operation(request)
            variables = operation.variables.read(request.variables)
            plan = self._get_plan(operation, variables)
            run = Run(request.context, plan.evaluate_arguments(variables), plan.fragments)
        except Exception:  # noqa: BLE001 - graphql-core gives the exact error
            self._count_fallback(request)
            return None
        if request.operation.operation is OperationType.MUTATION:
            return await self._run_mutation(request, plan, run)
        try:
            return await _run_query(plan.roots[0], run)
        except Exception:  # noqa: BLE001 - as above
            self._count_fallback(request)
            return None

    async def run_by_graphql_core(self, request: Request) -> ExecutionResult:
        """Execute one operation without a plan."""
        executor = self.build_executor(request)
        if isinstance(executor, list):
            return ExecutionResult(None, mask_errors(executor))
        result: Any = await await_maybe(executor.execute_operation())
        if result.data and result.errors:
            # In the order of the fields at the root. Otherwise it would depend on which one failed first.
            places = {key: place for place, key in enumerate(result.data)}
            result.errors.sort(key=lambda error: places.get(error.path[0], 0) if error.path else 0)
        return ExecutionResult(result.data, mask_errors(result.errors) if result.errors else None)

    def _get_plan(self, kept: _Operation, variables: VariableValues) -> Plan:
        key = kept.name_plan(variables) if kept.switches else ()
        if key in kept.plans:
            plan = kept.plans[key]
        else:
            plan = self._build_plan(kept, variables)
            if len(kept.plans) >= MAX_PLANS:
                self._fields -= kept.size
                kept.plans.clear()
            kept.plans[key] = plan
            self._fields += 0 if plan is None else plan.size
            self._drop_oldest()
        if plan is None:
            raise NotCompiled("no plan")
        return plan

    def _get_operation(self, request: Request) -> _Operation:
        if len(request.text) > MAX_KEPT_LENGTH:
            raise NotCompiled("a long document")
        name = request.operation.name.value if request.operation.name else None
        kept = self._kept.get((request.text, name))
        if kept is None:
            variables = Variables(self._schema, request.operation, self._coercions)
            kept = self._kept[request.text, name] = _Operation(request.document, request.operation, variables)
            self._drop_oldest()
            return kept
        self._kept.move_to_end((request.text, name))
        return kept

    def _build_plan(self, kept: _Operation, variables: VariableValues) -> Plan | None:
        try:
            plan = Planner(self._schema, self._converter, kept.fragments, kept.node, variables).build()
        except (NotCompiled, GraphQLError, RecursionError):
            return None
        add_shapes(plan, admit)
        return plan

    def _drop_oldest(self) -> None:
        while len(self._kept) > 1 and (self._fields > MAX_KEPT_FIELDS or len(self._kept) > MAX_OPERATIONS):
            _, dropped = self._kept.popitem(last=False)
            self._fields -= dropped.size

    def _count_fallback(self, request: Request) -> None:
        name = request.operation.name.value if request.operation.name else "anonymous"
        label = f"{name}:{hashlib.sha256(request.text.encode('utf-8', 'replace')).hexdigest()[:12]}"
        metrics.FALLBACKS.inc()
        self.fallbacks[
            label if label in self.fallbacks or len(self.fallbacks) < MAX_COUNTED_DOCUMENTS else "others"
        ] += 1

    async def _run_mutation(self, request: Request, plan: Plan, run: Run) -> ExecutionResult:
        """Run each root field once. Shape its payload, or let graphql-core complete it."""
        data: dict[str, Any] = {}
        completion: Completion | None = None
        for root in plan.roots:
            (field,) = root.fields
            if field.source is Source.TYPE_NAME:
                data[field.key] = root.kind.name
                continue
            outcome = await _run_root(field, run)
            try:
                data |= await self._shape_payload(request, run, root, outcome)
            except Exception:  # noqa: BLE001 - graphql-core gives the exact error
                self._count_fallback(request)
                completion = completion or Completion(self.build_executor(request))
                try:
                    data[field.key] = await completion.complete(field.key, outcome)
                except GraphQLError as error:
                    return ExecutionResult(None, mask_errors([*completion.errors, error]))
        return (
            PlainResult(data, None)
            if completion is None
            else ExecutionResult(data, mask_errors(completion.errors) or None)
        )

    async def _shape_payload(self, _: Request, run: Run, root: ObjectPlan, outcome: asyncio.Future[Any]) -> Any:
        """Return the answer of a root field that has run. Raises what it raised."""
        return await run.shape(root, [[outcome.result()]])


async def _run_query(root: ObjectPlan, run: Run) -> PlainResult:
    columns = []
    errors: list[GraphQLError] = []
    for field in root.loaded:
        try:
            value = await _read_root(field, run)
        except Refusal as refusal:
            if is_non_null_type(field.kind):
                raise
            errors.append(located_error(refusal, field.nodes, [field.key]))
            value = None
        columns.append([value])
    return PlainResult(await run.shape(root, columns), mask_errors(errors) if errors else None)


async def _run_root(field: FieldPlan, run: Run) -> asyncio.Future[Any]:
    """Run a resolver once, and return what it returned or raised."""
    outcome = asyncio.get_running_loop().create_future()
    try:
        outcome.set_result(await _read_root(field, run))
    except Exception as error:  # noqa: BLE001 - it becomes the error of the field
        outcome.set_exception(error)
    return outcome


async def _read_root(field: FieldPlan, run: Run) -> Any:
    found = run.call(field, None)
    return await found if field.source is Source.AWAITED_CALL else found
