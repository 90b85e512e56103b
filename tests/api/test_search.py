"""The search and the suggested tags over the API, as a member and as a stranger."""

from __future__ import annotations

import pytest

from community.api import ids
from community.communities import profile, queries
from community.communities.settings import Visibility

SEARCH = """query($c: ID!, $text: String!, $n: Int! = 20, $a: String) {
  search(communityId: $c, text: $text, first: $n, after: $a) {
    totalCount { value } pageInfo { hasNextPage endCursor }
    nodes { submission { id } title { text isMatch } excerpt { text isMatch } } }
  suggestedTags(communityId: $c, text: "家") }"""
LONG = "先" * 60 + "焯水" + "后" * 60


@pytest.fixture
async def people(place):
    """Two publications: the older one for members, the newer one for everyone."""
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    older = await place.publish(author, leader, "外婆的紅燒肉", content={"tags": ["家常菜"]})
    row = (await queries.get_members([ids.decode("Member", leader.member_id, path="id")]))[0]
    version = (await queries.find_community(place.number)).version
    await profile.edit_community(row, version=version, edit={"visibility": Visibility.PUBLIC})
    newer = await place.publish(author, leader, "红烧肉", content={"text": LONG, "tags": ["家宴"]})
    return (
        place,
        {"member": await place.resident(leader, "阿明"), "stranger": place.guest},
        {"older": older["id"], "newer": newer["id"]},
    )


@pytest.mark.parametrize(
    ("who", "found", "tags"),
    [("member", ["newer", "older"], {"家宴", "家常菜"}), ("stranger", ["newer"], {"家宴"})],
)
async def test_each_reader_finds_what_the_feed_shows(people, who, found, tags):
    place, callers, submissions = people
    data = await callers[who].ask(SEARCH, c=place.id, text="红烧")
    hits = data["search"]
    assert [node["submission"]["id"] for node in hits["nodes"]] == [submissions[name] for name in found]
    assert hits["totalCount"] == {"value": len(found)}
    assert set(data["suggestedTags"]) == tags


async def test_search_continues_after_its_cursor(people):
    place, callers, submissions = people
    pages = []
    after = None
    for has_next in (True, False):
        page = (await callers["member"].ask(SEARCH, c=place.id, text="红烧", n=1, a=after))["search"]
        assert page["pageInfo"]["hasNextPage"] is has_next
        after = page["pageInfo"]["endCursor"]
        pages.append([node["submission"]["id"] for node in page["nodes"]])
    assert pages == [[submissions["newer"]], [submissions["older"]]]
    assert await callers["member"].get_error_code(SEARCH, c=place.id, text="烧肉", n=1, a=after) == "INVALID_CURSOR"


async def test_parts_mark_the_words(people):
    place, callers, _ = people
    (hit,) = (await callers["stranger"].ask(SEARCH, c=place.id, text="紅燒 焯水"))["search"]["nodes"]
    assert hit["title"] == [{"text": "红烧", "isMatch": True}, {"text": "肉", "isMatch": False}]
    assert hit["excerpt"] == [
        {"text": "…", "isMatch": False},
        {"text": "先" * 20, "isMatch": False},
        {"text": "焯水", "isMatch": True},
        {"text": "后" * 58, "isMatch": False},
        {"text": "…", "isMatch": False},
    ]


@pytest.mark.parametrize("text", ["", "，。", "汤" * 51])
async def test_unusable_words_are_refused(people, text):
    place, callers, _ = people
    assert await callers["member"].get_error_code(SEARCH, c=place.id, text=text) == "INVALID_INPUT"
