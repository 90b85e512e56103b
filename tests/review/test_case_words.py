"""The search in the queue: which cases it finds, and what it keeps of words."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.communities.models import Role
from community.conversation import ending, moderation
from community.conversation.search import SearchOrder
from community.kernel import db
from community.kernel.errors import InvalidInput
from community.kernel.paging import MAX_PAGE, PageRequest
from community.review import case_words, queue
from community.review import service as review
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.models import CaseState, ThingKind
from community.review.queries import find_case
from community.review.queue import QueueFilter, QueueMark
from community.review.rules import Approval
from community.submissions import removal, restoration
from tests.support.bank import find_violations
from tests.support.comments import send_comment, send_to_leader
from tests.support.searching import find_hits
from tests.support.story import (
    FAIR_SCORES,
    add_member,
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    edit_submission,
    get_open_case,
    list_rows,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community()


async def find(place, text, **only):
    """Return the submissions of the found cases. Their number is the counted one."""
    states = only.pop("states", (CaseState.OPEN,))
    page = await queue.list_queue(
        place.leader, PageRequest(MAX_PAGE), states=states, only=QueueFilter(text=text, **only)
    )
    assert (await page.count()).count == len(page.rows)
    return [case.submission_id for case in page.rows]


async def count_words():
    return await db.scalar("SELECT count(*) FROM search_document WHERE kind = 'CASE'")


@pytest.mark.parametrize(
    "text", ["番", "茄", "番茄", "台番茄", "陽臺番茄", "阳台 浇一次", "ＴＯＭＡＴＯ", "tomato", "一次水", "水"]
)
async def test_case_is_found_by_title_and_text(place, text):
    row = await create_in_review(place, title="阳台番茄 Tomato", text="每天浇一次水。")
    await create_in_review(place, title="黄瓜", text="不用管。")
    assert await find(place, text) == [row.id]


@pytest.mark.parametrize("text", ["茄番", "番茄台", "tomatoes", "omato", "番茄 黄瓜"])
async def test_case_without_the_words_is_not_found(place, text):
    await create_in_review(place, title="阳台番茄 Tomato", text="每天浇一次水。")
    await create_in_review(place, title="黄瓜", text="不用管。")
    assert await find(place, text) == []


async def test_case_is_found_by_the_author(place):
    row = await create_in_review(place, author=place.other)
    await create_in_review(place)
    await people.edit(place.other.person_id, nickname="歐陽修")
    assert await find(place, "歐陽") == [row.id]
    later = await create_in_review(place, author=place.other, title="汤")
    assert await find(place, "欧阳") == [later.id]
    assert await find(place, "汤 欧阳修") == [later.id]


async def test_filters_narrow_a_search(place):
    row = await create_in_review(place)
    other = await create_in_review(place, author=place.other)
    assert await find(place, "番茄", author_id=place.other.id) == [other.id]
    assert await find(place, "番茄", marks=[QueueMark.UNCLAIMED]) == [row.id, other.id]
    assert await find(place, "番茄", marks=[QueueMark.MINE]) == []


async def test_decided_case_is_found_in_its_state(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert await find(place, "番茄") == []
    assert await find(place, "番茄", states=(CaseState.SUPERSEDED,)) == []
    for states in ((CaseState.DECIDED,), tuple(CaseState)):
        assert await find(place, "番茄", states=states) == [row.id]
    assert await find_violations() == {}


async def test_edit_is_found_by_its_new_words(place):
    row = await create_in_review(place)
    await edit_submission(row, place.resident, title="黄瓜")
    assert (await find(place, "番茄"), await find(place, "黄瓜")) == ([], [row.id])
    assert await count_words() == 1


async def test_withdrawn_submission_is_not_found(place):
    row = await create_in_review(place)
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert await find(place, "番茄") == []
    await run_effects()
    assert await count_words() == 0


async def test_reported_publication_is_found(place):
    row = await create_published(place)
    await reports.report(place.other, row.id, category=ReportCategory.OTHER, text=None)
    assert await find(place, "番茄") == [row.id]


async def test_another_community_finds_nothing(place):
    await create_in_review(place)
    assert await find(await create_community(), "番茄") == []


async def test_readers_do_not_find_open_cases(place):
    await create_in_review(place)
    for order in SearchOrder:
        assert await find_hits(place, "番茄", order=order) == []


@pytest.mark.parametrize(
    ("text", "reason"), [("", "nothing_to_search"), ("。", "nothing_to_search"), ("番" * 51, "length")]
)
async def test_text_without_words_is_refused(place, text, reason):
    refusal = await assert_refused(InvalidInput, find(place, text))
    assert (refusal.reason, refusal.path) == (reason, ("text",))


async def test_erasure_removes_the_words(place):
    await create_in_review(place)
    await create_in_review(place, author=place.other)
    await case_words.erase([place.resident.id])
    assert await count_words() == 1


async def test_missing_words_are_added_once(place):
    row = await create_in_review(place)
    await create_published(place)
    await db.execute("DELETE FROM search_document WHERE kind = 'CASE'")
    assert await find(place, "番茄") == []
    assert (await case_words.index_missing(), await case_words.index_missing()) == (2, 0)
    assert await find(place, "番茄") == [row.id]


async def send_waiting_comment(place, text="番茄真甜"):
    """Send a comment that waits for a leader, and return its case."""
    await send_to_leader(place.other, await create_published(place), text)
    (found,) = [row["id"] for row in await list_rows("review_case") if row["kind"] == "COMMENT"]
    return await find_case(found)


async def find_ids(place, text, *states, leader=None):
    page = await queue.list_queue(
        leader or place.leader, PageRequest(MAX_PAGE), states=states, only=QueueFilter(text=text)
    )
    return [case.id for case in page.rows]


async def test_comment_case_is_found_by_its_text(place):
    case = await send_waiting_comment(place)
    assert await find_ids(place, "真甜", CaseState.OPEN) == [case.id]
    assert await find_ids(place, "不甜", CaseState.OPEN) == []
    assert await find_violations() == {}


async def test_decided_comment_case_is_found(place):
    case = await send_waiting_comment(place)
    await moderation.approve(place.leader, case.id, version=case.version)
    assert await find_ids(place, "真甜", CaseState.OPEN) == []
    assert await find_ids(place, "真甜", CaseState.OPEN, CaseState.DECIDED) == [case.id]


async def test_reported_comment_is_found(place):
    row = await send_comment(place.other, await create_published(place), "番茄真甜")
    made = await reports.report_thing(
        place.resident, row.id, kind=ThingKind.COMMENT, category=ReportCategory.OTHER, text=None
    )
    assert await find_ids(place, "真甜", CaseState.OPEN) == [made.case_id]


async def test_deleted_comment_is_not_found(place):
    case = await send_waiting_comment(place)
    await moderation.approve(place.leader, case.id, version=case.version)
    await ending.delete(place.other, case.thing_id)
    await case_words.index_missing()
    assert await find_ids(place, "真甜", *CaseState) == []


async def test_superseded_case_is_not_found(place):
    row = await create_in_review(place)
    await edit_submission(row, place.resident, title="黄瓜")
    assert await find_ids(place, "番茄", *CaseState) == []


async def test_withdrawal_hides_decided_words(place):
    row = await create_published(place)
    assert len(await find_ids(place, "番茄", CaseState.DECIDED)) == 1
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert await find_ids(place, "番茄", *CaseState) == []


async def test_appeal_is_found_by_its_words(place):
    row = await create_published(place)
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    (removed,) = await restoration.find_newest([row.id])
    made = await appeals.open_appeal(place.resident, removed.id, subject=AppealedAction.REMOVAL, text="这不是推销")
    other = await add_member(place, role=Role.LEADER)
    assert await find_ids(place, "推销", CaseState.OPEN, leader=other) == [made.case_id]
    assert await find_ids(place, "推销", *CaseState) == []
    assert await find_violations() == {}
    await db.execute("DELETE FROM search_document WHERE kind = 'CASE'")
    await case_words.index_missing()
    assert await find_ids(place, "推销", CaseState.OPEN, leader=other) == [made.case_id]


async def test_missing_words_of_comments_are_added(place):
    case = await send_waiting_comment(place)
    await db.execute("DELETE FROM search_document WHERE kind = 'CASE'")
    await case_words.index_missing()
    assert await find_ids(place, "真甜", CaseState.OPEN) == [case.id]
