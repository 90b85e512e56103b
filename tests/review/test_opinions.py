"""Approvals by two leaders: opinions, agreement, and what ends them."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.communities import roles
from community.communities.errors import LeadersOnly
from community.communities.models import Role
from community.kernel import db
from community.kernel.errors import Conflict
from community.kernel.paging import MAX_PAGE, PageRequest
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.rules import Definition
from community.review import handling, queue
from community.review import service as review
from community.review.agreement import opinions
from community.review.bulk import DecisionItem
from community.review.errors import OwnOpinion, SecondLeaderMissing
from community.review.models import CaseState, Verdict
from community.review.queries import find_case, find_decisions
from community.review.queue import QueueFilter, QueueMark
from community.review.rules import Approval, Scores
from community.submissions.models import SubmissionKind, SubmissionState
from tests.points.earning.test_claw_back import get_figures
from tests.support.bank import find_violations
from tests.support.story import (
    add_revision,
    assert_refused,
    create_community,
    create_in_review,
    edit_submission,
    get_open_case,
    list_rows,
    reload_submission,
    run_concurrently,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")
FIRST, SECOND = Scores(5, 4, 5), Scores(4, 5, 3)


@pytest.fixture
async def place():
    made = await create_community(leaders=3)
    await opinions.edit_kinds(made.leader, kinds=[SubmissionKind.USAGE_TIP])
    return made


async def approve(place, number, case, scores=FIRST, **given):
    return await review.approve(
        place.leaders[number], case.id, version=case.version, approval=Approval(scores, **given)
    )


async def list_marked(place, number, *marks):
    page = await queue.list_queue(place.leaders[number], PageRequest(MAX_PAGE), only=QueueFilter(marks=marks))
    return [case.id for case in page.rows]


async def test_first_approval_keeps_the_case_open(place):
    row = await create_in_review(place)
    case = await approve(place, 0, await handling.claim(place.leader, (await get_open_case(row)).id))
    assert (case.state, case.claimed_by, case.version) == (CaseState.OPEN, None, 1)
    assert case.answered_at is not None
    assert (await reload_submission(row)).state is SubmissionState.IN_REVIEW
    assert await get_figures(place.resident) == (0, 0, 0)
    assert await list_rows("review_decision") == []
    assert await list_marked(place, 1, QueueMark.AWAITS_SECOND) == [case.id]
    assert (await queue.count_queue(place.leaders[1])).awaits_second == 1
    assert await find_violations() == {}


async def list_notified():
    return [row["membership_id"] for row in await list_rows("notice") if row["kind"] == "CASE_AWAITS_SECOND"]


async def test_first_approval_notifies_the_other_leaders(place):
    case = await get_open_case(await create_in_review(place))
    await approve(place, 0, case)
    assert await list_notified() == [leader.id for leader in place.leaders[1:]]


@pytest.mark.parametrize("is_approved", [True, False])
async def test_both_leaders_earn_for_the_review(place, is_approved):
    await editing.publish_as_operator(Trigger.REVIEW_DONE, definition=Definition(2))
    case = await approve(place, 0, await get_open_case(await create_in_review(place)))
    assert await get_figures(place.leader) == (0, 0, 0)
    if is_approved:
        await approve(place, 1, case)
    else:
        await review.send_back(place.leaders[1], case.id, version=case.version, what_to_change="请补充照片")
    assert [(await get_figures(leader))[0] for leader in place.leaders] == [2, 2, 0]
    assert await find_violations() == {}


async def test_leader_who_returns_after_approving_earns_once(place):
    await editing.publish_as_operator(Trigger.REVIEW_DONE, definition=Definition(2))
    case = await approve(place, 0, await get_open_case(await create_in_review(place)))
    await review.send_back(place.leader, case.id, version=case.version, what_to_change="请补充照片")
    assert (await get_figures(place.leader))[0] == 2


async def test_second_leader_publishes_with_the_lower_scores(place):
    row = await create_in_review(place)
    case = await approve(place, 0, await get_open_case(row))
    closed = await approve(place, 1, case, SECOND)
    assert closed.state is CaseState.DECIDED
    (decision,) = await find_decisions([case.id])
    assert (decision.authenticity, decision.usefulness, decision.resonance) == (4, 4, 3)
    assert (decision.recommended, decision.decided_by) == (False, place.leaders[1].id)
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED
    assert await list_marked(place, 1, QueueMark.AWAITS_SECOND) == []
    assert await find_violations() == {}


@pytest.mark.parametrize(("first", "second", "given"), [(None, None, True), (False, None, False), (None, False, False)])
async def test_recommended_mark_needs_both(place, first, second, given):
    row = await create_in_review(place)
    case = await approve(place, 0, await get_open_case(row), Scores(5, 5, 5), recommended=first)
    await approve(place, 1, case, Scores(4, 4, 4), recommended=second)
    assert (await reload_submission(row)).recommended is given


async def test_same_leader_cannot_be_the_second(place):
    case = await approve(place, 0, await get_open_case(await create_in_review(place)))
    await assert_refused(OwnOpinion, approve(place, 0, case))
    item = DecisionItem(case.id, case.version, Verdict.APPROVED, (4, 4, 4))
    await assert_refused(OwnOpinion, item.decide(place.leader))
    assert (await item.decide(place.leaders[1])).state is CaseState.DECIDED


@pytest.mark.parametrize("number", [0, 1])
async def test_either_leader_can_return_it(place, number):
    row = await create_in_review(place)
    case = await approve(place, 0, await get_open_case(row))
    await review.send_back(place.leaders[number], case.id, version=case.version, what_to_change="请补充照片")
    assert (await reload_submission(row)).state is SubmissionState.RETURNED
    assert await find_violations() == {}


async def test_concurrent_approvals_publish_once(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    answers = await run_concurrently(approve(place, 0, case), approve(place, 1, case, SECOND), approve(place, 0, case))
    assert sorted(type(answer).__name__ for answer in answers if isinstance(answer, Exception)) in (
        ["OwnOpinion"], ["Conflict"],
    )  # fmt: skip
    assert len(await list_rows("review_decision")) == 1
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED
    assert await find_violations() == {}


async def test_edit_ends_the_opinion(place):
    row = await create_in_review(place)
    old = await approve(place, 0, await get_open_case(row))
    await edit_submission(row, place.resident, text="新的一版。")
    case = await get_open_case(row)
    await assert_refused(Conflict, approve(place, 1, old))
    assert (await approve(place, 0, case)).state is CaseState.OPEN
    assert (await approve(place, 1, case)).state is CaseState.DECIDED


async def test_edit_without_its_job_takes_no_opinion(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    await add_revision(row, place.resident, text="新的一版。")
    await assert_refused(Conflict, approve(place, 0, case))
    await run_effects()


@pytest.mark.parametrize("ending", ["role", "ban"])
async def test_opinion_of_a_former_leader_does_not_count(place, ending):
    case = await approve(place, 1, await get_open_case(await create_in_review(place)))
    former = place.leaders[1]
    if ending == "role":
        await roles.take_role(place.leader, former.id, role=Role.LEADER)
    else:
        await people.ban(former.person_id, reason="广告")
    assert await list_marked(place, 0, QueueMark.AWAITS_SECOND) == []
    assert (await approve(place, 0, case)).state is CaseState.OPEN
    assert (await approve(place, 2, case)).state is CaseState.DECIDED


async def test_other_kinds_need_one_leader(place):
    case = await get_open_case(await create_in_review(place, kind=SubmissionKind.RECIPE))
    assert (await approve(place, 0, case)).state is CaseState.DECIDED


async def test_ended_rule_lets_one_leader_publish(place):
    case = await approve(place, 0, await get_open_case(await create_in_review(place)))
    await opinions.edit_kinds(place.leader, kinds=[])
    assert (await approve(place, 0, case)).state is CaseState.DECIDED


async def test_ended_rule_keeps_the_stricter_scores(place):
    case = await approve(place, 0, await get_open_case(await create_in_review(place)), Scores(2, 2, 2))
    await opinions.edit_kinds(place.leader, kinds=[])
    await approve(place, 1, case)
    (decision,) = await find_decisions([case.id])
    assert decision.authenticity == 2


async def test_only_leader_cannot_ask_for_two():
    alone = await create_community(leaders=1)
    kinds = [SubmissionKind.RECIPE]
    refusal = await assert_refused(SecondLeaderMissing, opinions.edit_kinds(alone.leader, kinds=kinds))
    assert refusal.path == ("kinds",)
    await assert_refused(LeadersOnly, opinions.edit_kinds(alone.resident, kinds=kinds))


async def test_kinds_are_replaced(place):
    wanted = [SubmissionKind.RECIPE, SubmissionKind.PHOTOGRAPH]
    for kinds in (wanted, wanted[::-1]):
        await opinions.edit_kinds(place.leaders[1], kinds=kinds)
    assert await opinions.list_kinds([place.id]) == [sorted(wanted)]
    assert await db.scalar("SELECT count(*) FROM two_person_kind") == 2


async def test_opinion_is_the_first_answer_once(place):
    case = await approve(place, 0, await get_open_case(await create_in_review(place)))
    closed = await approve(place, 1, case)
    assert closed.answered_at == (await find_case(case.id)).answered_at == case.answered_at
