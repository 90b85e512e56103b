"""Plans: the relations that an operation reads, and the shape of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from inspect import isawaitable
from types import SimpleNamespace
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import default_type_resolver
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from community.api.compiled.arguments import Arguments, is_immutable
from community.api.compiled.errors import NotCompiled

MAX_FIELDS = 720
"""Maximum number of fields of a plan, with each fragment expanded for each type. A field takes about 100 µs."""
BY_ID = "by_id"
"""Key in the metadata of a field that depends on the type's name and the row's id alone.

Its value builds the texts of a type by id.
"""
BATCH = "batch"
"""Key in the metadata of a field that is a relation. Its value is the function of all parents."""


CARRIED = "carried"
"""Key in the metadata of a relation. Its value gives the child that a parent carries, or is None (see `declare.py`)."""


class Source(Enum):
    """Origin of a field's value."""

    TYPE_NAME = auto()
    ATTRIBUTE = auto()
    BY_ID = auto()
    CALL = auto()
    AWAITED_CALL = auto()
    BATCH = auto()


@dataclass(slots=True, eq=False)
class FieldPlan:
    """One field of an object. `read` is its resolver or batch function. `slot` is that of its arguments."""

    key: str
    nodes: list[FieldNode]
    kind: GraphQLOutputType
    source: Source
    read: Callable[..., Any] | None = None
    attribute: str = ""
    by_id: Mapping[int, Any] | None = None
    carried: str | Callable[..., Callable[[Any], Any] | None] | None = None
    parent_name: str | None = None
    """Name of the resolver's keyword for the parent. Empty if it is `self`, None without one."""
    info_name: str | None = None
    slot: int | None = None
    below: Objects | None = None
    kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def is_loaded(self) -> bool:
        """True if the values of all parents are collected before the answer is shaped."""
        return self.below is not None or self.source in {Source.BATCH, Source.AWAITED_CALL}

    @property
    def is_direct(self) -> bool:
        """True if a parent alone may give the value, with everything below it."""
        if self.source is Source.AWAITED_CALL or (self.source is Source.BATCH and self.carried is None):
            return False
        if self.source is Source.CALL and self.below is not None and self.info_name is not None:
            return False  # its info has the selection below it, which one function for all fields does not pass
        return self.below is None or self.below.are_direct


@dataclass(slots=True, eq=False)
class ObjectPlan:
    """Selection on objects of one type."""

    kind: GraphQLObjectType
    fields: list[FieldPlan] = field(default_factory=list)
    loaded: list[FieldPlan] = field(default_factory=list)
    shape: Callable[..., list[dict[str, Any]]] | None = None
    known: set[type] = field(default_factory=set)
    """Classes whose objects are of this type."""


@dataclass(slots=True, eq=False)
class Objects:
    """Objects of a field: their nullability, and a plan for each possible type."""

    is_nullable: bool
    is_list: bool
    has_nullable_items: bool
    plans: list[ObjectPlan]
    resolve_type: Callable[[Any], Any] | None = None
    """Function that names the type of an object of an interface."""
    by_class: dict[type, ObjectPlan] = field(default_factory=dict)
    """Plans of an interface by the class of the object."""
    are_direct: bool = False
    """True if the objects alone may give everything that is selected of them."""
    shape: Callable[..., list[Any]] | None = None
    """Function that shapes the values of the field for all parents, if the objects carry everything."""


@dataclass(slots=True, eq=False)
class Plan:
    """Plan of one operation. `constants` has the arguments by slot, None for those that depend on variables.

    A mutation has a root of its own for each field, because each payload is shaped before the next field runs.
    """

    roots: list[ObjectPlan]
    fragments: dict[str, FragmentDefinitionNode]
    objects: list[ObjectPlan]
    constants: list[dict[str, Any] | None]
    dynamic: list[tuple[int, Arguments]]
    size: int

    def evaluate_arguments(self, variables: VariableValues) -> list[dict[str, Any]]:
        """Return the arguments by slot."""
        arguments: list[Any] = self.constants.copy()
        for slot, each in self.dynamic:
            arguments[slot] = each.evaluate(variables)
        return arguments


class Planner:
    """Builder of one plan. Raises NotCompiled if the operation needs what plans do not have."""

    def __init__(
        self,
        schema: GraphQLSchema,
        converter: GraphQLCoreConverter,
        fragments: dict[str, FragmentDetails],
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._converter = converter
        self._fragments = fragments
        self._operation = operation
        self._variables = variables
        self._objects: list[ObjectPlan] = []
        self._constants: list[dict[str, Any] | None] = []
        self._dynamic: list[tuple[int, Arguments]] = []
        self._size = 0

    def build(self) -> Plan:
        """Build the plan, without its functions."""
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise NotCompiled("no root type")
        collected = collect_fields(self._schema, self._fragments, self._variables, root, self._operation)
        grouped = collected.grouped_field_set
        is_mutation = self._operation.operation is OperationType.MUTATION
        parts = [{key: details} for key, details in grouped.items()] if is_mutation else [grouped]
        roots = [self._build_object(root, part) for part in parts]
        for plan in roots:
            # Each field of the root is read on its own, before anything is shaped.
            plan.loaded = [each for each in plan.fields if each.source is not Source.TYPE_NAME]
        fragments = {name: each.definition for name, each in self._fragments.items()}
        return Plan(roots, fragments, self._objects, self._constants, self._dynamic, self._size)

    def _build_object(self, kind: GraphQLObjectType, grouped: dict[str, list[FieldDetails]]) -> ObjectPlan:
        plan = ObjectPlan(kind)
        self._objects.append(plan)
        for key, details in grouped.items():
            self._size += 1
            if self._size > MAX_FIELDS:
                raise NotCompiled("too many fields")
            plan.fields.append(self._build_field(kind, key, details))
        plan.loaded = [each for each in plan.fields if each.is_loaded]
        return plan

    def _build_field(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> FieldPlan:
        nodes = [each.node for each in details]
        name = nodes[0].name.value
        declared = self._schema.get_field(parent, name)
        if declared is None:
            raise NotCompiled("no such field")
        if name == "__typename":
            return FieldPlan(key, nodes, declared.type, Source.TYPE_NAME)
        strawberry_field = declared.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(strawberry_field, StrawberryField) or strawberry_field.extensions:
            raise NotCompiled("no plain field")
        plan = FieldPlan(key, nodes, declared.type, Source.ATTRIBUTE, attribute=strawberry_field.python_name)
        self._add_resolver(plan, strawberry_field, parent)
        if declared.args and plan.source is not Source.ATTRIBUTE:
            plan.slot = self._add_arguments(Arguments(declared, strawberry_field, nodes[0], self._converter))
        plan.below = self._build_objects(declared.type, details)
        return plan

    def _add_resolver(self, plan: FieldPlan, declared: StrawberryField, kind: GraphQLObjectType) -> None:
        resolver = declared.base_resolver
        if resolver is None:
            if self._converter.config.default_resolver is not getattr:
                raise NotCompiled("another default resolver")
            return
        if (batch := declared.metadata.get(BATCH)) is not None:
            plan.source, plan.read, plan.carried = Source.BATCH, batch, declared.metadata.get(CARRIED)
            return
        if (build := declared.metadata.get(BY_ID)) is not None:
            plan.source, plan.by_id = Source.BY_ID, build(kind.name)
            return
        plan.source = Source.AWAITED_CALL if resolver.is_async else Source.CALL
        plan.read = resolver._unbound_wrapped_func  # noqa: SLF001 - what strawberry calls
        # As strawberry passes it, because `paged` reads the parent's id from the keywords.
        parent = resolver.parent_parameter or resolver.root_parameter
        plan.parent_name = "" if resolver.self_parameter is not None else parent.name if parent is not None else None
        plan.info_name = resolver.info_parameter.name if resolver.info_parameter is not None else None

    def _add_arguments(self, arguments: Arguments) -> int:
        slot = len(self._constants)
        constant = None
        if not arguments.has_variables:
            constant = arguments.evaluate(self._variables)
            if not is_immutable(constant):
                constant = None
        self._constants.append(constant)
        if constant is None:
            self._dynamic.append((slot, arguments))
        return slot

    def _build_objects(self, kind: GraphQLOutputType, details: list[FieldDetails]) -> Objects | None:
        """Return the plans below a field, or None for a leaf."""
        is_nullable, inner = _unwrap(kind)
        is_list = is_list_type(inner)
        has_nullable_items, item = _unwrap(inner.of_type) if is_list else (False, inner)
        named: Any = get_named_type(kind)
        if is_leaf_type(named):
            return None
        if named is not item:
            raise NotCompiled("a list of lists")
        if not is_abstract_type(named):
            below = self._build_below(named, details)
            are_direct = all(each.is_direct for each in below.fields)
            return Objects(is_nullable, is_list, has_nullable_items, [below], are_direct=are_direct)
        plans = [self._build_below(each, details) for each in self._schema.get_possible_types(named)]
        info = SimpleNamespace(schema=self._schema, field_name=details[0].node.name.value, is_awaitable=isawaitable)
        resolve: Any = named.resolve_type or default_type_resolver
        return Objects(is_nullable, is_list, has_nullable_items, plans, lambda row: resolve(row, info, named))

    def _build_below(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> ObjectPlan:
        collected = collect_subfields(self._schema, self._fragments, self._variables, self._operation, kind, details)
        return self._build_object(kind, collected.grouped_field_set)


def _unwrap(kind: Any) -> tuple[bool, Any]:
    """Return True if a type is nullable, and the type without NonNull."""
    return (False, kind.of_type) if is_non_null_type(kind) else (True, kind)
