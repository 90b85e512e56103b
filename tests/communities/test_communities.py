"""Edits of a community, roles, leaving, and the separation of communities."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.communities import invitations, memberships, profile, queries, roles
from community.communities.errors import LastLeader, LeadersOnly, NotAMember
from community.communities.models import Role
from community.communities.settings import JoiningPolicy, Visibility
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from tests.support.story import add_member, create_community, create_person, read_tables, run_concurrently


async def history(place, **page):
    return (await profile.list_changes(place.leader, PageRequest(**page))).rows


async def edit(actor, version, **values):
    return await profile.edit_community(actor, version=version, edit=values)


async def actions(place, member):
    return [row.action for row in await audit.list_events(place.id, subject="membership", subject_id=member.id)]


async def test_a_leader_edits_and_the_history_says_who_changed_what(database):
    place = await create_community(leaders=2)
    row = await edit(place.leader, 1, description=" 老小区 ", joining=JoiningPolicy.OPEN)
    assert (row.version, row.description, row.joining, row.name) == (2, "老小区", JoiningPolicy.OPEN, "枫林小区")
    await edit(place.leaders[1], 2, description="", name="枫林")
    *edits, founded = await history(place)
    assert [(one.version, one.changed_by, one.changes) for one in edits] == [
        (3, place.leaders[1].id, {"name": "枫林", "description": ""}),
        (2, place.leader.id, {"description": "老小区", "joining": "OPEN"}),
    ]
    assert (founded.version, founded.changed_by) == (1, None)
    assert founded.changes.items() >= {"name": "枫林小区", "visibility": "MEMBERS", "joining": "INVITATION"}.items()
    trail = await audit.list_events(place.id, subject="community", subject_id=place.id)
    assert [(one.actor_id, one.action) for one in trail][1:] == [
        (place.leader.id, "community.edit"), (place.leaders[1].id, "community.edit"),
    ]  # fmt: skip
    assert "老小区" not in str(trail)


async def test_the_history_is_read_page_by_page(database):
    place = await create_community()
    for version in range(1, 5):
        await edit(place.leader, version, announcement=f"第{version}次")
    first = await profile.list_changes(place.leader, PageRequest(2))
    rest = await profile.list_changes(place.leader, PageRequest(5, first.cursor_of(first.rows[-1])))
    assert [row.version for row in (*first.rows, *rest.rows)] == [5, 4, 3, 2, 1]


async def test_what_is_the_same_already_is_no_change(database):
    place = await create_community()
    before = await read_tables()
    assert (await edit(place.leader, 1, name="枫林小区", joining=JoiningPolicy.INVITATION)).version == 1
    assert await read_tables() == before


async def test_two_edits_of_one_version_do_not_both_count(database):
    place = await create_community(leaders=2)
    found = await run_concurrently(*(edit(leader, 1, announcement=f"{leader.id}") for leader in place.leaders))
    assert sorted(isinstance(one, Conflict) for one in found) == [False, True]
    assert len(await history(place)) == 2


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "字" * 41}, {"description": "字" * 501}, {"announcement": "字" * 1001},
              {"rules": "字" * 3001}, {"description": "a\x00b"}],
)  # fmt: skip
async def test_an_edit_that_cannot_be_changes_nothing(database, wrong):
    place = await create_community()
    before = await read_tables()
    with pytest.raises(InvalidInput) as refusal:
        await edit(place.leader, 1, **wrong)
    assert refusal.value.path == tuple(wrong)
    assert await read_tables() == before


async def test_only_leaders_edit_and_read_the_history(database):
    place = await create_community()
    for work in (edit(place.resident, 1, name="我的"), profile.list_changes(place.resident, PageRequest())):
        with pytest.raises(LeadersOnly):
            await work


async def test_opening_a_community_lets_people_join_and_closing_it_keeps_them_out(database):
    place = await create_community()
    with pytest.raises(InvalidInput):
        await memberships.join_open(await create_person(), community_id=place.id)
    await edit(place.leader, 1, joining=JoiningPolicy.OPEN, visibility=Visibility.PUBLIC)
    assert await memberships.join_open(await create_person(), community_id=place.id)
    assert (await queries.get_readable_community(None, place.id)).version == 2


async def test_roles_are_given_and_taken_with_a_line_in_the_trail(database):
    place = await create_community()
    made = await roles.give_role(place.leader, place.resident.id, role=Role.EXPERT)
    assert made.roles == [Role.EXPERT]
    await roles.give_role(place.leader, place.resident.id, role=Role.EXPERT)
    back = await roles.take_role(place.leader, place.resident.id, role=Role.EXPERT)
    assert back.roles == []
    await roles.take_role(place.leader, place.resident.id, role=Role.EXPERT)
    assert await actions(place, place.resident) == ["membership.enter", "role.give", "role.take"]


async def test_a_community_is_never_left_without_a_leader(database):
    place = await create_community()
    before = await read_tables()
    with pytest.raises(LastLeader):
        await roles.take_role(place.leader, place.leader.id, role=Role.LEADER)
    with pytest.raises(LastLeader):
        await memberships.leave(place.leader)
    assert await read_tables() == before
    await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
    assert (await roles.take_role(place.leader, place.leader.id, role=Role.LEADER)).roles == []


async def test_leaders_who_step_down_at_once_leave_one(database):
    place = await create_community(leaders=3)
    found = await run_concurrently(*(roles.take_role(leader, leader.id, role=Role.LEADER) for leader in place.leaders))
    assert sum(isinstance(one, LastLeader) for one in found) == 1
    left = await queries.get_members([leader.id for leader in place.leaders])
    assert sum(member.is_leader for member in left) == 1


async def test_leaders_who_leave_and_depose_at_once_leave_one(database):
    place = await create_community(leaders=2)
    one, two = place.leaders
    await run_concurrently(memberships.leave(one), roles.take_role(one, two.id, role=Role.LEADER))
    assert await roles.list_leaderless() == []


async def test_a_leader_who_is_banned_is_no_leader_to_leave_it_to(database):
    place = await create_community(leaders=2)
    await people.ban(place.leaders[1].person_id, reason="广告")
    with pytest.raises(LastLeader):
        await memberships.leave(place.leader)


async def test_only_leaders_give_roles(database):
    place = await create_community()
    for verb in (roles.give_role, roles.take_role):
        with pytest.raises(LeadersOnly):
            await verb(place.resident, place.other.id, role=Role.EXPERT)


async def test_whoever_leaves_is_no_member_and_comes_back_to_the_same_membership(database):
    place = await create_community()
    await memberships.leave(place.resident)
    assert await queries.find_member(place.resident.person_id, place.id) is None
    with pytest.raises(NotAMember):
        await queries.get_member(place.resident.person_id, place.id)
    invitation = await invitations.invite(place.leader, uses=1)
    back = await memberships.join(place.resident.person_id, invitation_code=invitation.code)
    assert (back.id, back.left_at, back.roles) == (place.resident.id, None, [])
    assert await actions(place, place.resident) == ["membership.enter", "membership.leave", "membership.enter"]


async def test_role_that_outlived_a_membership_ends_at_return(database):
    place = await create_community()
    await memberships.leave(place.resident)
    await db.execute(
        "INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES ($1, $2, 'LEADER', $3)",
        place.id, place.resident.id, clock.now(),
    )  # fmt: skip
    invitation = await invitations.invite(place.leader, uses=1)
    back = await memberships.join(place.resident.person_id, invitation_code=invitation.code)
    assert (back.left_at, back.roles) == (None, [])


async def test_roles_do_not_come_back_with_their_bearer(database):
    place = await create_community(leaders=2)
    await memberships.leave(place.leaders[1])
    invitation = await invitations.invite(place.leader, uses=1)
    assert (await memberships.join(place.leaders[1].person_id, invitation_code=invitation.code)).roles == []


async def test_a_community_that_lost_its_leader_is_found_and_led_again(database):
    place = await create_community()
    assert await roles.list_leaderless() == []
    await memberships.end_membership(place.leader)
    assert await roles.list_leaderless() == [place.id]
    invitation = await invitations.invite_leader(place.id)
    assert (await memberships.join(place.resident.person_id, invitation_code=invitation.code)).is_leader
    assert await roles.list_leaderless() == []


async def test_a_leader_here_is_nobody_there(database):
    here, there = await create_community(name="此"), await create_community(name="彼")
    both = await memberships.join(
        here.leader.person_id, invitation_code=(await invitations.invite(there.leader, uses=1)).code
    )
    assert both.id != here.leader.id
    assert both.roles == []
    before = await read_tables()
    for work in (
        edit(both, 1, name="我的"),
        roles.give_role(both, both.id, role=Role.LEADER),
        roles.give_role(here.leader, both.id, role=Role.LEADER),
        roles.take_role(here.leader, there.leader.id, role=Role.LEADER),
        roles.give_role(here.leader, there.resident.id, role=Role.LEADER),
    ):
        with pytest.raises((LeadersOnly, NotFound)):
            await work
    assert await read_tables() == before


async def test_leaving_one_community_changes_nothing_in_another(database):
    here, there = await create_community(name="此"), await create_community(name="彼")
    code = (await invitations.invite(there.leader, uses=1)).code
    both = await memberships.join(here.resident.person_id, invitation_code=code)
    await memberships.leave(here.resident)
    assert await queries.find_member(here.resident.person_id, there.id) == both
    assert [row.community_id for row in (await queries.list_memberships(both.person_id, PageRequest())).rows] == [
        there.id
    ]


async def test_a_history_is_of_one_community(database):
    here, there = await create_community(name="此"), await create_community(name="彼")
    await edit(there.leader, 1, description="彼处")
    assert len(await history(here)) == 1
    await add_member(here)
