"""The history of a case: what it has, in which order, and for whom."""

from __future__ import annotations

import pytest

from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.kernel.paging import MAX_PAGE, PageRequest
from community.review import handling, history, sanctions
from community.review import service as review
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.history import HistoryKind
from community.review.queries import find_case
from community.review.rules import Approval
from community.submissions import removal, restoration, write
from tests.support.story import (
    FAIR_SCORES,
    create_community,
    create_in_review,
    edit_submission,
    get_open_case,
    reload_submission,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community(leaders=2)


async def list_history(case, *, first=MAX_PAGE, after=None):
    return await history.list_history(case, PageRequest(first, after))


async def list_kinds(case):
    return [row.kind.value for row in (await list_history(case)).rows]


async def live_through(place):
    """Let a submission live through everything. Return the first case of it."""
    row = await create_in_review(place)
    first = await get_open_case(row)
    await handling.claim(place.leader, first.id)
    await handling.claim(place.leader, first.id)
    await handling.release(place.leader, first.id)
    case = await handling.escalate(place.leader, first.id, version=first.version, note="请看")
    await handling.hand_over(place.leader, case.id, to_id=place.leaders[1].id)
    await review.send_back(place.leaders[1], case.id, version=case.version, what_to_change="再写写")
    edited = await edit_submission(await reload_submission(row), place.resident, text="新的一版。")
    await write.submit(place.resident, row.id, version=edited.version)
    await run_effects()
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    made = await reports.report(place.other, row.id, category=ReportCategory.FALSE, text="不实")
    await reports.uphold(place.leader, made.case_id, version=1, reason="不实")
    (removed,) = await restoration.find_newest([row.id])
    made = await appeals.open_appeal(place.resident, removed.id, subject=AppealedAction.REMOVAL, text="请再看看")
    await appeals.answer(place.leaders[1], made.case_id, version=1, granted=True, reason="看错了")
    return first


async def test_history_has_everything_oldest_first(place):
    first = await live_through(place)
    assert await list_kinds(first) == [
        *("SENT", "OPENED", "CLAIMED", "RELEASED", "ESCALATED", "HANDED_OVER", "DECIDED"),
        *("SENT", "OPENED", "DECIDED"),
        *("OPENED", "REPORTED", "REMOVED", "CLOSED"),
        *("OPENED", "APPEALED", "RESTORED", "APPEAL_ANSWERED"),
    ]


async def test_first_pages_are_those_of_each_case(place):
    first = await live_through(place)
    case = await get_open_case(await create_in_review(place, title="另一篇"))
    request = PageRequest(MAX_PAGE)
    counts = await history.count_all([first.id, case.id])

    async def count(number):
        return counts[number]

    pages = await history.list_first_pages([first.id, case.id], request, count=count)
    for each in (first, case):
        rows = list((await list_history(each)).rows)
        assert (list(pages[each.id].rows), counts[each.id].count) == (rows, len(rows))


async def test_each_case_of_a_submission_has_the_same_history(place):
    first = await live_through(place)
    found = (await list_history(first)).rows
    for number in {row.case_id for row in found} - {None, first.id}:
        assert (await list_history(await find_case(number))).rows == found


async def test_history_names_who_did_it_but_no_reporter(place):
    found = {row.kind: row for row in (await list_history(await live_through(place))).rows}
    first, second = place.leader.id, place.leaders[1].id
    assert {kind.value: row.member_id for kind, row in found.items()} == {
        "SENT": place.resident.id, "OPENED": None, "CLAIMED": first, "RELEASED": first, "ESCALATED": first,
        "HANDED_OVER": first, "DECIDED": first, "REPORTED": None, "REMOVED": first, "CLOSED": first,
        "APPEALED": place.resident.id, "RESTORED": second, "APPEAL_ANSWERED": second,
    }  # fmt: skip
    assert (found[HistoryKind.HANDED_OVER].to_id, found[HistoryKind.ESCALATED].text) == (second, "请看")
    assert (found[HistoryKind.REPORTED].category, found[HistoryKind.REPORTED].text) == (ReportCategory.FALSE, "不实")


async def test_history_comes_in_pages(place):
    first = await live_through(place)
    whole, found, after = (await list_history(first)).rows, [], None
    while True:
        page = await list_history(first, first=3, after=after)
        found += page.rows
        assert (await page.count()).count == len(whole)
        if not page.has_next:
            break
        after = page.cursor_of(page.rows[-1])
    assert found == whole


async def test_history_has_no_other_submission(place):
    first = await live_through(place)
    before = await list_kinds(first)
    await live_through(place)
    assert await list_kinds(first) == before


async def test_edit_in_review_supersedes_in_the_history(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    await edit_submission(row, place.resident, text="新的一版。")
    await run_effects()
    assert await list_kinds(case) == ["SENT", "OPENED", "SENT", "SUPERSEDED", "OPENED"]


async def test_withdrawal_ends_the_history(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await run_effects()
    assert await list_kinds(case) == ["SENT", "OPENED", "SUPERSEDED"]


async def test_case_without_a_submission_has_its_own_history(place):
    await live_through(place)
    given = await sanctions.give(place.leader, place.resident.id, content=SanctionContent(SanctionKind.MUTE, "吵", 3))
    made = await appeals.open_appeal(place.resident, given.id, subject=AppealedAction.SANCTION, text="请再看看")
    case = await find_case(made.case_id)
    await handling.claim(place.leaders[1], case.id)
    await appeals.answer(place.leaders[1], case.id, version=case.version, granted=False, reason="看过了")
    assert await list_kinds(case) == ["OPENED", "APPEALED", "CLAIMED", "APPEAL_ANSWERED"]
