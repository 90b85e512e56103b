"""Total counts of lists in the graph."""

from __future__ import annotations

import pytest

from tests.support.statements import record_statements

TOTAL = "totalCount { value isAtLeast }"
FEED = f"""query($c: ID!, $a: String) {{
  feed(communityId: $c, first: 1, after: $a) {{ {TOTAL} pageInfo {{ endCursor }} }} }}"""
# Each list of the viewer or of a community, and its number of items in the fixture's community.
LISTS = {
    "leader mySubmissions": ("query($c: ID!) { mySubmissions(communityId: $c) { %s } }", 2),
    "leader reviewQueue": ("query($c: ID!) { reviewQueue(communityId: $c) { %s } }", 1),
    "leader auditTrail": ("query($c: ID!) { auditTrail(communityId: $c) { %s } }", 15),
    "leader communityHistory": ("query($c: ID!) { communityHistory(communityId: $c) { %s } }", 1),
    "leader serviceTokens": ("query($c: ID!) { serviceTokens(communityId: $c) { %s } }", 0),
    "leader sessions": ("{ sessions { %s } }", 1),
    "author pointsStatement": ("query($c: ID!) { pointsStatement(communityId: $c) { %s } }", 2),
    "author pointsEndings": ("query($c: ID!) { pointsEndings(communityId: $c) { %s } }", 1),
}


@pytest.fixture
async def people(place):
    leader = await place.found_community(public=True)
    author = await place.resident(leader, "小李")
    for title in ("一", "二"):
        await place.publish(author, leader, title)
    await place.publish(leader, await place.resident(leader, "李姐", role="LEADER"), "三")
    await place.submit(leader, "四")
    await place.submit(author, "五")
    return place, {"leader": leader, "author": author}


async def test_total_count_is_that_of_the_whole_list(people):
    place, _ = people
    first = (await place.guest.ask(FEED, c=place.id))["feed"]
    second = (await place.guest.ask(FEED, c=place.id, a=first["pageInfo"]["endCursor"]))["feed"]
    assert first["totalCount"] == second["totalCount"] == {"value": 3, "isAtLeast": False}


@pytest.mark.parametrize("name", LISTS)
async def test_list_has_its_total_count(people, name):
    place, callers = people
    caller, _, field = name.partition(" ")
    document, count = LISTS[name]
    data = await callers[caller].ask(document % TOTAL, **({"c": place.id} if "$c" in document else {}))
    assert data[field] == {"totalCount": {"value": count, "isAtLeast": False}}


async def test_total_count_is_read_only_when_selected(people):
    place, _ = people
    counting = []
    for selected in ("", TOTAL):
        with record_statements() as statements:
            await place.guest.ask(
                f"query($c: ID!) {{ feed(communityId: $c) {{ nodes {{ kind }} {selected} }} }}", c=place.id
            )
        counting.append(sum("count(*)" in statement for statement in statements))
    assert counting == [0, 1]
