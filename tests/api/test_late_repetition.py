"""A repeated call with a key answers as the first one did, also after a change of state."""

from __future__ import annotations

import pytest

from community.communities import memberships
from community.kernel import db
from tests.api.asking import open_asker
from tests.api.test_repetition import KEYED, REPETITIONS, find_allowed_call
from tests.api.who_may_what import OK, TABLE
from tests.support.story import read_tables_without_keys

KEYED_MUTATIONS = sorted(name for name, kind in REPETITIONS.items() if kind is KEYED)


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


@pytest.mark.parametrize("change", [take_roles, end_membership, spend_everything], ids=lambda change: change.__name__)
async def test_repetition_after_change_answers_the_same(settings, change):
    async with open_asker(settings) as asker:
        calls = {}
        for name in KEYED_MUTATIONS:
            row, role, target = find_allowed_call(name)
            calls[name] = row, role, await TABLE[row].ask(asker.world, role, target), asker.world.tokens[role]
        first = {name: await asker.ask(row, given, token=token) for name, (row, _, given, token) in calls.items()}
        for role in sorted({role for _, role, _, _ in calls.values()}):
            await change(asker.world, role)
        before = await read_tables_without_keys()
        again, changed = {}, set()
        for name, (row, _, given, token) in calls.items():
            again[name] = await asker.ask(row, given, token=token)
            if (after := await read_tables_without_keys()) != before:
                changed.add(name)
                before = after
    assert first == again == dict.fromkeys(KEYED_MUTATIONS, OK)
    assert changed == set()
