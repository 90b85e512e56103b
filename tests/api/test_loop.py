"""The loop over the API: submission, approval, publication, points and leaderboard."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.api import new_key

CREATE = (
    "mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i) { submission { id } errors { code path } } }"
)
EDIT = "mutation($i: SubmissionEditInput!) { submissionEdit(input: $i) { submission { state } errors { code path } } }"
APPROVE = """mutation($i: SubmissionApproveInput!) {
  submissionApprove(input: $i) { reviewCase { state } errors { code path } } }"""
MINE = "query($c: ID!) { mySubmissions(communityId: $c) { nodes { id version state latest { number title } } } }"
SEEN = """query($c: ID!) {
  feed(communityId: $c) { nodes { id recommended published { title } } }
  membership(communityId: $c) { points { balance } }
  leaderboard(communityId: $c, period: MONTH) {
    entries { nodes { rank score member { id } } } mine { rank score } }
}"""


@pytest.fixture
async def people(place):
    leader = await place.found_community()
    return place, leader, await place.resident(leader, "小李")


def text(title="红烧肉", **more):
    return {"title": title, "text": "小火一小时。", **more}


async def test_approval_publishes_awards_and_ranks(people):
    place, leader, author = people
    submission = await place.submit(author)
    await place.approve(leader, (5, 4, 5))
    assert await author.ask(SEEN, c=place.id) == {
        "feed": {"nodes": [{"id": submission["id"], "recommended": True, "published": {"title": "红烧肉"}}]},
        "membership": {"points": {"balance": 28}},
        "leaderboard": {
            "entries": {"nodes": [{"rank": 1, "score": 28, "member": {"id": author.member_id}}]},
            "mine": {"rank": 1, "score": 28},
        },
    }


async def test_concurrent_calls_with_one_key_create_one(people):
    place, _, author = people
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "content": text()}
    answers = await asyncio.gather(*(author.ask(CREATE, i=given) for _ in range(20)))
    assert len({answer["submissionCreate"]["submission"]["id"] for answer in answers}) == 1
    assert len((await author.ask(MINE, c=place.id))["mySubmissions"]["nodes"]) == 1


async def test_refusal_is_stored_with_its_key(people):
    place, _, author = people
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "LEADER_PLAYBOOK", "content": text()}
    first, second = [(await author.ask(CREATE, i=given))["submissionCreate"] for _ in range(2)]
    assert first == second == {"submission": None, "errors": [{"code": "LEADERS_ONLY", "path": ["kind"]}]}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (text(title=""), "title"),
        (text(title="字" * 61), "title"),
        (text(title="两\n行"), "title"),
        (text() | {"text": "字" * 5001}, "text"),
        (text(tags=["有 空格"]), "tags.0"),
        (text(tags=[str(number) for number in range(10)]), "tags"),
        (text(productRef=""), "productRef"),
    ],
)
async def test_invalid_content_is_refused(people, content, path):
    place, _, author = people
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "content": content}
    answer = (await author.ask(CREATE, i=given))["submissionCreate"]
    assert answer == {"submission": None, "errors": [{"code": "INVALID_INPUT", "path": ["content", *path.split(".")]}]}
    assert (await author.ask(MINE, c=place.id))["mySubmissions"]["nodes"] == []


async def test_empty_draft_is_saved_and_refused_by_submit(people):
    place, _, author = people
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "draft": True}
    draft = (await author.ask(
        "mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i) { submission { id version"
        " latest { title text } } errors { code } } }", i=given,
    ))["submissionCreate"]["submission"]  # fmt: skip
    assert draft["latest"] == {"title": "", "text": ""}
    answer = (await author.ask(
        "mutation($i: SubmissionSubmitInput!) { submissionSubmit(input: $i) { errors { code path } } }",
        i={"idempotencyKey": new_key(), "submissionId": draft["id"], "version": draft["version"]},
    ))["submissionSubmit"]  # fmt: skip
    assert answer["errors"] == [
        {"code": "INVALID_INPUT", "path": ["content", "title"]}, {"code": "INVALID_INPUT", "path": ["content", "text"]},
    ]  # fmt: skip


async def test_edit_of_an_older_version_is_refused(people):
    place, _, author = people
    submission = await place.submit(author)
    before = await author.ask(MINE, c=place.id)
    given = {
        "idempotencyKey": new_key(), "submissionId": submission["id"], "version": 1,
        "content": text("新"),
    }  # fmt: skip
    answer = (await author.ask(EDIT, i=given))["submissionEdit"]
    assert answer == {"submission": None, "errors": [{"code": "STALE_VERSION", "path": ["version"]}]}
    assert await author.ask(MINE, c=place.id) == before


async def test_edit_supersedes_a_case_under_review(people):
    place, leader, author = people
    submission = await place.submit(author)
    case = await place.get_first_case(leader)
    edit = {
        "idempotencyKey": new_key(), "submissionId": submission["id"], "version": 2,
        "content": text("新"),
    }  # fmt: skip
    assert (await author.ask(EDIT, i=edit))["submissionEdit"]["errors"] == []
    approval = {
        "idempotencyKey": new_key(), "reviewCaseId": case["id"], "version": case["version"],
        "scores": {"authenticity": 5, "usefulness": 5, "resonance": 5},
    }  # fmt: skip
    answer = (await leader.ask(APPROVE, i=approval))["submissionApprove"]
    assert answer == {"reviewCase": None, "errors": [{"code": "STALE_VERSION", "path": ["version"]}]}
    seen = await author.ask(SEEN, c=place.id)
    assert (seen["feed"]["nodes"], seen["membership"]["points"]["balance"]) == ([], 0)


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_score_outside_one_to_five_is_refused(people, score):
    place, leader, author = people
    await place.submit(author)
    case = await place.get_first_case(leader)
    approval = {
        "idempotencyKey": new_key(), "reviewCaseId": case["id"], "version": case["version"],
        "scores": {"authenticity": 5, "usefulness": score, "resonance": 5},
    }  # fmt: skip
    answer = (await leader.ask(APPROVE, i=approval))["submissionApprove"]
    assert answer["errors"] == [{"code": "INVALID_INPUT", "path": ["scores", "usefulness"]}]
    assert (await place.get_first_case(leader)) == case


async def test_concurrent_approvals_award_once(people):
    place, leader, author = people
    second = await place.resident(leader, "赵叔", role="LEADER")
    await place.submit(author)
    case = await place.get_first_case(leader)

    async def approve(caller):
        approval = {
            "idempotencyKey": new_key(),
            "reviewCaseId": case["id"],
            "version": case["version"],
            "scores": {"authenticity": 5, "usefulness": 5, "resonance": 5},
        }
        return (await caller.ask(APPROVE, i=approval))["submissionApprove"]

    answers = await asyncio.gather(approve(leader), approve(second), approve(leader), approve(second))
    assert sorted(answer["reviewCase"] is None for answer in answers) == [False, True, True, True]
    assert (await author.ask(SEEN, c=place.id))["membership"]["points"]["balance"] == 30


LIKE = "mutation($i: SubmissionLikeInput!) { submissionLike(input: $i) { errors { code path } } }"


async def test_submission_of_closed_community_is_not_found(people):
    place, leader, author = people
    submission = await place.publish(author, leader)
    stranger = await place.log_in("路人")
    answer = (await stranger.ask(LIKE, i={"submissionId": submission["id"]}))["submissionLike"]
    assert answer["errors"] == [{"code": "NOT_FOUND", "path": ["submissionId"]}]
    one = "query($s: ID!) { submission(id: $s) { id } }"
    assert await stranger.get_error_code(one, s=submission["id"]) == "NOT_FOUND"


async def test_stranger_may_not_like_in_public_community(place):
    leader = await place.found_community(public=True)
    submission = await place.publish(await place.resident(leader, "小李"), leader)
    stranger = await place.log_in("路人")
    answer = (await stranger.ask(LIKE, i={"submissionId": submission["id"]}))["submissionLike"]
    assert answer["errors"] == [{"code": "NOT_A_MEMBER", "path": []}]


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_page_size_outside_limits_is_refused(people, first):
    place, _, author = people
    query = "query($c: ID!, $n: Int!) { feed(communityId: $c, first: $n) { nodes { id } } }"
    assert await author.get_error_code(query, c=place.id, n=first) == "INVALID_INPUT"


async def test_pages_continue_at_their_cursor(people):
    place, leader, author = people
    wanted = [(await place.publish(author, leader, f"第{number}篇"))["id"] for number in range(5)]
    query = """query($c: ID!, $a: String) { feed(communityId: $c, first: 2, after: $a)
      { nodes { id } pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    while True:
        page = (await author.ask(query, c=place.id, a=after))["feed"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == wanted[::-1]
    assert await author.get_error_code(query, c=place.id, a="nonsense") == "INVALID_CURSOR"
