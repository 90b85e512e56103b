"""Trials: the promise of a review decides about the next trial."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from community.accounts import people
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.review import sanctions
from community.rewards import viewing
from community.rewards.errors import TrialPromiseBroken, TrialPromiseOpen
from community.rewards.kinds import PromiseState, RedemptionState, RewardKind
from community.rewards.pick_up import verification
from community.rewards.pick_up.errors import NothingToUndo
from community.rewards.pick_up.verification import Handover
from community.rewards.special import trials
from community.rewards.special.trial_rules import TRIAL_PAUSE_DAYS
from community.submissions import removal
from community.submissions.models import SubmissionKind, SubmissionState
from tests.support.bank import find_violations
from tests.support.rewards import create_reward, reserve
from tests.support.story import (
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_published,
    list_rows,
    refuse_case,
    run_concurrently,
)

REVIEW = SubmissionKind.PRODUCT_REVIEW
DAYS = 7


@pytest.fixture
async def place(database):
    return await create_community()


@pytest.fixture
async def trial(place):
    return await create_reward(place, kind=RewardKind.TRIAL, price=0, review_days=DAYS)


async def hand_over(place, trial, member=None):
    """Reserve a trial and hand it over."""
    row = await reserve(member or place.resident, trial)
    (code,) = await verification.find_codes([row.id])
    return await verification.verify(place.leader, Handover(code))


async def list_states() -> list[str]:
    return [row["state"] for row in await list_rows("trial_promise")]


async def list_notices() -> list[str]:
    return [row["kind"] for row in await list_rows("notice") if row["kind"].startswith("TRIAL")]


def at_the_end(*, hours: int = 0):
    return clock.at(clock.now() + timedelta(days=DAYS, hours=hours))


async def test_published_review_keeps_the_promise(place, trial):
    older = await create_published(place, kind=REVIEW)
    row = await hand_over(place, trial)
    assert (row.state, await list_notices()) == (RedemptionState.FULFILLED, ["TRIAL_PROMISED"])
    review = await create_published(place, kind=REVIEW)
    tip, draft = await create_published(place), await create_draft(place, kind=REVIEW)
    others = await create_published(place, kind=REVIEW, author=place.other)
    for submission, reason in ((older, "review_older"), (tip, "review_kind"), (draft, "review_not_published")):
        call = trials.name_review(place.resident, row.id, submission_id=submission.id)
        assert (await assert_refused(InvalidInput, call)).reason == reason
    await assert_refused(NotFound, trials.name_review(place.resident, row.id, submission_id=others.id))
    await assert_refused(NotFound, trials.name_review(place.other, row.id, submission_id=others.id))
    kept = await trials.name_review(place.resident, row.id, submission_id=review.id)
    assert (kept.state, kept.submission_id) == (PromiseState.KEPT, review.id)
    assert (await trials.name_review(place.resident, row.id, submission_id=review.id)).state is PromiseState.KEPT
    with at_the_end(hours=1):
        assert await trials.resolve_due() == 0
    assert await find_violations() == {}


async def test_one_review_keeps_one_promise(place, trial):
    first = await hand_over(place, trial)
    with at_the_end():
        await trials.resolve_due()
    with at_the_end(hours=24 * TRIAL_PAUSE_DAYS):
        second = await hand_over(place, trial)
        review = await create_published(place, kind=REVIEW)
        await trials.name_review(place.resident, second.id, submission_id=review.id)
        call = trials.name_review(place.resident, first.id, submission_id=review.id)
        assert (await assert_refused(InvalidInput, call)).reason == "review_used"
    assert await list_states() == ["BROKEN", "KEPT"]


async def test_review_sent_in_time_waits_for_its_decision(place, trial):
    row = await hand_over(place, trial)
    review = await create_in_review(place, kind=REVIEW)
    await trials.name_review(place.resident, row.id, submission_id=review.id)
    with at_the_end(hours=1):
        assert await trials.resolve_due() == 0
        await refuse_case(place, review, SubmissionState.REJECTED)
        assert await trials.resolve_due() == 1
    assert await list_states() == ["BROKEN"]
    assert await find_violations() == {}


async def test_job_keeps_a_named_review_when_it_is_published(place, trial):
    first, second = await hand_over(place, trial), await hand_over(place, trial, place.other)
    review = await create_in_review(place, kind=REVIEW)
    await trials.name_review(place.resident, first.id, submission_id=review.id)
    await db.execute("UPDATE submission SET state = 'WITHDRAWN' WHERE id = $1", review.id)
    published = await create_published(place, kind=REVIEW)
    await db.execute("UPDATE trial_promise SET submission_id = $1 WHERE redemption_id = $2", published.id, first.id)
    assert sorted(await run_concurrently(trials.resolve_due(), trials.resolve_due())) == [0, 1]
    assert (await list_states(), second.fulfilled_quantity) == (["KEPT", "OPEN"], 1)


async def test_promise_of_a_muted_member_waits(place, trial):
    await hand_over(place, trial)
    content = SanctionContent(SanctionKind.MUTE, "广告", DAYS + 3)
    await sanctions.give(place.leader, place.resident.id, content=content)
    with at_the_end(hours=4 * 24):
        assert await trials.resolve_due() == 0
    with at_the_end(hours=6 * 24):
        assert await trials.resolve_due() == 1


async def test_broken_promise_refuses_trials_until_it_is_repaired(place, trial):
    row = await hand_over(place, trial)
    with at_the_end(hours=-24):
        assert [await trials.announce_due() for _ in range(2)] == [1, 1]
    with at_the_end():
        assert [await trials.resolve_due() for _ in range(2)] == [1, 0]
        with pytest.raises(TrialPromiseBroken) as refused:
            await reserve(place.resident, trial)
        broken_at = (await list_rows("trial_promise"))[0]["resolved_at"]
        retry_at = datetime.fromisoformat(str(broken_at)) + timedelta(days=TRIAL_PAUSE_DAYS)
        assert (refused.value.figures["max"], refused.value.retry_at) == (TRIAL_PAUSE_DAYS, retry_at)
        assert isinstance((await viewing.find_refusals([trial], [place.resident]))[0], TrialPromiseBroken)
        await reserve(place.other, trial)
    assert await list_notices() == ["TRIAL_PROMISED", "TRIAL_DUE", "TRIAL_BROKEN"]
    with clock.at(retry_at):
        assert (await viewing.find_refusals([trial], [place.resident])) == [None]
    with at_the_end(hours=1):
        waiting = await create_in_review(place, kind=REVIEW)
        await assert_refused(InvalidInput, trials.name_review(place.resident, row.id, submission_id=waiting.id))
        review = await create_published(place, kind=REVIEW)
        await trials.name_review(place.resident, row.id, submission_id=review.id)
        await reserve(place.resident, trial)
    assert await find_violations() == {}


async def test_member_has_one_trial_at_a_time(place, trial):
    outcomes = await run_concurrently(*(reserve(place.resident, trial) for _ in range(3)))
    assert [isinstance(outcome, TrialPromiseOpen) for outcome in outcomes] == [False, True, True]
    (code,) = await verification.find_codes([outcomes[0].id])
    await verification.verify(place.leader, Handover(code))
    with pytest.raises(TrialPromiseOpen):
        await reserve(place.resident, trial)


async def test_undone_handover_ends_the_promise(place, trial):
    row = await hand_over(place, trial)
    await verification.undo(place.leader, row.id, reason="拿错了")
    assert await list_states() == []
    review = await create_published(place, kind=REVIEW)
    await assert_refused(NotFound, trials.name_review(place.resident, row.id, submission_id=review.id))
    (code,) = await verification.find_codes([row.id])
    await verification.verify(place.leader, Handover(code))
    assert await list_states() == ["OPEN"]
    assert await find_violations() == {}


async def test_handover_of_a_reviewed_trial_stays(place, trial):
    row = await hand_over(place, trial)
    review = await create_published(place, kind=REVIEW)
    await trials.name_review(place.resident, row.id, submission_id=review.id)
    await hand_over(place, await create_reward(place, kind=RewardKind.TRIAL, price=0, review_days=DAYS))
    refusal = await assert_refused(NothingToUndo, verification.undo(place.leader, row.id, reason="点错了"))
    assert (refusal.reason, await list_states()) == ("reviewed", ["KEPT", "OPEN"])


@pytest.mark.parametrize("is_leaving", [True, False])
async def test_promise_outlasts_leaving_and_suspension(place, trial, is_leaving):
    row = await hand_over(place, trial)
    review = await create_in_review(place, kind=REVIEW)
    await trials.name_review(place.resident, row.id, submission_id=review.id)
    await (
        removal.leave_community(place.resident) if is_leaving else people.ban(place.resident.person_id, reason="广告")
    )
    with at_the_end(hours=1):
        assert await trials.resolve_due() == int(is_leaving)  # Leaving withdraws the review, a suspension keeps it.
    assert await list_states() == ["BROKEN" if is_leaving else "OPEN"]
    assert await find_violations() == {}
