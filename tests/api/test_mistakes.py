"""All mistakes of an input come back together, each with its path."""

from __future__ import annotations

from tests.support.api import new_key

LONG = "长" * 6_000


async def test_every_mistake_about_a_thing_has_its_path(place):
    leader = await place.found_community()
    given = {"memberId": "x", "idempotencyKey": "a b", "role": "EXPERT"}
    query = "mutation($i: RoleGiveInput!) { roleGive(input: $i) { errors { path } } }"
    errors = (await leader.ask(query, i=given))["roleGive"]["errors"]
    assert [error["path"] for error in errors] == [["memberId"], ["idempotencyKey"]]


async def test_imitation_comes_with_the_other_mistakes(place):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    query = "mutation($i: PersonEditInput!) { personEdit(input: $i) { errors { path } } }"
    errors = (await resident.ask(query, i={"nickname": "王团长", "bornOn": "2999-01-01"}))["personEdit"]["errors"]
    assert [error["path"] for error in errors] == [["bornOn"], ["nickname"]]


async def test_every_mistake_of_a_login_has_its_path(place):
    given = {"platform": "DEVELOPMENT", "code": "李", "device": LONG, "nickname": LONG}
    query = "mutation($i: LoginInput!) { login(input: $i) { errors { path } } }"
    answer = await place.guest.ask(query, i=given)
    assert [error["path"] for error in answer["login"]["errors"]] == [["device"], ["nickname"]]


async def test_every_mistake_of_an_upload_has_its_path(place):
    leader = await place.found_community()
    answer = await place.client.post(
        "/upload",
        files={"file": ("a.jpg", b"x", "image/jpeg")},
        data={"idempotencyKey": "a b", "altText": LONG[:500]},
        headers={"Authorization": f"Bearer {leader.token}"},
    )
    assert [error["path"] for error in answer.json()["errors"]] == [["altText"], ["idempotencyKey"]]


async def test_missing_parts_come_with_the_other_mistakes(place):
    leader = await place.found_community()
    tags = {"tags": ["a b"]}
    create = "mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i) { errors { path } } }"
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "content": tags}
    errors = (await leader.ask(create, i=given))["submissionCreate"]["errors"]
    every = [["content", "tags", "0"], ["content", "title"], ["content", "text"]]
    assert [error["path"] for error in errors] == every
    query = create.replace("errors { path }", "submission { id version }")
    whole = {"content": {"title": "题", "text": "文"}, "idempotencyKey": new_key()}
    sent = (await leader.ask(query, i=given | whole))["submissionCreate"]["submission"]
    edit = "mutation($i: SubmissionEditInput!) { submissionEdit(input: $i) { errors { path } } }"
    change = {"submissionId": sent["id"], "version": sent["version"], "content": tags}
    errors = (await leader.ask(edit, i=change | {"idempotencyKey": new_key()}))["submissionEdit"]["errors"]
    assert [error["path"] for error in errors] == every
    draft = {"draft": True, "content": {"title": "题"}, "idempotencyKey": new_key()}
    saved = (await leader.ask(query, i=given | draft))["submissionCreate"]["submission"]
    change |= {"submissionId": saved["id"], "version": saved["version"], "idempotencyKey": new_key()}
    errors = (await leader.ask(edit, i=change))["submissionEdit"]["errors"]
    assert [error["path"] for error in errors] == every[:1]
