"""The answer of an introspection is computed once per document."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query, get_operation_ast, parse

from community.api.edge.introspection import MAX_CACHED_ANSWERS, IntrospectionCache, is_introspection


async def test_repeated_introspection_returns_the_same_answer(tiny_schema):
    first = await tiny_schema.execute(get_introspection_query())
    second = await tiny_schema.execute(get_introspection_query())
    assert (first.errors, second.errors) == (None, None)
    assert second.data is first.data
    assert second is not first


async def test_repeated_operation_is_executed_again(client):
    for number in (1, 2):
        assert await client.ask("mutation { count }") == {"data": {"count": number}}


async def test_answers_of_two_operations_differ(client):
    query = 'query A { __type(name: "Person") { name } } query B { __type(name: "Query") { name } }'
    for _ in range(2):
        for operation, kind in (("A", "Person"), ("B", "Query")):
            answer = await client.ask(query, operationName=operation)
            assert answer == {"data": {"__type": {"name": kind}}}


async def test_introspection_with_variables_depends_on_them(client):
    query = "query ($name: String!) { __type(name: $name) { name } }"
    for kind in ("Person", "Query", "Person"):
        assert await client.ask(query, {"name": kind}) == {"data": {"__type": {"name": kind}}}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("{ __schema { queryType { name } } }", None, True),
        ('{ a: __type(name: "A") { name } __schema { queryType { name } } }', None, True),
        ("{ __schema { queryType { name } } hello }", None, False),
        ("{ hello }", None, False),
        ("{ ...A } fragment A on Query { hello }", None, False),
        ("query ($n: String!) { __type(name: $n) { name } }", None, False),
        ("query A { hello } query B { __schema { queryType { name } } }", "B", True),
        ("query A { hello } query B { __schema { queryType { name } } }", "A", False),
        ("mutation { count }", None, False),
    ],
)
def test_introspection_reads_only_the_schema(text, name, expected):
    assert is_introspection(get_operation_ast(parse(text), name)) is expected


def test_oldest_answer_is_dropped():
    cache = IntrospectionCache()
    for i in range(MAX_CACHED_ANSWERS + 1):
        cache.store("{}", str(i), {"i": i})
    assert cache.find("{}", "0") is None
    assert cache.find("{}", "1").data == {"i": 1}
