"""Reports: who reports what, how they are decided, and what stays silent."""

from __future__ import annotations

import pytest

from community.communities.queries import get_member
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.kernel import db
from community.kernel.errors import Conflict, NotFound
from community.notices.models import NoticeKind
from community.review import cases, deadlines, handling, queue, restoring, sanctions
from community.review import service as review
from community.review.appeals import queries, reportable, reports
from community.review.appeals.models import ReportCategory, ReportState
from community.review.errors import AlreadyReported, OwnCase, OwnSubmission
from community.review.models import CaseKind
from community.review.rules import Approval
from community.submissions import removal
from community.submissions.errors import TooManyToday
from community.submissions.models import SubmissionState
from tests.points.earning.test_claw_back import get_figures, list_notices
from tests.support.bank import find_violations
from tests.support.story import (
    FAIR_SCORES,
    add_member,
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    edit_submission,
    list_queue,
    list_rows,
    reload_submission,
    run_concurrently,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community(leaders=2, residents=4)


async def report(member, row, category=ReportCategory.ADVERTISEMENT, text=None):
    return await reports.report(member, row.id, category=category, text=text)


async def get_case(row):
    return await cases.get_open(row.community_id, row.id, CaseKind.REPORT)


async def dismiss(place, row, *, by=None):
    case = await get_case(row)
    return await reports.dismiss(by or place.leader, case.id, version=case.version)


async def uphold(place, row):
    case = await get_case(row)
    return await reports.uphold(place.leader, case.id, version=case.version, reason="广告")


async def test_reports_join_one_case(place):
    row = await create_published(place)
    for member, text in zip(place.residents[1:], (None, "卖东西", "刷屏"), strict=True):
        await report(member, row, text=text)
    (groups,) = await queries.list_report_groups([(await get_case(row)).id])
    assert [(one.category, one.count, one.texts) for one in groups] == [
        (ReportCategory.ADVERTISEMENT, 3, ["刷屏", "卖东西"])
    ]


async def test_upheld_report_removes_the_submission(place):
    row = await create_published(place)
    made = await report(place.other, row)
    await uphold(place, row)
    await run_effects()
    assert (await reload_submission(row)).state is SubmissionState.REMOVED
    assert (await queries.find_report(made.id)).state is ReportState.UPHELD
    assert await get_figures(place.resident) == (0, 0, 10)
    assert await find_violations() == {}


async def test_reporters_are_told_once(place):
    row = await create_published(place)
    for member in place.residents[1:]:
        await report(member, row)
    await dismiss(place, row)
    for member in place.residents[1:]:
        assert [kind for kind, _ in await list_notices(member)] == [NoticeKind.REPORT_DISMISSED]


async def test_dismissed_ground_stays_silent(place):
    row = await create_published(place)
    await report(place.other, row)
    await dismiss(place, row)
    again = await report(place.residents[2], row)
    assert (again.state, again.case_id) == (ReportState.DISMISSED, None)
    other = await report(place.residents[3], row, ReportCategory.FALSE)
    assert other.state is ReportState.OPEN
    assert await find_violations() == {}


async def test_overturned_report_stays_silent(place):
    row = await create_published(place)
    await report(place.other, row)
    await uphold(place, row)
    removed = await reload_submission(row)
    await restoring.restore(place.leaders[1], row.id, version=removed.version, reason="看错了")
    assert (await report(place.residents[2], row)).state is ReportState.DISMISSED


async def test_edit_makes_it_reportable_again(place):
    row = await create_published(place)
    await report(place.other, row)
    await dismiss(place, row)
    edited = await edit_submission(row, place.resident, text="新的。")
    case = await cases.get_open(row.community_id, row.id, CaseKind.REVISION)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert (await report(place.other, edited)).state is ReportState.OPEN
    assert await find_violations() == {}


async def test_approved_edit_ends_reports(place):
    row = await create_published(place)
    made = await report(place.other, row)
    await edit_submission(row, place.resident, text="新的。")
    case = await cases.get_open(row.community_id, row.id, CaseKind.REVISION)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert (await queries.find_report(made.id)).state is ReportState.ENDED
    assert await find_violations() == {}


async def test_leader_reads_a_new_category_before_deciding(place):
    row = await create_published(place)
    await report(place.other, row)
    read = await get_case(row)
    await report(place.residents[2], row)
    assert (await get_case(row)).version == read.version
    await report(place.residents[3], row, ReportCategory.FALSE)
    await assert_refused(Conflict, reports.dismiss(place.leader, read.id, version=read.version))


async def test_withdrawal_ends_reports(place):
    row = await create_published(place)
    made = await report(place.other, row)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await run_effects()
    assert (await queries.find_report(made.id)).state is ReportState.ENDED
    assert await find_violations() == {}


async def test_removal_upholds_reports(place):
    row = await create_published(place)
    made = await report(place.other, row)
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    await run_effects()
    assert (await queries.find_report(made.id)).state is ReportState.UPHELD


async def test_second_report_is_refused(place):
    row = await create_published(place)
    await report(place.other, row)
    await assert_refused(AlreadyReported, report(place.other, row, ReportCategory.FALSE))


async def test_author_cannot_report(place):
    await assert_refused(OwnSubmission, report(place.resident, await create_published(place)))


async def test_unpublished_submission_cannot_be_reported(place):
    await assert_refused(NotFound, report(place.other, await create_in_review(place)))


async def test_reporting_leader_cannot_decide(place):
    row = await create_published(place)
    await report(place.leaders[1], row)
    await assert_refused(OwnCase, dismiss(place, row, by=place.leaders[1]))


async def test_reporting_leader_has_no_such_case(place):
    row = await create_published(place)
    made = await report(place.leaders[1], row)
    assert [len(await list_queue(leader)) for leader in place.leaders[:2]] == [1, 0]
    assert [(await queue.count_queue(leader)).reports for leader in place.leaders[:2]] == [1, 0]
    await assert_refused(OwnCase, handling.claim(place.leaders[1], made.case_id))
    await db.execute("UPDATE review_case SET due_at = opened_at")
    assert await deadlines.remind() == 1
    told = [one["membership_id"] for one in await list_rows("notice") if one["kind"] == NoticeKind.CASE_UNANSWERED]
    assert place.leader.id in told
    assert place.leaders[1].id not in told


async def test_newcomer_reports_five_a_day(place):
    newcomer = await add_member(place)
    rows = [await create_published(place) for _ in range(6)]
    for row in rows[:5]:
        await report(newcomer, row)
    with pytest.raises(TooManyToday):
        await report(newcomer, rows[5])


async def test_trail_does_not_name_the_reporter(place):
    await report(place.other, await create_published(place))
    (event,) = [one for one in await list_rows("audit_event") if one["action"] == "report.open"]
    assert event["actor_id"] is None


async def test_concurrent_reports_and_decision_agree(place):
    row = await create_published(place)
    await report(place.other, row)
    await run_concurrently(dismiss(place, row), uphold(place, row), *(report(one, row) for one in place.residents[2:]))
    await run_effects()
    assert await find_violations() == {}


async def test_report_is_offered_to_those_who_may_report(place):
    shown, waiting = await create_published(place), await create_in_review(place, title="黄瓜")
    await report(place.residents[2], shown)
    rows = [await reload_submission(shown), await reload_submission(waiting)]
    assert await reportable.list_reportable(rows, [place.other] * 2) == [True, False]
    for member in (place.resident, place.residents[2], None):
        assert await reportable.list_reportable(rows, [member] * 2) == [False, False]


async def test_report_is_offered_again_after_an_approved_edit(place):
    row = await create_published(place)
    await report(place.other, row)
    assert await reportable.list_reportable([row], [place.other]) == [False]
    await edit_submission(row, place.resident, text="新的一版。")
    case = await cases.get_open(row.community_id, row.id, CaseKind.REVISION)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert await reportable.list_reportable([await reload_submission(row)], [place.other]) == [True]


async def test_muted_member_is_offered_no_report(place):
    row = await create_published(place)
    await sanctions.give(place.leader, place.other.id, content=SanctionContent(SanctionKind.MUTE, "吵", 3))
    muted = await get_member(place.other.person_id, place.id)
    assert await reportable.list_reportable([row], [muted]) == [False]
