"""The search: what is found, by whom, and how the index follows changes."""

from __future__ import annotations

from itertools import product

import pytest

from community.conversation.search import SearchOrder
from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent
from community.submissions import personal, readers, removal, restoration, review_steps, search
from community.submissions.models import SubmissionKind, SubmissionState
from tests.support.searching import find_hits
from tests.support.searching import find_submissions as find
from tests.support.story import (
    HIGH_SCORES,
    create_community,
    create_in_review,
    create_in_state,
    create_published,
    edit_submission,
    get_revision,
)


async def test_any_part_of_a_chinese_text_is_found(database):
    place = await create_community()
    texts = ["红烧肉", "烧肉红", "红烧", "肉红烧肉红", "汤"]
    rows = [await create_published(place, title="菜", text=f"说{text}好") for text in texts]
    for length in (1, 2, 3, 4):
        for asked in map("".join, product("红烧肉汤", repeat=length)):
            expected = [row.id for row, text in zip(rows, texts, strict=True) if asked in f"菜\n说{text}好"]
            assert await find(place, asked) == expected[::-1], asked


@pytest.mark.parametrize("asked", ["紅燒", "红烧 SOUP", "soup 👍", "ｓｏｕ", "2026", "家常", "香锅 红烧"])
async def test_each_form_of_the_words_is_found(database, asked):
    place = await create_community()
    row = await create_published(place, title="红烧Soup", text="麻辣香锅👍 2026", tags=["家常菜"])
    await create_published(place, title="别的", text="红 烧 soap", tags=["家里"])
    assert await find(place, asked) == [row.id]


async def test_words_of_other_communities_are_not_found(database):
    place, other = await create_community(), await create_community()
    await create_published(other, title="红烧肉")
    assert await find(place, "红烧肉") == []


async def test_only_publications_are_found(database):
    place = await create_community()
    for state in SubmissionState:
        await create_in_state(place, state)
    (found,) = await find(place, "番茄")
    row = await db.scalar("SELECT state FROM submission WHERE id = $1", found)
    assert row == SubmissionState.PUBLISHED


async def test_filters_narrow_the_search(database):
    place = await create_community()
    one = await create_published(place, title="汤一", kind=SubmissionKind.RECIPE, tags=["no-sugar"], scores=HIGH_SCORES)
    two = await create_published(place, title="汤二", kind=SubmissionKind.USAGE_TIP, author=place.residents[1])
    both = [two.id, one.id]
    assert await find(place, "汤") == both
    assert await find(place, "汤", kinds=[SubmissionKind.RECIPE]) == [one.id]
    assert await find(place, "汤", kinds=list(SubmissionKind)) == both
    assert await find(place, "汤", tags=["No-Sugar", "other"]) == [one.id]
    assert await find(place, "汤", author_id=two.author_id) == [two.id]
    assert await find(place, "汤", recommended_only=True) == [one.id]


async def test_words_in_the_title_come_first(database):
    place = await create_community()
    rows = [await create_published(place, title=title, text="汤") for title in ("汤一", "菜", "好汤", "饭")]
    expected = [rows[2].id, rows[0].id, rows[3].id, rows[1].id]
    assert await find(place, "汤", order=SearchOrder.TITLE_FIRST) == expected


async def test_index_follows_edit_and_end(database):
    place = await create_community()
    row = await create_published(place, title="红烧肉")
    row = await edit_submission(row, place.resident, title="糖醋鱼")
    assert (await find(place, "红烧肉"), await find(place, "糖醋鱼")) == ([row.id], [])
    row = await removal.withdraw(place.resident, row.id, version=row.version)
    assert await find(place, "红烧肉") == []
    assert await db.scalar("SELECT count(*) FROM search_document WHERE kind = 'SUBMISSION'") == 0


async def test_strangers_find_what_is_for_everyone(database):
    place = await create_community()
    row = await create_published(place, title="红烧肉")
    assert await find(place, "红烧肉", for_everyone=True) == []
    await db.execute("UPDATE community SET visibility = 'PUBLIC' WHERE id = $1", place.id)
    await readers.make_public(place.resident, row.id, version=row.version)
    assert await find(place, "红烧肉", for_everyone=True) == [row.id]


@pytest.mark.parametrize(("content", "left"), [(ErasureContent.ANONYMISE, 1), (ErasureContent.REMOVE, 0)])
async def test_erased_words_are_not_found(database, content, left):
    place = await create_community()
    await create_published(place, title="红烧肉")
    subject = DataSubject(place.resident.person_id, ((place.id, place.resident.id),))
    await db.transaction(lambda: personal.erase(subject, content))
    assert len(await find(place, "红烧肉")) == left
    assert await db.scalar("SELECT count(*) FROM search_document WHERE kind <> 'CASE'") == left


async def test_rebuilt_index_finds_the_same_in_the_same_order(database):
    place = await create_community()
    rows = [await create_published(place, title=f"红烧肉{number}") for number in range(3)]
    before = await find(place, "红烧肉")
    assert before == [row.id for row in reversed(rows)]
    assert await search.rebuild() == 3
    assert await find(place, "红烧肉") == before
    assert await search.index_missing() == 0


async def test_tags_are_suggested_by_their_beginning(database):
    place = await create_community()
    for tags in (["家常菜", "汤"], ["家常", "no-sugar"], ["家常菜"]):
        await create_published(place, tags=tags)
    assert await search.suggest_tags(place.id, "家", for_everyone=False) == ["家常菜", "家常"]
    assert await search.suggest_tags(place.id, "#No-", for_everyone=False) == ["no-sugar"]
    assert await search.suggest_tags(place.id, "家", for_everyone=True) == []


async def test_hit_has_marked_excerpt(database):
    place = await create_community()
    await create_published(place, title="外婆的紅燒肉", text="先把五花肉焯水")
    (hit,) = await find_hits(place, "红烧肉 焯水")
    assert [part.text for part in hit.title if part.is_match] == ["紅燒肉"]
    assert [part.text for part in hit.excerpt if part.is_match] == ["焯水"]


async def test_restored_submission_is_found_again(database):
    place = await create_community()
    row = await create_published(place, title="红烧肉")
    row = await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    assert await find(place, "红烧肉") == []
    removed = (await restoration.find_newest([row.id]))[0]
    await restoration.restore(removed, by=place.leader, note=None)
    assert await find(place, "红烧肉") == [row.id]


async def test_masked_words_are_not_found(database):
    place = await create_community()
    row = await create_in_review(place, text="电话 13912345678 找我")
    revision = await get_revision(row)
    await review_steps.publish(
        place.id, row.id, revision_id=revision.id, recommended=False, note=None, masks=[("text", 3, 14)]
    )
    assert await find(place, "13912345678") == []
    assert await find(place, "找我") == [row.id]
