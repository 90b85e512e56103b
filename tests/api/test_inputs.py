"""The coercion of variables and the conversion of inputs, compared with those of the libraries for the whole schema."""

from __future__ import annotations

import random

import pytest
from graphql import (
    is_enum_type,
    is_input_object_type,
    is_input_type,
    is_list_type,
    is_non_null_type,
    parse,
    type_from_ast,
)
from graphql.execution.values import get_variable_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument

from community.api.compiled.inputs import Conversions
from community.api.compiled.variables import Coercions, Variables
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


def iter_json(kind, chance):
    """Yield values of a client for an input type, among them wrong ones."""
    if is_non_null_type(kind):
        yield from iter_json(kind.of_type, chance)
        return
    yield from (None, 3, "text", True, [], [None], {}, {"unknown": 1}, 2**40, 1.5)
    if is_list_type(kind):
        for value in iter_json(kind.of_type, chance):
            yield [value]
            yield [value, value]
    elif is_enum_type(kind):
        yield from kind.values
    elif is_input_object_type(kind):
        below = {name: list(iter_json(field.type, chance)) for name, field in kind.fields.items()}
        for share in (0.2, 0.5, 1) * 20:
            yield {name: chance.choice(values) for name, values in below.items() if chance.random() < share}
        for name, values in below.items():
            full = {other: build_json(field.type) for other, field in kind.fields.items()}
            for value in values[:40]:
                yield full | {name: value}


def build_json(kind):
    """Return a right value of a client for an input type, if its scalars are texts."""
    if is_non_null_type(kind):
        return build_json(kind.of_type)
    if is_list_type(kind):
        return [build_json(kind.of_type)]
    if is_enum_type(kind):
        return next(iter(kind.values))
    if is_input_object_type(kind):
        return {name: build_json(field.type) for name, field in kind.fields.items()}
    return {"Int": 3, "Boolean": True, "Float": 1.5, "Date": "2026-01-02", "DateTime": "2026-01-02T03:04:05Z"}.get(
        kind.name, "text"
    )


@pytest.mark.parametrize("written", ["{}", "{}!", "[{}]", "[{}!]!"])
def test_each_variable_is_coerced_as_by_the_library(written):
    chance, schema = random.Random(3), SCHEMA._schema
    for kind in [each for each in schema.type_map.values() if is_input_type(each) and not each.name.startswith("__")]:
        document = parse(f"query($v: {written.format(kind.name)}) {{ __typename }}")
        (operation,) = document.definitions
        variables = Variables(schema, operation, Coercions())
        declared = type_from_ast(schema, operation.variable_definitions[0].type)
        for given in ({}, *({"v": value} for value in iter_json(declared, chance))):
            expected = get_variable_values(schema, operation.variable_definitions, given, 0)
            try:
                found = variables._read_plain(variables._declared, given)
            except Exception:  # noqa: BLE001 - the library answers
                continue
            assert not isinstance(expected, list), (kind.name, given, expected)
            assert found.coerced == expected.coerced, (kind.name, given)
            assert found.sources.keys() == expected.sources.keys()


def test_right_variables_need_no_library():
    schema, checked = SCHEMA._schema, 0
    for kind in [each for each in schema.type_map.values() if is_input_object_type(each)]:
        (operation,) = parse(f"query($v: {kind.name}!) {{ __typename }}").definitions
        variables, given = Variables(schema, operation, Coercions()), {"v": build_json(kind)}
        if not isinstance(get_variable_values(schema, operation.variable_definitions, given, 0), list):
            assert variables._read_plain(variables._declared, given).coerced["v"]
            checked += 1
    assert checked > 100
