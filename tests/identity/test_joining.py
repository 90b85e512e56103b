"""Founding a community, inviting into it, joining it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.identity import queries
from community.identity import service as identity
from community.identity.errors import InvitationInvalid, LeadersOnly, NotAMember
from community.identity.models import Joining, Role, Visibility
from community.kernel import audit, clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import InvalidCursor, PageRequest
from tests.support.story import at_once, every_page, everything, joined, neighbourhood, person, rows_of


async def refused(person_id: int, code: str) -> None:
    """Joining by the code is refused, and nothing has changed."""
    before = await everything()
    with pytest.raises(InvitationInvalid) as refusal:
        await identity.join(person_id, invitation_code=code)
    assert (refusal.value.code, refusal.value.path) == ("INVITATION_INVALID", ("invitationCode",))
    assert await everything() == before


# --- founding --------------------------------------------------------------------------------------------------------


async def test_a_community_is_founded_with_one_invitation_for_its_first_leader(database):
    invitation = await identity.found_community(name=" 枫林小区 ", time_zone="Asia/Urumqi")
    community = await queries.find_community(invitation.community_id)
    assert (community.name, community.time_zone) == ("枫林小区", "Asia/Urumqi")
    assert (community.visibility, community.joining) == (Visibility.MEMBERS, Joining.INVITATION)
    assert (invitation.role, invitation.most_uses, invitation.uses) == (Role.LEADER, 1, 0)
    trail = await audit.trail(community.id, subject="community", subject_id=community.id)
    assert [(row.action, row.actor_id) for row in trail] == [("community.found", None)]


@pytest.mark.parametrize(
    ("given", "path"),
    [({"name": " "}, "name"), ({"name": "区" * 41}, "name"), ({"name": "区", "time_zone": "X"}, "timeZone")],
)
async def test_a_community_that_cannot_be_is_not_founded(database, given, path):
    with pytest.raises(InvalidInput) as refusal:
        await identity.found_community(**given)
    assert refusal.value.path == (path,)
    assert await everything("community", "invitation", "audit_event") == {
        "community": [],
        "invitation": [],
        "audit_event": [],
    }


async def test_the_founding_code_makes_a_leader_once(database):
    invitation = await identity.found_community(name="枫林小区")
    leader = await identity.join(await person(), invitation_code=invitation.code)
    assert (leader.roles, leader.community_id) == ([Role.LEADER], invitation.community_id)
    await refused(await person(), invitation.code)


# --- inviting --------------------------------------------------------------------------------------------------------


async def test_only_leaders_invite(database):
    place = await neighbourhood()
    before = await everything()
    with pytest.raises(LeadersOnly):
        await identity.invite(place.resident)
    assert await everything() == before


@pytest.mark.parametrize(
    ("given", "path"), [({"uses": 0}, "uses"), ({"uses": 1001}, "uses"), ({"days": 0}, "days"), ({"days": 91}, "days")]
)
async def test_an_invitation_has_limits(database, given, path):
    place = await neighbourhood()
    before = await everything()
    with pytest.raises(InvalidInput) as refusal:
        await identity.invite(place.leader, **given)
    assert refusal.value.path == (path,)
    assert await everything() == before


async def test_an_invitation_says_what_it_gives_and_the_trail_says_who_gave_it(database):
    place = await neighbourhood()
    invitation = await identity.invite(place.leader, role=Role.EXPERT, uses=3, days=2)
    assert await queries.get_invitation(place.id, invitation.id) == invitation
    trail = await audit.trail(place.id, subject="invitation", subject_id=invitation.id)
    assert [(row.action, row.actor_id, row.detail) for row in trail] == [
        ("invitation.create", place.leader.id, {"role": "EXPERT", "uses": 3, "days": 2})
    ]


async def test_an_invitation_of_another_community_is_not_found(database):
    place, elsewhere = await neighbourhood(), await neighbourhood()
    invitation = await identity.invite(place.leader)
    with pytest.raises(NotFound):
        await queries.get_invitation(elsewhere.id, invitation.id)


# --- joining ---------------------------------------------------------------------------------------------------------


async def test_an_invitation_lets_in_as_many_as_it_says(database):
    place = await neighbourhood(residents=0)
    invitation = await identity.invite(place.leader, uses=2)
    for _ in range(2):
        member = await identity.join(await person(), invitation_code=invitation.code)
        assert (member.community_id, member.roles) == (place.id, [])
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 2
    await refused(await person(), invitation.code)


async def test_an_invitation_is_good_until_it_expires_and_not_a_moment_longer(database):
    place = await neighbourhood(residents=0)
    invitation = await identity.invite(place.leader, days=1)
    early, late = await person(), await person()
    with clock.at(invitation.expires_at):
        await refused(late, invitation.code)
    with clock.at(invitation.expires_at - timedelta(seconds=5)):
        await identity.join(early, invitation_code=invitation.code)


@pytest.mark.parametrize("code", ["", "ABCD2345", "no such code", "字", "' OR 1=1 --"])
async def test_a_code_that_was_never_given_out_lets_nobody_in(database, code):
    await neighbourhood()
    await refused(await person(), code)


async def test_a_code_may_be_typed_in_small_letters_with_dashes(database):
    place = await neighbourhood(residents=0)
    code = (await identity.invite(place.leader)).code.lower()
    member = await identity.join(await person(), invitation_code=f" {code[:4]}-{code[4:]} ")
    assert member.community_id == place.id


async def test_joining_again_uses_nothing_up(database):
    place = await neighbourhood(residents=0)
    invitation = await identity.invite(place.leader, uses=1)
    somebody = await person()
    first = await identity.join(somebody, invitation_code=invitation.code)
    before = await everything()
    assert await identity.join(somebody, invitation_code=invitation.code) == first
    assert await everything() == before


async def test_a_member_gets_the_role_of_an_invitation_and_keeps_the_one_they_had(database):
    place = await neighbourhood()
    invitation = await identity.invite(place.leader, role=Role.EXPERT, uses=2)
    member = await identity.join(place.leader.person_id, invitation_code=invitation.code)
    assert (member.id, member.roles) == (place.leader.id, [Role.LEADER, Role.EXPERT])
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1


async def test_a_role_that_is_had_already_uses_nothing_up(database):
    place = await neighbourhood()
    invitation = await identity.invite(place.leader, role=Role.LEADER)
    before = await everything()
    await identity.join(place.leader.person_id, invitation_code=invitation.code)
    assert await everything() == before


async def test_a_used_up_role_is_not_given_to_a_member_either(database):
    place = await neighbourhood()
    invitation = await identity.invite(place.leader, role=Role.LEADER, uses=1)
    await identity.join(place.resident.person_id, invitation_code=invitation.code)
    await refused(place.other.person_id, invitation.code)


async def test_roles_count_in_their_own_community_only(database):
    place, elsewhere = await neighbourhood(), await neighbourhood()
    invitation = await identity.invite(elsewhere.leader)
    guest = await identity.join(place.leader.person_id, invitation_code=invitation.code)
    assert (guest.community_id, guest.roles) == (elsewhere.id, [])


async def test_the_last_use_goes_to_one_of_those_who_come_at_once(database):
    place = await neighbourhood(residents=0)
    invitation = await identity.invite(place.leader, uses=1)
    people = [await person() for _ in range(8)]
    answers = await at_once(*(identity.join(one, invitation_code=invitation.code) for one in people))
    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationInvalid"] * 7 + ["MemberRow"]
    assert len(await rows_of("membership")) == 2
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1


async def test_the_same_person_coming_often_at_once_joins_once(database):
    place = await neighbourhood(residents=0)
    invitation = await identity.invite(place.leader, role=Role.EXPERT, uses=5)
    somebody = await person()
    answers = await at_once(*(identity.join(somebody, invitation_code=invitation.code) for _ in range(8)))
    assert {(answer.id, answer.is_expert) for answer in answers} == {(answers[0].id, True)}
    assert (await queries.get_invitation(place.id, invitation.id)).uses == 1
    assert [row["action"] for row in await rows_of("audit_event")].count("membership.enter") == 2


async def test_entering_is_in_the_trail(database):
    place = await neighbourhood(residents=0)
    invitation = await identity.invite(place.leader, role=Role.EXPERT)
    member = await identity.join(await person(), invitation_code=invitation.code)
    trail = await audit.trail(place.id, subject="membership", subject_id=member.id)
    assert [(row.action, row.actor_id, row.detail) for row in trail] == [
        ("membership.enter", member.id, {"role": "EXPERT", "invitation_id": invitation.id})
    ]


# --- open communities ------------------------------------------------------------------------------------------------


async def test_an_open_community_is_joined_without_a_code_once(database):
    place = await neighbourhood(residents=0, joining=Joining.OPEN)
    somebody = await person()
    member = await identity.join_open(somebody, community_id=place.id)
    before = await everything()
    assert await identity.join_open(somebody, community_id=place.id) == member
    assert (member.roles, await everything()) == ([], before)


async def test_a_closed_community_is_not_joined_without_a_code(database):
    place = await neighbourhood(residents=0)
    somebody = await person()
    before = await everything()
    with pytest.raises(InvitationInvalid):
        await identity.join_open(somebody, community_id=place.id)
    assert await everything() == before


async def test_a_community_that_is_not_there_is_not_joined(database):
    somebody = await person()
    with pytest.raises(NotFound) as refusal:
        await identity.join_open(somebody, community_id=99)
    assert refusal.value.path == ("communityId",)
    assert await rows_of("membership") == []


# --- belonging -------------------------------------------------------------------------------------------------------


async def test_a_member_of_one_community_is_nobody_in_another(database):
    place, elsewhere = await neighbourhood(), await neighbourhood()
    assert (await queries.get_member(place.resident.person_id, place.id)).id == place.resident.id
    for community_id in (elsewhere.id, 999):
        with pytest.raises(NotAMember) as refusal:
            await queries.get_member(place.resident.person_id, community_id)
        assert refusal.value.code == "NOT_A_MEMBER"


async def test_a_community_for_members_is_not_told_apart_from_none(database):
    place = await neighbourhood()
    stranger = await person()
    said = set()
    for person_id, community_id in ((stranger, place.id), (None, place.id), (stranger, 999), (None, 999)):
        with pytest.raises(NotFound) as refusal:
            await queries.get_readable_community(person_id, community_id)
        said.add((refusal.value.code, refusal.value.message, refusal.value.path))
    assert len(said) == 1
    assert (await queries.get_readable_community(place.resident.person_id, place.id)).id == place.id


async def test_a_public_community_is_read_by_anybody(database):
    place = await neighbourhood(visibility=Visibility.PUBLIC)
    assert await queries.get_readable_community(None, place.id) == place.community


async def test_memberships_are_read_page_by_page_in_the_order_of_joining(database):
    somebody = await person()
    members = []
    for _ in range(5):
        place = await neighbourhood(residents=0, joining=Joining.OPEN)
        members.append(await identity.join_open(somebody, community_id=place.id))
    pages = await every_page(lambda request: queries.memberships(somebody, request), first=2)
    assert pages == members


async def test_a_community_joined_between_two_pages_comes_last(database):
    somebody = await person()
    places = [await neighbourhood(residents=0, joining=Joining.OPEN) for _ in range(3)]
    members = [await identity.join_open(somebody, community_id=place.id) for place in places[:2]]
    page = await queries.memberships(somebody, PageRequest(1))
    members.append(await identity.join_open(somebody, community_id=places[2].id))
    rest = await queries.memberships(somebody, PageRequest(5, page.cursor_of(page.rows[0])))
    assert (page.rows + rest.rows, page.has_next, rest.has_next) == (members, True, False)


@pytest.mark.parametrize("cursor", ["", "x", "WyJhIl0", "WzEsMl0", "字"])
async def test_a_cursor_of_another_list_is_refused(database, cursor):
    with pytest.raises(InvalidCursor) as refusal:
        await queries.memberships(1, PageRequest(5, cursor))
    assert (refusal.value.code, refusal.value.path) == ("INVALID_CURSOR", ("after",))


async def test_members_and_communities_come_in_the_order_of_the_question(database):
    place = await neighbourhood(residents=2)
    asked = [place.other.id, place.leader.id, place.other.id]
    assert [row.id for row in await queries.members(asked)] == asked
    elsewhere = await neighbourhood(residents=0)
    assert await queries.communities([elsewhere.id, place.id]) == [elsewhere.community, place.community]
    assert await queries.every_community() == [place.community, elsewhere.community]


async def test_a_late_joiner_is_a_resident(database):
    place = await neighbourhood(residents=0)
    assert (await joined(place)).roles == []
