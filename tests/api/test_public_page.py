"""A member's public page: level, honours and published work."""

from __future__ import annotations

import pytest

from community.api import ids
from community.communities import profile, queries
from community.communities.founding import create_community
from community.communities.settings import Visibility
from tests.support import bank
from tests.support.api import new_key
from tests.support.statements import record_statements

PAGE = """query($m: ID!, $c: ID!, $a: String, $n: Int! = 20) {
  page: node(id: $m) { ... on Member { list: publishedSubmissions(first: $n, after: $a) { ...Found } } }
  list: feed(communityId: $c, authorId: $m, first: $n) { ...Found } }
fragment Found on SubmissionConnection {
  totalCount { value } nodes { id published { title } } pageInfo { endCursor } }"""
LEVEL = "query($m: ID!) { node(id: $m) { ... on Member { level roles points { growthValue } } } }"


async def edit_visibility(place, leader, visibility):
    community = await queries.find_community(place.number)
    row = (await queries.get_members([ids.decode("Member", leader.member_id, path="id")]))[0]
    await profile.edit_community(row, version=community.version, edit={"visibility": visibility})


def list_titles(found):
    return [node["published"]["title"] for node in found["nodes"]]


@pytest.fixture
async def people(place):
    """Two submissions by the author, the first for members and the second for everyone, and one by another."""
    leader = await place.found_community()
    author, other = [await place.resident(leader, name) for name in ("小李", "阿明")]
    await place.publish(author, leader, "一")
    await edit_visibility(place, leader, Visibility.PUBLIC)
    await place.publish(author, leader, "二")
    await place.publish(other, leader, "三")
    await place.submit(author, "四")
    return place, {"leader": leader, "author": author, "other": other, "guest": place.guest}


@pytest.mark.parametrize(
    ("who", "titles"), [("leader", ["二", "一"]), ("author", ["二", "一"]), ("other", ["二", "一"]), ("guest", ["二"])]
)
async def test_page_lists_what_the_feed_shows(people, who, titles):
    place, callers = people
    data = await callers[who].ask(PAGE, m=callers["author"].member_id, c=place.id)
    page, feed = data["page"]["list"], data["list"]
    assert list_titles(page) == list_titles(feed) == titles
    assert page["totalCount"] == feed["totalCount"] == {"value": len(titles)}


async def test_page_continues_after_its_cursor(people):
    place, callers = people
    member_id = callers["author"].member_id
    first = (await callers["other"].ask(PAGE, m=member_id, c=place.id, n=1))["page"]["list"]
    cursor = first["pageInfo"]["endCursor"]
    second = (await callers["other"].ask(PAGE, m=member_id, c=place.id, n=1, a=cursor))["page"]["list"]
    assert (list_titles(first), list_titles(second)) == (["二"], ["一"])
    code = await callers["other"].get_error_code(PAGE, m=callers["other"].member_id, c=place.id, n=1, a=cursor)
    assert code == "INVALID_CURSOR"


async def test_former_member_of_closed_community_sees_no_list(people):
    place, callers = people
    author = callers["author"]
    await edit_visibility(place, callers["leader"], Visibility.MEMBERS)
    leave = """mutation($c: ID!) { communityLeave(input: {communityId: $c}) {
      errors { code } member { publishedSubmissions { nodes { id } } } } }"""
    assert (await author.ask(leave, c=place.id))["communityLeave"] == {
        "errors": [], "member": {"publishedSubmissions": None},
    }  # fmt: skip


@pytest.mark.parametrize("who", ["leader", "author", "other", "guest"])
async def test_level_is_public_without_the_growth_value(people, who):
    _, callers = people
    author = callers["author"]
    row = (await queries.get_members([ids.decode("Member", author.member_id, path="id")]))[0]
    await bank.award(row, new_key(), 200)
    node = (await callers[who].ask(LEVEL, m=author.member_id))["node"]
    points = {"growthValue": 248} if who in {"leader", "author"} else None
    assert node == {"level": 3, "roles": [], "points": points}


async def test_hidden_member_has_no_page(people):
    place, callers = people
    silent = await place.resident(callers["leader"], "陈奶奶")
    assert (await place.guest.ask(LEVEL, m=silent.member_id))["node"] is None


async def test_levels_of_a_list_need_one_statement(people):
    place, callers = people
    sent = []
    for _ in range(2):
        with record_statements() as statements:
            data = await callers["author"].ask("{ me { memberships { nodes { level } } } }")
        sent.append((len(data["me"]["memberships"]["nodes"]), len(statements)))
        await place.join(callers["author"], (await create_community(name="小区")).code)
    assert sent == [(1, sent[0][1]), (2, sent[0][1])]
