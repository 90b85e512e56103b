"""Decisions: effects, refusals, concurrency and authority."""

from __future__ import annotations

import pytest

from community.communities.errors import LeadersOnly
from community.communities.models import Role
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.points import queries as points
from community.review import queries
from community.review import service as review
from community.review.errors import OwnSubmission
from community.review.models import CaseState, Verdict
from community.review.rules import Approval, Scores
from community.submissions import removal, write
from community.submissions.models import SubmissionKind, SubmissionState
from tests.support.story import (
    FAIR_SCORES,
    HIGH_SCORES,
    add_member,
    add_revision,
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    edit_submission,
    get_open_case,
    get_revision,
    list_pending_effects,
    list_queue,
    list_rows,
    make_content,
    read_tables,
    receive,
    reload_submission,
    run_concurrently,
    run_effects,
)


def approve(leader, case, *, scores=FAIR_SCORES, version=None, **given):
    version = case.version if version is None else version
    return review.approve(leader, case.id, version=version, approval=Approval(scores, **given))


def send_back(leader, case, **given):
    return review.send_back(leader, case.id, **{"version": case.version, "what_to_change": "补充", **given})


def reject(leader, case, **given):
    return review.reject(leader, case.id, **{"version": case.version, "reason": "无关", **given})


VERBS = [approve, send_back, reject]
every_verb = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)


async def balance(member) -> int:
    return (await points.list_balances(member.community_id, [member.id]))[0]


async def test_approval_publishes_awards_and_records(database):
    place = await create_community()
    row = await create_in_review(place, kind=SubmissionKind.RECIPE)
    closed = await approve(place.leader, await get_open_case(row), scores=Scores(4, 4, 4), note=" 很好 ")
    row, revision = await reload_submission(row), await get_revision(row)
    assert (row.state, row.published_revision, row.recommended, row.note) == (
        SubmissionState.PUBLISHED,
        1,
        True,
        "很好",
    )
    assert (closed.state, closed.version, closed.closed_at is not None) == (CaseState.DECIDED, 2, True)
    decision = (await queries.find_decisions([closed.id]))[0]
    assert (decision.verdict, decision.revision_id, decision.decided_by) == (
        Verdict.APPROVED, revision.id, place.leader.id,
    )  # fmt: skip
    assert (decision.authenticity, decision.usefulness, decision.resonance, decision.reason) == (4, 4, 4, "很好")
    assert await balance(place.resident) == 20 * 12 // 10
    last = (await audit.list_events(place.id, subject="submission", subject_id=row.id))[-1]
    assert (last.action, last.actor_id, last.detail) == (
        "review.approved", place.leader.id,
        {
            "case_id": closed.id, "revision_id": revision.id, "scores": [4, 4, 4], "recommended": True,
            "readers": "MEMBERS",
        },
    )  # fmt: skip
    counted = [(one["board"], one["membership_id"]) for one in await list_pending_effects("leaderboards.drain")]
    assert sorted(counted) == [
        ("POINTS", place.resident.id), ("PUBLISHED", place.resident.id), ("REVIEWS", place.leader.id),
    ]  # fmt: skip


async def test_award_explains_its_rule(database):
    place = await create_community()
    row = await create_published(place, scores=Scores(3, 4, 5))
    entry = (await list_rows("journal_entry"))[0]
    assert (entry["source_key"], entry["kind"]) == (f"submission:{row.id}:approved", "AWARD")
    assert (await points.list_statement_lines(place.id, place.resident.id, PageRequest())).rows[0].explanation == {
        "rule": "SUBMISSION_APPROVED",
        "version": 1,
        "set_by": "BUILT_IN",
        "rounding": 2,
        "inputs": {"kind": "USAGE_TIP", "authenticity": 3, "usefulness": 4, "resonance": 5, "base": 10},
    }


@pytest.mark.parametrize(
    ("scores", "wish", "marked"),
    [(HIGH_SCORES, None, True), (FAIR_SCORES, None, False), (HIGH_SCORES, False, False), (HIGH_SCORES, True, True)],
)
async def test_recommended_mark_follows_scores_or_leader(database, scores, wish, marked):
    place = await create_community()
    row = await create_in_review(place)
    case = await approve(place.leader, await get_open_case(row), scores=scores, recommended=wish)
    assert (await reload_submission(row)).recommended is marked
    assert (await queries.find_decisions([case.id]))[0].recommended is marked


async def test_recommended_mark_with_low_scores_is_refused(database):
    place = await create_community()
    case = await get_open_case(await create_in_review(place))
    refusal = await assert_refused(InvalidInput, approve(place.leader, case, scores=FAIR_SCORES, recommended=True))
    assert refusal.path == ("recommended",)


async def test_recommended_mark_is_decided_per_revision(database):
    place = await create_community()
    row = await edit_submission(await create_published(place, scores=HIGH_SCORES), place.resident)
    await approve(place.leader, await get_open_case(row), scores=FAIR_SCORES)
    assert (await reload_submission(row)).recommended is False


async def test_return_notes_what_to_change(database):
    place = await create_community()
    row = await create_in_review(place)
    case = await send_back(place.leader, await get_open_case(row), what_to_change=" 请补充照片 ")
    row = await reload_submission(row)
    assert (row.state, row.note, row.published_revision) == (SubmissionState.RETURNED, "请补充照片", None)
    decision = (await queries.find_decisions([case.id]))[0]
    assert (decision.verdict, decision.reason, decision.authenticity, decision.recommended) == (
        Verdict.RETURNED, "请补充照片", None, False,
    )  # fmt: skip
    assert (await list_rows("posting"), await list_queue(place.leader)) == ([], [])
    assert (await audit.list_events(place.id, subject="submission", subject_id=row.id))[-1].action == "review.returned"


async def test_returned_submission_can_be_approved_later(database):
    place = await create_community()
    row = await create_in_review(place)
    first = await send_back(place.leader, await get_open_case(row))
    row = await edit_submission(await reload_submission(row), place.resident, title="改好了")
    await write.submit(place.resident, row.id, version=row.version)
    await run_effects()
    second = await get_open_case(row)
    assert (second.id != first.id, second.revision_id) == (True, (await get_revision(row, 2)).id)
    await approve(place.leader, second)
    row = await reload_submission(row)
    assert (row.state, row.published_revision, row.note) == (SubmissionState.PUBLISHED, 2, None)
    assert [d.verdict for d in await queries.find_decisions([first.id, second.id])] == [
        Verdict.RETURNED,
        Verdict.APPROVED,
    ]
    assert (await queries.find_last_decisions([row.id]))[0].case_id == second.id


async def test_returned_submission_may_be_submitted_unchanged(database):
    place = await create_community()
    row = await create_in_review(place)
    first = await send_back(place.leader, await get_open_case(row))
    row = await reload_submission(row)
    await write.submit(place.resident, row.id, version=row.version)
    await run_effects()
    second = await get_open_case(row)
    assert (second.id != first.id, second.revision_id) == (True, first.revision_id)


async def test_a_rejection_is_final(database):
    place = await create_community()
    row = await create_in_review(place)
    await reject(place.leader, await get_open_case(row), reason="与小区无关")
    row = await reload_submission(row)
    assert (row.state, row.note) == (SubmissionState.REJECTED, "与小区无关")
    before = await read_tables()
    answers = await run_concurrently(
        write.submit(place.resident, row.id, version=row.version),
        write.edit(place.resident, row.id, version=row.version, content=make_content("再来")),
    )
    assert [answer.code for answer in answers] == ["STATE_FORBIDS"] * 2
    await receive(row.id)
    assert await read_tables() == before


async def test_rejected_edit_of_published_may_be_edited(database):
    """The published revision stays visible, so its author may edit it."""
    place = await create_community()
    row = await create_published(place)
    row = await edit_submission(row, place.resident)
    await reject(place.leader, await get_open_case(row), reason="与小区无关")
    row = await reload_submission(row)
    assert (row.state, row.published_revision) == (SubmissionState.REJECTED, 1)
    again = await edit_submission(row, place.resident)
    assert (again.state, again.published_revision) == (SubmissionState.IN_REVIEW, 1)


@pytest.mark.parametrize("text", ["", "  ", "字" * 501])
async def test_a_refusal_needs_a_reason(database, text):
    place = await create_community()
    case = await get_open_case(await create_in_review(place))
    assert (await assert_refused(InvalidInput, reject(place.leader, case, reason=text))).path == ("reason",)
    refusal = await assert_refused(InvalidInput, send_back(place.leader, case, what_to_change=text))
    assert refusal.path == ("whatToChange",)
    assert (await assert_refused(InvalidInput, approve(place.leader, case, note=text))).path == ("note",)


@every_verb
async def test_only_leaders_decide(database, verb):
    place = await create_community()
    expert = await add_member(place, role=Role.EXPERT)
    case = await get_open_case(await create_in_review(place))
    for actor in (place.resident, place.other, expert):
        assert (await assert_refused(LeadersOnly, verb(actor, case))).code == "LEADERS_ONLY"


@every_verb
async def test_own_submission_cannot_be_decided(database, verb):
    place = await create_community(leaders=2)
    case = await get_open_case(await create_in_review(place, author=place.leader))
    assert (await assert_refused(OwnSubmission, verb(place.leader, case))).code == "OWN_SUBMISSION"
    await verb(place.leaders[1], case)


@every_verb
async def test_leaders_of_another_community_find_no_case(database, verb):
    place, elsewhere = await create_community(), await create_community()
    case = await get_open_case(await create_in_review(place))
    assert (await assert_refused(NotFound, verb(elsewhere.leader, case))).path == ("reviewCaseId",)


@every_verb
@pytest.mark.parametrize("off", [-1, 1])
async def test_another_version_of_the_case_changes_nothing(database, verb, off):
    place = await create_community()
    case = await get_open_case(await create_in_review(place))
    refusal = await assert_refused(Conflict, verb(place.leader, case, version=case.version + off))
    assert (refusal.code, refusal.path) == ("STALE_VERSION", ("version",))


@every_verb
async def test_decided_case_cannot_be_decided_again(database, verb):
    place = await create_community()
    case = await get_open_case(await create_in_review(place))
    closed = await reject(place.leader, case)
    for version in (case.version, closed.version):
        await assert_refused(Conflict, verb(place.leader, case, version=version))


@every_verb
async def test_withdrawn_submission_cannot_be_decided(database, verb):
    place = await create_community()
    row = await create_in_review(place)
    case = await get_open_case(row)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await assert_refused(Conflict, verb(place.leader, case))


async def test_concurrent_decisions_have_one_winner(database):
    place = await create_community(leaders=2)
    for turn in range(6):
        row = await create_in_review(place)
        case = await get_open_case(row)
        pair = [approve(place.leaders[turn % 2], case), reject(place.leaders[1 - turn % 2], case)]
        answers = await run_concurrently(*(pair if turn % 3 else pair[::-1]))
        assert sorted(type(answer).__name__ for answer in answers) == ["CaseRow", "Conflict"]
        decision = (await queries.find_decisions([case.id]))[0]
        state = (await reload_submission(row)).state
        assert (decision.verdict.value, state) in {
            ("APPROVED", SubmissionState.PUBLISHED),
            ("REJECTED", SubmissionState.REJECTED),
        }
    approved = [row for row in await list_rows("review_decision") if row["verdict"] == "APPROVED"]
    assert len(await list_rows("posting")) == len(approved)


async def test_concurrent_approvals_pay_once(database):
    place = await create_community()
    case = await get_open_case(await create_in_review(place))
    answers = await run_concurrently(*(approve(place.leader, case) for _ in range(8)))
    assert sorted(type(answer).__name__ for answer in answers) == ["CaseRow"] + ["Conflict"] * 7
    assert (await balance(place.resident), len(await list_rows("review_decision"))) == (10, 1)


async def test_concurrent_edit_is_never_published_unread(database):
    place = await create_community()
    for _ in range(6):
        row = await create_in_review(place)
        case = await get_open_case(row)
        await run_concurrently(approve(place.leader, case), add_revision(row, place.resident))
        row = await reload_submission(row)
        assert row.published_revision in {None, 1}
        decided = (await queries.find_decisions([case.id]))[0] is not None
        assert decided == (row.published_revision == 1)
        assert row.state in {SubmissionState.PUBLISHED, SubmissionState.PENDING_SCREENING}


async def test_second_approval_pays_nothing(database):
    place = await create_community()
    row = await edit_submission(await create_published(place), place.resident)
    before = await read_tables("account", "journal_entry", "posting")
    await approve(place.leader, await get_open_case(row), scores=Scores(5, 5, 5))
    row = await reload_submission(row)
    assert (row.state, row.published_revision) == (SubmissionState.PUBLISHED, 2)
    assert await read_tables("account", "journal_entry", "posting") == before
    assert [one["board"] for one in await list_pending_effects("leaderboards.drain")] == ["REVIEWS"]


async def test_each_submission_is_paid_for(database):
    place = await create_community()
    for _ in range(3):
        await create_published(place)
    assert (await balance(place.resident), await balance(place.leader)) == (30, 0)


async def test_approval_with_failed_award_changes_nothing(database):
    place = await create_community()
    await create_published(place)
    await db.execute("UPDATE account SET balance = $1 WHERE kind = 'MEMBER'", 2**63 - 2)
    case = await get_open_case(await create_in_review(place))
    await assert_refused(Exception, approve(place.leader, case))
    await db.execute("UPDATE account SET balance = 10 WHERE kind = 'MEMBER'")
    await approve(place.leader, case)
    assert await balance(place.resident) == 20


@every_verb
async def test_unrecordable_decision_changes_nothing(database, verb):
    place = await create_community()
    case = await get_open_case(await create_in_review(place))
    await db.execute(
        "INSERT INTO review_decision (community_id, case_id, decided_by, verdict, recommended, reason, created_at)"
        " VALUES ($1, $2, $3, 'REJECTED', $4, 'x', $5)",
        place.id, case.id, place.leader.id, False, clock.now(),
    )  # fmt: skip
    await assert_refused(Exception, verb(place.leader, case))


async def test_last_decisions_follow_the_given_order(database):
    place = await create_community()
    one, two = await create_published(place), await create_in_review(place)
    found = await queries.find_last_decisions([two.id, one.id])
    assert [decision and decision.submission_id for decision in found] == [None, one.id]
