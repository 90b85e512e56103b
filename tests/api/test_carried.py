"""Relations that rows carry: they are shaped without a call of their batch function."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import parse

from community.api.compiled.operations import PlainResult, Request
from community.api.compiled.running import Run
from community.api.context import Info
from community.api.declare import batched, field, type_over
from community.api.edge.responses import encode_plain_json
from community.api.edge.schema import GuardedSchema
from community.kernel import db
from tests.support.shadow import compare_executors, compares_executors

TEXT = "{ trees { number top { number } leaves { number tree { number leaves { number } } } } }"


class LeafRow(db.Row):
    number: int
    made_at: datetime = datetime(2026, 11, 28, 8, 0, 0, 5, UTC)


class TreeRow(db.Row):
    number: int


def grow(number: int, *, carried: bool = True) -> TreeRow:
    """Return a tree with a leaf that carries a tree without leaves, and a place without a leaf."""
    if not carried:
        return TreeRow(number=number)
    leaf = LeafRow(number=-number, loaded={"tree": TreeRow(number=number, loaded={"leaves": []})})
    return TreeRow(number=number, loaded={"leaves": [leaf, None]})


def carry_top(info: Info, *, place: int) -> Any:
    return (lambda row: row.loaded["leaves"][place]) if info.context.knows else None


@type_over(LeafRow)
class Leaf:
    """Leaf."""

    number = field(description="Number.")
    made_at = field(description="Time.")

    async def _load_tree(rows: list[LeafRow], info: Info) -> list[TreeRow]:  # noqa: N805 - a function of rows
        info.context.calls.append(("tree", len(rows)))
        return [grow(-row.number) for row in rows]

    tree = batched(_load_tree, description="Tree.", carried="tree")


@type_over(TreeRow)
class Tree:
    """Tree."""

    number = field(description="Number.")

    async def _load_leaves(rows: list[TreeRow], info: Info) -> list[list[LeafRow | None]]:  # noqa: N805 - as above
        info.context.calls.append(("leaves", len(rows)))
        return [grow(row.number).loaded["leaves"] for row in rows]

    async def _load_top(
        rows: list[TreeRow],  # noqa: N805 - as above
        info: Info,
        place: int = 0,
    ) -> list[LeafRow | None]:
        info.context.calls.append(("top", len(rows)))
        return [grow(row.number).loaded["leaves"][place] for row in rows]

    leaves = batched(_load_leaves, description="Leaves.", carried="leaves")
    top = batched(_load_top, description="A leaf.", carried=carry_top)


@strawberry.type
class Query:
    @strawberry.field
    def trees(self, info: Info) -> list[TreeRow]:
        return info.context.trees


SCHEMA = GuardedSchema(Query)


def build_context(trees: list[Any], *, knows: bool = True) -> SimpleNamespace:
    async def load_one(batch: Any, parent: Any, info: Any, **arguments: Any) -> Any:
        return (await batch([parent], info, **arguments))[0]

    return SimpleNamespace(calls=[], trees=trees, knows=knows, load=load_one)


async def ask(trees: list[Any], *, knows: bool = True, text: str = TEXT) -> tuple[Any, list[Any]]:
    """Return the answer and the calls on the way. Both executors give the same answer."""
    context = build_context(trees, knows=knows)
    result = await SCHEMA.execute(text, {}, context)
    calls = list(context.calls)
    with compare_executors() as found:
        await SCHEMA.execute(text, {}, context)
    assert found.differences == []
    return result, calls


def expect(number: int) -> dict[str, Any]:
    leaf = {"number": -number, "tree": {"number": number, "leaves": []}}
    return {"number": number, "top": {"number": -number}, "leaves": [leaf, None]}


async def test_carried_children_need_no_call():
    result, calls = await ask([grow(1), grow(2)])
    assert isinstance(result, PlainResult)
    assert result.data == {"trees": [expect(1), expect(2)]}
    assert calls == [] or compares_executors()


async def test_carried_objects_are_shaped_without_levels(monkeypatch):
    monkeypatch.setattr(Run, "_load_batch", None)
    document = parse(TEXT)
    context = build_context([grow(1), grow(2)])
    result = await SCHEMA.compiled.run(Request(TEXT, document, document.definitions[0], {}, context))
    assert result.data == {"trees": [expect(1), expect(2)]}


@pytest.mark.parametrize(
    ("lacking", "knows", "expected"),
    [
        (True, True, [("top", 2), ("leaves", 2)]),
        (False, False, [("top", 2)]),
        (True, False, [("top", 2), ("leaves", 2)]),
    ],
)
async def test_missing_children_are_loaded_for_all_parents(lacking, knows, expected):
    result, calls = await ask([grow(1), grow(2, carried=not lacking)], knows=knows)
    assert isinstance(result, PlainResult)
    assert result.data == {"trees": [expect(1), expect(2)]}
    assert calls == expected or compares_executors()


async def test_objects_below_a_loaded_relation_carry_theirs():
    _, calls = await ask([grow(1, carried=False)], text="{ trees { leaves { tree { leaves { number } } } } }")
    assert calls == [("leaves", 1)] or compares_executors()


async def test_arguments_reach_the_reader():
    result, calls = await ask([grow(1)], text="{ trees { a: top { number } b: top(place: 1) { number } } }")
    assert result.data == {"trees": [{"a": {"number": -1}, "b": None}]}
    assert calls == [] or compares_executors()


@pytest.mark.parametrize("wrong", [None, ValueError("a value"), "text"])
async def test_object_of_another_type_is_left_to_graphql_core(wrong):
    result, _ = await ask([grow(1), wrong])
    assert not isinstance(result, PlainResult)
    assert result.data == {"trees": None} or result.data is None
    assert result.errors


async def test_wrong_child_is_left_to_graphql_core():
    tree = TreeRow(number=1, loaded={"leaves": "no list"})
    result, _ = await ask([tree], text="{ trees { leaves { number } } }")
    assert not isinstance(result, PlainResult)


@pytest.mark.parametrize(
    ("made_at", "written"),
    [
        (datetime(2026, 11, 28, 8, 0, 0, 5, UTC), "2026-11-28T08:00:00.000005+00:00"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00+00:00"),
        (datetime(2026, 11, 28, 8, tzinfo=timezone(timedelta(hours=8))), "2026-11-28T08:00:00+08:00"),
        (datetime(2026, 11, 28, 8), "2026-11-28T08:00:00"),  # noqa: DTZ001 - a wrong value
    ],
)
async def test_times_are_written_as_by_graphql_core(made_at, written):
    tree = TreeRow(number=1, loaded={"leaves": [LeafRow(number=1, made_at=made_at)]})
    result, _ = await ask([tree], text="{ trees { leaves { madeAt } } }")
    assert encode_plain_json(result.data) == f'{{"trees":[{{"leaves":[{{"madeAt":"{written}"}}]}}]}}'.encode()
