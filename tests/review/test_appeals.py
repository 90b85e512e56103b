"""Appeals: against what, by whom, answered by whom, and what a granted one does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import memberships
from community.communities.errors import SanctionOver
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.queries import find_sanction
from community.communities.sanctions.rules import SanctionContent
from community.kernel import clock
from community.kernel.errors import Conflict, NotFound
from community.notices.models import NoticeKind
from community.review import cases, restoring, sanctions
from community.review import service as review
from community.review.appeals import appeals, queries
from community.review.appeals.models import AppealedAction, AppealState
from community.review.errors import AppealNotPossible, CaseExcluded, OwnCase
from community.review.models import CaseKind, CaseState
from community.review.queries import find_case, find_last_decisions
from community.review.rules import Approval
from community.submissions import removal, restoration
from community.submissions.models import SubmissionState
from tests.points.earning.test_claw_back import get_figures, list_notices
from tests.support.bank import find_violations
from tests.support.story import (
    FAIR_SCORES,
    assert_refused,
    create_community,
    create_in_state,
    create_published,
    list_rows,
    reload_submission,
    run_concurrently,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community(leaders=3)


async def appeal(place, subject, number, *, by=None, text="请再看看"):
    return await appeals.open_appeal(by or place.resident, number, subject=subject, text=text)


async def appeal_removal(place, **given):
    """Publish, remove and appeal. Return the submission and the appeal."""
    row = await create_published(place, **given)
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    (found,) = await restoration.find_newest([row.id])
    return row, await appeal(place, AppealedAction.REMOVAL, found.id, by=given.get("author"))


async def appeal_rejection(place):
    row = await create_in_state(place, SubmissionState.REJECTED)
    (decision,) = await find_last_decisions([row.id])
    return row, await appeal(place, AppealedAction.DECISION, decision.id)


async def answer(place, row, *, granted, by=None):
    case = await find_case(row.case_id)
    return await appeals.answer(by or place.leaders[1], case.id, version=case.version, granted=granted, reason="看过了")


async def test_granted_appeal_restores_the_removed_submission(place):
    row, made = await appeal_removal(place)
    closed = await answer(place, made, granted=True)
    assert closed.state is CaseState.DECIDED
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED
    assert await get_figures(place.resident) == (10, 0, 10)
    found = await queries.find_appeal(made.id)
    assert (found.state, found.answer, found.answered_by) == (AppealState.GRANTED, "看过了", place.leaders[1].id)
    assert await find_violations() == {}


async def test_denied_appeal_changes_nothing_else(place):
    row, made = await appeal_removal(place)
    await answer(place, made, granted=False)
    assert (await reload_submission(row)).state is SubmissionState.REMOVED
    assert (await queries.find_appeal(made.id)).state is AppealState.DENIED
    assert await find_violations() == {}


async def test_granted_appeal_brings_the_rejection_to_another_leader(place):
    row, made = await appeal_rejection(place)
    await answer(place, made, granted=True)
    await run_effects()
    case = await cases.get_open(row.community_id, row.id, CaseKind.REVISION)
    approval = {"version": case.version, "approval": Approval(FAIR_SCORES)}
    await assert_refused(CaseExcluded, review.approve(place.leader, case.id, **approval))
    await review.approve(place.leaders[1], case.id, **approval)
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED
    assert await find_violations() == {}


async def test_granted_appeal_lifts_the_sanction(place):
    content = SanctionContent(SanctionKind.REMOVAL, "广告", None)
    given = await sanctions.give(place.leader, place.resident.id, content=content)
    made = await appeal(place, AppealedAction.SANCTION, given.id)
    await answer(place, made, granted=True)
    assert (await find_sanction(given.id)).lifted_by == place.leaders[1].id
    assert await find_violations() == {}


async def appeal_sanction(place, *, days=7):
    """Warn the resident, who appeals. Return the sanction and the appeal."""
    content = SanctionContent(SanctionKind.WARNING, "广告", days)
    given = await sanctions.give(place.leader, place.resident.id, content=content)
    return given, await appeal(place, AppealedAction.SANCTION, given.id)


async def test_lifting_ends_the_appeal(place):
    given, made = await appeal_sanction(place)
    await sanctions.lift(place.leader, given.id, reason="误会")
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED
    assert (await find_case(made.case_id)).state is CaseState.SUPERSEDED
    assert [kind for kind, _ in await list_notices(place.resident)].count(NoticeKind.APPEAL_ENDED) == 1
    assert await find_violations() == {}


async def test_end_of_a_sanction_ends_the_appeal(place):
    given, made = await appeal_sanction(place)
    assert await sanctions.announce_ended() == 0
    assert (await queries.find_appeal(made.id)).state is AppealState.OPEN
    with clock.at(given.ends_at):
        await sanctions.announce_ended()
        assert await sanctions.announce_ended() == 0
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED
    assert [kind for kind, _ in await list_notices(place.resident)].count(NoticeKind.APPEAL_ENDED) == 1


async def test_lifting_and_answers_end_the_appeal_once(place):
    for number in range(6):
        given, made = await appeal_sanction(place)
        calls = [
            sanctions.lift(place.leader, given.id, reason="误会"),
            answer(place, made, granted=number % 2 == 0),
            sanctions.announce_ended(),
        ]
        results = await run_concurrently(*(calls if number % 3 else reversed(calls)))
        assert {type(one) for one in results if isinstance(one, Exception)} <= {SanctionOver, Conflict}
        assert (await queries.find_appeal(made.id)).state is not AppealState.OPEN
    assert await find_violations() == {}


async def test_lifting_leaves_no_appeal_that_opens_meanwhile(place):
    for number in range(6):
        content = SanctionContent(SanctionKind.WARNING, "广告", 7)
        given = await sanctions.give(place.leader, place.resident.id, content=content)
        calls = [
            appeal(place, AppealedAction.SANCTION, given.id),
            sanctions.lift(place.leader, given.id, reason="误会"),
        ]
        await run_concurrently(*(calls if number % 2 else reversed(calls)))
        assert "OPEN" not in {row["state"] for row in await list_rows("appeal")}


async def test_first_decider_cannot_answer(place):
    _, made = await appeal_removal(place)
    await assert_refused(CaseExcluded, answer(place, made, granted=False, by=place.leader))


async def test_author_cannot_answer(place):
    _, made = await appeal_removal(place, author=place.leaders[1])
    await assert_refused(OwnCase, answer(place, made, granted=True))


async def test_subject_has_one_appeal(place):
    _, made = await appeal_removal(place)
    await answer(place, made, granted=False)
    again = await assert_refused(AppealNotPossible, appeal(place, made.subject, made.subject_id))
    assert again.reason == "again"


async def test_appeal_that_a_removal_ended_is_free(place):
    row, made = await appeal_rejection(place)
    row = await reload_submission(row)
    removed = await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    await run_effects()
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED
    await restoring.restore(place.leaders[1], row.id, version=removed.version, reason="看错了")
    again = await appeal(place, AppealedAction.DECISION, made.subject_id)
    assert again.state is AppealState.OPEN
    assert await find_violations() == {}


async def test_restored_revision_keeps_its_excluded_leader(place):
    row, made = await appeal_rejection(place)
    await answer(place, made, granted=True)
    row = await reload_submission(row)
    removed = await removal.remove(place.leaders[1], row.id, version=row.version, reason="广告")
    await run_effects()
    await restoring.restore(place.leaders[2], row.id, version=removed.version, reason="看错了")
    case = await cases.get_open(row.community_id, row.id, CaseKind.REVISION)
    assert case.excluded_id == place.leader.id


async def test_concurrent_appeals_open_one(place):
    row = await create_in_state(place, SubmissionState.REMOVED)
    (found,) = await restoration.find_newest([row.id])
    made = await run_concurrently(*(appeal(place, AppealedAction.REMOVAL, found.id) for _ in range(4)))
    assert sorted(type(one).__name__ for one in made) == ["AppealNotPossible"] * 3 + ["AppealRow"]


async def test_appeal_after_thirty_days_is_refused(place):
    row = await create_in_state(place, SubmissionState.REJECTED)
    (decision,) = await find_last_decisions([row.id])
    with clock.at(clock.now() + timedelta(days=30)):
        late = await assert_refused(AppealNotPossible, appeal(place, AppealedAction.DECISION, decision.id))
    assert late.reason == "late"


async def test_appeal_of_another_member_is_unknown(place):
    row = await create_in_state(place, SubmissionState.REJECTED)
    (decision,) = await find_last_decisions([row.id])
    await assert_refused(NotFound, appeal(place, AppealedAction.DECISION, decision.id, by=place.other))


async def test_former_member_appeals(place):
    row = await create_in_state(place, SubmissionState.REMOVED)
    (found,) = await restoration.find_newest([row.id])
    await memberships.leave(place.resident)
    assert (await appeal(place, AppealedAction.REMOVAL, found.id)).state is AppealState.OPEN


async def test_pictures_are_kept_while_an_appeal_is_open(place):
    _, made = await appeal_removal(place)
    with clock.at(clock.now() + timedelta(days=40)):
        await restoration.collect_removed()
        await answer(place, made, granted=True)
        assert await find_violations() == {}


async def test_withdrawal_ends_the_appeal(place):
    row, made = await appeal_rejection(place)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await run_effects()
    assert (await queries.find_appeal(made.id)).state is AppealState.ENDED
    assert await find_violations() == {}


async def test_concurrent_answers_answer_once(place):
    _, made = await appeal_removal(place)
    found = await run_concurrently(
        *(answer(place, made, granted=granted, by=leader) for leader in place.leaders[1:] for granted in (True, False))
    )
    assert [type(one) for one in found if isinstance(one, Exception)] == [Conflict] * 3
    assert await find_violations() == {}


async def test_author_is_told_the_answer_once(place):
    _, made = await appeal_removal(place)
    await answer(place, made, granted=True)
    kinds = [kind for kind, _ in await list_notices(place.resident)]
    assert kinds.count(NoticeKind.APPEAL_GRANTED) == 1


async def list_offered(subject, numbers, *members):
    return [await appeals.list_possible(subject, numbers, [member] * len(numbers)) for member in members]


async def test_appeal_is_offered_to_the_author_alone(place):
    row = await create_in_state(place, SubmissionState.REJECTED)
    (decision,) = await find_last_decisions([row.id])
    offered = await list_offered(
        AppealedAction.DECISION, [decision.id], place.resident, place.other, place.leader, None
    )
    assert offered == [[True], [False], [False], [False]]
    await memberships.leave(place.resident)
    assert await list_offered(AppealedAction.DECISION, [decision.id], place.resident) == [[True]]


async def test_offered_appeals_are_those_that_the_verb_allows(place):
    rows = [await create_published(place, title=f"番茄 {number}") for number in range(4)]
    for row in rows:
        await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    first, appealed, restored, unknown = [found.id for found in await restoration.find_newest([r.id for r in rows])]
    await appeal(place, AppealedAction.REMOVAL, appealed)
    fresh = await reload_submission(rows[2])
    await restoring.restore(place.leader, fresh.id, version=fresh.version, reason="看错了")
    numbers = [first, appealed, restored, unknown + 1]
    assert await list_offered(AppealedAction.REMOVAL, numbers, place.resident) == [[True, False, False, False]]
    with clock.at(clock.now() + appeals.APPEAL_PERIOD):
        assert await list_offered(AppealedAction.REMOVAL, numbers, place.resident) == [[False] * 4]


async def test_return_offers_no_appeal(place):
    row = await create_in_state(place, SubmissionState.RETURNED)
    (decision,) = await find_last_decisions([row.id])
    assert await list_offered(AppealedAction.DECISION, [decision.id], place.resident) == [[False]]


async def test_sanction_offers_an_appeal_until_it_ends(place):
    given = await sanctions.give(place.leader, place.resident.id, content=SanctionContent(SanctionKind.MUTE, "吵", 3))
    assert await list_offered(AppealedAction.SANCTION, [given.id], place.resident, place.other) == [[True], [False]]
    await sanctions.lift(place.leader, given.id, reason="看错了")
    assert await list_offered(AppealedAction.SANCTION, [given.id], place.resident) == [[False]]
