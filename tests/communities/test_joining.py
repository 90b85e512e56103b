"""Founding of a community, invitations and joining."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import founding, invitations, memberships, queries
from community.communities.errors import InvitationInvalid, LeadersOnly, NotAMember
from community.communities.models import Role
from community.communities.settings import JoiningPolicy, Visibility
from community.kernel import audit, clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import InvalidCursor, PageRequest
from tests.support.story import (
    add_member,
    create_community,
    create_person,
    list_rows,
    read_all_pages,
    read_tables,
    run_concurrently,
)


async def assert_refused(person_id: int, code: str) -> None:
    """Assert that joining with the code is refused and changes nothing."""
    before = await read_tables()
    with pytest.raises(InvitationInvalid) as refusal:
        await memberships.join(person_id, invitation_code=code)
    assert (refusal.value.code, refusal.value.path) == ("INVITATION_INVALID", ("invitationCode",))
    assert await read_tables() == before


async def test_a_community_is_founded_with_one_invitation_for_its_first_leader(database):
    invitation = await founding.create_community(name=" 枫林小区 ", time_zone="Asia/Urumqi")
    community = await queries.find_community(invitation.community_id)
    assert (community.name, community.time_zone) == ("枫林小区", "Asia/Urumqi")
    assert (community.visibility, community.joining) == (Visibility.MEMBERS, JoiningPolicy.INVITATION)
    assert (invitation.role, invitation.most_uses, invitation.uses) == (Role.LEADER, 1, 0)
    trail = await audit.list_events(community.id, subject="community", subject_id=community.id)
    assert [(row.action, row.actor_id) for row in trail] == [("community.found", None)]


@pytest.mark.parametrize(
    ("given", "path"),
    [({"name": " "}, "name"), ({"name": "区" * 41}, "name"), ({"name": "区", "time_zone": "X"}, "timeZone")],
)
async def test_a_community_that_cannot_be_is_not_founded(database, given, path):
    with pytest.raises(InvalidInput) as refusal:
        await founding.create_community(**given)
    assert refusal.value.path == (path,)
    assert await read_tables("community", "invitation", "audit_event") == {
        "community": [],
        "invitation": [],
        "audit_event": [],
    }


async def test_the_founding_code_makes_a_leader_once(database):
    invitation = await founding.create_community(name="枫林小区")
    leader = await memberships.join(await create_person(), invitation_code=invitation.code)
    assert (leader.roles, leader.community_id) == ([Role.LEADER], invitation.community_id)
    await assert_refused(await create_person(), invitation.code)


async def test_only_leaders_invite(database):
    place = await create_community()
    before = await read_tables()
    with pytest.raises(LeadersOnly):
        await invitations.invite(place.resident)
    assert await read_tables() == before


@pytest.mark.parametrize(
    ("given", "path"), [({"uses": 0}, "uses"), ({"uses": 1001}, "uses"), ({"days": 0}, "days"), ({"days": 91}, "days")]
)
async def test_an_invitation_has_limits(database, given, path):
    place = await create_community()
    before = await read_tables()
    with pytest.raises(InvalidInput) as refusal:
        await invitations.invite(place.leader, **given)
    assert refusal.value.path == (path,)
    assert await read_tables() == before


async def test_an_invitation_says_what_it_gives_and_the_trail_says_who_gave_it(database):
    place = await create_community()
    invitation = await invitations.invite(place.leader, role=Role.EXPERT, days=2)
    assert await queries.get_invitation(place.id, invitation.id) == invitation
    trail = await audit.list_events(place.id, subject="invitation", subject_id=invitation.id)
    assert [(row.action, row.actor_id, row.detail) for row in trail] == [
        ("invitation.create", place.leader.id, {"role": "EXPERT", "uses": 1, "days": 2})
    ]


async def test_an_invitation_of_another_community_is_not_found(database):
    place, elsewhere = await create_community(), await create_community()
    invitation = await invitations.invite(place.leader)
    with pytest.raises(NotFound):
        await queries.get_invitation(elsewhere.id, invitation.id)


async def test_an_invitation_lets_in_as_many_as_it_says(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, uses=2)
    for _ in range(2):
        member = await memberships.join(await create_person(), invitation_code=invitation.code)
        assert (member.community_id, member.roles) == (place.id, [])
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 2
    await assert_refused(await create_person(), invitation.code)


async def test_an_invitation_is_good_until_it_expires_and_not_a_moment_longer(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, days=1)
    early, late = await create_person(), await create_person()
    with clock.at(invitation.expires_at):
        await assert_refused(late, invitation.code)
    with clock.at(invitation.expires_at - timedelta(seconds=5)):
        await memberships.join(early, invitation_code=invitation.code)


@pytest.mark.parametrize("code", ["", "ABCD2345", "no such code", "字", "' OR 1=1 --"])
async def test_a_code_that_was_never_given_out_lets_nobody_in(database, code):
    await create_community()
    await assert_refused(await create_person(), code)


async def test_a_code_may_be_typed_in_small_letters_with_dashes(database):
    place = await create_community(residents=0)
    code = (await invitations.invite(place.leader)).code.lower()
    member = await memberships.join(await create_person(), invitation_code=f" {code[:4]}-{code[4:]} ")
    assert member.community_id == place.id


async def test_joining_again_uses_nothing_up(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, uses=1)
    somebody = await create_person()
    first = await memberships.join(somebody, invitation_code=invitation.code)
    before = await read_tables()
    assert await memberships.join(somebody, invitation_code=invitation.code) == first
    assert await read_tables() == before


async def test_a_member_gets_the_role_of_an_invitation_and_keeps_the_one_they_had(database):
    place = await create_community()
    invitation = await invitations.invite(place.leader, role=Role.EXPERT)
    member = await memberships.join(place.leader.person_id, invitation_code=invitation.code)
    assert (member.id, member.roles) == (place.leader.id, [Role.LEADER, Role.EXPERT])
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1


async def test_a_role_that_is_had_already_uses_nothing_up(database):
    place = await create_community()
    invitation = await invitations.invite(place.leader, role=Role.LEADER)
    before = await read_tables()
    await memberships.join(place.leader.person_id, invitation_code=invitation.code)
    assert await read_tables() == before


async def test_a_used_up_role_is_not_given_to_a_member_either(database):
    place = await create_community()
    invitation = await invitations.invite(place.leader, role=Role.LEADER, uses=1)
    await memberships.join(place.resident.person_id, invitation_code=invitation.code)
    await assert_refused(place.other.person_id, invitation.code)


async def test_roles_count_in_their_own_community_only(database):
    place, elsewhere = await create_community(), await create_community()
    invitation = await invitations.invite(elsewhere.leader)
    guest = await memberships.join(place.leader.person_id, invitation_code=invitation.code)
    assert (guest.community_id, guest.roles) == (elsewhere.id, [])


async def test_the_last_use_goes_to_one_of_those_who_come_at_once(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, uses=1)
    people = [await create_person() for _ in range(8)]
    answers = await run_concurrently(*(memberships.join(one, invitation_code=invitation.code) for one in people))
    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationInvalid"] * 7 + ["MemberRow"]
    assert len(await list_rows("membership")) == 2
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1


async def test_the_same_person_coming_often_at_once_joins_once(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, role=Role.EXPERT)
    somebody = await create_person()
    answers = await run_concurrently(*(memberships.join(somebody, invitation_code=invitation.code) for _ in range(8)))
    assert {(answer.id, answer.is_expert) for answer in answers} == {(answers[0].id, True)}
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1
    assert [row["action"] for row in await list_rows("audit_event")].count("membership.enter") == 2


async def test_entering_is_in_the_trail(database):
    place = await create_community(residents=0)
    invitation = await invitations.invite(place.leader, role=Role.EXPERT)
    member = await memberships.join(await create_person(), invitation_code=invitation.code)
    trail = await audit.list_events(place.id, subject="membership", subject_id=member.id)
    assert [(row.action, row.actor_id, row.detail) for row in trail] == [
        (
            "membership.enter",
            member.id,
            {"role": "EXPERT", "invitation_id": invitation.id, "inviter_id": place.leader.id},
        )
    ]


async def test_an_open_community_is_joined_without_a_code_once(database):
    place = await create_community(residents=0, joining=JoiningPolicy.OPEN)
    somebody = await create_person()
    member = await memberships.join_open(somebody, community_id=place.id)
    before = await read_tables()
    assert await memberships.join_open(somebody, community_id=place.id) == member
    assert (member.roles, await read_tables()) == ([], before)


async def test_a_closed_community_is_not_joined_without_a_code(database):
    place = await create_community(residents=0)
    somebody = await create_person()
    before = await read_tables()
    with pytest.raises(InvitationInvalid):
        await memberships.join_open(somebody, community_id=place.id)
    assert await read_tables() == before


async def test_a_community_that_is_not_there_is_not_joined(database):
    somebody = await create_person()
    with pytest.raises(NotFound) as refusal:
        await memberships.join_open(somebody, community_id=99)
    assert refusal.value.path == ("communityId",)
    assert await list_rows("membership") == []


async def test_a_member_of_one_community_is_nobody_in_another(database):
    place, elsewhere = await create_community(), await create_community()
    assert (await queries.get_member(place.resident.person_id, place.id)).id == place.resident.id
    for community_id in (elsewhere.id, 999):
        with pytest.raises(NotAMember) as refusal:
            await queries.get_member(place.resident.person_id, community_id)
        assert refusal.value.code == "NOT_A_MEMBER"


async def test_a_community_for_members_is_not_told_apart_from_none(database):
    place = await create_community()
    stranger = await create_person()
    said = set()
    for person_id, community_id in ((stranger, place.id), (None, place.id), (stranger, 999), (None, 999)):
        with pytest.raises(NotFound) as refusal:
            await queries.get_readable_community(person_id, community_id)
        said.add((refusal.value.code, refusal.value.reason, refusal.value.path))
    assert len(said) == 1
    assert (await queries.get_readable_community(place.resident.person_id, place.id)).id == place.id


async def test_a_public_community_is_read_by_anybody(database):
    place = await create_community(visibility=Visibility.PUBLIC)
    assert await queries.get_readable_community(None, place.id) == place.community


async def test_memberships_are_read_page_by_page_in_the_order_of_joining(database):
    somebody = await create_person()
    members = []
    for _ in range(5):
        place = await create_community(residents=0, joining=JoiningPolicy.OPEN)
        members.append(await memberships.join_open(somebody, community_id=place.id))
    pages = await read_all_pages(lambda request: queries.list_memberships(somebody, request), first=2)
    assert pages == members


async def test_a_community_joined_between_two_pages_comes_last(database):
    somebody = await create_person()
    places = [await create_community(residents=0, joining=JoiningPolicy.OPEN) for _ in range(3)]
    members = [await memberships.join_open(somebody, community_id=place.id) for place in places[:2]]
    page = await queries.list_memberships(somebody, PageRequest(1))
    members.append(await memberships.join_open(somebody, community_id=places[2].id))
    rest = await queries.list_memberships(somebody, PageRequest(5, page.cursor_of(page.rows[0])))
    assert (page.rows + rest.rows, page.has_next, rest.has_next) == (members, True, False)


@pytest.mark.parametrize("cursor", ["", "x", "WyJhIl0", "WzEsMl0", "字"])
async def test_a_cursor_of_another_list_is_refused(database, cursor):
    with pytest.raises(InvalidCursor) as refusal:
        await queries.list_memberships(1, PageRequest(5, cursor))
    assert (refusal.value.code, refusal.value.path) == ("INVALID_CURSOR", ("after",))


async def test_members_and_communities_come_in_the_order_of_the_question(database):
    place = await create_community(residents=2)
    asked = [place.other.id, place.leader.id, place.other.id]
    assert [row.id for row in await queries.get_members(asked)] == asked
    elsewhere = await create_community(residents=0)
    assert await queries.get_communities([elsewhere.id, place.id]) == [elsewhere.community, place.community]
    assert await queries.list_all_communities() == [place.community, elsewhere.community]


async def test_a_late_joiner_is_a_resident(database):
    place = await create_community(residents=0)
    assert (await add_member(place)).roles == []
