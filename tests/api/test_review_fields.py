"""Fields of the review: two leaders, the history of a case, and templates."""

from __future__ import annotations

from community.communities.models import Role
from tests.support.api import new_key

CASE = """query($id: ID!) { reviewCase(id: $id) { state viewerCanDecide viewerCanApprove awaitsSecondLeader
  opinions { scores { usefulness } recommended givenBy { id } }
  history { totalCount { value } nodes { kind member { id } revision { title } screening { state }
    decision { verdict } } } } }"""
APPROVE = """mutation($i: SubmissionApproveInput!) { submissionApprove(input: $i) {
  reviewCase { state } errors { code } } }"""
KINDS = """mutation($i: TwoPersonKindsEditInput!) { twoPersonKindsEdit(input: $i) {
  community { twoPersonKinds } errors { code path } } }"""


async def read_case(caller, case):
    return (await caller.ask(CASE, id=case["id"]))["reviewCase"]


async def choose_kinds(place, leader, *kinds):
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kinds": kinds}
    return (await leader.ask(KINDS, i=given))["twoPersonKindsEdit"]


async def approve(leader, case):
    scores = {"authenticity": 4, "usefulness": 5, "resonance": 4}
    given = {"reviewCaseId": case["id"], "version": case["version"], "scores": scores, "idempotencyKey": new_key()}
    return (await leader.ask(APPROVE, i=given))["submissionApprove"]


async def test_case_waits_for_a_second_leader(place):
    leader = await place.found_community()
    assert (await choose_kinds(place, leader, "RECIPE"))["errors"] == [
        {"code": "SECOND_LEADER_MISSING", "path": ["kinds"]}
    ]
    author = await place.resident(leader, "author")
    second = await place.resident(leader, "second", role=Role.LEADER)
    assert (await choose_kinds(place, leader, "RECIPE"))["community"] == {"twoPersonKinds": ["RECIPE"]}
    await place.submit(author)
    case = await place.get_first_case(leader)
    assert (await approve(leader, case))["reviewCase"] == {"state": "OPEN"}
    own, others = await read_case(leader, case), await read_case(second, case)
    assert (own["viewerCanDecide"], own["viewerCanApprove"], own["awaitsSecondLeader"]) == (True, False, True)
    assert (others["viewerCanApprove"], others["awaitsSecondLeader"]) == (True, True)
    assert others["opinions"] == [
        {"scores": {"usefulness": 5}, "recommended": True, "givenBy": {"id": leader.member_id}}
    ]
    assert [each["code"] for each in (await approve(leader, case))["errors"]] == ["OWN_OPINION"]
    assert (await approve(second, case))["reviewCase"] == {"state": "DECIDED"}


async def test_reporting_leader_is_offered_no_decision(place):
    leader = await place.found_community()
    second = await place.resident(leader, "second", role=Role.LEADER)
    row = await place.submit(await place.resident(leader, "author"), "红烧肉")
    await approve(leader, await place.get_first_case(leader))
    given = {"submissionId": row["id"], "category": "OTHER", "idempotencyKey": new_key()}
    await second.ask("mutation($i: SubmissionReportInput!) { submissionReport(input: $i) { errors { code } } }",
                     i=given)  # fmt: skip
    waiting = "query($c: ID!) { reviewQueue(communityId: $c) { nodes { id } } }"
    (case,) = (await leader.ask(waiting, c=place.id))["reviewQueue"]["nodes"]
    assert [(await read_case(one, case))["viewerCanDecide"] for one in (leader, second)] == [True, False]
    assert (await second.ask(waiting, c=place.id))["reviewQueue"]["nodes"] == []


async def test_history_hides_a_withdrawn_submission(place):
    leader = await place.found_community()
    author = await place.resident(leader, "author")
    row = await place.submit(author, "红烧肉")
    case = await place.get_first_case(leader)
    sent, opened = (await read_case(leader, case))["history"]["nodes"]
    assert (sent["kind"], opened["kind"], sent["member"]) == ("SENT", "OPENED", {"id": author.member_id})
    assert (sent["revision"], opened["screening"], sent["screening"]["state"]) == ({"title": "红烧肉"}, None, "DONE")
    given = {"submissionId": row["id"], "version": 2, "idempotencyKey": new_key()}
    await author.ask("mutation($i: SubmissionWithdrawInput!) { submissionWithdraw(input: $i) { errors { code } } }",
                     i=given)  # fmt: skip
    found = (await read_case(leader, case))["history"]
    assert found["totalCount"]["value"] >= 2
    assert {(each["revision"], each["screening"]) for each in found["nodes"]} == {(None, None)}


async def test_templates_are_for_leaders_alone(place):
    leader = await place.found_community()
    author = await place.resident(leader, "author")
    edit = """mutation($i: ReasonTemplatesEditInput!) { reasonTemplatesEdit(input: $i) {
      community { reasonTemplates { version templates { text uses } } } errors { code } } }"""
    given = {"communityId": place.id, "idempotencyKey": new_key(), "version": 0}
    given |= {"templates": [{"kind": "RETURN", "text": "请补充照片"}]}
    shown = {"version": 1, "templates": [{"text": "请补充照片", "uses": 0}]}
    assert (await leader.ask(edit, i=given))["reasonTemplatesEdit"]["community"]["reasonTemplates"] == shown
    query = "query($c: ID!) { community(id: $c) { reasonTemplates { version } twoPersonKinds } }"
    assert (await author.ask(query, c=place.id))["community"] == {"reasonTemplates": None, "twoPersonKinds": None}
