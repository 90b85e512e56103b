"""Figures of leaders, computed and read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.kernel import clock
from community.kernel.errors import InvalidInput
from community.review import figures, handling
from community.review import service as review
from community.review.agreement import opinions
from community.review.appeals import appeals
from community.review.appeals.models import AppealedAction
from community.review.figures import CriterionFigures, DecidedRow
from community.review.models import Verdict
from community.review.queries import find_case, find_decisions
from community.review.rules import Approval, Scores
from community.submissions.models import SubmissionKind
from tests.support.story import assert_refused, create_community, create_in_review, get_open_case

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def decide(minutes, *, by=1, verdict=Verdict.APPROVED, scores=(4, 4, 4), claimed=None, overturned=False):
    """Return a decision after so many minutes, and after `claimed` minutes of a claim."""
    at = NOON + timedelta(minutes=minutes)
    given = scores if verdict is Verdict.APPROVED else (None, None, None)
    begun = None if claimed is None else at - timedelta(minutes=claimed)
    return DecidedRow(by, verdict, *given, at, NOON, begun, overturned)


def test_figures_are_counted_by_leader_and_verdict():
    rows = [
        decide(1), decide(2, verdict=Verdict.RETURNED), decide(3, verdict=Verdict.REJECTED, overturned=True),
        decide(4, by=2),
    ]  # fmt: skip
    first, second = figures.compute_figures(rows)
    assert (first.membership_id, first.decided, first.approved, first.returned, first.rejected, first.overturned) == (
        1, 3, 1, 1, 1, 1,
    )  # fmt: skip
    assert (second.membership_id, second.decided, second.overturned) == (2, 1, 0)


def test_medians_are_in_seconds():
    (found,) = figures.compute_figures([decide(10, claimed=1), decide(20), decide(90, claimed=4)])
    assert (found.median_s, found.median_from_claim_s) == (1_200, 150)
    (found,) = figures.compute_figures([decide(10), decide(20)])
    assert (found.median_s, found.median_from_claim_s) == (900, None)


def test_scores_have_mean_and_spread():
    (found,) = figures.compute_figures([decide(1, scores=(5, 4, 1)), decide(2, scores=(4, 4, 5))])
    assert found.authenticity == CriterionFigures(450, 50)
    assert found.usefulness == CriterionFigures(400, 0)
    assert found.resonance == CriterionFigures(300, 200)
    (found,) = figures.compute_figures([decide(1, verdict=Verdict.RETURNED)])
    assert (found.authenticity, found.usefulness, found.resonance) == (None, None, None)


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


async def test_scores_of_two_leaders_are_their_own(place):
    await opinions.edit_kinds(place.leader, kinds=[SubmissionKind.USAGE_TIP])
    case = await get_open_case(await create_in_review(place))
    await review.approve(place.leader, case.id, version=1, approval=Approval(Scores(2, 2, 2)))
    await review.approve(place.leaders[1], case.id, version=1, approval=Approval(Scores(5, 5, 5)))
    (found,) = await read(place)
    assert (found.membership_id, found.authenticity) == (place.leaders[1].id, CriterionFigures(500, 0))


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
