"""Visible parts of a submission for each viewer and state."""

from __future__ import annotations

import pytest

from community.api import ids
from community.communities.models import Role
from tests.api.test_media import upload
from tests.support.api import new_key

ONE = """query($s: ID!) { submission(id: $s) {
  state note isPublic latest { title } published { title } decision { verdict } } }"""
NODE = "query($s: ID!) { node(id: $s) { id ... on Submission { state note latest { title } } } }"


async def change(place, caller, name, submission, **more):
    version = (await caller.ask("query($s: ID!) { submission(id: $s) { version } }",
                                s=submission["id"]))["submission"]["version"]  # fmt: skip
    wanted = {
        "idempotencyKey": new_key(),
        "submissionId": submission["id"],
        "version": version,
    }
    data = await caller.ask(
        f"mutation($i: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $i) {{ errors {{ code }} }} }}",
        i=wanted | more,
    )
    assert data[name]["errors"] == []
    await place.run_effects()


async def decide(place, leader, name, **more):
    case = await place.get_first_case(leader)
    wanted = {
        "idempotencyKey": new_key(),
        "reviewCaseId": case["id"],
        "version": case["version"],
    }
    data = await leader.ask(
        f"mutation($i: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $i) {{ errors {{ code }} }} }}",
        i=wanted | more,
    )
    assert data[name]["errors"] == []
    await place.run_effects()


async def create_in_state(place, author, leader, state):
    submission = await place.submit(author, draft=state == "DRAFT")
    match state:
        case "PUBLISHED" | "EDITED" | "REMOVED":
            await place.approve(leader)
        case "RETURNED":
            await decide(place, leader, "submissionReturn", whatToChange="再写写")
        case "REJECTED":
            await decide(place, leader, "submissionReject", reason="不合适")
        case "WITHDRAWN":
            await change(place, author, "submissionWithdraw", submission)
    if state == "EDITED":
        await change(place, author, "submissionEdit", submission, content={"title": "新", "text": "新"})
    if state == "REMOVED":
        await change(place, leader, "submissionRemove", submission, reason="广告")
    return submission


# The state that the author, a leader and everyone else see. None if they see nothing.
TABLE = {
    "DRAFT": ("DRAFT", None, None),
    "IN_REVIEW": ("IN_REVIEW", "IN_REVIEW", None),
    "PUBLISHED": ("PUBLISHED", "PUBLISHED", "PUBLISHED"),
    "EDITED": ("IN_REVIEW", "IN_REVIEW", "PUBLISHED"),
    "RETURNED": ("RETURNED", "RETURNED", None),
    "REJECTED": ("REJECTED", "REJECTED", None),
    "WITHDRAWN": ("WITHDRAWN", None, None),
    "REMOVED": ("REMOVED", "REMOVED", None),
}


@pytest.mark.parametrize("state", TABLE)
async def test_viewer_sees_the_state_for_their_role(place, state):
    leader = await place.found_community()
    author, other = await place.resident(leader, "小李"), await place.resident(leader, "阿明")
    expert = await place.resident(leader, "陈医生", role=Role.EXPERT)
    submission = await create_in_state(place, author, leader, state)
    viewers = (author, leader, other, expert)
    expected = (*TABLE[state], TABLE[state][2])
    for viewer, seen in zip(viewers, expected, strict=True):
        node = (await viewer.ask(NODE, s=submission["id"]))["node"]
        if seen is None:
            assert await viewer.get_error_code(ONE, s=submission["id"]) == "NOT_FOUND"
            assert node is None
        else:
            found = (await viewer.ask(ONE, s=submission["id"]))["submission"]
            assert (found["state"], node["state"]) == (seen, seen)
            insider = viewer in (author, leader)
            assert (found["latest"] is not None) is insider
            assert (found["decision"] is not None) is (insider and state not in {"DRAFT", "IN_REVIEW", "WITHDRAWN"})


MUTATIONS = ("submissionLike", "submissionUnlike", "submissionEdit", "submissionSubmit", "submissionWithdraw")


async def collect_responses(place, caller, number):
    """Return all responses about a submission."""
    here = {"submissionId": number}
    more = {
        "submissionEdit": {"content": {"title": "新", "text": "新"}},
        "submissionRemove": {"reason": "广告"},
    }
    answers = {
        "submission": await caller.send(ONE, s=number),
        "node": await caller.send(NODE, s=number),
    }
    for name in (*MUTATIONS, "submissionRemove"):
        kind = "SubmissionLike" if name.endswith("ike") else name[0].upper() + name[1:]
        given = (
            here if name.endswith("ike") else here | {"idempotencyKey": new_key(), "version": 1, **more.get(name, {})}
        )
        answers[name] = await caller.send(
            f"mutation($i: {kind}Input!) {{ {name}(input: $i)"
            " { submission { id } errors { code message path } } }",
            i=given,
        )
    return answers


@pytest.mark.parametrize("state", [state for state, seen in TABLE.items() if seen[2] is None])
async def test_private_submission_looks_like_a_missing_one(place, state):
    leader = await place.found_community()
    author, other = await place.resident(leader, "小李"), await place.resident(leader, "阿明")
    submission = await create_in_state(place, author, leader, state)
    nothing = ids.encode("Submission", 2**40)
    answers = await collect_responses(place, other, nothing)
    assert await collect_responses(place, other, submission["id"]) == answers
    if TABLE[state][1] is None:
        assert await collect_responses(place, leader, submission["id"]) == await collect_responses(
            place, leader, nothing
        )
    for name in MUTATIONS:
        assert answers[name]["data"][name]["errors"] == [
            {"code": "NOT_FOUND", "message": "此社区没有这篇投稿。请刷新后重试。",
             "path": ["submissionId"]}
        ]  # fmt: skip
    assert [error["message"] for error in answers["submission"]["errors"]] == ["此社区没有这篇投稿。请刷新后重试。"]
    assert (await author.ask(ONE, s=submission["id"]))["submission"]["state"] == state


async def test_person_node_is_visible_within_shared_communities(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    stranger = await place.log_in("路人")
    person = (await author.ask("{ me { id } }"))["me"]["id"]
    missing = ids.encode("Person", 2**40)
    node = "query($i: ID!) { node(id: $i) { id ... on Person { nickname } } }"
    for caller in (author, leader):
        assert (await caller.ask(node, i=person))["node"] == {"id": person, "nickname": "小李"}
    for caller in (stranger, place.guest):
        assert await caller.send(node, i=person) == await caller.send(node, i=missing) == {"data": {"node": None}}
    assert (await stranger.ask(node, i=(await stranger.ask("{ me { id } }"))["me"]["id"]))["node"] is not None


async def test_public_reads_published_revision_during_an_edit(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    submission = await create_in_state(place, author, leader, "EDITED")
    found = (await place.guest.ask(ONE, s=submission["id"]))["submission"]
    assert found == {
        "state": "PUBLISHED", "note": None, "isPublic": True, "latest": None,
        "published": {"title": "红烧肉"}, "decision": None,
    }  # fmt: skip


CAN = """query($s: ID!) { submission(id: $s) {
  viewerCanEdit viewerCanSubmit viewerCanWithdraw viewerCanRemove viewerCanLike } }"""


async def test_viewer_can_do_what_each_role_may(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    submission = await create_in_state(place, author, leader, "PUBLISHED")
    expected = {
        author: ["Edit", "Withdraw", "Like"], leader: ["Remove", "Like"], place.guest: [],
        await place.log_in("路人"): [], await place.resident(leader, "阿明"): ["Like"],
    }  # fmt: skip
    for caller, offered in expected.items():
        found = (await caller.ask(CAN, s=submission["id"]))["submission"]
        assert [name.removeprefix("viewerCan") for name, can in found.items() if can] == offered


async def test_leader_can_decide_open_cases_of_others(place):
    leader = await place.found_community()
    second = await place.resident(leader, "赵叔", role="LEADER")
    await place.submit(leader)
    queue = "query($c: ID!) { reviewQueue(communityId: $c) { nodes { id viewerCanDecide } } }"
    case = (await second.ask(queue, c=place.id))["reviewQueue"]["nodes"][0]
    one = "query($i: ID!) { reviewCase(id: $i) { viewerCanDecide } }"
    assert case["viewerCanDecide"] is True
    assert (await leader.ask(one, i=case["id"]))["reviewCase"] == {"viewerCanDecide": False}
    await place.approve(second)
    assert (await second.ask(one, i=case["id"]))["reviewCase"] == {"viewerCanDecide": False}


FEED = "query($c: ID!) { feed(communityId: $c) { nodes { id } } }"


async def test_closed_community_looks_like_a_missing_one(place):
    leader = await place.found_community()
    await place.publish(await place.resident(leader, "小李"), leader)
    stranger = await place.log_in("路人")
    for caller in (place.guest, stranger):
        assert await caller.get_error_code(FEED, c=place.id) == "NOT_FOUND"
        assert (await caller.ask("query($i: ID!) { node(id: $i) { id } }", i=place.id))["node"] is None
        member = {"i": leader.member_id}
        assert (await caller.ask("query($i: ID!) { node(id: $i) { id } }", **member))["node"] is None


async def test_not_found_names_the_argument(place):
    leader = await place.found_community()
    nothing = {kind: ids.encode(kind, 2**40) for kind in ("Community", "Submission", "ReviewCase")}
    for query, path in (
        ("query($c: ID!) { community(id: $c) { id } }", ["id"]),
        ("query($i: ID!) { submission(id: $i) { id } }", ["id"]),
        ("query($i: ID!) { reviewCase(id: $i) { id } }", ["id"]),
        ('query($c: ID!) { feed(communityId: $c, tags: ["a b"]) { nodes { id } } }', ["tags", "0"]),
    ):
        kind = "ReviewCase" if "reviewCase" in query else "Submission"
        variables = {"c": nothing["Submission"] if "community(" in query else place.id} if "$c" in query else {}
        variables |= {"i": nothing[kind]} if "$i" in query else {}
        (error,) = (await leader.send(query, **variables))["errors"]
        assert error["extensions"]["path"] == path


async def test_joining_closed_community_names_the_argument(place):
    await place.found_community()
    place.id = ids.encode("Community", place.number)
    answer = await (await place.log_in("路人")).ask(
        "mutation($i: CommunityJoinInput!) { communityJoin(input: $i) { errors { code path } } }",
        i={"communityId": place.id},
    )
    assert answer["communityJoin"]["errors"] == [{"code": "INVITATION_INVALID", "path": ["communityId"]}]


async def test_review_case_is_visible_to_leaders_only(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    await place.submit(author)
    case = await place.get_first_case(leader)
    query = "query($i: ID!) { reviewCase(id: $i) { id } }"
    assert (await leader.ask(query, i=case["id"]))["reviewCase"] == {"id": case["id"]}
    assert await author.get_error_code(query, i=case["id"]) == "LEADERS_ONLY"
    for caller in (author, place.guest):
        assert (await caller.ask("query($i: ID!) { node(id: $i) { id } }", i=case["id"]))["node"] is None
    assert await author.get_error_code(
        "query($c: ID!) { reviewQueue(communityId: $c) { nodes { id } } }", c=place.id
    ) == ("LEADERS_ONLY")


async def test_member_reads_only_own_points(place):
    leader = await place.found_community()
    author, other = await place.resident(leader, "小李"), await place.resident(leader, "阿明")
    await place.publish(author, leader)
    query = """query($c: ID!) {
      membership(communityId: $c) { points { balance } } pointsStatement(communityId: $c) { nodes { amount } } }"""
    assert await author.ask(query, c=place.id) == {
        "membership": {"points": {"balance": 24}}, "pointsStatement": {"nodes": [{"amount": 24}]},
    }  # fmt: skip
    assert await other.ask(query, c=place.id) == {
        "membership": {"points": {"balance": 0}},
        "pointsStatement": {"nodes": []},
    }
    assert (await place.guest.send(query, c=place.id))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_refused_root_field_leaves_the_others(place):
    leader = await place.found_community(public=True)
    await place.publish(await place.resident(leader, "小李"), leader)
    answer = await place.guest.send(
        "query($c: ID!) { membership(communityId: $c) { id } feed(communityId: $c) { nodes { isPublic } } }", c=place.id
    )
    assert answer["data"] == {"membership": None, "feed": {"nodes": [{"isPublic": True}]}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["membership"], "UNAUTHENTICATED")
    ]


FACE = """query($s: ID!) { submission(id: $s) { cover { id } published { excerpt(length: 5) media(first: 1) { id } }
  latest { id } decision { id } } }"""


async def test_cover_and_excerpt_show_the_published_revision(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    pictures = [await upload(author, number) for number in (1, 2)]
    submission = await place.publish(author, leader, content={"text": "小火\n慢炖 一小时。", "mediaIds": pictures})
    found = (await place.guest.ask(FACE, s=submission["id"]))["submission"]
    assert found["cover"] == {"id": pictures[0]}
    assert found["published"] == {"excerpt": "小火 慢…", "media": [{"id": pictures[0]}]}


async def test_cover_of_a_draft_is_its_authors_alone(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    picture = await upload(author, 1)
    submission = await place.submit(author, draft=True, content={"mediaIds": [picture]})
    assert (await author.ask(FACE, s=submission["id"]))["submission"]["cover"] == {"id": picture}
    assert await leader.get_error_code(FACE, s=submission["id"]) == "NOT_FOUND"


async def test_unsent_edit_shows_its_cover_to_its_author_alone(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    pictures = [await upload(author, number) for number in (1, 2)]
    submission = await place.submit(author, content={"mediaIds": pictures[:1]})
    await decide(place, leader, "submissionReturn", whatToChange="再写写")
    content = {"title": "未送", "text": "未送的字", "mediaIds": pictures[1:]}
    await change(place, author, "submissionEdit", submission, content=content)
    covers = [(await caller.ask(FACE, s=submission["id"]))["submission"]["cover"]["id"] for caller in (author, leader)]
    assert covers == pictures[::-1]
