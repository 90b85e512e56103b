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
    assert await place.guest.get_error_code("{ sessions { nodes { id } } }") == "UNAUTHENTICATED"


INVALID_HEADERS = ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "bearer nonsense", "Bearer cst_x"]
STRICT = "application/graphql-response+json"


async def send(place, query, *, header, accept="application/json", **variables):
    body = {"query": query, "variables": variables}
    headers = {"Authorization": header, "Accept": accept}
    response = await place.client.post("/graphql", json=body, headers=headers)
    return response.status_code, response.json()


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


@pytest.mark.parametrize("header", INVALID_HEADERS)
async def test_invalid_token_is_never_a_guest(place, header):
    status, answer = await send(place, "{ me { id } }", header=header)
    assert (status, answer["data"], codes(answer)) == (200, {"me": None}, ["UNAUTHENTICATED"])
    status, answer = await send(place, '{ node(id: "TWVtYmVyOjE") { id } }', header=header)
    assert (status, answer["data"], codes(answer)) == (200, {"node": None}, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("header", INVALID_HEADERS)
async def test_invalid_token_of_mutation_is_in_payload(place, header):
    rename = 'mutation { personEdit(input: {nickname: "李子"}) { errors { code } } }'
    for accept in ("application/json", STRICT):
        status, answer = await send(place, rename, header=header, accept=accept)
        assert (status, answer) == (200, {"data": {"personEdit": {"errors": [{"code": "UNAUTHENTICATED"}]}}})


async def test_login_and_refresh_ignore_an_invalid_token(place):
    given = {"platform": "DEVELOPMENT", "code": "wx-1"}
    query = LOGIN.replace("accessToken { token }", "refreshToken { token }")
    _, answer = await send(place, query, header="Bearer x.y.z", i=given)
    token = answer["data"]["login"]["refreshToken"]["token"]
    refresh = "mutation($t: String!) { sessionRefresh(input: {refreshToken: $t}) { errors { code } } }"
    _, answer = await send(place, refresh, header="Bearer x.y.z", t=token)
    assert answer == {"data": {"sessionRefresh": {"errors": []}}}


async def test_public_field_is_answered_with_invalid_token(place):
    query = "{ consentDocuments { purpose } me { id } }"
    for accept in ("application/json", STRICT):
        status, answer = await send(place, query, header="Bearer x.y.z", accept=accept)
        assert (status, answer["data"]["me"], codes(answer)) == (200, None, ["UNAUTHENTICATED"])
        assert answer["data"]["consentDocuments"] == []


@pytest.mark.parametrize("query", ["{ me { id } }", "{ sessions { nodes { id } } }"])
async def test_strict_client_without_any_answer_gets_401(place, query):
    status, answer = await send(place, query, header="Bearer x.y.z", accept=STRICT)
    assert (status, codes(answer), "data" in answer) == (401, ["UNAUTHENTICATED"], False)


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
    rename = "mutation($i: PersonEditInput!) { personEdit(input: $i) { person { nickname } errors { code } } }"
    answer = (await caller.ask(rename, i={"nickname": "  李子 "}))["personEdit"]
    assert answer == {"person": {"nickname": "李子"}, "errors": []}
    assert (await caller.ask(rename, i={"nickname": " "}))["personEdit"]["errors"] == [{"code": "INVALID_INPUT"}]
    assert await caller.ask("{ me { nickname } }") == {"me": {"nickname": "李子"}}


@pytest.mark.parametrize("day", ["2026-1-1", "20260101", "2026-02-30", "2026-W01-1", "1", 1, True, "2026-01-01T00:00"])
async def test_malformed_day_is_refused(place, day):
    person = await place.log_in("小李")
    edit = "mutation($d: Date) { personEdit(input: {bornOn: $d}) { errors { code } } }"
    assert await person.get_error_code(edit, d=day) == "BAD_USER_INPUT"


async def test_person_edit_changes_only_what_is_given(place):
    person = await place.log_in("小李")
    edit = "mutation($i: PersonEditInput!) { personEdit(input: $i) { person { nickname } errors { code path } } }"
    await person.ask(edit, i={"bornOn": "1980-02-29"})
    answer = (await person.ask(edit, i={"nickname": "李子", "bornOn": None}))["personEdit"]
    assert answer == {"person": {"nickname": "李子"}, "errors": []}
    assert (await person.ask("{ account { bornOn } }"))["account"] == {"bornOn": "1980-02-29"}


async def test_refused_person_edit_changes_nothing(place):
    person = await place.log_in("小李")
    edit = "mutation($i: PersonEditInput!) { personEdit(input: $i) { person { nickname } errors { code path } } }"
    answer = (await person.ask(edit, i={"nickname": "李子", "bornOn": "2999-01-01"}))["personEdit"]
    assert answer == {"person": None, "errors": [{"code": "INVALID_INPUT", "path": ["bornOn"]}]}
    assert (await person.ask("{ me { nickname } account { bornOn } }")) == {
        "me": {"nickname": "小李"}, "account": {"bornOn": None},
    }  # fmt: skip
