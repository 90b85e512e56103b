"""The coercion of an operation's variables, built once per operation.

It gives what graphql-core's `get_variable_values` gives, which looks at every type again for each value. A value that
is not plainly right goes to the library, which has the exact errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLLeafType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    assert_leaf_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from community.api.compiled.errors import NotCompiled

Coerce: TypeAlias = Callable[[Any], Any]


class _NotPlain(Exception):  # noqa: N818 - it is caught below
    """A value that the library must look at."""


class Coercions:
    """The coercions to the input types of one schema."""

    def __init__(self) -> None:
        self._objects: dict[str, _ObjectCoercion] = {}

    def build(self, kind: Any) -> Coerce:
        """Return the coercion to a type."""
        if is_non_null_type(kind):
            return self._build_present(kind.of_type)
        coerce = self._build_present(kind)
        return lambda value: None if value is None else coerce(value)

    def _build_present(self, kind: Any) -> Coerce:
        """Return the coercion to a type without null, which a leaf also refuses."""
        if is_list_type(kind):
            return _build_list_coercion(self.build(kind.of_type))
        if is_input_object_type(kind):
            if kind.name not in self._objects:
                self._objects[kind.name] = _ObjectCoercion(kind)
                self._objects[kind.name].add_fields(self)
            return self._objects[kind.name]
        return _build_leaf_coercion(assert_leaf_type(kind))


class _ObjectCoercion:
    """The coercion to an input type, which may contain itself."""

    def __init__(self, kind: GraphQLInputObjectType) -> None:
        self._kind = kind
        self._is_plain = not kind.is_one_of and kind.out_type is GraphQLInputObjectType.out_type
        self._fields: dict[str, tuple[str, Coerce]] = {}
        self._required: set[str] = set()
        self._defaults: dict[str, Any] = {}

    def add_fields(self, coercions: Coercions) -> None:
        for name, field in self._kind.fields.items():
            out_name = field.out_name or name
            self._fields[name] = out_name, coercions.build(field.type)
            if is_required_input_field(field):
                self._required.add(name)
            elif (default := coerce_default_value(field)) is not Undefined:
                self._defaults[out_name] = default

    def __call__(self, value: Any) -> Any:
        if value.__class__ is not dict or not self._is_plain or not self._required <= value.keys():
            raise _NotPlain
        coerced, fields = self._defaults.copy(), self._fields
        try:
            for name, given in value.items():
                out_name, coerce = fields[name]
                coerced[out_name] = coerce(given)
        except KeyError:
            raise _NotPlain from None
        return coerced


def _build_list_coercion(coerce: Coerce) -> Coerce:
    def coerce_list(value: Any) -> Any:
        if value.__class__ is not list:
            raise _NotPlain
        return [coerce(each) for each in value]

    return coerce_list


def _build_leaf_coercion(kind: GraphQLLeafType) -> Coerce:
    if kind is GraphQLString or kind is GraphQLID:
        return _coerce_text
    if is_enum_type(kind):
        # Another value raises KeyError, and the library has the exact error.
        return {name: kind.coerce_input_value(name) for name in kind.values}.__getitem__
    coerce = kind.coerce_input_value

    def coerce_leaf(value: Any) -> Any:
        if value is None:
            raise _NotPlain
        coerced = coerce(value)
        if coerced is Undefined:
            raise _NotPlain
        return coerced

    return coerce_leaf


def _coerce_text(value: Any) -> Any:
    if value.__class__ is not str:
        raise _NotPlain
    return value


class Variables:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode, coercions: Coercions) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._declared: list[tuple[GraphQLVariableSignature, Coerce]] | None = []
        for node in self._nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError) or node.default_value:
                self._declared = None  # the library reads them
                break
            self._declared.append((signature, coercions.build(signature.type)))

    def read(self, given: Mapping[str, Any]) -> VariableValues:
        """Return the coerced values. Raises NotCompiled for a wrong one."""
        if self._declared is not None:
            try:
                return self._read_plain(self._declared, given)
            except Exception:  # noqa: BLE001, S110 - the library gives the exact error
                pass
        values = get_variable_values(self._schema, self._nodes, dict(given), 0, hide_suggestions=True)
        if isinstance(values, list):
            raise NotCompiled("a wrong variable")
        return values

    def _read_plain(
        self, declared: list[tuple[GraphQLVariableSignature, Coerce]], given: Mapping[str, Any]
    ) -> VariableValues:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, coerce in declared:
            name = signature.name
            if name in given:
                sources[name] = VariableValueSource(signature, given[name])
                coerced[name] = coerce(given[name])
            elif is_non_null_type(signature.type):
                raise _NotPlain
            else:
                sources[name] = VariableValueSource(signature)
        return VariableValues(sources, coerced)
