"""Limits of documents, measured before validation in time that grows with the text."""

from __future__ import annotations

import json

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from community.api.edge.document_measure import DocumentMeasure
from community.api.edge.limits import Limits, check_limits

FULL_INTROSPECTION = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)


def measure(schema, text: str, variables=None) -> DocumentMeasure:
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return DocumentMeasure(document, operation, schema._schema, variables, introspection_cost=1_000)


def cost(schema, text: str, variables=None) -> int:
    return measure(schema, text, variables).operation_extent.cost


async def code(client, query: str, variables=None) -> str | None:
    answer = await client.ask(query, variables)
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None


def nested(depth: int) -> str:
    return "{ me " + "{ friend " * (depth - 2) + "{ id }" + " }" * (depth - 1)


def bomb(levels: int, *, last: str = "id") -> str:
    """Build a text in which each fragment spreads the next one twice below a field."""
    fragments = [f"fragment F{i} on Person{{friend{{...F{i + 1}}}f:friend{{...F{i + 1}}}}}" for i in range(levels)]
    return "{me{...F0}}" + "".join(fragments) + f"fragment F{levels} on Person{{{last}}}"


async def test_depth_is_limited(client):
    assert await code(client, nested(12)) is None
    assert await code(client, nested(13)) == "QUERY_TOO_DEEP"
    assert await code(client, nested(300)) == "QUERY_TOO_DEEP"


async def test_depth_counts_fragments(client):
    below = "friend { friend { friend { friend { friend { friend { id } } } } } }"
    fragments = f"fragment A on Person {{ friend {{ friend {{ ...B }} }} }} fragment B on Person {{ {below} }}"
    spread = "... on Person { ...A }"
    assert await code(client, f"{{ me {{ friend {{ friend {{ {spread} }} }} }} }} {fragments}") is None
    assert await code(client, f"{{ me {{ friend {{ friend {{ friend {{ {spread} }} }} }} }} }} {fragments}") == (
        "QUERY_TOO_DEEP"
    )


async def test_aliases_are_limited_in_the_operation(client):
    def document(times: int) -> str:
        names = " ".join(f"n{i}: name" for i in range(10))
        spreads = "friend { ...A " * times + "id" + " }" * times
        return f"{{ me {{ {spreads} }} }} fragment A on Person {{ {names} }}"

    assert await code(client, document(3)) is None
    assert await code(client, document(4)) == "TOO_MANY_ALIASES"


async def test_root_fields_are_limited(client):
    ten = " ".join(f"h{i}: hello" for i in range(10))
    assert await code(client, f"{{ {ten} }}") is None
    assert await code(client, f"{{ {ten} hello }}") == "QUERY_TOO_LARGE"
    assert await code(client, f"{{ ...A hello }} fragment A on Query {{ {ten} }}") == "QUERY_TOO_LARGE"


async def test_tokens_are_limited_without_comments(client):
    assert await code(client, "{ hello " + "# x\n" * 1_500 + "}") is None
    assert await code(client, "{ hello " + "# x\n" * 2_500 + "}") == "QUERY_TOO_LARGE"
    assert await code(client, "{ me {" + " id" * 2_500 + "} }") == "QUERY_TOO_LARGE"


async def test_repeated_fields_are_limited(client):
    assert await code(client, "{ me {" + " friend { id }" * 50 + "} }") is None
    assert await code(client, "{ me {" + " friend { id }" * 200 + "} }") == "QUERY_TOO_LARGE"
    assert await code(client, "{ me {" + " ... { friend { id } }" * 200 + "} }") == "QUERY_TOO_LARGE"


async def test_fragments_are_limited(client):
    fragments = " ".join(f"fragment F{i} on Person {{ id }}" for i in range(51))
    spreads = " ".join(f"...F{i}" for i in range(51))
    assert await code(client, f"{{ me {{ {spreads} }} }} {fragments}") == "QUERY_TOO_LARGE"


async def test_unused_fragment_must_keep_the_limits(client):
    deep = nested(15).removeprefix("{ me ")[:-2]
    assert await code(client, f"{{ hello }} fragment A on Person {deep}") == "QUERY_TOO_DEEP"


async def test_cost_is_limited(client):
    query = "query ($n: Int) { people(first: $n) { edges { node { friends(first: $n) { edges { node { id } } } } } } }"
    assert await code(client, query, {"n": 10}) is None
    assert await code(client, query, {"n": 100}) == "QUERY_TOO_COSTLY"


@pytest.mark.parametrize(
    ("page", "size"),
    [
        ("(first: 5)", 5),
        ("(last: 7)", 7),
        ("(first: 5, last: 7)", 7),
        ("(first: 0)", 20),
        ("(first: -1)", 100),
        ("(first: 1000)", 1_000),
        ("(first: 99999999999999999999)", 999_999_999),
        ('(first: "x")', 100),
        ("(first: null)", 20),
        ("", 20),
        ("(after: null)", 20),
    ],
)
def test_page_multiplies_the_cost_below(tiny_schema, page, size):
    assert cost(tiny_schema, f"{{ me {{ friends{page} {{ edges {{ node {{ id }} }} }} }} }}") == 2 + size * 3


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"n": 3}, 3),
        ({"n": 3.0}, 3),
        ({}, 8),
        ({"n": None}, 20),
        ({"n": True}, 100),
        ({"n": "5"}, 100),
        ({"n": 1.5}, 100),
        ({"n": [5]}, 100),
        ({"n": -5}, 100),
    ],
)
def test_page_can_be_a_variable(tiny_schema, given, size):
    extents = measure(tiny_schema, "query ($n: Int = 8) { people(first: $n) { edges { node { id } } } }", given)
    assert (extents.operation_extent.cost, extents.depends_on_variables) == (1 + size * 3, True)


def test_variable_without_value_costs_the_largest_page(tiny_schema):
    assert cost(tiny_schema, "query ($n: Int) { people(first: $n) { edges { node { id } } } }") == 301


def test_default_page_counts(tiny_schema):
    assert cost(tiny_schema, "{ people { edges { node { id } } } }") == 61


def test_long_text_costs_more(tiny_schema):
    assert cost(tiny_schema, "{ me { story } }") == 11
    assert cost(tiny_schema, "{ people(first: 100) { edges { node { id story } } } }") == 1 + 100 * (2 + 11)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("name", 1),
        ("name name", 2),
        ("a: name", 1),
        ("a: name b: name", 12),
        ("a: name b: name c: name", 23),
        ("name ... on Person { a: name }", 12),
        ("a: name b: id", 2),
        ("a: friend { id } b: friend { id }", 4),
        ("a: __typename b: __typename", 12),
    ],
)
def test_repeated_leaf_costs_more(tiny_schema, fields, expected):
    assert cost(tiny_schema, f"{{ me {{ {fields} }} }}") == 1 + expected


def test_leaf_with_arguments_can_be_repeated(tiny_schema):
    assert cost(tiny_schema, '{ a: hello(name: "a") b: hello(name: "b") }') == 2


async def test_repeated_long_text_is_too_costly(client):
    texts = " ".join(f"a{i}: story" for i in range(30))
    assert await code(client, f"{{ people(first: 100) {{ edges {{ node {{ {texts} }} }} }} }}") == "QUERY_TOO_COSTLY"


async def test_large_response_is_refused(client):
    assert (await client.ask("{ long(length: 1999900) }"))["data"]
    response = await client.post({"query": "{ long(length: 2000000) }"})
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"] == {"code": "RESPONSE_TOO_LARGE"}
    assert "data" not in response.json()


def test_unknown_fields_are_measured_by_their_text(tiny_schema):
    assert cost(tiny_schema, "{ a { b(first: 9) { c d } } ... on Nothing { e } ...Missing }") == 21
    assert measure(tiny_schema, "mutation { a { b } }").operation_extent.depth == 2
    assert measure(tiny_schema, "subscription { a { b } }").operation_extent.depth == 2


@pytest.mark.parametrize("levels", [10, 20, 40, 49])
def test_fragment_is_measured_once(tiny_schema, levels):
    extents = measure(tiny_schema, bomb(levels))
    assert extents.visited_fields == 2 * levels + 2
    assert extents.operation_extent.size > 2**levels


async def test_exponential_text_is_refused(client):
    text = bomb(13)
    assert len(text) <= 733
    assert await code(client, text) in {"QUERY_TOO_DEEP", "QUERY_TOO_LARGE", "TOO_MANY_ALIASES"}


async def test_exponential_text_without_fields_is_refused(client):
    fragments = [f"fragment F{i} on Person {{ ...F{i + 1} ...F{i + 1} }}" for i in range(40)]
    text = "{ me { ...F0 } }" + "".join(fragments) + "fragment F40 on Person { id }"
    assert await code(client, text) == "QUERY_TOO_LARGE"


@pytest.mark.parametrize(
    "fragments",
    [
        "fragment A on Person { ...A }",
        "fragment A on Person { friend { ...A } }",
        "fragment A on Person { ...B } fragment B on Person { friend { ...C } } fragment C on Person { ...A ...B }",
        "fragment A on Person { id } fragment A on Person { friend { ...A } }",
    ],
)
async def test_cycle_is_refused_by_validation(client, fragments):
    assert await code(client, "{ me { ...A } } " + fragments) == "GRAPHQL_VALIDATION_FAILED"


def test_long_chain_of_fragments_keeps_the_stack(tiny_schema):
    fragments = [f"fragment F{i} on Person {{ ...F{i + 1} }}" for i in range(5_000)]
    assert measure(tiny_schema, "{ me { ...F0 } }" + "".join(fragments)).operation_extent.size == 5_002


@pytest.mark.parametrize("opening", ["{a", "{...", "{...on Person", "{a(x:[", "{a(x:{y:"])
async def test_deep_nests_are_refused(client, opening):
    nest = "{a(x:" + opening.removeprefix("{a(x:") * 600 if "(" in opening else opening * 600
    assert await code(client, nest) in {"GRAPHQL_PARSE_FAILED", "QUERY_TOO_DEEP", "QUERY_TOO_LARGE"}
    closed = "{a" * 600 + "}" * 600
    assert await code(client, closed) in {"GRAPHQL_PARSE_FAILED", "QUERY_TOO_DEEP"}


async def test_full_introspection_passes(client):
    answer = await client.ask(FULL_INTROSPECTION)
    assert "errors" not in answer
    assert {kind["name"] for kind in answer["data"]["__schema"]["types"]} >= {"Person", "Query"}


async def test_introspection_is_limited(client):
    many = " ".join(f't{i}: __type(name: "Person") {{ name }}' for i in range(6))
    assert await code(client, f"{{ {many} }}") == "QUERY_TOO_COSTLY"
    deep = "ofType { " * 20 + "name" + " }" * 20
    assert await code(client, f"{{ __schema {{ types {{ {deep} }} }} }}") == "QUERY_TOO_DEEP"
    wide = "fields { type { " * 4 + "name" + " } }" * 4
    assert await code(client, f"{{ __schema {{ types {{ {wide} }} }} }}") == "GRAPHQL_VALIDATION_FAILED"


async def test_cached_document_takes_new_variables(client):
    query = "query ($n: String!) { hello(name: $n) }"
    for name in ("甲", "乙", "甲"):
        assert await client.ask(query, {"n": name}) == {"data": {"hello": f"你好，{name}"}}
    assert await code(client, query) == "BAD_USER_INPUT"
    assert await code(client, query, {"n": 1}) == "BAD_USER_INPUT"


async def test_cached_document_is_limited_by_its_variables(client):
    query = "query ($n: Int) { people(first: $n) { edges { node { friends(first: $n) { edges { node { id } } } } } } }"
    for _ in range(2):
        assert await code(client, query, {"n": 10}) is None
        assert await code(client, query, {"n": 100}) == "QUERY_TOO_COSTLY"


async def test_cached_document_is_limited_for_each_operation(client):
    dear = "people(first: 100) { edges { node { friends(first: 100) { edges { node { id } } } } } }"
    query = f"query A {{ hello }} query B {{ {dear} }}"
    for _ in range(2):
        assert (await client.ask(query, operationName="A"))["data"] == {"hello": "你好，世界"}
        refused = await client.ask(query, operationName="B")
        assert refused["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
        unnamed = await client.ask(query)
        assert unnamed["errors"][0]["extensions"]["code"] == "OPERATION_NOT_FOUND"


async def test_cached_mutation_is_refused_by_get(client):
    assert (await client.ask("mutation { count }"))["data"] == {"count": 1}
    response = await client.http.get("/graphql", params={"query": "mutation { count }"})
    assert (response.status_code, client.counter) == (405, [1])


def test_limits_can_be_set(tiny_schema):
    document = parse("{ me { id } }")
    (operation,) = document.definitions
    assert check_limits(document, operation, tiny_schema._schema, None, Limits(cost=2))
    assert json.dumps(Limits().cost) == "5000"
