"""Every operation, every role, every target: what the table says is what comes back, carried out cell by cell."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from graphql import get_named_type, is_leaf_type

from community import app
from community.api.edge.forms import PREFLIGHT
from community.api.schema import build
from community.identity import communities, people, queries, sessions
from community.identity import service as identity
from community.kernel.personal import Content
from community.privacy import erasures
from community.privacy import service as privacy
from tests.api.who_may_what import NONE, OK, ROLES, TABLE, World

SCHEMA = build()._schema
QUERIES, MUTATIONS = SCHEMA.query_type.fields, SCHEMA.mutation_type.fields
OPERATIONS = {**QUERIES, **MUTATIONS}


def operation_of(row: str) -> str:
    """What the row of this name asks for."""
    return row.partition(" ")[0]


def test_every_operation_has_a_row_and_no_row_is_for_nothing():
    rows = set(map(operation_of, TABLE))
    assert set(OPERATIONS) - rows == set(), "an operation without a row: say who may do it in who_may_what.py"
    assert rows - set(OPERATIONS) == set()


def test_everything_that_node_finds_has_a_row():
    assert {f"node {kind.name}" for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])} <= set(TABLE)


@pytest.mark.parametrize("operation", TABLE)
def test_a_row_has_a_word_for_every_role(operation):
    assert TABLE[operation].cells
    assert {len(words) for words in TABLE[operation].cells.values()} == {len(ROLES)}


def document(operation: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The least that asks for the operation."""
    if operation in MUTATIONS:
        kind = MUTATIONS[operation].args["input"].type
        return f"mutation($input: {kind}) {{ {operation}(input: $input) {{ errors {{ code }} }} }}", {"input": given}
    field = QUERIES[operation]
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in given)
    passed = ", ".join(f"{name}: ${name}" for name in given)
    selected = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    asked = f"{operation}({passed})" if given else operation
    return (f"query({declared}) {{ {asked}{selected} }}" if given else f"{{ {asked}{selected} }}"), given


def body(query: str, variables: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """A request's body and headers: a form when there is a file in it."""
    file = variables.get("input", {}).get("file")
    if file is None:
        return {"json": {"query": query, "variables": variables}, "headers": headers}
    asked = {"query": query, "variables": {"input": variables["input"] | {"file": None}}}
    form = {"operations": json.dumps(asked), "map": json.dumps({"0": ["variables.input.file"]})}
    return {"data": form, "files": {"0": ("a.jpg", file)}, "headers": headers | {PREFLIGHT[0]: "1"}}


def word(operation: str, answer: dict[str, Any]) -> str:
    """What came back, in the table's words."""
    if "errors" in answer:
        (error,) = answer["errors"]
        return error["extensions"]["code"]
    found = answer["data"][operation]
    if operation in MUTATIONS:
        return found["errors"][0]["code"] if found["errors"] else OK
    return NONE if found is None else OK


async def put_back(world: World, row: str, role: str) -> None:
    """Whoever left comes back, with the role they had; whoever came as a stranger is one again."""
    if row == "communityJoin" and role == "stranger":
        await communities.leave(await queries.get_member(world.callers[role], world.here))
    if row != "communityLeave" or role not in world.members:
        return
    member = world.members[role]
    invitation = await identity.invite(world.members["second"], role=(member.roles or [None])[0], uses=1)
    world.members[role] = await identity.join(member.person_id, invitation_code=invitation.code)


async def test_every_cell_of_the_table(settings):
    application = app.create(settings)
    wrong = []
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://testserver") as client,
    ):
        world = await World.build(settings)
        for name, row in TABLE.items():
            operation = operation_of(name)
            for target, words in row.cells.items():
                for role, expected in zip(ROLES, words, strict=True):
                    query, variables = document(operation, await row.ask(world, role, target))
                    token = world.tokens[role]
                    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
                    response = await client.post("/graphql", **body(query, variables, headers))
                    found = word(operation, response.json())
                    if found != expected:
                        wrong.append(f"{name} of {target} by {role}: {found}, not {expected}")
                    if found == OK:
                        await put_back(world, name, role)
    assert wrong == []


async def _banned(world: World, person_id: int) -> None:
    await people.ban(person_id, reason="广告")


async def _erased(world: World, person_id: int) -> None:
    at_once = world.settings.model_copy(update={"erasure_wait_days": 0})
    await privacy.erase((await erasures.request(at_once, person_id, content=Content.REMOVE)).id)


async def _logged_out(world: World, person_id: int) -> None:
    await sessions.end_all(person_id)


@pytest.mark.parametrize("end", [_banned, _erased, _logged_out])
async def test_whoever_is_banned_or_erased_or_logged_out_may_nothing(settings, end):
    application = app.create(settings)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://testserver") as client,
    ):
        world = await World.build(settings)
        await end(world, world.members["leader"].person_id)
        headers = {"Authorization": f"Bearer {world.tokens['leader']}"}
        for name, row in TABLE.items():
            operation, target = operation_of(name), next(iter(row.cells))
            query, variables = document(operation, await row.ask(world, "member", target))
            response = await client.post("/graphql", **body(query, variables, headers))
            (error,) = response.json()["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED", name
        assert await communities.leaderless() == []
