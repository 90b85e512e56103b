"""Login, tokens, joining and names over the API."""

from __future__ import annotations

import pytest

from tests.support.api import Caller, new_key

LOGIN = """mutation($i: LoginInput!) {
  login(input: $i) { accessToken { token } person { id nickname } errors { code path } } }"""
JOIN = "mutation($i: CommunityJoinInput!) { communityJoin(input: $i) { member { roles } errors { code path } } }"
INVITE = (
    "mutation($i: InvitationCreateInput!) { invitationCreate(input: $i) { invitation { code uses } errors { code } } }"
)


async def test_same_code_is_the_same_person(place):
    given = {"platform": "DEVELOPMENT", "code": "wx-1", "nickname": "小李"}
    first, second = [(await place.guest.ask(LOGIN, i=given))["login"] for _ in range(2)]
    assert first["person"] == second["person"]
    caller = Caller(place.client, first["accessToken"]["token"])
    assert (await caller.ask("{ me { id nickname } }"))["me"] == first["person"]


async def test_call_without_a_token_has_no_viewer(place):
    assert await place.guest.ask("{ me { id } }") == {"me": None}
    assert await place.guest.get_error_code("{ memberships { nodes { id } } }") == "UNAUTHENTICATED"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "bearer nonsense"])
async def test_invalid_token_is_refused(place, header):
    response = await place.client.post("/graphql", json={"query": "{ me { id } }"}, headers={"Authorization": header})
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()


async def test_refused_login_creates_no_person(place):
    given = {"platform": "DEVELOPMENT", "code": "wx-1", "nickname": "名" * 21}
    answer = (await place.guest.ask(LOGIN, i=given))["login"]
    assert answer == {"accessToken": None, "person": None, "errors": [{"code": "INVALID_INPUT", "path": ["nickname"]}]}


async def test_invitation_with_the_same_key_is_one(place):
    leader = await place.found_community()
    given = {"communityId": place.id, "idempotencyKey": new_key(), "uses": 1}
    first, second = [(await leader.ask(INVITE, i=given))["invitationCreate"] for _ in range(2)]
    assert first == second
    other = (await leader.ask(INVITE, i=given | {"uses": 2}))["invitationCreate"]
    assert other == {"invitation": None, "errors": [{"code": "IDEMPOTENCY_KEY_REUSED"}]}


async def test_only_leaders_invite(place):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    given = {"communityId": place.id, "idempotencyKey": new_key()}
    assert (await resident.ask(INVITE, i=given))["invitationCreate"]["errors"] == [{"code": "LEADERS_ONLY"}]
    stranger = await place.log_in("路人")
    assert (await stranger.ask(INVITE, i=given))["invitationCreate"]["errors"] == [{"code": "NOT_A_MEMBER"}]
    assert (await place.guest.ask(INVITE, i=given))["invitationCreate"]["errors"] == [{"code": "UNAUTHENTICATED"}]


@pytest.mark.parametrize("given", [{}, {"invitationCode": "ABCD2345", "communityId": "Q29tbXVuaXR5OjE"}])
async def test_joining_needs_exactly_one_input(place, given):
    caller = await place.log_in("小李")
    assert (await caller.ask(JOIN, i=given))["communityJoin"]["errors"] == [
        {"code": "INVALID_INPUT", "path": ["invitationCode"]}
    ]


async def test_viewer_can_rename_themselves(place):
    caller = await place.log_in("小李")
    rename = "mutation($i: PersonRenameInput!) { personRename(input: $i) { person { nickname } errors { code } } }"
    answer = (await caller.ask(rename, i={"nickname": "  李子 "}))["personRename"]
    assert answer == {"person": {"nickname": "李子"}, "errors": []}
    assert (await caller.ask(rename, i={"nickname": " "}))["personRename"]["errors"] == [{"code": "INVALID_INPUT"}]
    assert await caller.ask("{ me { nickname } }") == {"me": {"nickname": "李子"}}
