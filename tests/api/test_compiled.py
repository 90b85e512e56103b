"""Compiled operations on a small graph: what they answer, and what they leave to graphql-core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from types import SimpleNamespace

import pytest
import strawberry

from community.api.compiled import operations
from community.api.compiled.operations import PlainResult
from community.api.declare import BATCH
from community.api.edge.responses import encode_json, encode_plain_json
from community.api.edge.schema import GuardedSchema
from community.kernel.errors import Forbidden
from tests.support.shadow import compare_executors, compares_executors


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.interface
class Thing:
    name: str


async def load_owners(parents, info):
    info.context.calls.append(len(parents))
    return [None if parent.name == "lost" else Box(name=f"owner of {parent.name}") for parent in parents]


def resolve_owner(self, info: strawberry.Info) -> Thing | None:
    return info.context.load(load_owners, self)


@strawberry.type
class Box(Thing):
    colour: Colour = Colour.RED
    made_at: datetime = datetime(2026, 11, 26, 8, tzinfo=UTC)
    size: int = 1
    tags: list[str] = strawberry.field(default_factory=lambda: ["a", "b"])
    owner: Thing | None = strawberry.field(resolver=resolve_owner, metadata={BATCH: load_owners})

    @strawberry.field
    def label(self, prefix: str = "", colours: list[Colour] | None = None) -> str:
        return prefix + self.name + "".join(each.name for each in colours or [])

    @strawberry.field
    def broken(self) -> str:
        raise Forbidden


@strawberry.type
class Ball(Thing):
    radius: int = 5


@dataclass
class Row:
    number: int


@strawberry.type
class Query:
    @strawberry.field
    def things(self, first: int = 3) -> list[Thing]:
        return [Box(name="box"), Ball(name="ball"), Box(name="lost")][:first]

    @strawberry.field
    def box(self, size: int = 1) -> Box | None:
        return Box(name="one", size=size)

    @strawberry.field
    async def refused(self) -> Box | None:
        raise Forbidden

    @strawberry.field
    def text(self, given: str) -> str:
        return given


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def make(self, info: strawberry.Info, size: int) -> Box | None:
        info.context.calls.append("make")
        return Box(name="made", size=size)


SCHEMA = GuardedSchema(Query, Mutation, types=[Box, Ball])


async def load(batch, parent, context):
    (child,) = await batch([parent], SimpleNamespace(context=context))
    return child


async def ask(text, variables=None, *, schema=SCHEMA):
    """Return the result of an operation and the calls on the way. Both executors give the same answer."""
    context = SimpleNamespace(calls=[])
    context.load = lambda batch, parent: load(batch, parent, context)
    result = await schema.execute(text, variables, context)
    calls = list(context.calls)
    if "mutation" not in text:
        with compare_executors() as found:
            await schema.execute(text, variables, context)
        assert found.differences == []
    return result, calls


async def test_relation_is_loaded_once_for_all_parents():
    result, calls = await ask("{ things { name ... on Box { owner { name } o: owner { __typename } } } }")
    assert calls == [2] or compares_executors()
    assert result.data["things"][0]["owner"] == {"name": "owner of box"}
    assert result.data["things"][2] == {"name": "lost", "owner": None, "o": None}


async def test_interface_has_a_plan_for_each_type():
    result, _ = await ask("{ things { __typename ... on Ball { radius } ...B } } fragment B on Box { size tags }")
    assert isinstance(result, PlainResult)
    assert [list(each) for each in result.data["things"]] == [
        ["__typename", "size", "tags"],
        ["__typename", "radius"],
        ["__typename", "size", "tags"],
    ]


@pytest.mark.parametrize("wanted", [True, False])
async def test_switch_has_a_plan_for_each_value(wanted):
    text = "query($w: Boolean!) { box { name @include(if: $w) size @skip(if: $w) } }"
    for _ in range(2):
        result, _ = await ask(text, {"w": wanted})
        assert isinstance(result, PlainResult)
        assert list(result.data["box"]) == ["name" if wanted else "size"]


async def test_arguments_come_from_literals_and_variables():
    text = 'query($p: String, $c: [Colour!]) { box { a: label(prefix: "x") b: label(prefix: $p, colours: $c) } }'
    assert (await ask(text, {"c": ["BLUE"]}))[0].data == {"box": {"a": "xone", "b": "oneBLUE"}}
    assert (await ask(text, {"p": "y"}))[0].data == {"box": {"a": "xone", "b": "yone"}}


async def test_refused_root_field_is_null_with_its_error():
    result, _ = await ask("{ refused { name } box { name } }")
    assert isinstance(result, PlainResult)
    assert result.data == {"refused": None, "box": {"name": "one"}}
    assert [(error.path, error.extensions["code"]) for error in result.errors] == [(["refused"], "FORBIDDEN")]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ box { broken } }", None),
        ("{ box(size: 2147483648) { size } }", None),
        ("query($s: Int!) { box(size: $s) { size } }", {"s": "x"}),
        ("{ __schema { queryType { name } } box { name } }", None),
    ],
)
async def test_unusual_operation_is_left_to_graphql_core(text, variables):
    schema = GuardedSchema(Query, Mutation, types=[Box, Ball])
    result, _ = await ask(text, variables, schema=schema)
    assert not isinstance(result, PlainResult)
    if "2147483648" not in text:
        assert schema.compiled.fallbacks.total() == 2


async def test_mutation_runs_once_when_its_plan_fails():
    fine, calls = await ask("mutation { a: make(size: 1) { size } b: make(size: 2) { size } }")
    assert (isinstance(fine, PlainResult), calls) == (True, ["make", "make"])
    result, calls = await ask("mutation { a: make(size: 1) { broken } b: make(size: 2) { size } }")
    assert (result.data, calls) == ({"a": None, "b": {"size": 2}}, ["make", "make"])
    assert [error.path for error in result.errors] == [["a", "broken"]]


async def test_plans_are_bounded(monkeypatch):
    monkeypatch.setattr(operations, "MAX_KEPT_FIELDS", 20)
    schema = GuardedSchema(Query, Mutation, types=[Box, Ball])
    for number in range(30):
        await ask(f"{{ a{number}: box {{ name }} }}", schema=schema)
    assert schema.compiled._fields == sum(each.size for each in schema.compiled._kept.values()) <= 20


async def test_counted_documents_are_bounded(monkeypatch):
    monkeypatch.setattr(operations, "MAX_COUNTED_DOCUMENTS", 2)
    schema = GuardedSchema(Query, Mutation, types=[Box, Ball])
    for number in range(5):
        await ask(f"{{ a{number}: box {{ broken }} }}", schema=schema)
    assert set(schema.compiled.fallbacks) > {"others"}
    assert len(schema.compiled.fallbacks) == 3


async def test_errors_are_in_the_order_of_the_root_fields():
    result, _ = await ask("{ a: refused { name } b: box { broken } c: refused { name } }")
    assert [error.path[0] for error in result.errors] == ["a", "b", "c"]


def test_both_writers_give_the_same_bytes():
    texts = ["".join(map(chr, range(start, start + 0x800))) for start in range(0, 0x20000, 0x800)]
    numbers = [0, -1, 2**53, -(2**63), 2**64, 2**70, True, None]
    payload = {"data": {"texts": texts, "numbers": numbers, "empty": [{}, [], ""]}}
    assert encode_plain_json(payload) == encode_json(payload)
    for text in texts:
        assert encode_plain_json([text]) == encode_json([text])
