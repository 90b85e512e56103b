"""Cursors are valid only for their own list."""

from __future__ import annotations

import pytest

FEED = "feed(communityId: $c, first: 1, after: $a)"
LISTS = {
    "feed": FEED,
    "recommended": "feed(communityId: $c, first: 1, after: $a, recommended: true)",
    "own": "mySubmissions(communityId: $c, first: 1, after: $a)",
    "published": "mySubmissions(communityId: $c, first: 1, after: $a, states: [PUBLISHED])",
    "points": "pointsStatement(communityId: $c, first: 1, after: $a)",
    "sessions": "sessions(first: 1, after: $a)",
}


def query(field):
    declared = "$c: ID!, $a: String" if "$c" in field else "$a: String"
    return f"query({declared}) {{ list: {field} {{ edges {{ cursor }} pageInfo {{ startCursor endCursor }} }} }}"


@pytest.fixture
async def author(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    for title in ("一", "二"):
        await place.publish(author, leader, title)
    author.leader = leader
    return author


async def test_cursor_is_refused_by_every_other_list(place, author):
    def build_variables(field, after):
        return {"a": after} | ({"c": place.id} if "$c" in field else {})

    cursors = {}
    for name, field in LISTS.items():
        page = (await author.ask(query(field), **build_variables(field, None)))["list"]
        cursors[name] = page["edges"][0]["cursor"]
        assert page["pageInfo"] == {"startCursor": cursors[name], "endCursor": cursors[name]}
    for name, cursor in cursors.items():
        for other, field in LISTS.items():
            if other == name:
                await author.ask(query(field), **build_variables(field, cursor))
                continue
            (error,) = (await author.send(query(field), **build_variables(field, cursor)))["errors"]
            assert error["extensions"] == {"code": "INVALID_CURSOR", "path": ["after"]}, (name, other)


async def test_invalid_cursor_is_refused(place, author):
    for text in ("", "x", "é", "0" * 200):
        assert await author.get_error_code(query(FEED), c=place.id, a=text) == "INVALID_CURSOR"


async def test_cursor_of_another_parent_is_refused(place, author):
    text = """query($m: ID!, $a: String) { node(id: $m) { ... on Member {
      publishedSubmissions(first: 1, after: $a) { edges { cursor } } } } }"""
    page = await author.ask(text, m=author.member_id)
    cursor = page["node"]["publishedSubmissions"]["edges"][0]["cursor"]
    assert len((await author.ask(text, m=author.member_id, a=cursor))["node"]["publishedSubmissions"]["edges"]) == 1
    other = await place.resident(author.leader, "阿明")
    assert await author.get_error_code(text, m=other.member_id, a=cursor) == "INVALID_CURSOR"


async def test_cursor_below_a_list_serves_its_parent_only(place, author):
    text = """query($c: ID!, $a: String) { feed(communityId: $c) { nodes { author { id
      publishedSubmissions(first: 1, after: $a) { edges { cursor } } } } } }"""
    node = (await author.ask(text, c=place.id))["feed"]["nodes"][0]
    await place.publish(await place.resident(author.leader, "阿明"), author.leader)
    answer = await author.send(text, c=place.id, a=node["author"]["publishedSubmissions"]["edges"][0]["cursor"])
    other, own, _ = answer["data"]["feed"]["nodes"]
    assert len(own["author"]["publishedSubmissions"]["edges"]) == 1
    assert other["author"]["publishedSubmissions"] is None
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "INVALID_CURSOR", "path": ["after"]}
