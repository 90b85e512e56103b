"""A person who is banned, erased or logged out is refused every operation that depends on the caller."""

from __future__ import annotations

import pytest

from community.accounts import people, sessions
from community.communities import roles
from community.kernel.personal import ErasureContent
from community.privacy import erasures
from community.privacy import service as privacy
from tests.api.asking import get_operation, open_asker
from tests.api.who_may_what import TABLE, World

PUBLIC = {"consentDocuments", "leaderboardDeclarations", "login", "sessionRefresh"}
"""Operations that are the same for every caller. They work with an invalid token too."""


async def ban(world: World, person_id: int) -> None:
    await people.ban(person_id, reason="广告")


async def erase(world: World, person_id: int) -> None:
    at_once = world.settings.model_copy(update={"erasure_wait_days": 0})
    await privacy.erase((await erasures.request(at_once, person_id, content=ErasureContent.REMOVE)).id)


async def log_out(world: World, person_id: int) -> None:
    await sessions.end_all(person_id)


@pytest.mark.divided("end")
@pytest.mark.parametrize("end", [ban, erase, log_out])
async def test_ended_person_is_refused_everything(settings, end):
    async with open_asker(settings) as asker:
        world = asker.world
        # The leader helps to make some things, so they are made before.
        asked = {name: await row.ask(world, "member", next(iter(row.cells))) for name, row in TABLE.items()}
        await end(world, world.members["leader"].person_id)
        for name, given in asked.items():
            result = await asker.ask(name, given, token=world.tokens["leader"])
            assert (result == "UNAUTHENTICATED") is (get_operation(name) not in PUBLIC), (name, result)
        assert await roles.list_leaderless() == []
