"""Nicknames: listed words and personal data, when a person changes the name or joins."""

from __future__ import annotations

import pytest

from community.safety import lists
from community.safety.entries import Word, WordEntries
from community.safety.errors import TextBlocked
from community.safety.facts import Level
from community.safety.nicknames import require_allowed, require_allowed_in
from tests.support.api import complete_input
from tests.support.comments import list_word
from tests.support.story import assert_refused, create_community, create_person

EDIT = "mutation($i: PersonEditInput!) { personEdit(input: $i) { person { nickname } errors { code path } } }"
JOIN = "mutation($i: CommunityJoinInput!) { communityJoin(input: $i) { member { id } errors { code path } } }"


@pytest.fixture
async def town(database):
    return await create_community()


@pytest.mark.parametrize("level", list(Level))
async def test_listed_word_is_refused(town, level):
    await list_word(town, "代购", level)
    refusal = await assert_refused(TextBlocked, require_allowed(town.resident.person_id, "代 购王"))
    assert (refusal.path, refusal.figures) == (("nickname",), {"words": "代 购"})


async def test_word_of_another_community_is_allowed(town):
    await list_word(await create_community(), "代购", Level.BLOCK)
    await require_allowed(town.resident.person_id, "代购王")


async def test_word_of_the_operator_is_refused_without_community(database):
    await lists.publish_as_operator(WordEntries((Word("代购", Level.BLOCK, "广告"),)))
    await assert_refused(TextBlocked, require_allowed(await create_person(), "代购王"))


@pytest.mark.parametrize("name", ["王姐13812345678", "加我微信abc_1234"])
async def test_personal_data_is_refused(town, name):
    await assert_refused(TextBlocked, require_allowed(town.resident.person_id, name))


@pytest.mark.parametrize("name", ["王姐", "最爱吃辣", "第一名奶爸", "3号楼李叔"])
async def test_harmless_name_is_allowed(town, name):
    await require_allowed(town.resident.person_id, name)
    await require_allowed_in(town.resident.person_id, town.id)


async def test_person_edit_is_refused(place):
    leader = await place.found_community()
    refused = (await leader.ask(EDIT, i={"nickname": "王姐13812345678"}))["personEdit"]
    assert refused == {"person": None, "errors": [{"code": "TEXT_BLOCKED", "path": ["nickname"]}]}


async def test_listed_name_does_not_join(place):
    leader = await place.found_community()
    caller = await place.log_in("代购王")
    words = "mutation($i: WordListPublishInput!) { wordListPublish(input: $i) { errors { code } } }"
    given = {"version": 0, "words": [{"word": "代购", "level": "BLOCK"}]}
    await leader.ask(words, i=complete_input("wordListPublish", place.id, given))
    code = "mutation($i: InvitationCreateInput!) { invitationCreate(input: $i) { invitation { code } } }"
    made = await leader.ask(code, i=complete_input("invitationCreate", place.id, {}))
    given = {"invitationCode": made["invitationCreate"]["invitation"]["code"]}
    refused = (await caller.ask(JOIN, i=given))["communityJoin"]
    assert refused == {"member": None, "errors": [{"code": "TEXT_BLOCKED", "path": ["nickname"]}]}
    assert (await caller.ask(EDIT, i={"nickname": "王哥"}))["personEdit"]["errors"] == []
