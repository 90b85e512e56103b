"""Invitation codes: what ends them, who uses them, and what leaders see of them."""

from __future__ import annotations

import asyncio

import pytest

from community.accounts import people
from community.communities import invitations, memberships, queries, roles
from community.communities.errors import InvitationInvalid, LeadersOnly
from community.communities.models import Role
from community.kernel import audit, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent
from community.privacy import erasures
from community.privacy import service as privacy
from tests.support.backends import make_settings
from tests.support.effects import run_all_effects
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    create_person,
    list_rows,
    run_concurrently,
)
from tests.support.waiting import until_blocked

ROUNDS = 20


async def demote(place, maker):
    await roles.take_role(place.leader, maker.id, role=Role.LEADER)


async def leave(place, maker):
    await memberships.leave(maker)


async def suspend(place, maker):
    await people.ban(maker.person_id, reason="广告")


async def erase(place, maker):
    immediate = make_settings(erasure_wait_days=0)
    row = await erasures.request(immediate, maker.person_id, content=ErasureContent.ANONYMISE)
    await privacy.erase(row.id)


ENDS = [demote, leave, suspend, erase]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("role", [None, Role.LEADER])
async def test_code_ends_with_its_makers_authority(database, end, role):
    place = await create_community(leaders=2)
    maker = place.leaders[1]
    code = (await invitations.invite(maker, role=role)).code
    await end(place, maker)
    someone = await create_person()
    await assert_refused(InvitationInvalid, memberships.join(someone, invitation_code=code))
    await assert_refused(InvitationInvalid, invitations.preview(code))


async def test_demoted_leader_is_no_leader_by_the_own_code(database):
    place = await create_community(leaders=2)
    maker = place.leaders[1]
    code = (await invitations.invite(maker, role=Role.LEADER)).code
    await demote(place, maker)
    await assert_refused(InvitationInvalid, memberships.join(maker.person_id, invitation_code=code))
    await memberships.leave(maker)
    await assert_refused(InvitationInvalid, memberships.join(maker.person_id, invitation_code=code))


async def test_code_stays_ended_when_its_maker_leads_again(database):
    place = await create_community(leaders=2)
    maker = place.leaders[1]
    code = (await invitations.invite(maker)).code
    await demote(place, maker)
    await roles.give_role(place.leader, maker.id, role=Role.LEADER)
    await assert_refused(InvitationInvalid, memberships.join(await create_person(), invitation_code=code))


async def test_code_stays_ended_after_a_pardon(database):
    place = await create_community(leaders=2)
    maker = place.leaders[1]
    code = (await invitations.invite(maker)).code
    await suspend(place, maker)
    await run_all_effects(database)
    await people.unban(maker.person_id)
    await assert_refused(InvitationInvalid, memberships.join(await create_person(), invitation_code=code))


async def test_code_of_another_leader_works_after_a_demotion(database):
    place = await create_community(leaders=2)
    code = (await invitations.invite(place.leader)).code
    await demote(place, place.leaders[1])
    member = await memberships.join(await create_person(), invitation_code=code)
    assert member.community_id == place.id


@pytest.mark.parametrize("uses", [0, 2, 100])
async def test_code_with_a_role_is_for_one_person(database, uses):
    place = await create_community()
    refusal = await assert_refused(InvalidInput, invitations.invite(place.leader, role=Role.EXPERT, uses=uses))
    assert refusal.path == ("uses",)
    assert (await invitations.invite(place.leader, role=Role.EXPERT)).most_uses == 1


async def test_return_by_a_used_code_takes_no_second_use(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, uses=1)
    member = await memberships.join(await create_person(), invitation_code=invitation.code)
    await memberships.leave(member)
    back = await memberships.join(member.person_id, invitation_code=invitation.code)
    assert (back.id, back.left_at) == (member.id, None)
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1
    await assert_refused(InvitationInvalid, memberships.join(await create_person(), invitation_code=invitation.code))


async def test_return_by_a_used_code_gives_no_role(database):
    place = await create_community(residents=0)
    code = (await invitations.invite(place.leader, role=Role.LEADER)).code
    member = await memberships.join(await create_person(), invitation_code=code)
    await memberships.leave(member)
    assert (await memberships.join(member.person_id, invitation_code=code)).roles == []


async def test_used_code_gives_a_taken_role_no_second_time(database):
    place = await create_community(residents=0)
    code = (await invitations.invite(place.leader, role=Role.EXPERT)).code
    member = await memberships.join(await create_person(), invitation_code=code)
    await roles.take_role(place.leader, member.id, role=Role.EXPERT)
    assert (await memberships.join(member.person_id, invitation_code=code)).roles == []


async def test_end_with_the_role_of_the_maker_is_recorded(database):
    place = await create_community(leaders=2)
    codes = [await invitations.invite(place.leaders[1]) for _ in range(2)]
    await invitations.revoke(place.leader, codes[0].id)
    await roles.take_role(place.leader, place.leaders[1].id, role=Role.LEADER)
    trails = [await audit.list_events(place.id, subject="invitation", subject_id=code.id) for code in codes]
    assert [[event.action for event in trail][1:] for trail in trails] == [["invitation.revoke"], ["invitation.end"]]


async def test_revoked_code_lets_nobody_in(database):
    place = await create_community()
    invitation = await invitations.invite(place.leader)
    ended = await invitations.revoke(place.leader, invitation.id)
    assert ended.ended_at is not None
    await assert_refused(InvitationInvalid, memberships.join(await create_person(), invitation_code=invitation.code))
    assert await invitations.revoke(place.leader, invitation.id) == ended
    trail = await audit.list_events(place.id, subject="invitation", subject_id=invitation.id)
    assert [event.action for event in trail] == ["invitation.create", "invitation.revoke"]


async def test_revocation_is_for_leaders_of_the_community(database):
    place, elsewhere = await create_community(), await create_community()
    invitation = await invitations.invite(place.leader)
    await assert_refused(LeadersOnly, invitations.revoke(place.resident, invitation.id))
    await assert_refused(NotFound, invitations.revoke(elsewhere.leader, invitation.id))


async def test_invitations_are_listed_newest_first_for_leaders(database):
    place = await create_community(residents=1)
    new = await invitations.invite(place.leader)
    listed = (await invitations.list_all(place.leader, PageRequest())).rows
    assert listed[0] == new
    assert [row.uses for row in listed] == [0, 1, 1]
    await assert_refused(LeadersOnly, invitations.list_all(place.resident, PageRequest()))


async def test_preview_shows_community_and_role(database):
    place = await create_community()
    invitation = await invitations.invite(place.leader, role=Role.EXPERT)
    seen = await invitations.preview(f" {invitation.code.lower()} ")
    assert (seen.community_name, seen.role, seen.expires_at) == (
        place.community.name, Role.EXPERT, invitation.expires_at
    )  # fmt: skip


async def test_preview_of_a_used_up_code_is_refused(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, uses=1)
    await memberships.join(await create_person(), invitation_code=invitation.code)
    await assert_refused(InvitationInvalid, invitations.preview(invitation.code))


async def test_code_used_during_a_demotion_waits_and_is_refused(database):
    """The demotion has read and locked the maker, and is not yet committed."""
    place = await create_community(leaders=2)
    maker = place.leaders[1]
    code = (await invitations.invite(maker, role=Role.LEADER)).code
    someone = await create_person()
    demoted, go = asyncio.Event(), asyncio.Event()

    async def hold():
        await demote(place, maker)
        demoted.set()
        await go.wait()

    holding = asyncio.create_task(db.transaction(hold))
    await demoted.wait()
    joining = asyncio.create_task(memberships.join(someone, invitation_code=code))
    await until_blocked()
    go.set()
    await holding
    with pytest.raises(InvitationInvalid):
        await joining
    assert [row for row in await list_rows("membership") if row["person_id"] == someone] == []


async def test_code_and_demotion_at_once_give_one_order(database):
    """Either the code came first, or it gave nothing. No code is used after its maker's demotion in the trail."""
    place = await create_community(leaders=1, residents=0)
    for _ in range(ROUNDS):
        maker = await add_member(place, role=Role.LEADER)
        code = (await invitations.invite(maker, role=Role.EXPERT)).code
        joined, _ = await run_concurrently(
            memberships.join(await create_person(), invitation_code=code), demote(place, maker)
        )
        events = [
            (row["action"], row["subject_id"])
            for row in await list_rows("audit_event")
            if row["action"] in {"role.take", "membership.enter"}
        ]
        taken = events.index(("role.take", maker.id))
        if isinstance(joined, InvitationInvalid):
            assert events[-1] == ("role.take", maker.id)
        else:
            assert events.index(("membership.enter", joined.id)) < taken
