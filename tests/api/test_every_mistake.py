"""All mistakes of an input come back together. The fields come from the schema.

A wrong value that is refused alone is refused in the same way among other wrong values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type, get_nullable_type

from tests.api.asking import MUTATIONS
from tests.api.test_hostile_texts import replace_text
from tests.api.test_repetition import find_allowed_call
from tests.api.who_may_what import TABLE

WRONG = {
    "String": "字" * 5_100, "ID": "x", "Int": -1, "Points": -1, "Date": "2999-01-01", "DateTime": "1999-01-01T00:00:00Z"
}  # fmt: skip
"""A value of each scalar that a limited field of its kind refuses."""


def list_fields(kind: GraphQLInputObjectType, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path of each field below an input type, with its wrong value. `0` is the first item of a list."""
    for name, declared in kind.fields.items():
        inner, place = get_named_type(declared.type), (*path, name)
        if isinstance(get_nullable_type(declared.type), GraphQLList):
            place = (*place, "0")
        if isinstance(inner, GraphQLInputObjectType):
            yield from list_fields(inner, place)
        elif inner.name in WRONG:
            yield place, WRONG[inner.name]


FIELDS = {name: dict(list_fields(get_named_type(mutation.args["input"].type))) for name, mutation in MUTATIONS.items()}


def is_of_program(path: tuple[str, ...]) -> bool:
    """Return True for the key and the ids of what a call is about. They are checked before the rest is looked at."""
    return path == ("idempotencyKey",) or (len(path) == 1 and path[0].endswith("Id"))


@pytest.mark.divided("name")
@pytest.mark.parametrize("name", sorted(name for name, fields in FIELDS.items() if len(fields) > 1))
async def test_mistakes_are_reported_together(asker, name):
    world = asker.world
    row, role, target = find_allowed_call(name)

    async def find_mistakes(*paths: tuple[str, ...]) -> set[tuple[str, ...]]:
        given = await TABLE[row].ask(world, role, target)
        if name == "earningRulePublish":
            one = {"kind": "RECIPE", "amount": 1}
            given["definition"] = {"amount": 1, "byKind": [one], "streaks": [{"days": 7, "bonus": 1}]}
            given["definition"] |= {"caps": {}, "needs": {}}
        for path in paths:
            given = replace_text(given, path, FIELDS[name][path]) or given
        errors = await asker.ask_errors(row, given, token=world.tokens[role])
        # The stored refusal has them all too.
        if "idempotencyKey" in given and errors:
            assert await asker.ask_errors(row, given, token=world.tokens[role]) == errors
        # The path of an amount by kind or by days names the kind or the days, which are wrong too.
        return {tuple(error["path"][:2]) for error in errors if error["code"] == "INVALID_INPUT"}

    alone = {path: found for path in FIELDS[name] if (found := await find_mistakes(path))}
    for group in (True, False):
        wrong = [path for path in alone if is_of_program(path) is group]
        assert await find_mistakes(*wrong) >= set().union(*(alone[path] for path in wrong))
