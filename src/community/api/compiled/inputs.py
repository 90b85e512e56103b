"""The conversion of coerced values to what resolvers get, built once per plan.

It gives what strawberry's `convert_argument` gives, which looks at every type and name again at each call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any, TypeAlias

from strawberry import UNSET
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition

Convert: TypeAlias = Callable[[Any], Any]


class Conversions:
    """Conversions for one plan."""

    def __init__(self, converter: GraphQLCoreConverter) -> None:
        self._converter = converter
        self._objects: dict[type, _InputObject] = {}

    def build(self, kind: Any) -> Convert | None:
        """Return the conversion to a type. None leaves the value as it is."""
        if isinstance(kind, StrawberryMaybe) or getattr(kind, "from_input", None) is not None:
            return self._build_by_library(kind)
        if isinstance(kind, StrawberryOptional):
            return self.build(kind.of_type)
        if isinstance(kind, StrawberryList):
            convert = self.build(kind.of_type)
            # A list is copied, because a default belongs to all requests.
            return _unless_null(list if convert is None else lambda values: [convert(value) for value in values])
        if not has_object_definition(kind):
            return None
        if kind not in self._objects:
            self._objects[kind] = _InputObject(kind)
            self._objects[kind].add_fields(self, self._converter)
        return self._objects[kind]

    def _build_by_library(self, kind: Any) -> Convert:
        return lambda value: convert_argument(value, kind, self._converter.scalar_registry, self._converter.config)


class _InputObject:
    """The conversion to an input type, which may contain itself."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._defaults: dict[str, Any] = {}
        self._fields: list[tuple[str, str, Convert | None]] = []

    def add_fields(self, conversions: Conversions, converter: GraphQLCoreConverter) -> None:
        definition = self._kind.__strawberry_definition__  # type: ignore[attr-defined]  # the caller has tested it
        for field in definition.fields:
            if field.default_value is MISSING and field.default_factory is MISSING:
                self._defaults[field.python_name] = None
            convert = conversions.build(field.resolve_type(type_definition=definition))
            self._fields.append((converter.config.name_converter.from_field(field), field.python_name, convert))

    def __call__(self, value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        given = self._defaults.copy()
        for name, attribute, convert in self._fields:
            if name in value:
                given[attribute] = value[name] if convert is None else convert(value[name])
        return self._kind(**given)


def _unless_null(convert: Convert) -> Convert:
    return lambda value: value if value is None or value is UNSET else convert(value)
