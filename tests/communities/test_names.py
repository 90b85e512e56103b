"""Search of members by parts of their names."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from community.accounts import people
from community.accounts.rules import fold_nickname
from community.communities import invitations, memberships, names, nicknames
from community.kernel import db
from community.kernel.personal import ErasureContent
from tests.privacy.test_erasing import erase
from tests.support.searching import find_submissions
from tests.support.story import create_community, create_person, create_published, list_rows


@pytest.fixture
async def place(database):
    return await create_community(residents=1)


async def join(place, name):
    code = (await invitations.invite(place.leader)).code
    return await memberships.join(await create_person(name), invitation_code=code)


async def find(place, text, limit=10) -> list[int]:
    return [row.id for row in await names.find_members(place.id, fold_nickname(text), limit=limit)]


def test_parts_have_one_to_three_characters():
    assert [part for part in names.list_parts("王小明") if len(part) < 4 and "\ue000" not in part] == sorted(
        ["王", "小", "明", "王小", "小明", "王小明"]
    )
    assert names.list_parts("") == []


@pytest.mark.parametrize("text", ["龚", "梓", "霖", "龚梓", "梓霖", "龚梓霖"])
async def test_any_part_of_a_name_finds_its_member(place, text):
    member = await join(place, "龚梓霖")
    assert await find(place, text) == [member.id]


@pytest.mark.parametrize("text", ["ＬＩ", "liz", "z", "IZ"])
async def test_case_and_width_of_a_name_do_not_matter(place, text):
    member = await join(place, "Liz")
    assert await find(place, text) == [member.id]


async def test_beginnings_come_first(place):
    middle, first = await join(place, "小王子"), await join(place, "王五")
    assert await find(place, "王") == [first.id, middle.id]
    assert await find(place, "王", limit=1) == [first.id]


async def test_longer_text_is_compared_with_the_whole_name(place):
    member = await join(place, "阳台种菜的老王")
    await join(place, "阳台种花的老李")
    assert await find(place, "阳台种菜的") == [member.id]
    assert await find(place, "阳台种菜的老李") == []


async def test_name_of_another_community_is_not_found(place):
    elsewhere = await create_community()
    await join(place, "王小明")
    assert await find(elsewhere, "王小明") == []


async def test_new_nickname_replaces_the_parts(place):
    member = await join(place, "王小明")
    await nicknames.edit_person(member.person_id, nickname="赵六")
    assert (await find(place, "王"), await find(place, "赵")) == ([], [member.id])


async def test_former_suspended_and_erased_members_are_not_suggested(place):
    members = [await join(place, f"王小{number}") for number in "一二三"]
    await memberships.leave(members[0])
    await people.ban(members[1].person_id, reason="广告")
    await erase(members[2].person_id, ErasureContent.ANONYMISE)
    assert await find(place, "王") == []
    assert members[2].id not in {row["membership_id"] for row in await list_rows("member_name_part")}


async def test_parts_agree_with_the_migration(place):
    await join(place, "王小明")
    await join(place, "Ann-Marie 安娜")
    kept = {(row["membership_id"], row["part"]) for row in await list_rows("member_name_part")}
    (path,) = Path(names.__file__).parents[1].glob("migrations/*_member_names.py")
    migration = import_module(f"community.migrations.{path.stem}")
    await db.execute("DELETE FROM member_name_part")
    for select in (migration.PARTS, migration.BEGINNINGS):
        await db.execute(f"{migration.INSERT} {select}")
    assert {(row["membership_id"], row["part"]) for row in await list_rows("member_name_part")} == kept


@pytest.mark.parametrize(("missing", "people"), [(True, 1), (False, 4)])
async def test_rebuild_mends_the_parts(place, missing, people):
    member, _ = await join(place, "王小明"), await join(place, "李四")
    kept = {(row["membership_id"], row["part"]) for row in await list_rows("member_name_part")}
    await db.execute("DELETE FROM member_name_part WHERE membership_id = $1", member.id)
    assert await names.rebuild(missing=missing) == people
    assert {(row["membership_id"], row["part"]) for row in await list_rows("member_name_part")} == kept
    assert await names.rebuild(missing=True) == 0


async def test_search_finds_publications_by_their_author(place):
    author, other = await join(place, "王小明"), await join(place, "李四")
    first = await create_published(place, author=author, title="阳台番茄")
    second = await create_published(place, author=other, title="阳台黄瓜")
    assert await find_submissions(place, "@小明") == [first.id]
    assert await find_submissions(place, "阳台") == [second.id, first.id]
    assert await find_submissions(place, "阳台 ＠李四") == [second.id]
    assert await find_submissions(place, "番茄 @李四") == []
    await create_published(place, author=other, title="0 糖饮料")
    assert await find_submissions(place, "@赵六") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("王小明", "first"), ("王小", "third first"), ("小明", "third"), ("王", "third"), ("王小明 番茄", "first"),
        ("番茄 王小明", "first"), ("王小明 李四", ""), ("Ann-Marie 安娜", "third"), ("ann", "third"), ("安娜", ""),
        ("番茄王", "fourth"), ("番茄王小", ""), ("阳台番", "fourth first"),
    ],
)  # fmt: skip
async def test_word_finds_publications_by_its_author(place, asked, found):
    one, other = await join(place, "王小明"), await join(place, "Ann-Marie 安娜")
    third, fourth = await join(place, "李四"), await join(place, "番茄王")
    rows = {
        "first": await create_published(place, author=one, title="阳台番茄"),
        "second": await create_published(place, author=third, title="茄子番薯"),
        "third": await create_published(place, author=other, title="王小院与小明"),
        "fourth": await create_published(place, author=fourth, title="番薯茄子阳台番"),
    }
    assert await find_submissions(place, asked) == [rows[name].id for name in found.split()]
