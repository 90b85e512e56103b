"""All mistakes of an input come back together, each with its path."""

from __future__ import annotations

import pytest

from community.communities import service_tokens
from community.communities.models import ServiceScope
from tests.support.api import Caller, new_key

LONG = "长" * 6_000
HERE = {"communityId": "", "idempotencyKey": ""}
"""Fields that the test fills in."""

MISTAKES = {
    "communityEdit": (
        {**HERE, "version": 1, "name": LONG, "description": LONG, "announcement": LONG},
        ["name", "description", "announcement"],
    ),
    "invitationCreate": ({**HERE, "uses": 0, "days": 10_000}, ["uses", "days"]),
    "serviceTokenCreate": ({**HERE, "name": "", "scopes": []}, ["name", "scopes"]),
    "personEdit": ({"nickname": LONG, "bornOn": "2999-01-01"}, ["nickname", "bornOn"]),
    "submissionCreate": (
        {
            **HERE,
            "kind": "RECIPE",
            "content": {
                "title": LONG,
                "text": LONG,
                "tags": ["好", "a b", "c d"],
                "mediaIds": ["x"],
                "productRef": LONG,
            },
        },
        [
            "content.mediaIds.0",
            "content.title",
            "content.text",
            "content.tags.1",
            "content.tags.2",
            "content.productRef",
        ],
    ),
    "earningRulePublish": (
        {
            **HERE,
            "trigger": "CHECK_IN",
            "definition": {
                "amount": -1,
                "byKind": [{"kind": "a b", "amount": 1}],
                "caps": {"day": 100_000},
                "needs": {"memberDays": -1},
            },
        },
        ["definition.amount", "definition.byKind", "definition.caps.day", "definition.needs.memberDays"],
    ),
    "seasonOpen": (
        {**HERE, "name": "", "percent": 1, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"},
        ["name", "percent", "endsAt"],
    ),
    "submissionApprove": (
        {
            "idempotencyKey": "",
            "reviewCaseId": "",
            "version": 1,
            "scores": {"authenticity": 0, "usefulness": 6, "resonance": 3},
            "note": LONG,
        },
        ["scores.authenticity", "scores.usefulness", "note"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_every_mistake_of_an_input_has_its_path(place, name):
    leader = await place.found_community()
    given, paths = MISTAKES[name]
    given = {**given}
    if "reviewCaseId" in given:
        await place.submit(await place.resident(leader, "小李"))
        given["reviewCaseId"] = (await place.get_first_case(leader))["id"]
    if "communityId" in given:
        given["communityId"] = place.id
    if "idempotencyKey" in given:
        given["idempotencyKey"] = new_key()
    kind = name[0].upper() + name[1:]
    query = f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ errors {{ code message path }} }} }}"
    errors = (await leader.ask(query, i=given))[name]["errors"]
    assert [".".join(error["path"]) for error in errors] == paths
    assert {error["code"] for error in errors} == {"INVALID_INPUT"}
    # The stored refusal has them all too.
    assert (await leader.ask(query, i=given))[name]["errors"] == errors


async def test_every_mistake_about_a_thing_has_its_path(place):
    leader = await place.found_community()
    given = {"memberId": "x", "idempotencyKey": "a b", "role": "EXPERT"}
    query = "mutation($i: RoleGiveInput!) { roleGive(input: $i) { errors { path } } }"
    errors = (await leader.ask(query, i=given))["roleGive"]["errors"]
    assert [error["path"] for error in errors] == [["memberId"], ["idempotencyKey"]]


OF_SERVICES = {
    "pointsFreeze": (
        {"memberId": "x", "idempotencyKey": "a b", "reference": LONG, "amount": 0, "seconds": 0},
        ["memberId", "idempotencyKey", "reference", "amount", "seconds"],
    ),
    "pointsSpend": (
        {"memberId": "x", "idempotencyKey": "", "reference": LONG, "amount": -1},
        ["memberId", "idempotencyKey", "reference", "amount"],
    ),
    "interactionReport": (
        {
            "kind": "PURCHASE",
            "reference": LONG,
            "name": "a b",
            "purchase": "",
            "occurredAt": "2020-01-01T00:00:00Z",
        },
        ["reference", "purchase", "name", "occurredAt"],
    ),
}


@pytest.mark.parametrize("name", OF_SERVICES)
async def test_every_mistake_of_a_service_has_its_path(place, name):
    leader = await place.found_community()
    made = await service_tokens.create_as_operator(place.number, name="店", scopes=list(ServiceScope))
    given, paths = OF_SERVICES[name]
    if name == "interactionReport":
        given = {"interaction": {**given, "memberId": leader.member_id}}
    service = Caller(place.client, made.secret)
    kind = name[0].upper() + name[1:]
    query = f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ errors {{ path }} }} }}"
    errors = (await service.ask(query, i=given))[name]["errors"]
    assert [".".join(error["path"]) for error in errors] == paths


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
