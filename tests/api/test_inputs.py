"""The conversion of inputs, compared with strawberry's own for every argument of the schema."""

from __future__ import annotations

import pytest
from graphql import is_enum_type, is_input_object_type, is_list_type, is_non_null_type
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument

from community.api.compiled.inputs import Conversions
from community.api.schema import build_schema

SCHEMA = build_schema()
CONVERTER = SCHEMA.schema_converter
FIELDS = [
    (kind.name, name, declared)
    for kind in SCHEMA._schema.type_map.values()
    if not kind.name.startswith("__")
    for name, declared in getattr(kind, "fields", {}).items()
    if getattr(declared, "args", None)
]


def build_value(kind, *, full):
    """Return a coerced value of an input type, with all optional fields, or without any."""
    if is_non_null_type(kind):
        return build_value(kind.of_type, full=full)
    if is_list_type(kind):
        return [build_value(kind.of_type, full=full)] * 2
    if is_enum_type(kind):
        return next(iter(kind.values.values())).value
    if not is_input_object_type(kind):
        return f"a {kind.name}"
    return {
        name: build_value(field.type, full=full)
        for name, field in kind.fields.items()
        if full or is_non_null_type(field.type)
    }


@pytest.mark.parametrize("full", [True, False])
def test_each_argument_is_converted_as_by_the_library(full):
    for type_name, name, declared in FIELDS:
        field = declared.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        for argument in field.arguments:
            convert = Conversions(CONVERTER).build(argument.type)
            kind = declared.args[CONVERTER.config.name_converter.from_argument(argument)].type
            for value in (build_value(kind, full=full), None):
                given = value if convert is None else convert(value)
                expected = convert_argument(value, argument.type, CONVERTER.scalar_registry, CONVERTER.config)
                assert given == expected, (type_name, name)
                assert type(given) is type(expected)
