"""Answers of the platform about a comment while a leader looks, or later."""

from __future__ import annotations

import pytest

from community.conversation import checking, editing, moderation, visibility
from community.conversation.models import CommentState
from community.conversation.rules import normalise_content
from community.kernel import clock, db
from community.review.appeals import reports
from community.review.models import CaseKind, CaseReason
from community.review.queries import find_case, list_reasons
from community.safety.checks import Screening
from community.safety.facts import Level, Verdict
from community.safety.platform import checks as platform_checks
from community.safety.platform.answers import PASSED, Judgement
from community.safety.platform.models import CheckReason, PlatformLabel
from tests.support.bank import find_violations
from tests.support.comments import list_word, reload_comment, send_comment, send_to_leader
from tests.support.effects import run_all_effects
from tests.support.pictures import create_ready_picture
from tests.support.story import create_community, create_published, list_pending_effects, list_rows

HARM = Judgement(Verdict.BLOCK, CheckReason.LABELLED, PlatformLabel.CRIME)


@pytest.fixture
async def place(connected):
    return await create_community(leaders=2, residents=3)


async def lose_answer(place, comment, *, trace_id="trace-1", number=1):
    """Insert a check of a revision whose answer was given up."""
    (revision,) = [
        row["id"]
        for row in await list_rows("comment_revision")
        if (row["comment_id"], row["number"]) == (comment.id, number)
    ]
    media_id = await create_ready_picture(place.other, key=trace_id)
    await db.execute(
        "INSERT INTO platform_check (community_id, person_id, subject, kind, media_id, trace_id, attempts, state,"
        " verdict, reason, asked_at, answered_at) VALUES ($1, $2, $3, 'MEDIA_CHECK', $4, $5, 1, 'LOST', 'REVIEW',"
        " 'NO_ANSWER', $6, $6)",
        place.id, place.other.person_id, f"comment:{revision}", media_id, trace_id, clock.now(),
    )  # fmt: skip
    return f"comment:{revision}"


@pytest.fixture
def answer(connected):
    async def give(found=HARM):
        await platform_checks.record_answer("trace-1", found)
        await run_all_effects(connected)

    return give


async def list_open(kind):
    return [
        await find_case(row["id"])
        for row in await list_rows("review_case")
        if (row["kind"], row["state"]) == (kind, "OPEN")
    ]


async def send_published(place):
    """Publish a comment as a leader whose platform's answer was lost, and return it."""
    comment = await send_to_leader(place.other, await create_published(place))
    subject = await lose_answer(place, comment)
    (case,) = await list_open(CaseKind.COMMENT)
    await moderation.approve(place.leader, case.id, version=case.version)
    return await reload_comment(comment), subject


async def test_late_harm_of_a_public_comment_opens_a_case(place, answer):
    comment, _ = await send_published(place)
    await answer()
    (case,) = await list_open(CaseKind.REPORT)
    assert (case.thing_id, case.thing_revision, case.urgency) == (comment.id, 1, 1)
    assert await list_reasons([case.id]) == [[CaseReason.PLATFORM]]
    await reports.uphold(place.leader, case.id, version=case.version, reason="违规")
    assert (await reload_comment(comment)).state is CommentState.HIDDEN
    assert await find_violations() == {}


async def test_late_harm_counts_once(place, answer):
    _, subject = await send_published(place)
    await answer()
    (case,) = await list_open(CaseKind.REPORT)
    await reports.dismiss(place.leader, case.id, version=case.version)
    await checking.conclude(subject)
    assert await list_open(CaseKind.REPORT) == []


async def test_late_pass_opens_no_case(place, answer):
    await send_published(place)
    await answer(PASSED)
    assert await list_open(CaseKind.REPORT) == []


async def test_harm_while_a_leader_looks_is_a_reason(place, answer):
    comment = await send_to_leader(place.other, await create_published(place))
    subject = await lose_answer(place, comment)
    (before,) = await list_open(CaseKind.COMMENT)
    await answer()
    (case,) = await list_open(CaseKind.COMMENT)
    assert CaseReason.PLATFORM in (await list_reasons([case.id]))[0]
    assert case.version > before.version
    await moderation.approve(place.leader, case.id, version=case.version)
    await checking.conclude(subject)
    assert await list_open(CaseKind.REPORT) == []


async def test_late_harm_of_a_replaced_text_is_ignored(place, answer):
    comment, _ = await send_published(place)
    content = normalise_content("改过", media_id=None)
    passed = Screening(Verdict.PASS, ())
    await editing.edit(place.other, comment.id, content=content, found=passed, is_awaited=False)
    await answer()
    assert await list_open(CaseKind.REPORT) == []


async def test_late_harm_of_a_hidden_comment_is_ignored(place, answer):
    comment, _ = await send_published(place)
    await visibility.hide(comment, by=place.leader, reason="广告")
    await answer()
    assert await list_open(CaseKind.REPORT) == []


async def test_comment_with_a_listed_word_is_checked_too(place):
    await list_word(place, "团购", Level.REVIEW)
    comment = await send_comment(place.other, await create_published(place), "今天团购")
    assert await list_pending_effects("effects.check_comment") == [{"comment_id": comment.id}]
