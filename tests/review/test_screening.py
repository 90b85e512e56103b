"""The screening of sent revisions: the way into review, blocks, delays, failures and changes meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from community.accounts import people
from community.kernel import clock, db, outbox
from community.review import cases, intake
from community.review import personal as review_personal
from community.review.appeals import reports
from community.review.models import CaseKind, CaseReason
from community.review.queries import list_reasons as list_case_reasons
from community.review.screening import checking, conclusion, queries
from community.review.screening.models import ScreeningState
from community.safety import lists
from community.safety.entries import Word
from community.safety.facts import Facts, Level, Reason, Verdict
from community.submissions import removal, write
from community.submissions.models import SubmissionState
from tests.support.backends import make_settings
from tests.support.pictures import create_ready_picture
from tests.support.story import (
    add_revision,
    create_community,
    create_in_review,
    create_published,
    create_submitted,
    edit_submission,
    get_open_case,
    get_revision,
    list_pending_effects,
    list_queue,
    list_rows,
    receive,
    reload_submission,
    run_concurrently,
    run_effects,
)

CHECKED = SubmissionState.IN_REVIEW, ScreeningState.DONE


@pytest.fixture
async def place(database):
    place = await create_community()
    words = [Word("代购", Level.BLOCK, "ads"), Word("团购", Level.REVIEW, "ads"), Word("傻瓜", Level.MASK, "rude")]
    await lists.publish_as_leader(place.leader, version=0, words=words, exceptions=[])
    return place


async def find(row):
    """Return the screening of the latest revision."""
    (found,) = await queries.find_of_revisions([row.community_id], [(await get_revision(row)).id])
    return found


async def begin(place, **given):
    """Send a submission, and return it with its running screening."""
    row = await create_submitted(place, **given)
    await intake.sync_cases(row.id)
    return row, await find(row)


async def read_states(row):
    return (await reload_submission(row)).state, (await find(row)).state


async def list_reasons(row):
    return {finding.reason for finding in (await find(row)).list_findings()}


async def test_sent_revision_waits_for_its_checks(place):
    row, running = await begin(place)
    assert await read_states(row) == (SubmissionState.PENDING_SCREENING, ScreeningState.RUNNING)
    assert (await list_queue(place.leader), running.verdict) == ([], None)
    await checking.screen_revision(make_settings(), running.id)
    assert (await read_states(row), await list_queue(place.leader)) == (CHECKED, [row.id])


async def test_repeated_job_changes_nothing(place):
    row = await create_in_review(place)
    before = await list_rows("screening"), await list_rows("review_case")
    done = await find(row)
    await checking.screen_revision(make_settings(), done.id)
    await conclusion.conclude(f"revision:{done.revision_id}")
    await conclusion.give_up(done.id)
    assert (await list_rows("screening"), await list_rows("review_case")) == before


async def test_concurrent_jobs_store_one_result(place):
    row, running = await begin(place)
    assert (
        await run_concurrently(*(checking.screen_revision(make_settings(), running.id) for _ in range(4))) == [None] * 4
    )
    assert len(await list_rows("review_case")) == 1
    assert await read_states(row) == CHECKED


@pytest.mark.parametrize("part", ["title", "text", "tags"])
async def test_listed_word_reaches_a_leader(place, part):
    row = await create_in_review(place, **{part: ("团购",) if part == "tags" else "今天团购"})
    found = await find(row)
    fields = [finding.place.field for finding in found.list_findings() if finding.reason is Reason.LISTED_WORD]
    assert (found.verdict, fields) == (Verdict.REVIEW, ["tags.0" if part == "tags" else part])


async def test_blocked_revision_returns_to_its_author(place):
    row = await create_in_review(place, text="找我代购")
    assert await read_states(row) == (SubmissionState.RETURNED, ScreeningState.DONE)
    assert await list_rows("review_case") == []
    notices = [(n["membership_id"], n["kind"]) for n in await list_rows("notice")]
    assert notices == [(place.resident.id, "SUBMISSION_BLOCKED")]


async def test_blocked_edit_keeps_the_publication(place):
    row = await create_published(place)
    row = await edit_submission(row, place.resident, text="找我代购")
    assert (row.state, row.published_revision) == (SubmissionState.RETURNED, 1)


async def test_blocked_revision_sent_again_is_screened_again(place):
    row = await create_in_review(place, text="找我代购")
    await lists.publish_as_leader(place.leader, version=1, words=[], exceptions=[])
    await write.submit(place.resident, row.id, version=row.version)
    await run_effects()
    assert await read_states(row) == CHECKED
    assert (await find(row)).verdict is Verdict.REVIEW  # the author is new


async def test_description_of_a_picture_is_screened(place):
    picture = await create_ready_picture(place.resident, 1, alt_text="找我代购")
    row = await create_in_review(place, media_ids=(picture,))
    assert await read_states(row) == (SubmissionState.RETURNED, ScreeningState.DONE)


async def test_personal_data_in_a_description_reaches_a_leader(place):
    picture = await create_ready_picture(place.resident, 1, alt_text="电话 13812345678")
    found = await find(await create_in_review(place, media_ids=(picture,)))
    assert {one.reason for one in found.list_findings() if one.level is Level.REVIEW} >= {Reason.PHONE_NUMBER}
    assert found.list_masks() == []


async def test_late_harm_of_the_platform_asks_about_the_publication(place):
    row = await create_published(place)
    found = await find(row)
    await db.execute(
        "INSERT INTO platform_check (community_id, person_id, subject, kind, attempts, state, verdict, reason, label,"
        " asked_at, answered_at)"
        " VALUES ($1, $2, $3, 'TEXT_CHECK', 1, 'ANSWERED', 'BLOCK', 'LABELLED', 'ABUSE', $4, $4)",
        place.id, place.resident.person_id, f"revision:{found.revision_id}", clock.now(),
    )  # fmt: skip
    await conclusion.conclude(f"revision:{found.revision_id}")
    case = await cases.get_open(row.community_id, row.id, CaseKind.REPORT)
    assert await list_case_reasons([case.id]) == [[CaseReason.PLATFORM]]
    await reports.uphold(place.leader, case.id, version=case.version, reason="有害")
    assert (await reload_submission(row)).state is SubmissionState.REMOVED


async def test_record_of_author_counts_as_fact(place):
    _, running = await begin(place)
    with clock.at(clock.now() + timedelta(days=8)):
        facts = await checking.collect_facts(running)
    assert (facts.author.member_days, facts.author.approved, facts.author.refused) == (8, 0, 0)
    assert list(facts.texts) == ["title", "text", "tags.0"]


async def test_overdue_screening_goes_to_a_leader(place):
    row, _ = await begin(place)
    with clock.at(clock.now() + queries.MAX_DURATION):
        await conclusion.recover()
    assert (await read_states(row), await list_queue(place.leader)) == (CHECKED, [row.id])
    assert await list_reasons(row) == {Reason.CHECK_FAILED}


async def test_running_screening_is_not_given_up_early(place):
    row, running = await begin(place)
    await conclusion.give_up(running.id)
    assert (await find(row)).state is ScreeningState.RUNNING


async def test_lost_intake_is_repeated(place):
    row = await create_submitted(place)
    with clock.at(clock.now() + conclusion.RECOVERY_AFTER):
        await conclusion.recover()
    assert (await find(row)).state is ScreeningState.RUNNING


async def test_overdue_submissions_are_counted(place):
    await create_submitted(place)
    assert await queries.count_overdue() == 0
    with clock.at(clock.now() + queries.MAX_DURATION + timedelta(minutes=6)):
        assert await queries.count_overdue() == 1


async def test_slow_checks_end_at_the_limit():
    release = threading.Event()
    found = await checking.check(Facts({}), {"slow": lambda facts: release.wait(60) and []}, limit_s=0.05)
    release.set()
    assert (found.verdict, [finding.reason for finding in found.findings]) == (Verdict.REVIEW, [Reason.CHECK_FAILED])


async def test_longest_text_stays_within_the_limit(place):
    words = [Word("啊" * length, Level.BLOCK) for length in range(1, 41)]
    await lists.publish_as_leader(place.leader, version=1, words=words, exceptions=[])
    row = await create_in_review(place, title="啊" * 60, text="啊" * 5_000)
    assert await read_states(row) == (SubmissionState.RETURNED, ScreeningState.DONE)
    assert Reason.CHECK_FAILED not in await list_reasons(row)


async def test_edit_meanwhile_drops_the_screening(place):
    row, running = await begin(place)
    edited = await add_revision(row, place.resident, text="改了")
    await checking.screen_revision(make_settings(), running.id)
    assert (await find(edited)) is None
    await receive(row.id)
    assert [found["state"] for found in await list_rows("screening")] == ["DROPPED", "DONE"]
    assert (await get_open_case(row)).revision_id == (await get_revision(edited)).id


async def end_by_withdrawal(place, row):
    await removal.withdraw(place.resident, row.id, version=row.version)


async def end_by_leaving(place, row):
    await removal.leave_community(place.resident)


@pytest.mark.parametrize("end", [end_by_withdrawal, end_by_leaving], ids=["withdrawal", "leaving"])
async def test_end_meanwhile_drops_the_screening(place, end):
    row, running = await begin(place)
    await end(place, row)
    await checking.screen_revision(make_settings(), running.id)
    await intake.sync_cases(row.id)
    assert await read_states(row) == (SubmissionState.WITHDRAWN, ScreeningState.DROPPED)
    assert await list_rows("review_case") == []


async def test_erasure_deletes_the_findings(place):
    row = await create_in_review(place, text="今天团购")
    await review_personal.erase_submission(place.resident, row.id, version=row.version)
    assert [found["findings"] for found in await list_rows("screening")] in ([[]], ["[]"])


async def test_suspended_author_is_screened_too(place):
    row, running = await begin(place)
    await people.ban(place.resident.person_id, reason="广告")
    await checking.screen_revision(make_settings(), running.id)
    assert (await read_states(row), await list_queue(place.leader)) == (CHECKED, [])


async def test_unknown_subject_is_ignored(place):
    await conclusion.conclude("comment:9")
    await conclusion.conclude("revision:999")
    assert await list_pending_effects("effects.conclude_screening") == []


async def test_intake_puts_one_job(place):
    row = await create_submitted(place)
    await intake.sync_cases(row.id)
    await intake.sync_cases(row.id)
    assert len(await outbox.list_pending("effects.screen_revision")) == 1


async def ask_platform(place, *, verdict=None):
    """Send a submission of which WeChat checks one part, with this verdict so far. Return it."""
    row, running = await begin(place)
    found = (None, None, None) if verdict is None else (verdict, "LABELLED", "ABUSE")
    found = ("PASS", None, None) if verdict == "PASS" else found
    await db.execute(
        "INSERT INTO platform_check (community_id, person_id, subject, kind, attempts, state, asked_at, answered_at,"
        " verdict, reason, label) VALUES ($1, $2, $3, 'TEXT_CHECK', 1, $4, $5, $6, $7, $8, $9)",
        place.id, place.resident.person_id, running.subject, "WAITING" if verdict is None else "ANSWERED",
        clock.now(), None if verdict is None else clock.now(), *found,
    )  # fmt: skip
    await checking.screen_revision(make_settings(), running.id)
    return row


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("PASS", SubmissionState.IN_REVIEW), ("REVIEW", SubmissionState.IN_REVIEW), ("BLOCK", SubmissionState.RETURNED)],
)
async def test_answer_of_platform_counts(place, verdict, state):
    row = await ask_platform(place, verdict=verdict)
    assert await read_states(row) == (state, ScreeningState.DONE)
    assert (Reason.PLATFORM_FOUND in await list_reasons(row)) == (verdict != "PASS")


async def test_screening_waits_for_the_platform(place):
    row = await ask_platform(place)
    waiting = await find(row)
    await conclusion.conclude(waiting.subject)
    assert await read_states(row) == (SubmissionState.PENDING_SCREENING, ScreeningState.RUNNING)
    await db.execute(
        "UPDATE platform_check SET state = 'LOST', verdict = 'REVIEW', reason = 'NO_ANSWER', answered_at = $1",
        clock.now(),
    )
    await conclusion.conclude(waiting.subject)
    assert await read_states(row) == CHECKED
    assert Reason.PLATFORM_FAILED in await list_reasons(row)
