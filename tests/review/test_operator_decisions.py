"""Cases that no present leader may decide: the operator decides them, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from community.communities import roles
from community.communities.models import Role
from community.conversation import moderation
from community.experts import note_decisions
from community.kernel import db
from community.kernel.errors import Conflict, Refusal
from community.notices.models import NoticeKind
from community.review import cases, deadlines, deciders, handling
from community.review import service as review
from community.review.agreement import opinions
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.complaints import queries as complaint_queries
from community.review.complaints import service as complaints
from community.review.complaints.rules import ComplaintContent
from community.review.errors import LeaderCanDecide
from community.review.models import CaseState
from community.review.queries import CaseRow, find_case
from community.review.rules import Approval
from community.submissions import restoration
from community.submissions.models import SubmissionKind, SubmissionState
from tests.experts.story import hold_note, make_expert
from tests.points.earning.test_claw_back import list_notices
from tests.support.bank import find_violations
from tests.support.comments import send_to_leader
from tests.support.story import (
    FAIR_SCORES,
    SampleCommunity,
    add_member,
    assert_refused,
    create_community,
    create_in_review,
    create_in_state,
    create_published,
    get_open_case,
    list_rows,
    run_concurrently,
)
from tests.support.waiting import until_blocked

pytestmark = pytest.mark.usefixtures("database")

APPROVAL = Approval(FAIR_SCORES, note="写得好")
Decide = Callable[[CaseRow], Awaitable[object]]


async def get_case(case_id: int) -> CaseRow:
    case = await find_case(case_id)
    assert case is not None
    return case


async def make_own_revision(place: SampleCommunity) -> CaseRow:
    return await get_open_case(await create_in_review(place, author=place.leader))


async def make_second_approval(place: SampleCommunity) -> CaseRow:
    """Let the second of two leaders approve what the first wrote, where two must agree."""
    second = await add_member(place, role=Role.LEADER)
    await opinions.edit_kinds(second, kinds=[SubmissionKind.USAGE_TIP])
    case = await make_own_revision(place)
    await review.approve(second, case.id, version=case.version, approval=APPROVAL)
    return await get_case(case.id)


async def make_reopened_revision(place: SampleCommunity) -> CaseRow:
    """Let the operator grant an appeal against a rejection by the only leader."""
    row = await create_in_state(place, SubmissionState.REJECTED)
    (decision,) = await list_rows("review_decision")
    await answer_appeal(await open_appeal(place, AppealedAction.DECISION, decision["id"]))
    return await get_open_case(row)


async def make_report(place: SampleCommunity) -> CaseRow:
    row = await create_published(place)
    made = await reports.report(place.leader, row.id, category=ReportCategory.OTHER, text="广告")
    return await get_case(made.case_id or 0)


async def open_appeal(place: SampleCommunity, subject: AppealedAction, subject_id: int) -> CaseRow:
    made = await appeals.open_appeal(place.resident, subject_id, subject=subject, text="请再看看")
    return await get_case(made.case_id)


async def make_appeal(place: SampleCommunity) -> CaseRow:
    row = await create_in_state(place, SubmissionState.REMOVED)
    (found,) = await restoration.find_newest([row.id])
    assert found is not None
    return await open_appeal(place, AppealedAction.REMOVAL, found.id)


async def make_complaint(place: SampleCommunity) -> CaseRow:
    content = ComplaintContent(text="团长不理我", leader_id=place.leader.id)
    return await get_case((await complaints.open_complaint(place.resident, content=content)).case_id)


async def make_own_complaint(place: SampleCommunity) -> CaseRow:
    content = ComplaintContent(text="鸡蛋坏了")
    return await get_case((await complaints.open_complaint(place.leader, content=content)).case_id)


async def make_comment(place: SampleCommunity) -> CaseRow:
    await send_to_leader(place.leader, await create_published(place))
    return await get_case(max(row["id"] for row in await list_rows("review_case")))


async def make_comment_report(place: SampleCommunity) -> CaseRow:
    """Let the only leader report a comment of a resident."""
    comment = await send_to_leader(place.other, await create_published(place))
    case = await get_case(max(row["id"] for row in await list_rows("review_case")))
    await moderation.approve(place.leader, case.id, version=case.version)
    made = await reports.report_thing(
        place.leader, comment.id, kind=case.thing, category=ReportCategory.OTHER, text=None
    )
    return await get_case(made.case_id or 0)


async def make_note(place: SampleCommunity) -> CaseRow:
    return await hold_note(place.leader, await create_published(place), await make_expert(place.leader))


async def solve(case: CaseRow) -> None:
    (complaint,) = await complaint_queries.find_of_cases([case.id])
    assert complaint is not None
    await complaints.solve(None, complaint.id, text="已处理", version=case.version)


async def approve(case: CaseRow) -> None:
    await review.approve(None, case.id, version=case.version, approval=APPROVAL)


async def send_back(case: CaseRow) -> None:
    await review.send_back(None, case.id, version=case.version, what_to_change="请补充照片")


async def answer_appeal(case: CaseRow, *, granted: bool = True) -> None:
    await appeals.answer(None, case.id, version=case.version, granted=granted, reason="看过了")


def decide_with(verb: Any, **given: Any) -> Decide:
    return lambda case: verb(None, case.id, version=case.version, **given)


CASES: dict[str, tuple[Callable[[SampleCommunity], Awaitable[CaseRow]], Decide, NoticeKind]] = {
    "approve": (make_own_revision, approve, NoticeKind.SUBMISSION_APPROVED),
    "return": (make_own_revision, send_back, NoticeKind.SUBMISSION_RETURNED),
    "reject": (make_own_revision, decide_with(review.reject, reason="广告"), NoticeKind.SUBMISSION_REJECTED),
    "second": (make_second_approval, approve, NoticeKind.SUBMISSION_APPROVED),
    "reopened": (make_reopened_revision, approve, NoticeKind.SUBMISSION_APPROVED),
    "uphold": (make_report, decide_with(reports.uphold, reason="广告"), NoticeKind.REPORT_UPHELD),
    "dismiss": (make_report, decide_with(reports.dismiss), NoticeKind.REPORT_DISMISSED),
    "hide": (make_comment_report, decide_with(reports.uphold, reason="广告"), NoticeKind.COMMENT_HIDDEN),
    "grant": (make_appeal, answer_appeal, NoticeKind.APPEAL_GRANTED),
    "deny": (make_appeal, partial(answer_appeal, granted=False), NoticeKind.APPEAL_DENIED),
    "solve": (make_complaint, solve, NoticeKind.COMPLAINT_SOLVED),
    "own": (make_own_complaint, solve, NoticeKind.COMPLAINT_SOLVED),
    "publish": (make_comment, decide_with(moderation.approve), NoticeKind.COMMENT_PUBLISHED),
    "refuse": (make_comment, decide_with(moderation.refuse, reason="跑题"), NoticeKind.COMMENT_REFUSED),
    "show": (make_note, decide_with(note_decisions.approve), NoticeKind.ENDORSEMENT_NOTE_SHOWN),
    "withhold": (
        make_note, decide_with(note_decisions.refuse, reason="广告"), NoticeKind.ENDORSEMENT_NOTE_REFUSED,
    ),
}  # fmt: skip
by_case = pytest.mark.parametrize("name", CASES)


@by_case
async def test_operator_decides_like_a_leader(name):
    place = await create_community()
    make, decide, notice = CASES[name]
    case = await make(place)
    assert [row.id for row in await deciders.list_for_operator()] == [case.id]
    told = [kind for member in (place.leader, *place.residents) for kind, _ in await list_notices(member)]
    await decide(case)
    after = [kind for member in (place.leader, *place.residents) for kind, _ in await list_notices(member)]
    assert after.count(notice) == told.count(notice) + 1
    assert (await get_case(case.id)).state is CaseState.DECIDED
    assert await deciders.list_for_operator() == []
    recorded = [row for row in await list_rows("audit_event") if row["action"] == "case.operator_decide"]
    assert (recorded[-1]["actor_id"], recorded[-1]["subject_id"]) == (None, case.id)
    assert await find_violations() == {}


@by_case
async def test_operator_is_refused_with_another_leader(name):
    place = await create_community()
    make, decide, _ = CASES[name]
    case = await make(place)
    await add_member(place, role=Role.LEADER)
    assert await deciders.list_for_operator() == []
    await assert_refused(LeaderCanDecide, decide(case))


@by_case
async def test_condition_agrees_with_the_leaders_locks(name):
    place = await create_community()
    make, _, _ = CASES[name]
    case = await make(place)
    leaders = [place.leader] if name != "second" else []  # The second leader may still return or reject.
    for leader in leaders:
        with pytest.raises(Refusal):
            await cases.lock_case(leader, case.id)
    assert not await deciders.has_decider(case)
    third = await add_member(place, role=Role.LEADER)
    assert await deciders.has_decider(case)
    await db.transaction(partial(cases.lock_case, third, case.id))


async def test_operator_decides_a_case_once():
    case = await make_appeal(await create_community())
    found = await run_concurrently(*(answer_appeal(case, granted=granted) for granted in (True, False, True)))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Conflict", "NoneType"]
    assert await find_violations() == {}


async def test_stale_version_is_refused_for_the_operator():
    case = await make_own_revision(await create_community())
    case.version -= 1
    await assert_refused(Conflict, approve(case))


async def test_leader_appointed_meanwhile_keeps_the_case():
    place = await create_community()
    case = await make_own_revision(place)
    ready = asyncio.Event()

    async def appoint() -> None:
        """Appoint a leader who claims the case, while the operator waits for it."""
        await cases.lock_row(case)
        ready.set()
        await until_blocked()
        member = await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
        await handling.claim(member, case.id)

    async def decide() -> None:
        await ready.wait()
        await approve(case)

    _, refused = await asyncio.wait_for(run_concurrently(db.transaction(appoint), decide()), 30)
    assert isinstance(refused, LeaderCanDecide)
    assert (await get_case(case.id)).claimed_by == place.resident.id


async def test_new_leader_and_operator_decide_once():
    place = await create_community()
    case = await make_own_revision(place)

    async def appoint_and_return() -> None:
        member = await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
        await review.send_back(member, case.id, version=case.version, what_to_change="请补充照片")

    found = await run_concurrently(appoint_and_return(), approve(case))
    refused = [one for one in found if one is not None]
    assert [type(one) in {LeaderCanDecide, Conflict} for one in refused] == [True]
    assert len(await list_rows("review_decision")) == 1
    assert await find_violations() == {}


async def test_operator_gets_no_points_and_no_place():
    place = await create_community()
    case = await make_own_revision(place)
    await approve(case)
    assert [row for row in await list_rows("award") if row["trigger"] == "REVIEW_DONE"] == []
    assert [row for row in await list_rows("leaderboard_score") if row["board"] == "REVIEWS"] == []


async def test_removed_leader_leaves_the_case_to_the_operator():
    place = await create_community(leaders=2)
    case = await make_own_revision(place)
    await assert_refused(LeaderCanDecide, approve(case))
    await roles.take_role(place.leaders[1], place.leaders[1].id, role=Role.LEADER)
    await approve(case)
    assert (await get_case(case.id)).state is CaseState.DECIDED


async def test_stuck_cases_are_counted_apart():
    place = await create_community()
    await make_own_revision(place)
    await create_in_review(place)
    await db.execute("UPDATE review_case SET due_at = opened_at")
    (row,) = await deadlines.count_overdue()
    assert (row.community_id, row.count, row.stuck) == (place.id, 2, 1)


async def test_removal_of_own_work_is_shown_as_the_operators():
    place = await create_community()
    case = await make_report(place)
    await reports.uphold(None, case.id, version=case.version, reason="广告")
    (row,) = await list_rows("submission_removal")
    assert row["removed_by"] is None
    await appeals.open_appeal(place.resident, row["id"], subject=AppealedAction.REMOVAL, text="误会")
    assert [each.id for each in await deciders.list_for_operator()] == []
