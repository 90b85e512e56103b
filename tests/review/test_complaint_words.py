"""The search for complaints in the queue: whose words are found, by whom, and until when."""

from __future__ import annotations

import pytest

from community.kernel import db
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import ErasureContent
from community.review import case_words, queue
from community.review.complaints import service
from community.review.complaints.rules import ComplaintContent
from community.review.models import CaseState
from community.review.queue import QueueFilter
from community.search import index
from community.search.models import SearchKind
from tests.privacy.test_erasing import erase
from tests.support.bank import find_violations
from tests.support.searching import find_hits
from tests.support.story import create_community, create_in_review, run_concurrently

EVERY = (CaseState.OPEN, CaseState.DECIDED)


@pytest.fixture
async def place(database):
    return await create_community(leaders=2)


async def complain(place, text="鸡蛋坏了两个", member=None, **about):
    return await service.open_complaint(member or place.resident, content=ComplaintContent(text=text, **about))


async def find(leader, text, *states):
    """Return the ids of the found cases. Their number is the counted one."""
    only = QueueFilter(text=text)
    page = await queue.list_queue(leader, PageRequest(MAX_PAGE), states=states or (CaseState.OPEN,), only=only)
    assert (await page.count()).count == len(page.rows)
    return [case.id for case in page.rows]


async def list_words():
    rows = await db.client().execute_query_dict("SELECT content FROM search_document WHERE kind = 'CASE' ORDER BY id")
    return [row["content"] for row in rows]


async def test_complaint_is_found_by_its_words(place):
    row = await complain(place)
    await create_in_review(place)
    assert await find(place.leader, "鸡蛋 坏了") == [row.case_id]
    assert await find(place.leader, "鸭蛋") == []
    assert await find_violations() == {}


async def test_each_message_is_found(place):
    row = await complain(place)
    await service.reply(place.leader, row.id, text="请发照片")
    await service.reply(place.resident, row.id, text="附上收据")
    assert await find(place.leader, "照片 收据 鸡蛋") == [row.case_id]
    await service.solve(place.leader, row.id, text="已经退款")
    assert await find(place.leader, "退款") == []
    assert await find(place.leader, "退款 收据", CaseState.DECIDED) == [row.case_id]
    assert await find_violations() == {}


async def test_reopened_complaint_is_found_in_both_cases(place):
    first = await complain(place)
    await service.solve(place.leader, first.id, text="已经退款")
    row = await service.reopen(place.resident, first.id, text="没有到账")
    await service.reply(place.leader, row.id, text="再查一次")
    assert await find(place.leader, "再查 退款") == [row.case_id]
    assert await find(place.leader, "再查 退款", CaseState.DECIDED) == [first.case_id]
    assert await find_violations() == {}


async def test_leader_whom_it_concerns_finds_nothing(place):
    row = await complain(place, leader_id=place.leader.id)
    await service.reply(place.leaders[1], row.id, text="正在核实")
    for text in ("鸡蛋", "核实"):
        assert await find(place.leader, text, *EVERY) == []
        assert await find(place.leaders[1], text, *EVERY) == [row.case_id]
    assert (await queue.count_queue(place.leader)).complaints == 0
    await service.solve(place.leaders[1], row.id, text="已经退款")
    assert await find(place.leader, "退款", *CaseState) == []


async def test_leader_finds_no_own_complaint(place):
    row = await complain(place, member=place.leader)
    assert await find(place.leader, "鸡蛋", *EVERY) == []
    assert await find(place.leaders[1], "鸡蛋", *EVERY) == [row.case_id]


async def test_others_find_no_complaint(place):
    await complain(place)
    assert await find((await create_community()).leader, "鸡蛋") == []
    assert await find_hits(place, "鸡蛋") == []


@pytest.mark.parametrize("content", ErasureContent)
async def test_erasure_of_the_member_removes_all_words(place, content):
    first = await complain(place)
    await service.solve(place.leader, first.id, text="已经退款")
    await service.reopen(place.resident, first.id, text="没有到账")
    await erase(place.resident.person_id, content)
    assert await list_words() == []
    assert (await case_words.index_missing(), await list_words()) == (0, [])
    assert await find_violations() == {}


async def test_erasure_of_a_leader_removes_own_words(place):
    row = await complain(place)
    await service.reply(place.leader, row.id, text="我是小王")
    await service.reply(place.leaders[1], row.id, text="请发照片")
    await erase(place.leader.person_id, ErasureContent.REMOVE)
    assert await find(place.leaders[1], "小王") == []
    assert await find(place.leaders[1], "照片 鸡蛋") == [row.case_id]
    assert await find_violations() == {}


async def test_missing_messages_are_found_by_the_audit(place):
    row = await complain(place)
    words = await list_words()
    await service.reply(place.leader, row.id, text="请发照片")
    await db.execute("UPDATE search_document SET content = $1, number = 1", words[0])
    assert list(await find_violations()) == [
        "an open case about a text is found by its words, and a superseded one is not"
    ]
    assert (await case_words.index_missing(), await case_words.index_missing()) == (1, 0)
    assert await find(place.leader, "照片") == [row.case_id]
    assert await find_violations() == {}


async def test_rebuilt_words_are_the_same(place):
    row = await complain(place)
    await service.solve(place.leader, row.id, text="已经退款")
    await service.reopen(place.resident, row.id, text="没有到账")
    await create_in_review(place)
    before = await list_words()
    assert (await case_words.rebuild(), await list_words()) == (3, before)
    await index.empty(SearchKind.CASE)
    assert await list_words() == []


async def test_indexing_never_overtakes_a_message(place):
    row = await complain(place)
    for number in range(5):
        await db.execute("UPDATE search_document SET number = 0")
        await run_concurrently(
            service.reply(place.resident, row.id, text=f"第{number}条消息"), case_words.index_missing()
        )
        assert await find(place.leader, f"第{number}条") == [row.case_id]
        assert await find_violations() == {}


async def test_indexing_brings_no_erased_words_back(place):
    row = await complain(place)
    await service.solve(place.leader, row.id, text="已经退款")
    await db.execute("UPDATE search_document SET number = 0")
    await run_concurrently(erase(place.resident.person_id, ErasureContent.ANONYMISE), case_words.index_missing())
    assert await list_words() == []
    assert await find_violations() == {}
