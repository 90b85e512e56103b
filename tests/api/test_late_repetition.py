"""A repeated call with a key answers as the first one did, also after a change of state.

The things of its payload are those that the caller may read by then.
"""

from __future__ import annotations

import pytest
from graphql import get_named_type, is_object_type

from community.communities import memberships
from community.kernel import db
from tests.api.asking import MUTATIONS, get_operation, open_asker, write_body, write_document
from tests.api.test_repetition import KEYED, REPETITIONS, find_allowed_call
from tests.api.who_may_what import OK, TABLE
from tests.support.story import read_tables_without_keys

KEYED_MUTATIONS = sorted(name for name, kind in REPETITIONS.items() if kind is KEYED)


async def ask_for_things(asker, row, given, token):
    """Return the things of the payload of a keyed mutation with their ids, by field."""
    query, variables = write_document(get_operation(row), given)
    payload = get_named_type(MUTATIONS[get_operation(row)].type)
    things = [name for name, each in payload.fields.items() if is_node(each.type)]
    selected = " ".join(f"{name} {{ id }}" for name in things)
    query = query.replace("{ errors {", f"{{ {selected} errors {{")
    headers = {"Authorization": f"Bearer {token}"}
    answer = (await asker.client.post("/graphql", **write_body(query, variables, headers))).json()
    return {name: answer["data"][get_operation(row)][name] for name in things}


def is_node(declared):
    kind = get_named_type(declared)
    return is_object_type(kind) and any(each.name == "Node" for each in kind.interfaces)


async def find_node(asker, given_id, token):
    body = {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": given_id}}
    answer = await asker.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
    return answer.json()["data"]["node"]


async def take_roles(world, role):
    """Take every role of the caller."""
    if role in world.members:
        await db.execute("DELETE FROM membership_role WHERE membership_id = $1", world.members[role].id)


async def end_membership(world, role):
    """End the membership of the caller, or of everybody that a service acts for. A token ends with its maker."""
    for name in ("member", "other", "expert") if role == "service" else (role,):
        if name in world.members:
            await memberships.end_membership(world.members[name])


async def spend_everything(world, role):
    """Empty every account of the community."""
    await db.execute("UPDATE lot SET remaining = 0")
    await db.execute("UPDATE account SET balance = 0 WHERE membership_id IS NOT NULL")


@pytest.mark.divided("change")
@pytest.mark.parametrize("change", [take_roles, end_membership, spend_everything], ids=lambda change: change.__name__)
async def test_repetition_after_change_answers_the_same(settings, change):
    async with open_asker(settings) as asker:
        calls = {}
        # What others prepare makes comments older than an edit allows.
        for name in sorted(KEYED_MUTATIONS, key="commentEdit".__eq__):
            row, role, target = find_allowed_call(name)
            calls[name] = row, role, await TABLE[row].ask(asker.world, role, target), asker.world.tokens[role]
        first, made = {}, {}
        for name, (row, _, given, token) in calls.items():
            first[name] = await asker.ask(row, given, token=token)
            made[name] = await ask_for_things(asker, row, given, token)
        for role in sorted({role for _, role, _, _ in calls.values()}):
            await change(asker.world, role)
        before = await read_tables_without_keys()
        again, changed = {}, set()
        for name, (row, _, given, token) in calls.items():
            again[name] = await asker.ask(row, given, token=token)
            if (after := await read_tables_without_keys()) != before:
                changed.add(name)
                before = after
        for name, (row, role, given, token) in calls.items():
            if role == "service":
                continue  # It reads the answers to its own calls only.
            assert None not in made[name].values(), (name, made[name])
            found = {field: await find_node(asker, thing["id"], token) for field, thing in made[name].items()}
            assert await ask_for_things(asker, row, given, token) == found, name
    assert first == again == dict.fromkeys(KEYED_MUTATIONS, OK)
    assert changed == set()
