"""Claims, hand-over and escalation of review cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import roles
from community.communities.models import Role
from community.kernel import db
from community.kernel.errors import Conflict, NotFound
from community.kernel.paging import PageRequest
from community.notices.models import NoticeKind
from community.review import cases, handling, queue
from community.review import service as review
from community.review.errors import CannotDecide, CaseClaimed, CaseEscalated, CaseExcluded, OwnCase
from community.review.models import CaseKind, CaseReason, CaseState
from community.review.queries import find_case, list_reasons
from community.review.queue import QueueFilter, QueueMark
from community.review.rules import Approval
from tests.support.story import (
    FAIR_SCORES,
    add_member,
    assert_refused,
    create_community,
    create_in_review,
    get_open_case,
    list_rows,
    run_concurrently,
)


@pytest.fixture
async def place(database):
    return await create_community()


@pytest.fixture
async def second(place):
    return await add_member(place, role=Role.LEADER)


async def end_claims() -> None:
    await db.execute("UPDATE review_case SET claimed_until = claimed_at")


async def marked(leader, *marks: QueueMark) -> list[int]:
    page = await queue.list_queue(leader, PageRequest(), only=QueueFilter(marks=marks))
    return [row.id for row in page.rows]


async def test_claim_ends_after_thirty_minutes(place):
    case = await handling.claim(place.leader, (await get_open_case(await create_in_review(place))).id)
    (row,) = await list_rows("review_case")
    assert (case.claimed_by, case.version) == (place.leader.id, 1)
    assert case.claimed_until is not None
    assert row["claimed_until"] != row["claimed_at"]
    assert await marked(place.leader, QueueMark.MINE) == [case.id]
    await end_claims()
    assert await marked(place.leader, QueueMark.MINE) == []


async def test_claimed_case_is_refused_to_others(place, second):
    case = await handling.claim(place.leader, (await get_open_case(await create_in_review(place))).id)
    call = review.send_back(second, case.id, version=case.version, what_to_change="改")
    refusal = await assert_refused(CaseClaimed, call)
    assert refusal.retry_at == case.claimed_until
    await assert_refused(CaseClaimed, handling.claim(second, case.id))
    await end_claims()
    await review.send_back(second, case.id, version=case.version, what_to_change="改")


async def test_claim_ends_with_the_role(place, second):
    case = await handling.claim(second, (await get_open_case(await create_in_review(place))).id)
    await roles.take_role(place.leader, second.id, role=Role.LEADER)
    assert await marked(place.leader, QueueMark.UNCLAIMED) == [case.id]
    await roles.give_role(place.leader, second.id, role=Role.LEADER)
    assert await marked(place.leader, QueueMark.UNCLAIMED) == [case.id]


async def test_decision_ends_the_claim(place):
    case = await handling.claim(place.leader, (await get_open_case(await create_in_review(place))).id)
    decided = await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert (decided.claimed_by, decided.state) == (None, CaseState.DECIDED)
    await assert_refused(Conflict, handling.claim(place.leader, case.id))


async def test_concurrent_claims_have_one_winner(place, second):
    case = await get_open_case(await create_in_review(place))
    results = await run_concurrently(*(handling.claim(leader, case.id) for leader in (place.leader, second) * 2))
    winners = {result.claimed_by for result in results if not isinstance(result, Exception)}
    assert len(winners) == 1
    assert {type(result) for result in results if isinstance(result, Exception)} == {CaseClaimed}


async def test_released_case_is_free_again(place, second):
    case = await handling.claim(place.leader, (await get_open_case(await create_in_review(place))).id)
    await handling.release(place.leader, case.id)
    assert (await handling.release(place.leader, case.id)).claimed_by is None
    assert (await handling.claim(second, case.id)).claimed_by == second.id


async def test_handed_over_case_notifies_its_leader(place, second):
    case = await get_open_case(await create_in_review(place))
    given = await handling.hand_over(place.leader, case.id, to_id=second.id)
    assert given.claimed_by == second.id
    notices = [(row["membership_id"], row["kind"]) for row in await list_rows("notice")]
    assert (second.id, NoticeKind.CASE_HANDED_OVER) in notices


async def test_hand_over_to_the_wrong_member_is_refused(place):
    elsewhere = await create_community()
    case = await get_open_case(await create_in_review(place))
    for member, refusal in ((place.resident, CannotDecide), (elsewhere.leader, NotFound)):
        await assert_refused(refusal, handling.hand_over(place.leader, case.id, to_id=member.id))


async def test_escalated_case_is_first(place, second):
    await create_in_review(place)
    case = await get_open_case(await create_in_review(place))
    escalated = await handling.escalate(place.leader, case.id, version=case.version, note="请看")
    page = await queue.list_queue(second, PageRequest())
    assert (page.rows[0].id, page.rows[0].escalation_note, page.rows[0].urgency) == (case.id, "请看", 2)
    told = [row["membership_id"] for row in await list_rows("notice") if row["kind"] == NoticeKind.CASE_ESCALATED]
    assert told == [second.id]
    await assert_refused(CaseEscalated, handling.escalate(second, case.id, version=escalated.version, note="再看"))


async def test_author_and_excluded_leader_cannot_decide(place, second):
    case = await db.transaction(
        lambda: cases.open_case(
            CaseKind.APPEAL, community_id=place.id, author_id=place.leader.id, excluded_id=second.id
        )
    )
    await assert_refused(OwnCase, handling.claim(place.leader, case.id))
    await assert_refused(CaseExcluded, handling.claim(second, case.id))
    third = await add_member(place, role=Role.LEADER)
    assert [await marked(leader) for leader in (place.leader, second, third)] == [[], [], [case.id]]
    assert case.solve_due_at - case.opened_at == timedelta(hours=48)


async def test_open_case_gets_further_reasons(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    again = await db.transaction(
        lambda: cases.open_case(
            CaseKind.REVISION,
            community_id=row.community_id,
            author_id=row.author_id,
            submission_id=row.id,
            revision_id=case.revision_id,
            reasons=[CaseReason.NEW, CaseReason.WORDS],
            urgency=1,
        )
    )
    assert again is None
    now = await find_case(case.id)
    assert now is not None
    assert (now.version, now.urgency) == (2, 1)
    (reasons,) = await list_reasons([case.id])
    assert (reasons.count(CaseReason.NEW), reasons[-1]) == (1, CaseReason.WORDS)


async def test_counts_are_those_of_the_filters(place, second):
    ids = [(await get_open_case(await create_in_review(place))).id for _ in range(3)]
    await handling.claim(place.leader, ids[0])
    await handling.claim(second, ids[1])
    await handling.escalate(place.leader, ids[2], version=1, note="请看")
    await db.execute("UPDATE review_case SET due_at = opened_at WHERE id = $1", ids[0])
    counts = await queue.count_queue(place.leader)
    for mark in QueueMark:
        assert getattr(counts, mark.value.lower()) == len(await marked(place.leader, mark)), mark
    assert (counts.total, counts.mine, counts.unclaimed, counts.overdue, counts.escalated) == (3, 1, 1, 1, 1)
    assert counts.revisions == 3
    assert (CaseReason.NEW, 3) in [(each.reason, each.count) for each in counts.reasons]
