"""A caller who loses the authority between the authentication and the transaction. No mutation has an effect."""

from __future__ import annotations

import asyncio

import pytest

from community.accounts import people, sessions
from community.accounts.access_tokens import Bearer
from community.accounts.models import Platform
from community.api.context import Context
from community.communities import memberships, roles, service_tokens
from community.communities.models import Role
from community.database import use_database
from community.kernel import cache, db, storage
from community.kernel.received import ReceivedFile
from tests.api.asking import MUTATIONS, write_document
from tests.api.test_meanwhile import REFUSED_BEFORE, execute
from tests.api.who_may_what import LEADERS, OWN, SERVICES, TABLE, World
from tests.support.story import read_tables_without_keys
from tests.support.waiting import until_blocked

LEADER, STRANGER = 3, 1
OUTSIDE = {"NOT_A_MEMBER", "NOT_FOUND"}
FORMER_MEMBERS_MAY = {
    "commentDelete",
    "complaintReopen",
    "complaintReply",
    "couponShow",
    "credentialWithdraw",
    "blockAppeal",
    "decisionAppeal",
    "entryWithdraw",
    "endorsementWithdraw",
    "hidingAppeal",
    "noticesRead",
    "pledgeName",
    "redemptionCancel",
    "removalAppeal",
    "sanctionAppeal",
    "submissionWithdraw",
    "submissionErase",
    "submissionMakePublic",
}


def list_mutations(is_needed):
    """List the mutations of the permission table whose results for the own thing satisfy `is_needed`."""
    return [name for name in MUTATIONS if (row := TABLE[name].cells.get(OWN)) is not None and is_needed(row)]


FOR_LEADERS = list_mutations(lambda row: row[LEADER] != row[LEADER - 1] and row[LEADER - 1] == LEADERS[LEADER - 1])
FOR_MEMBERS = list_mutations(lambda row: row[STRANGER] in OUTSIDE and row[LEADER] not in OUTSIDE)
FOR_SERVICES = list_mutations(lambda row: row == SERVICES)


@pytest.fixture
async def world(settings):
    """Two communities, with the database, the cache and the storage open."""
    async with use_database(settings):
        cache.open_cache(settings)
        storage.open_storage(settings)
        yield await World.build(settings)
        storage.close_storage()
        await cache.close_cache()


async def call_during(lock, change, call):
    """Start the call while another transaction holds the row of its caller, then change the caller there.

    Return the codes of the answer. Nothing but the change may be in the tables afterwards.
    """
    held, go = asyncio.Event(), asyncio.Event()
    expected = {}

    async def hold():
        await db.execute(*lock)
        held.set()
        await go.wait()
        await change()
        expected.update(await read_tables_without_keys())

    holding = asyncio.create_task(db.transaction(hold))
    await held.wait()
    calling = asyncio.create_task(call)
    blocked = asyncio.create_task(until_blocked())
    await asyncio.wait({calling, blocked}, return_when=asyncio.FIRST_COMPLETED)
    blocked.cancel()
    go.set()
    await holding
    _, codes = await calling
    assert await read_tables_without_keys() == expected
    return codes


async def prepare(world, name, role):
    """Return the document of a mutation and its variables."""
    query, variables = write_document(name, await TABLE[name].ask(world, role, OWN))
    if "file" in variables["input"]:
        variables["input"]["file"] = ReceivedFile.from_bytes(variables["input"]["file"])
    return query, variables


async def call_all(world, mutations, change, restore):
    """Call each mutation as the leader, and return the codes of each."""
    me = world.members["leader"].person_id
    bearer = Bearer(me, (await sessions.begin(world.settings, me, Platform.DEVELOPMENT)).session_id)
    lock = ("SELECT id FROM person WHERE id = $1 FOR UPDATE", me)
    found = {}
    for name in mutations:
        document = await prepare(world, name, "leader")
        context = Context(world.settings, bearer, subscriber="", base_url="")
        found[name] = await call_during(lock, change, execute(*document, context))
        await restore()
    return found


async def give_back_role(world):
    await db.execute(
        "INSERT INTO membership_role (community_id, membership_id, role, granted_at) SELECT community_id, id, $2,"
        " joined_at FROM membership WHERE id = $1 ON CONFLICT DO NOTHING",
        world.members["leader"].id, Role.LEADER,
    )  # fmt: skip


async def test_mutation_of_a_demoted_leader_is_refused(world):
    async def demote():
        await roles.take_role(world.members["second"], world.members["leader"].id, role=Role.LEADER)

    found = await call_all(world, FOR_LEADERS, demote, lambda: give_back_role(world))
    assert len(found) > 15
    assert found == {name: ["LEADERS_ONLY"] for name in FOR_LEADERS}


async def test_mutation_of_a_former_member_is_refused(world):
    member = world.members["leader"]

    async def restore():
        await db.execute("UPDATE membership SET left_at = NULL WHERE id = $1", member.id)
        await give_back_role(world)

    mutations = [name for name in FOR_MEMBERS if name not in FORMER_MEMBERS_MAY]
    found = await call_all(world, mutations, lambda: memberships.end_membership(member), restore)
    assert len(found) > 20
    # A former member may still read some things, and then gets the code of a member who is missing.
    assert {name: codes for name, codes in found.items() if not (len(codes) == 1 and OUTSIDE.issuperset(codes))} == {}


async def test_mutation_of_an_ended_session_is_refused(world):
    me = world.members["leader"].person_id

    async def restore():
        await db.execute("UPDATE login_session SET ended_at = NULL, ended_why = NULL WHERE person_id = $1", me)

    found = await call_all(world, MUTATIONS, lambda: sessions.end_all(me), restore)
    assert found == {name: [REFUSED_BEFORE.get(name, "SESSION_ENDED")] for name in MUTATIONS}


async def test_mutation_of_a_suspended_person_is_refused(world):
    """The lock of the caller is that of the test above, so that one mutation is enough."""
    me = world.members["leader"].person_id

    async def suspend():
        await db.execute("UPDATE person SET banned_at = created_at WHERE id = $1", me)

    assert await call_all(world, ["personEdit"], suspend, lambda: people.unban(me)) == {"personEdit": ["SESSION_ENDED"]}


async def test_mutation_with_a_revoked_token_is_refused(world):
    token = world.service
    found = {}
    for name in FOR_SERVICES:
        document = await prepare(world, name, "service")
        context = Context(world.settings, None, subscriber="", base_url="", service=token)
        found[name] = await call_during(
            ("SELECT id FROM service_token WHERE id = $1 FOR UPDATE", token.id),
            lambda: service_tokens.revoke(world.members["second"], token.id),
            execute(*document, context),
        )
        await db.execute("UPDATE service_token SET revoked_at = NULL WHERE id = $1", token.id)
    assert len(found) > 5
    errors = [["UNAUTHENTICATED"]] * len(FOR_SERVICES)
    assert found == dict(zip(FOR_SERVICES, errors, strict=True)) | {"interactionsReport": []}
