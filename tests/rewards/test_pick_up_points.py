"""Pick-up points, and the helpers who may verify there."""

from __future__ import annotations

import asyncio

import pytest

from community.communities import invitations, memberships
from community.communities.errors import LeadersOnly
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.rewards.pick_up import points, rules
from community.rewards.pick_up.errors import PointClosed, TooManyHelpers, TooManyPoints
from community.rewards.pick_up.rules import PointContent
from tests.support.story import add_member, create_community
from tests.support.waiting import run_before_commit

CONTENT = PointContent("东门自提点", "枫林路 8 号东门", "每天 9:00–20:00")

pytestmark = pytest.mark.usefixtures("database")


async def test_point_is_created_edited_and_closed():
    place = await create_community()
    point = await points.create_point(place.leader, CONTENT)
    edited = await points.edit_point(
        place.leader, point.id, version=1, content=PointContent("西门自提点", "枫林路 9 号", "周末")
    )
    assert (edited.name, edited.version) == ("西门自提点", 2)
    closed = await points.close_point(place.leader, point.id)
    assert closed.closed_at is not None
    assert await points.close_point(place.leader, point.id) == closed
    assert (await points.list_points(place.id, PageRequest())).rows == []


async def test_two_leaders_do_not_exceed_the_limit():
    place = await create_community(leaders=2)
    for _ in range(rules.MAX_POINTS - 1):
        await points.create_point(place.leader, CONTENT)
    _, refused = await run_before_commit(*(points.create_point(leader, CONTENT) for leader in place.leaders))
    assert isinstance(refused, TooManyPoints)


async def test_edit_of_old_version_is_refused():
    place = await create_community()
    point = await points.create_point(place.leader, CONTENT)
    with pytest.raises(Conflict):
        await points.edit_point(place.leader, point.id, version=2, content=CONTENT)
    await points.close_point(place.leader, point.id)
    with pytest.raises(PointClosed):
        await points.edit_point(place.leader, point.id, version=2, content=CONTENT)


async def test_only_leaders_of_the_community_manage_points():
    place, other = await create_community(), await create_community()
    point = await points.create_point(place.leader, CONTENT)
    with pytest.raises(LeadersOnly):
        await points.create_point(place.resident, CONTENT)
    with pytest.raises(LeadersOnly):
        await points.appoint(place.resident, point.id, member_id=place.other.id)
    for verb in (points.close_point(other.leader, point.id), points.get_point(other.id, point.id)):
        with pytest.raises(NotFound):
            await verb
    with pytest.raises(NotFound):
        await points.appoint(place.leader, point.id, member_id=other.resident.id)


def test_mistakes_of_a_point_come_together():
    with pytest.raises(InvalidInput) as refused:
        rules.normalise_point(" ", "x" * 121, "")
    assert [each.path for each in refused.value.list_all()] == [("name",), ("address",), ("openingHours",)]


async def test_appointment_is_made_once():
    place = await create_community()
    point = await points.create_point(place.leader, CONTENT)
    made = await asyncio.gather(
        *(points.appoint(place.leader, point.id, member_id=place.resident.id) for _ in range(4))
    )
    assert len({row.id for row in made}) == 1
    ended = await points.dismiss(place.leader, made[0].id)
    assert ended.ended_at is not None
    assert await points.dismiss(place.leader, made[0].id) == ended
    assert await points.list_appointments(place.resident) == []
    again = await points.appoint(place.leader, point.id, member_id=place.resident.id)
    assert again.id != made[0].id


async def test_appointment_ends_when_the_member_leaves():
    place = await create_community()
    point = await points.create_point(place.leader, CONTENT)
    member = await add_member(place)
    before = await points.appoint(place.leader, point.id, member_id=member.id)
    assert await points.list_appointments(member) == [before]
    await memberships.leave(member)
    assert await points.list_helpers([point]) == [[]]
    code = (await invitations.invite(place.leader)).code
    await memberships.join(member.person_id, invitation_code=code)
    assert await points.list_appointments(member) == []
    again = await points.appoint(place.leader, point.id, member_id=member.id)
    assert await points.list_helpers([point]) == [[again]]


async def test_point_has_a_bounded_number_of_helpers():
    place = await create_community(residents=rules.MAX_HELPERS + 1)
    point = await points.create_point(place.leader, CONTENT)
    *helpers, last = place.residents
    for member in helpers:
        await points.appoint(place.leader, point.id, member_id=member.id)
    with pytest.raises(TooManyHelpers):
        await points.appoint(place.leader, point.id, member_id=last.id)
