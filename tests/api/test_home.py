"""The viewer's memberships with points and unread notices, and the actions that a screen offers."""

from __future__ import annotations

import pytest

from community.api import ids
from community.communities import queries
from community.communities.founding import create_community
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from tests.support import bank
from tests.support.api import complete_input, new_key
from tests.support.statements import record_statements

HOME = """{ me { memberships { totalCount { value } nodes {
  roles community { name } points { balance held } unread { kind count } } } } }"""
MEMBER = """query($id: ID!) { node(id: $id) { ... on Member {
  points { balance } unread { count } viewerCanChangeRoles viewerCanAdjustPoints } } }"""
COMMUNITY = """query($id: ID!) { community(id: $id) { viewerCanEdit viewerCanInvite viewerMembership { id } } }"""


async def get_row(caller):
    return (await queries.get_members([ids.decode("Member", caller.member_id, path="id")]))[0]


async def notify(caller, kind, times):
    row = await get_row(caller)
    for _ in range(times):
        await notify_member(row.community_id, row.id, kind=kind, key=new_key(), detail={"points": 1})


@pytest.fixture
async def people(place):
    leader = await place.found_community(public=True)
    resident, other = [await place.resident(leader, name) for name in ("小李", "阿明")]
    await bank.award(await get_row(resident), new_key(), 20)
    await notify(resident, NoticeKind.POINTS_EXPIRED, 2)
    await notify(resident, NoticeKind.POINTS_ADJUSTED, 1)
    return place, leader, resident, other


async def test_home_has_points_and_unread_notices(people):
    _, _, resident, _ = people
    assert (await resident.ask(HOME))["me"]["memberships"] == {
        "totalCount": {"value": 1},
        "nodes": [
            {
                "roles": [],
                "community": {"name": "幸福里"},
                "points": {"balance": 20, "held": 0},
                "unread": [{"kind": "POINTS_ADJUSTED", "count": 1}, {"kind": "POINTS_EXPIRED", "count": 2}],
            }
        ],
    }


async def test_more_memberships_need_no_more_statements(people):
    place, _, resident, _ = people
    sent = []
    for number in range(3):
        with record_statements() as statements:
            nodes = (await resident.ask(HOME))["me"]["memberships"]["nodes"]
        sent.append((len(nodes), len(statements)))
        await place.join(resident, (await create_community(name=f"小区{number}")).code)
        await bank.award(await get_row(resident), new_key(), 5)
    assert sent == [(1, sent[0][1]), (2, sent[0][1]), (3, sent[0][1])]


async def test_unread_notices_are_counted_to_a_hundred(people):
    _, _, resident, _ = people
    await notify(resident, NoticeKind.POINTS_CLAWED_BACK, 101)
    (node,) = (await resident.ask(HOME))["me"]["memberships"]["nodes"]
    assert node["unread"] == [{"kind": "POINTS_CLAWED_BACK", "count": 100}]


@pytest.mark.parametrize(
    ("who", "points", "unread", "can_change"),
    [
        ("resident", {"balance": 20}, [{"count": 1}, {"count": 2}], False),
        ("leader", {"balance": 20}, None, True),
        ("other", None, None, False),
    ],
)
async def test_member_shows_what_the_viewer_may_see(people, who, points, unread, can_change):
    _, leader, resident, other = people
    caller = {"leader": leader, "resident": resident, "other": other}[who]
    assert (await caller.ask(MEMBER, id=resident.member_id))["node"] == {
        "points": points, "unread": unread, "viewerCanChangeRoles": can_change, "viewerCanAdjustPoints": can_change,
    }  # fmt: skip


async def test_public_member_keeps_points_and_notices_private(people):
    place, leader, resident, _ = people
    await place.publish(resident, leader)
    stranger = await place.log_in("路人")
    for caller in (place.guest, stranger):
        assert (await caller.ask(MEMBER, id=resident.member_id))["node"] == {
            "points": None, "unread": None, "viewerCanChangeRoles": False, "viewerCanAdjustPoints": False,
        }  # fmt: skip


async def test_leader_cannot_adjust_their_own_points(people):
    _, leader, _, _ = people
    node = (await leader.ask(MEMBER, id=leader.member_id))["node"]
    assert (node["viewerCanChangeRoles"], node["viewerCanAdjustPoints"]) == (True, False)


async def test_former_member_gets_no_offers(people):
    place, leader, resident, _ = people
    leave = "mutation($i: CommunityLeaveInput!) { communityLeave(input: $i) { errors { code } } }"
    await resident.ask(leave, i={"communityId": place.id})
    node = (await leader.ask(MEMBER, id=resident.member_id))["node"]
    assert (node["viewerCanChangeRoles"], node["viewerCanAdjustPoints"]) == (False, False)


async def test_memberships_of_another_person_are_null(people):
    _, leader, resident, _ = people
    me = (await resident.ask("{ me { id } }"))["me"]["id"]
    query = "query($id: ID!) { node(id: $id) { ... on Person { nickname memberships { nodes { id } } } } }"
    assert (await leader.ask(query, id=me))["node"] == {"nickname": "小李", "memberships": None}


INVITE = "mutation($i: InvitationCreateInput!) { invitationCreate(input: $i) { errors { code } } }"
EDIT = "mutation($i: CommunityEditInput!) { communityEdit(input: $i) { errors { code } } }"


@pytest.mark.parametrize("who", ["leader", "resident", "stranger"])
async def test_offered_action_is_allowed(people, who):
    place, leader, resident, _ = people
    caller = {"leader": leader, "resident": resident, "stranger": await place.log_in("路人")}[who]
    seen = (await caller.ask(COMMUNITY, id=place.id))["community"]
    invited = (await caller.ask(INVITE, i=complete_input("invitationCreate", place.id, {})))["invitationCreate"]
    edited = (await caller.ask(EDIT, i=complete_input("communityEdit", place.id, {"version": 1})))["communityEdit"]
    assert seen == {
        "viewerCanEdit": edited["errors"] == [],
        "viewerCanInvite": invited["errors"] == [],
        "viewerMembership": {"id": caller.member_id} if caller.member_id else None,
    }
