"""Threads over the API: what a block leaves, and who counts as a viewer."""

from __future__ import annotations

import pytest

from community.communities import queries
from community.kernel import db
from community.submissions import views
from tests.support.api import new_key

CREATE = "mutation($i: CommentCreateInput!) { commentCreate(input: $i) { comment { id } errors { code } } }"
BLOCK = "mutation($i: MemberBlockInput!) { memberBlock(input: $i) { errors { code } } }"
THREAD = """query($id: ID!) { submission(id: $id) { viewCount comments(order: OLDEST) { nodes {
  id state text author { id } picture { id } mentions { id } viewerCanLike
  replies { nodes { text author { id } parent { id state text author { id } } } } } } } }"""


@pytest.fixture
async def people(place):
    """Three members who comment without a pause, and a publication."""
    leader = await place.found_community(public=True)
    await db.execute("UPDATE community SET newcomer_comment_pause_seconds = 0")
    members = {name: await place.resident(leader, name) for name in ("小李", "阿明", "小陈")}
    post = await place.publish(members["小李"], leader)
    return place, leader, members, post["id"]


async def send(caller, post, text, parent=None):
    given = {"submissionId": post, "text": text, "parentId": parent, "idempotencyKey": new_key()}
    answer = (await caller.ask(CREATE, i=given))["commentCreate"]
    assert answer["errors"] == []
    return answer["comment"]["id"]


async def read(caller, post):
    return (await caller.ask(THREAD, id=post))["submission"]["comments"]["nodes"]


async def block(place, caller, other):
    answer = await caller.ask(BLOCK, i={"memberId": other.member_id})
    assert answer["memberBlock"]["errors"] == []


async def test_replies_of_others_stay_below_a_blocked_author(people):
    place, leader, members, post = people
    first = await send(members["阿明"], post, "真香")
    await send(members["小陈"], post, "同意", parent=first)
    await send(members["阿明"], post, "谢谢", parent=first)
    await block(place, members["阿明"], members["小李"])
    (placeholder,) = await read(members["小李"], post)
    replies = placeholder.pop("replies")["nodes"]
    hidden = {"id": first, "state": "HIDDEN", "text": None, "author": None}
    assert placeholder == hidden | {"picture": None, "mentions": [], "viewerCanLike": False}
    author = {"id": members["小陈"].member_id}
    assert replies == [{"text": "同意", "author": author, "parent": hidden}]
    (shown,) = await read(leader, post)
    assert (shown["state"], shown["text"], len(shown["replies"]["nodes"])) == ("PUBLISHED", "真香", 2)


async def test_blocked_author_without_other_replies_is_not_shown(people):
    place, _, members, post = people
    first = await send(members["阿明"], post, "真香")
    await send(members["阿明"], post, "谢谢", parent=first)
    await block(place, members["小李"], members["阿明"])
    assert await read(members["小李"], post) == []
    (shown,) = await read(members["小陈"], post)
    assert shown["text"] == "真香"


async def test_guest_counts_as_a_viewer(people):
    place, _, members, post = people
    for caller in (place.guest, place.guest, members["阿明"], members["小李"]):
        await read(caller, post)
    await views.send()
    await views.store()
    data = await place.guest.ask(THREAD, id=post)
    assert data["submission"]["viewCount"] == 2  # without the author


async def test_list_counts_no_views(people):
    place, _, _, _ = people
    await views.send()  # those of another test
    await views.store()
    await place.guest.ask("query($c: ID!) { feed(communityId: $c) { nodes { id } } }", c=place.id)
    await views.send()
    assert await views.store() == 0


async def test_leader_changes_the_pause_of_newcomers(people):
    place, leader, members, post = people
    (row,) = await queries.get_communities([place.number])
    edit = "mutation($i: CommunityEditInput!) { communityEdit(input: $i) { errors { code path max } } }"
    given = {"communityId": place.id, "version": row.version, "newcomerCommentPauseSeconds": 3_601}
    given["idempotencyKey"] = new_key()
    assert (await leader.ask(edit, i=given))["communityEdit"]["errors"] == [
        {"code": "INVALID_INPUT", "path": ["newcomerCommentPauseSeconds"], "max": 3_600}
    ]
    assert (await leader.ask(edit, i=given | {"newcomerCommentPauseSeconds": 600, "idempotencyKey": new_key()}))[
        "communityEdit"
    ]["errors"] == []
    await send(members["阿明"], post, "真香")
    again = {"submissionId": post, "text": "再来", "idempotencyKey": new_key()}
    document = CREATE.replace("errors { code }", "errors { code message retryAt }")
    (refusal,) = (await members["阿明"].ask(document, i=again))["commentCreate"]["errors"]
    assert (refusal["code"], refusal["message"]) == ("COMMENT_TOO_SOON", "新成员每 600 秒可评论一次。请稍等后重试。")
    assert refusal["retryAt"] is not None
