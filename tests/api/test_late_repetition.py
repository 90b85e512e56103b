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


@pytest.fixture
def settings(backend):
    """Settings for the database of one mutation."""
    with backend.create_database() as settings:
        yield settings


@pytest.mark.parametrize("change", [take_roles, end_membership, spend_everything], ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", KEYED_MUTATIONS)
async def test_repetition_after_change_answers_the_same(settings, name, change):
    async with open_asker(settings) as asker:
        row, role, target = find_allowed_call(name)
        given, token = await TABLE[row].ask(asker.world, role, target), asker.world.tokens[role]
        assert await asker.ask(row, given, token=token) == OK
        await change(asker.world, role)
        before = await read_tables_without_keys()
        assert await asker.ask(row, given, token=token) == OK
        assert await read_tables_without_keys() == before
