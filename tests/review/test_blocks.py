"""Blocks by the screening: what their authors read, and appeals against them."""

from __future__ import annotations

import pytest

from community.kernel.errors import NotFound
from community.review import cases
from community.review import service as review
from community.review.appeals import appeals, queries
from community.review.appeals.models import AppealedAction, AppealState
from community.review.errors import AppealNotPossible, OwnCase
from community.review.models import CaseKind, CaseReason
from community.review.queries import find_case, list_reasons
from community.review.rules import Approval
from community.review.screening import queries as screenings
from community.review.screening.blocks import find_blocks, list_block_findings
from community.safety import lists
from community.safety.entries import Word
from community.safety.facts import Level, Reason, Verdict
from community.submissions import removal, write
from community.submissions.models import SubmissionState
from tests.support.bank import find_violations
from tests.support.story import (
    FAIR_SCORES,
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    edit_submission,
    get_open_case,
    list_rows,
    reload_submission,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    place = await create_community(leaders=2)
    words = [Word("代购", Level.BLOCK, "ads"), Word("团购", Level.REVIEW, "ads")]
    await lists.publish_as_leader(place.leader, version=0, words=words, exceptions=[])
    return place


async def find_block(row):
    (block,) = await find_blocks([await reload_submission(row)])
    return block


async def appeal(place, **given):
    """Let the lists block a submission, and appeal. Return both."""
    row = await create_in_review(place, **{"text": "找我代 购", **given})
    block = await find_block(row)
    by = given.get("author") or place.resident
    return row, await appeals.open_appeal(by, block.id, subject=AppealedAction.BLOCK, text="不是广告")


async def answer(place, made, *, granted, by=None):
    case = await find_case(made.case_id)
    return await appeals.answer(by or place.leader, case.id, version=case.version, granted=granted, reason="看过了")


async def test_author_reads_the_words_that_block(place):
    row = await create_in_review(place, title="团购", text="找我代 购", tags=("代购",))
    (found,) = await list_block_findings([await find_block(row)])
    assert [(one.check, one.finding.reason, one.words) for one in found] == [
        (CaseReason.WORDS, Reason.LISTED_WORD, "代 购"),
        (CaseReason.WORDS, Reason.LISTED_WORD, "代购"),
    ]


async def test_granted_appeal_brings_the_revision_to_a_leader(place):
    row, made = await appeal(place)
    await answer(place, made, granted=True)
    await run_effects()
    case = await get_open_case(row)
    assert (await reload_submission(row)).state is SubmissionState.IN_REVIEW
    (reasons,) = await list_reasons([case.id])
    assert {CaseReason.BLOCK_APPEALED, CaseReason.WORDS} <= set(reasons)
    assert case.urgency == 1
    assert await find_violations() == {}


async def test_granted_appeal_publishes_nothing(place):
    row, made = await appeal(place)
    await answer(place, made, granted=True)
    assert (await reload_submission(row)).published_revision is None
    await run_effects()
    assert (await reload_submission(row)).published_revision is None
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED
    assert await find_violations() == {}


async def test_pardoned_revision_sent_again_reaches_a_leader(place):
    row, made = await appeal(place)
    await answer(place, made, granted=True)
    await run_effects()
    case = await get_open_case(row)
    await review.send_back(place.leader, case.id, version=case.version, what_to_change="短一点")
    row = await reload_submission(row)
    await write.submit(place.resident, row.id, version=row.version)
    await run_effects()
    found = await screenings.find(made.subject_id)
    assert ((await reload_submission(row)).state, found.verdict) == (SubmissionState.IN_REVIEW, Verdict.REVIEW)


async def test_edit_of_a_pardoned_revision_is_blocked(place):
    row, made = await appeal(place)
    await answer(place, made, granted=True)
    await run_effects()
    row = await edit_submission(await reload_submission(row), place.resident, text="还是代购")
    assert row.state is SubmissionState.RETURNED
    assert (await find_block(row)).id != made.subject_id


async def test_denied_appeal_leaves_the_revision_blocked(place):
    row, made = await appeal(place)
    await answer(place, made, granted=False)
    await run_effects()
    assert (await reload_submission(row)).state is SubmissionState.RETURNED
    again = appeals.open_appeal(place.resident, made.subject_id, subject=AppealedAction.BLOCK, text="再看看")
    assert (await assert_refused(AppealNotPossible, again)).reason == "again"
    assert await find_violations() == {}


async def test_edit_ends_the_appeal(place):
    row, made = await appeal(place)
    await edit_submission(await reload_submission(row), place.resident, text="阳台")
    await run_effects()
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED
    assert await find_violations() == {}


async def test_appeal_after_an_ended_one_is_possible(place):
    row, made = await appeal(place)
    row = await reload_submission(row)
    await write.submit(place.resident, row.id, version=row.version)
    await run_effects()
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED
    block = await find_block(row)
    again = await appeals.open_appeal(place.resident, block.id, subject=AppealedAction.BLOCK, text="不是广告")
    assert (again.subject_id, again.state) == (made.subject_id, AppealState.OPEN)
    assert await find_violations() == {}


async def test_withdrawal_ends_the_appeal(place):
    row, made = await appeal(place)
    row = await reload_submission(row)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await run_effects()
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED


async def test_blocked_edit_is_appealed_beside_the_publication(place):
    row = await edit_submission(await create_published(place), place.resident, text="找我代购")
    block = await find_block(row)
    made = await appeals.open_appeal(place.resident, block.id, subject=AppealedAction.BLOCK, text="不是广告")
    await answer(place, made, granted=True)
    await run_effects()
    row = await reload_submission(row)
    assert (row.state, row.published_revision) == (SubmissionState.IN_REVIEW, 1)


async def test_author_who_leads_cannot_answer(place):
    _, made = await appeal(place, author=place.leaders[1])
    await assert_refused(OwnCase, answer(place, made, granted=True, by=place.leaders[1]))


async def test_another_member_cannot_appeal(place):
    row = await create_in_review(place, text="找我代购")
    block = await find_block(row)
    await assert_refused(
        NotFound, appeals.open_appeal(place.residents[1], block.id, subject=AppealedAction.BLOCK, text="看看")
    )


async def test_passed_screening_cannot_be_appealed(place):
    row = await create_in_review(place)
    (found,) = await list_rows("screening")
    call = appeals.open_appeal(place.resident, found["id"], subject=AppealedAction.BLOCK, text="看看")
    await assert_refused(NotFound, call)
    assert await cases.find_open(row.community_id, row.id, CaseKind.APPEAL) is None
