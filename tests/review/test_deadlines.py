"""Reminders at the deadlines of review cases, and notices to authors."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.communities.models import Role
from community.kernel import db
from community.notices.models import NoticeKind
from community.review import deadlines
from community.review import service as review
from community.review.rules import Approval
from tests.support.story import (
    FAIR_SCORES,
    HIGH_SCORES,
    add_member,
    create_community,
    create_in_review,
    get_open_case,
    list_rows,
)


@pytest.fixture
async def place(database):
    return await create_community()


async def told(kind: NoticeKind) -> list[int]:
    return [row["membership_id"] for row in await list_rows("notice") if row["kind"] == kind]


async def test_leaders_are_reminded_once_per_deadline(place):
    second = await add_member(place, role=Role.LEADER)
    case = await get_open_case(await create_in_review(place, author=place.leader))
    assert await deadlines.remind() == 0
    await db.execute("UPDATE review_case SET due_at = opened_at")
    assert (await deadlines.remind(), await deadlines.remind()) == (1, 0)
    assert await told(NoticeKind.CASE_UNANSWERED) == [second.id]
    await db.execute("UPDATE review_case SET solve_due_at = opened_at WHERE id = $1", case.id)
    assert (await deadlines.remind(), await deadlines.remind()) == (1, 0)
    assert await told(NoticeKind.CASE_UNSOLVED) == [second.id]


async def test_decided_case_reminds_no_leader(place):
    case = await get_open_case(await create_in_review(place))
    await review.reject(place.leader, case.id, version=case.version, reason="广告")
    await db.execute("UPDATE review_case SET due_at = opened_at, solve_due_at = opened_at")
    assert await deadlines.remind() == 0


async def test_case_that_waits_for_the_author_reminds_no_leader(place):
    await create_in_review(place)
    await people.ban(place.resident.person_id, reason="广告")
    await db.execute("UPDATE review_case SET due_at = opened_at")
    assert (await deadlines.remind(), await deadlines.count_overdue()) == (0, [])
    await people.unban(place.resident.person_id)
    assert (await deadlines.remind(), len(await deadlines.count_overdue())) == (1, 1)


@pytest.mark.parametrize("outcome", ["APPROVED", "RECOMMENDED", "RETURNED", "REJECTED"])
async def test_author_is_told_of_the_outcome(place, outcome):
    row = await create_in_review(place)
    case = await get_open_case(row)
    if outcome == "RETURNED":
        await review.send_back(place.leader, case.id, version=case.version, what_to_change="改")
    elif outcome == "REJECTED":
        await review.reject(place.leader, case.id, version=case.version, reason="广告")
    else:
        approval = Approval(HIGH_SCORES if outcome == "RECOMMENDED" else FAIR_SCORES)
        await review.approve(place.leader, case.id, version=case.version, approval=approval)
    (notice,) = await list_rows("notice")
    assert (notice["membership_id"], notice["kind"]) == (row.author_id, f"SUBMISSION_{outcome}")
