"""Fields about the screening for the author and the leaders."""

from __future__ import annotations

import pytest

from community.communities import queries
from community.safety import lists
from community.safety.entries import Word
from community.safety.facts import Level

ASK = "query($i: ID!) { submission(id: $i) { state note } }"
QUEUE = """query($c: ID!) { reviewQueue(communityId: $c) { nodes {
  screening { state verdict findings { level reason field start end } } } } }"""


FEED = "query($c: ID!) { feed(communityId: $c) { nodes { published { id title text tags excerpt } } } }"
NODE = "query($i: ID!) { node(id: $i) { ... on Revision { title text tags } } }"
HIDDEN = {"title": "***********", "text": "加我微信：********", "tags": ["***********", "菜"]}
PLAIN = {"title": "13912345678", "text": "加我微信：abc_1234", "tags": ["13912345678", "菜"]}


@pytest.fixture
async def people(place):
    leader = await place.found_community()
    words = [Word("代购", Level.BLOCK, "广告"), Word("团购", Level.REVIEW, "广告")]
    await lists.publish_as_leader(await queries.get_member(1, place.number), version=0, words=words, exceptions=[])
    return leader, await place.resident(leader, "小李")


async def test_author_reads_why_a_revision_was_blocked(place, people):
    _, author = people
    sent = await place.submit(author, "代 购", content={"text": "找我代购"})
    found = (await author.ask(ASK, i=sent["id"]))["submission"]
    assert found == {
        "state": "RETURNED",
        "note": "“代 购”：此处有词表中的词语（广告）。\n“代购”：此处有词表中的词语（广告）。",
    }


async def test_leader_reads_findings_of_a_case(place, people):
    leader, author = people
    await place.submit(author, "今天团购")
    (case,) = (await leader.ask(QUEUE, c=place.id))["reviewQueue"]["nodes"]
    screening = case["screening"]
    assert (screening["state"], screening["verdict"]) == ("DONE", "REVIEW")
    place_of_word = {"level": "REVIEW", "reason": "LISTED_WORD", "field": "title", "start": 2, "end": 4}
    assert place_of_word in screening["findings"]


async def test_others_see_stars_for_personal_data(place, people):
    leader, author = people
    await place.publish(author, leader, PLAIN["title"], content=PLAIN)
    other = await place.resident(leader, "阿明")
    for reader, seen in ((other, HIDDEN), (author, PLAIN), (leader, PLAIN)):
        (found,) = (await reader.ask(FEED, c=place.id))["feed"]["nodes"]
        revision = found["published"]
        number = revision.pop("id")
        assert revision.pop("excerpt") == seen["text"]
        assert revision == seen
        assert (await reader.ask(NODE, i=number))["node"] == seen
