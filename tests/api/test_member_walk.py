"""Walks over ids of members and persons find only those whom the caller may see."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.api import ids
from community.kernel import db

MEMBER = "query($i: ID!) { node(id: $i) { ... on Member { joinedAt leftAt roles person { id nickname } } } }"
PERSON = "query($i: ID!) { node(id: $i) { ... on Person { nickname } } }"
LAST_ID = 40
LEAVE = "mutation($c: ID!) { communityLeave(input: {communityId: $c}) { errors { code } } }"


async def change_person(nickname, column, value):
    await db.execute(f"UPDATE person SET {column} = $2 WHERE nickname = $1", nickname, value)


@pytest.fixture
async def walk(place):
    """Return a function that finds the nicknames and dates that a caller can collect by ids."""
    leader = await place.found_community(public=True)
    residents = {name: await place.resident(leader, name) for name in ("作者", "读者", "走了", "孩子", "封禁", "编辑")}
    for name in ("作者", "走了", "孩子", "封禁"):
        await place.publish(residents[name], leader, f"{name}的菜")
    await place.submit(residents["编辑"], "草稿", draft=True)
    await residents["走了"].ask(LEAVE, c=place.id)
    await change_person("孩子", "born_on", "2020-01-01")
    await people.ban(await db.scalar("SELECT id FROM person WHERE nickname = '封禁'"), reason="广告")
    callers = {"guest": place.guest, "stranger": await place.log_in("外人"), "leader": leader, **residents}

    async def collect(caller):
        found, dates = set(), 0
        for number in range(1, LAST_ID):
            node = (await callers[caller].ask(MEMBER, i=ids.encode("Member", number)))["node"]
            if node is not None:
                found.add(node["person"]["nickname"])
                dates += node["joinedAt"] is not None or node["leftAt"] is not None
                assert await callers[caller].ask(PERSON, i=node["person"]["id"]) == {
                    "node": {"nickname": node["person"]["nickname"]}
                }
        persons = set()
        for number in range(1, LAST_ID):
            node = (await callers[caller].ask(PERSON, i=ids.encode("Person", number)))["node"]
            if node is not None:
                persons.add(node["nickname"])
        return found, persons, dates

    collect.place, collect.callers = place, callers
    return collect


@pytest.mark.parametrize("caller", ["guest", "stranger"])
async def test_stranger_finds_only_members_who_published(walk, caller):
    members, persons, dates = await walk(caller)
    assert members == {"作者"}
    assert persons == {"作者"} | ({"外人"} if caller == "stranger" else set())
    assert dates == 0


@pytest.mark.parametrize("caller", ["读者", "leader"])
async def test_member_finds_every_member_with_dates(walk, caller):
    members, persons, dates = await walk(caller)
    assert members >= {"作者", "读者", "走了", "孩子", "封禁", "编辑"}
    assert persons == members
    assert dates == len(members)


async def test_former_member_finds_themselves(walk):
    members, persons, dates = await walk("走了")
    assert members == persons == {"作者", "走了"}
    assert dates == 1


async def test_stranger_finds_nobody_in_a_closed_community(walk):
    await db.execute("UPDATE community SET visibility = 'MEMBERS' WHERE id = $1", walk.place.number)
    assert await walk("guest") == (set(), set(), 0)


async def test_feed_of_strangers_names_no_hidden_author(walk):
    data = await walk.place.guest.ask(
        "query($c: ID!) { feed(communityId: $c) { nodes { published { title }"
        " author { joinedAt person { nickname } } } } }",
        c=walk.place.id,
    )
    found = {node["published"]["title"]: node["author"] for node in data["feed"]["nodes"]}
    assert found["作者的菜"] == {"joinedAt": None, "person": {"nickname": "作者"}}
    assert {title: author for title, author in found.items() if author} == {"作者的菜": found["作者的菜"]}
    assert len(found) == 4
