"""Measurement of a document before its validation.

Each definition is walked once. A fragment is measured once, after the fragments that it spreads, and its measure is
added at each spread. So the time grows with the text and not with its expansion. Invalid documents are measured as far
as possible. Validation reports their errors later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from strawberry.types.field import StrawberryField

from community.api.edge.numbers import is_whole_number
from community.kernel.paging import DEFAULT_PAGE, MAX_PAGE

INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})
PAGE_ARGUMENTS = ("first", "last")
REPEATED_LEAF_COST = 10
"""Cost of a leaf that was already selected under another name. A small document repeats a long text in that way."""
COST = "cost"
"""Key in the metadata of a field that costs more than 1."""
LONG_TEXT: Mapping[str, int] = {COST: 10}
"""Metadata of a field with a text of thousands of characters."""
MAX_DIGITS = 9  # more than any page needs, because converting a long number is slow


@dataclass(frozen=True, slots=True)
class Extent:
    """Measure of a selection set. `fields` counts only its own fields, without nested ones."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    fields: int = 0
    size: int = 0
    cost: int = 0

    def __add__(self, other: Extent) -> Extent:
        return Extent(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.aliases + other.aliases,
            self.fields + other.fields,
            self.size + other.size,
            self.cost + other.cost,
        )


EMPTY_EXTENT = Extent()
_ONE_SELECTION = Extent(size=1)
_REPEATED_LEAF = Extent(cost=REPEATED_LEAF_COST)


@dataclass(slots=True)
class _Names:
    """Names within one field. `leaves` has the first key of each leaf without arguments."""

    keys: set[str] = dataclass_field(default_factory=set)
    leaves: dict[str, str] = dataclass_field(default_factory=dict)


class DocumentMeasure:
    """Measure of a document for one operation and its variables."""

    def __init__(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        schema: GraphQLSchema,
        variables: Mapping[str, Any] | None,
        *,
        introspection_cost: int,
    ) -> None:
        self.visited_fields = 0
        """Number of visited fields, at most the number in the text."""
        self.repeats = 0
        self.depends_on_variables = False
        """True if the cost depends on the variables."""
        self.operation_extent = EMPTY_EXTENT
        self.extents: list[tuple[OperationDefinitionNode | FragmentDefinitionNode, Extent]] = []
        self._schema = schema
        self._introspection_cost = introspection_cost
        self._variables = variables or {}
        self._defaults = {
            defined.variable.name.value: defined.default_value for defined in operation.variable_definitions or ()
        }
        self._fragments: dict[str, Extent] = {}

        fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
        self.fragments = len(fragments)
        self.operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
        for fragment in _sort_fragments(fragments):
            self._measure_fragment(fragment)
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                extent = self._measure_selections(
                    definition.selection_set.selections, schema.get_root_type(definition.operation), _Names()
                )
                self.extents.append((definition, extent))
                if definition is operation:
                    self.operation_extent = extent

    def _measure_fragment(self, fragment: FragmentDefinitionNode) -> None:
        condition = fragment.type_condition.name.value
        extent = self._measure_selections(
            fragment.selection_set.selections,
            self._schema.get_type(condition),
            _Names(),
            introspecting=condition.startswith("__"),
        )
        self.extents.append((fragment, extent))
        # Validation refuses two fragments of one name. Until then a spread of the name counts both.
        name = fragment.name.value
        self._fragments[name] = self._fragments.get(name, EMPTY_EXTENT) + extent

    def _measure_selections(
        self,
        selections: Iterable[SelectionNode],
        parent: GraphQLNamedType | None,
        names: _Names,
        *,
        introspecting: bool = False,
    ) -> Extent:
        """Return the extent of `selections`. `names` collects the names in the enclosing field."""
        total = EMPTY_EXTENT
        for selection in selections:
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                self.repeats += key in names.keys
                names.keys.add(key)
                total += self._measure_field(selection, parent, introspecting=introspecting)
                if _is_repeated_leaf(selection, key, names) and not introspecting:
                    total += _REPEATED_LEAF
            elif isinstance(selection, FragmentSpreadNode):
                # Missing if the document does not define it, or within a cycle.
                total += _ONE_SELECTION + self._fragments.get(selection.name.value, EMPTY_EXTENT)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                total += _ONE_SELECTION + self._measure_selections(
                    selection.selection_set.selections,
                    self._schema.get_type(condition.name.value) if condition else parent,
                    names,
                    introspecting=introspecting,
                )
        return total

    def _measure_field(self, node: FieldNode, parent: GraphQLNamedType | None, *, introspecting: bool) -> Extent:
        self.visited_fields += 1
        name = node.name.value
        root_of_introspection = not introspecting and name in INTROSPECTION_ROOTS
        inside = introspecting or root_of_introspection
        field = None if inside else _find_field(parent, name)
        below = EMPTY_EXTENT
        if node.selection_set:
            kind = get_named_type(field.type) if field else None
            below = self._measure_selections(node.selection_set.selections, kind, _Names(), introspecting=inside)
        return Extent(
            depth=below.depth if inside else below.depth + 1,
            introspection_depth=below.introspection_depth + 1 if inside else below.introspection_depth,
            aliases=below.aliases + (node.alias is not None),
            fields=1,
            size=below.size + 1,
            cost=(1 if inside else self._count_children(node, field)) * below.cost
            + (self._introspection_cost if root_of_introspection else _get_own_cost(field)),
        )

    def _count_children(self, node: FieldNode, field: GraphQLField | None) -> int:
        """Return the number of children: the requested page, the default, or 1."""
        requested = [arg.value for arg in node.arguments or () if arg.name.value in PAGE_ARGUMENTS]
        sizes = [size for value in requested if (size := self._read_page_size(value)) is not None]
        if sizes:
            return max(sizes)
        if requested:
            return DEFAULT_PAGE
        if field is None:
            return 1
        declared = [field.args[name].default_value for name in PAGE_ARGUMENTS if name in field.args]
        if declared or get_named_type(field.type).name.endswith("Connection"):
            return max((_to_page_size(size) for size in declared if is_whole_number(size)), default=DEFAULT_PAGE)
        return 1

    def _read_page_size(self, value: ValueNode | None) -> int | None:
        """Return the largest possible page size, or None without the argument."""
        if isinstance(value, VariableNode):
            self.depends_on_variables = True
            name = value.name.value
            if name not in self._variables:
                default = self._defaults.get(name)
                return None if isinstance(default, NullValueNode) else _get_literal_page_size(default)
            given = self._variables[name]
            return None if given is None else _to_page_size(given)
        return None if isinstance(value, NullValueNode) else _get_literal_page_size(value)


def _get_literal_page_size(value: ValueNode | None) -> int:
    if not isinstance(value, IntValueNode):
        return MAX_PAGE
    return _to_page_size(int(value.value[:MAX_DIGITS]))


def _to_page_size(value: Any) -> int:
    """Return the page size: the default for 0, the largest if invalid."""
    if not is_whole_number(value) or value < 0:
        return MAX_PAGE
    return int(value) or DEFAULT_PAGE


def _is_repeated_leaf(node: FieldNode, key: str, names: _Names) -> bool:
    """Return True if the same leaf is already in the answer under another key."""
    if node.selection_set or node.arguments:
        return False
    return names.leaves.setdefault(node.name.value, key) != key


def _get_own_cost(field: GraphQLField | None) -> int:
    declared = field.extensions.get("strawberry-definition") if field else None
    return declared.metadata.get(COST, 1) if isinstance(declared, StrawberryField) else 1


def _find_field(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _sort_fragments(fragments: list[FragmentDefinitionNode]) -> list[FragmentDefinitionNode]:
    """Return the fragments, each after those that it spreads. Within a cycle the order is undefined."""
    by_name: dict[str, list[FragmentDefinitionNode]] = {}
    for fragment in fragments:
        by_name.setdefault(fragment.name.value, []).append(fragment)
    ordered: list[FragmentDefinitionNode] = []
    entered: set[str] = set()
    # An explicit stack, because a chain of fragments can be longer than Python's call stack.
    stack = [(name, False) for name in by_name]
    while stack:
        name, is_finished = stack.pop()
        if is_finished:
            ordered.extend(by_name[name])
        elif name in by_name and name not in entered:
            entered.add(name)
            stack.append((name, True))
            stack.extend((spread, False) for fragment in by_name[name] for spread in _list_spreads(fragment))
    return ordered


def _list_spreads(fragment: FragmentDefinitionNode) -> set[str]:
    """Return the names that a fragment spreads, at any depth of its own text."""
    names: set[str] = set()
    pending: list[SelectionNode] = list(fragment.selection_set.selections)
    while pending:
        node = pending.pop()
        if isinstance(node, FragmentSpreadNode):
            names.add(node.name.value)
        elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
            pending.extend(node.selection_set.selections)
    return names
