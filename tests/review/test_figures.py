"""Figures of leaders, computed and read."""

from __future__ import annotations

from datetime import timedelta
from statistics import fmean, median, pstdev

import pytest

from community.communities.errors import LeadersOnly
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import moderation
from community.kernel import clock
from community.kernel.errors import InvalidInput
from community.review import figures, handling, sanctions
from community.review import service as review
from community.review.agreement import opinions
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.figures import CriterionFigures
from community.review.queries import find_case, find_decisions
from community.review.rules import Approval, Scores
from community.submissions.models import SubmissionKind
from tests.support.comments import send_comment
from tests.support.story import (
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    get_open_case,
    list_rows,
)


@pytest.fixture
async def place(database):
    return await create_community(leaders=3)


async def read(place, **given):
    since = given.pop("since", clock.now() - timedelta(days=1))
    return await figures.list_figures(place.leader, since=since, **given)


async def test_decisions_of_a_period_are_read(place):
    first, second = place.leaders[:2]
    case = await handling.claim(first, (await get_open_case(await create_in_review(place))).id)
    await review.approve(first, case.id, version=case.version, approval=Approval(Scores(5, 4, 3)))
    case = await get_open_case(await create_in_review(place))
    await review.reject(second, case.id, version=case.version, reason="无关")
    (decision,) = await find_decisions([case.id])
    made = await appeals.open_appeal(place.resident, decision.id, subject=AppealedAction.DECISION, text="请再看看")
    case = await find_case(made.case_id)
    await appeals.answer(place.leaders[2], case.id, version=case.version, granted=True, reason="看错了")
    one, other = await read(place)
    assert (one.membership_id, one.approved, one.overturned) == (first.id, 1, 0)
    assert one.median_from_claim_s is not None
    assert one.resonance == CriterionFigures(300, 0)
    assert (other.membership_id, other.rejected, other.overturned) == (second.id, 1, 1)
    assert other.median_from_claim_s is None
    assert await read(place, since=clock.now() - timedelta(days=9), until=clock.now() - timedelta(days=8)) == []


async def grant(place, subject, number, *, by=None):
    made = await appeals.open_appeal(by or place.resident, number, subject=subject, text="请再看看")
    await appeals.answer(place.leaders[2], made.case_id, version=1, granted=True, reason="看错了")


async def test_overturned_actions_are_counted_by_leader(place):
    first, second = place.leaders[:2]
    row = await create_published(place, by=place.leaders[2])
    comment = await send_comment(place.other, row)
    await moderation.hide(second, comment.id, reason="跑题")
    (hiding,) = await list_rows("comment_hiding")
    made = await reports.report(place.other, row.id, category=ReportCategory.OTHER, text=None)
    await reports.uphold(first, made.case_id, version=1, reason="广告")
    (removal,) = await list_rows("submission_removal")
    kept = SanctionContent(SanctionKind.WARNING, "广告", 7)
    await sanctions.give(first, place.other.id, content=kept)
    lifted = await sanctions.give(first, place.resident.id, content=kept)
    await grant(place, AppealedAction.REMOVAL, removal["id"])
    await grant(place, AppealedAction.SANCTION, lifted.id)
    await grant(place, AppealedAction.HIDING, hiding["id"], by=place.other)
    found = {one.membership_id: (one.decided, one.overturned, one.overturned_actions) for one in await read(place)}
    assert found == {place.leaders[2].id: (1, 0, 0), first.id: (0, 0, 2), second.id: (0, 0, 1)}
    assert await read(place, since=clock.now() - timedelta(days=9), until=clock.now() - timedelta(days=8)) == []


async def test_scores_of_two_leaders_are_their_own(place):
    await opinions.edit_kinds(place.leader, kinds=[SubmissionKind.USAGE_TIP])
    case = await get_open_case(await create_in_review(place))
    await review.approve(place.leader, case.id, version=1, approval=Approval(Scores(2, 2, 2)))
    await review.approve(place.leaders[1], case.id, version=1, approval=Approval(Scores(5, 5, 5)))
    second, first = await read(place)
    assert (second.membership_id, second.decided, second.opinions) == (place.leaders[1].id, 1, 0)
    assert second.authenticity == CriterionFigures(500, 0)
    assert (first.membership_id, first.decided, first.opinions, first.median_s) == (place.leader.id, 0, 1, None)
    assert first.authenticity == CriterionFigures(200, 0)


async def decide(place, minutes, scores, *, claimed=None):
    """Approve a submission so many minutes after its arrival, and after `claimed` minutes of a claim."""
    case = await get_open_case(await create_in_review(place))
    if claimed is not None:
        with clock.at(case.opened_at + timedelta(minutes=minutes - claimed)):
            await handling.claim(place.leader, case.id)
    with clock.at(case.opened_at + timedelta(minutes=minutes)):
        await review.approve(place.leader, case.id, version=1, approval=Approval(Scores(*scores)))


async def test_medians_and_spreads_are_exact(place):
    given = [(1, (5, 4, 1), None), (20, (4, 4, 5), 4), (90, (3, 4, 3), 1), (30, (4, 4, 3), 2)]
    until = clock.now() + timedelta(hours=2)
    for count, (minutes, scores, claimed) in enumerate(given, 1):
        await decide(place, minutes, scores, claimed=claimed)
        (found,) = await read(place, until=until)
        done = given[:count]
        spent = [wait for *_, wait in done if wait is not None]
        assert found.decided == count
        assert abs(found.median_s - 60 * median(each[0] for each in done)) <= 1
        assert (found.median_from_claim_s is None) == (not spent)
        assert not spent or abs(found.median_from_claim_s - 60 * median(spent)) <= 1
        for place_, name in enumerate(("authenticity", "usefulness", "resonance")):
            values = [each[1][place_] for each in done]
            expected = CriterionFigures(round(100 * fmean(values)), round(100 * pstdev(values)))
            assert getattr(found, name) == expected


async def test_another_community_is_not_counted(place):
    other = await create_community()
    case = await get_open_case(await create_in_review(other))
    await review.send_back(other.leader, case.id, version=case.version, what_to_change="补充")
    assert await read(place) == []


async def test_residents_and_long_periods_are_refused(place):
    now = clock.now()
    await assert_refused(LeadersOnly, figures.list_figures(place.resident, since=now - timedelta(days=1)))
    for since, until in ((now, now), (now - timedelta(days=367), now), (now, now - timedelta(days=1))):
        refusal = await assert_refused(InvalidInput, read(place, since=since, until=until))
        assert (refusal.reason, refusal.figures, refusal.path) == ("figures_period", {"max": 366}, ("since",))
