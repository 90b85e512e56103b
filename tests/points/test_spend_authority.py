"""A spend whose service token loses its authority meanwhile."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from community.accounts import people
from community.communities import memberships, roles, service_access, service_tokens
from community.communities.models import Role, ServiceScope
from community.kernel import db
from community.kernel.errors import Unauthenticated
from community.points import spend
from community.points.idempotent import SENDER, Source
from tests.communities.test_at_once import call_while_held
from tests.support.bank import award
from tests.support.story import create_community, read_tables_without_keys
from tests.support.waiting import until_blocked

pytestmark = pytest.mark.on_servers
ENDS = {
    "demote": lambda place, token: roles.take_role(place.leader, place.leaders[1].id, role=Role.LEADER),
    "leave": lambda place, token: memberships.leave(place.leaders[1]),
    "ban": lambda place, token: people.ban(place.leaders[1].person_id, reason="广告"),
    "revoke": lambda place, token: service_tokens.revoke(place.leader, token.id),
}


@pytest.fixture
async def place(database):
    """A community with two leaders and a member with points. After its first spend, one statement does the next."""
    place = await create_community(leaders=2)
    await award(place.resident, "a", 10)
    await spend.spend(place.id, place.resident.id, amount=1, source=Source("first"))
    return place


async def create_token(place):
    """Return a token of the second leader that moves points."""
    new = await service_tokens.create(place.leaders[1], name="店", scopes=[ServiceScope.MOVE_POINTS])
    return await service_tokens.approve(place.leader, new.row.id)


async def call_spend(place, token):
    source = Source("service:a", {SENDER: token.id, "reference": "a"})
    with db.on_transaction_begin(partial(service_access.lock_usable, token)):
        return await spend.spend(place.id, place.resident.id, amount=4, source=source)


@pytest.mark.parametrize("end", ENDS)
async def test_spend_that_waits_for_its_end_is_refused(place, end):
    token = await create_token(place)
    ended, go = asyncio.Event(), asyncio.Event()
    expected = {}

    async def finish():
        await ENDS[end](place, token)
        expected.update(await read_tables_without_keys())
        ended.set()
        await go.wait()

    ending = asyncio.create_task(db.transaction(finish))
    await ended.wait()
    spending = asyncio.create_task(call_spend(place, token))
    await until_blocked()
    go.set()
    await ending
    with pytest.raises(Unauthenticated):
        await spending
    assert await read_tables_without_keys() == expected


@pytest.mark.parametrize("end", ENDS)
async def test_end_of_a_token_waits_for_its_spend(place, end):
    token = await create_token(place)
    lock = ("SELECT id FROM account WHERE membership_id = $1 FOR UPDATE", place.resident.id)
    moved, ended = await call_while_held(lock, call_spend(place, token), ENDS[end](place, token))
    assert moved.balance == 5
    assert not isinstance(ended, Exception)
