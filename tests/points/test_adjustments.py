"""Corrections by hand: reason, limit, second person, never of one's own account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.communities.models import Role
from community.kernel import audit, clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.notices import queries as notices
from community.notices.models import NoticeKind
from community.points import adjustments, policy, queries, spend
from community.points.adjustments import (
    adjust,
    adjust_as_operator,
    approve,
    approve_as_operator,
    decline,
    decline_as_operator,
)
from community.points.earning.claw_back import claw_back
from community.points.errors import AdjustmentDecided, InsufficientPoints, OwnAccount
from community.points.idempotent import Source
from community.points.kinds import AdjustmentState, EntryKind, ExpiryPolicy
from community.points.rules import MAX_POINTS
from tests.support.bank import award, find_violations, get_account, get_balance, list_statement_lines
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    list_rows,
    read_all_pages,
    read_tables,
    run_concurrently,
)

PENDING, MADE, DECLINED = AdjustmentState
NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def place(database):
    return await create_community(leaders=3)


def adjust_member(place, amount=10, *, member=None, by=None, reason="盘点有误"):
    return adjust(by or place.leader, (member or place.resident).id, amount=amount, reason=reason)


async def test_a_leader_adds_points_with_a_reason_that_the_member_reads(place):
    row = await adjust_member(place, 40, reason=" 补发活动积分 ")
    assert (row.state, row.amount, row.reason, row.requested_by, row.decided_by) == (
        MADE, 40, "补发活动积分", place.leader.id, place.leader.id,
    )  # fmt: skip
    assert await list_statement_lines(place.resident) == [("ADJUSTMENT", 40, 40)]
    line = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest())).rows[0]
    other = replace(line, kind=EntryKind.AWARD, source_key="submission:999:approved")
    assert await adjustments.list_reasons([line, other]) == ["补发活动积分", None]
    assert "补发" not in str(await list_rows("journal_entry")) + str(await list_rows("audit_event"))
    assert await find_violations() == {}


async def test_a_leader_takes_points_those_that_end_earliest_first(place):
    await award(place.resident, "a", 30)
    await adjust_member(place, -12)
    assert await list_statement_lines(place.resident) == [("AWARD", 30, 30), ("ADJUSTMENT", -12, 18)]
    assert await find_violations() == {}


async def test_a_correction_is_no_earning_and_no_growth(place):
    await adjust_member(place, 40)
    await award(place.other, "a", 30)
    await adjust_member(place, -20, member=place.other)
    assert ((await get_account(place.resident)).growth, (await get_account(place.other)).growth) == (0, 30)
    assert [row["membership_id"] for row in await list_rows("award")] == [place.other.id]


async def test_the_member_is_told_and_it_is_written_down_who_did_it(place):
    row = await adjust_member(place, 40)
    told = (await notices.list_inbox(place.resident, PageRequest())).rows
    assert [(one.kind, one.detail) for one in told] == [(NoticeKind.POINTS_ADJUSTED, {"points": 40})]
    trail = await audit.list_events(place.id, subject="adjustment", subject_id=row.id)
    assert [(one.action, one.actor_id) for one in trail] == [
        ("adjustment.request", place.leader.id), ("adjustment.made", place.leader.id),
    ]  # fmt: skip


async def test_points_that_are_added_repay_a_debt_first(place):
    await award(place.resident, "a", 10)
    await spend.spend(place.id, place.resident.id, amount=10, source=Source("s"))
    await claw_back(place.id, "a")
    await adjust_member(place, 14)
    found = await get_account(place.resident)
    assert (found.balance, found.debt, found.growth) == (4, 0, 10)
    assert await find_violations() == {}


async def test_more_than_there_is_cannot_be_taken(place):
    await award(place.resident, "a", 10)
    assert (await assert_refused(InsufficientPoints, adjust_member(place, -11))).path == ("amount",)
    await assert_refused(InsufficientPoints, adjust_member(place, -1, member=place.other))
    await adjust_member(place, -10)
    assert await get_balance(place.resident) == 0
    assert await find_violations() == {}


async def test_one_point_for_two_leaders_at_once_is_taken_once(place):
    await award(place.resident, "a", 10)
    answers = await run_concurrently(*(adjust_member(place, -10, by=leader) for leader in place.leaders * 2))
    assert sum(isinstance(answer, InsufficientPoints) for answer in answers) == 5
    assert (await get_balance(place.resident), len(await list_rows("adjustment"))) == (0, 1)
    assert await find_violations() == {}


@pytest.mark.parametrize(("amount", "state"), [(100, MADE), (-100, MADE), (101, PENDING), (-101, PENDING)])
async def test_above_the_limit_it_waits_for_a_second_leader(place, amount, state):
    await award(place.resident, "a", 200)
    row = await adjust_member(place, amount)
    assert (row.state, row.decided_at is None) == (state, state is PENDING)
    assert await get_balance(place.resident) == 200 + (amount if state is MADE else 0)
    assert await find_violations() == {}


async def test_the_limit_is_the_communitys(place):
    await policy.set_policy(place.id, expiry=ExpiryPolicy.END_OF_FOLLOWING_YEAR, rolling_days=None, adjustment_limit=0)
    assert (await adjust_member(place, 1)).state is PENDING
    await policy.set_policy(
        place.id, expiry=ExpiryPolicy.END_OF_FOLLOWING_YEAR, rolling_days=None, adjustment_limit=500
    )
    assert (await adjust_member(place, 500)).state is MADE


async def test_what_one_leader_makes_alone_for_a_member_counts_together(place):
    with clock.at(NOON):
        assert (await adjust_member(place, 60)).state is MADE
        assert (await adjust_member(place, -20)).state is MADE
        waits = await adjust_member(place, 21)
        assert (waits.state, await get_balance(place.resident)) == (PENDING, 40)
        assert (await adjust_member(place, 20)).state is MADE
        assert (await adjust_member(place, -1)).state is PENDING
        assert (await adjust_member(place, 100, member=place.other)).state is MADE
        assert (await adjust_member(place, 100, by=place.leaders[1])).state is MADE
        assert (await approve(place.leaders[1], waits.id)).state is MADE
        assert await get_balance(place.resident) == 181
    assert await find_violations() == {}


async def test_what_was_made_thirty_days_ago_counts_no_more(place):
    with clock.at(NOON):
        await adjust_member(place, 100)
    with clock.at(NOON + 30 * DAY - timedelta(seconds=1)):
        assert (await adjust_member(place, 1)).state is PENDING
    with clock.at(NOON + 30 * DAY + timedelta(seconds=1)):
        assert (await adjust_member(place, 100)).state is MADE
        assert (await adjust_member(place, 1)).state is PENDING


async def test_what_a_second_leader_made_or_declined_or_what_waits_does_not_count(place):
    made, declined, _ = [await adjust_member(place, 500) for _ in range(3)]
    await approve(place.leaders[1], made.id)
    await decline(place.leader, declined.id)
    assert (await adjust_member(place, 100)).state is MADE
    assert (await adjust_member(place, 100, by=place.leaders[1])).state is MADE


async def test_what_the_operator_makes_alone_counts_together_and_apart_from_leaders(place):
    def operate(amount):
        return adjust_as_operator(place.id, place.resident.id, amount=amount, reason="系统补偿")

    await adjust_member(place, 100)
    assert [(await operate(amount)).state for amount in (70, 30, 1)] == [MADE, MADE, PENDING]
    assert (await approve_as_operator(place.id, (await adjust_member(place, 500)).id)).state is MADE
    assert await get_balance(place.resident) == 700


async def test_a_leader_many_times_at_once_does_not_pass_the_limit(place):
    answers = await run_concurrently(*(adjust_member(place, 40) for _ in range(6)))
    assert sorted(answer.state.value for answer in answers) == ["MADE"] * 2 + ["PENDING"] * 4
    assert await get_balance(place.resident) == 80
    assert await find_violations() == {}


async def test_what_waits_moves_no_point_and_tells_nobody(place):
    before = await read_tables("account", "journal_entry", "posting", "lot", "notice")
    row = await adjust_member(place, 101)
    assert await read_tables("account", "journal_entry", "posting", "lot", "notice") == before
    waiting = await adjustments.list_pending(place.leaders[1], PageRequest())
    assert [one.id for one in waiting.rows] == [row.id]


async def test_a_second_leader_makes_it_once(place):
    asked = await adjust_member(place, 500)
    made = await approve(place.leaders[1], asked.id)
    assert (made.state, made.requested_by, made.decided_by) == (MADE, place.leader.id, place.leaders[1].id)
    assert await list_statement_lines(place.resident) == [("ADJUSTMENT", 500, 500)]
    assert (await adjustments.list_pending(place.leader, PageRequest())).rows == []
    await assert_refused(AdjustmentDecided, approve(place.leaders[1], asked.id))
    await assert_refused(AdjustmentDecided, approve(place.leaders[2], asked.id))
    await assert_refused(AdjustmentDecided, decline(place.leaders[2], asked.id))
    trail = await audit.list_events(place.id, subject="adjustment", subject_id=asked.id)
    assert [(one.action, one.actor_id) for one in trail] == [
        ("adjustment.request", place.leader.id), ("adjustment.made", place.leaders[1].id),
    ]  # fmt: skip
    assert await find_violations() == {}


async def test_leaders_deciding_at_once_decide_once(place):
    for turn in range(4):
        asked = await adjust_member(place, 500)
        calls = [approve(place.leaders[1], asked.id), decline(place.leaders[2], asked.id)]
        calls += [approve(place.leaders[2], asked.id), approve(place.leaders[1], asked.id)]
        answers = await run_concurrently(*(calls if turn % 2 else calls[::-1]))
        assert sum(isinstance(answer, AdjustmentDecided) for answer in answers) == 3
    made = [row for row in await list_rows("adjustment") if row["state"] == "MADE"]
    assert await get_balance(place.resident) == 500 * len(made)
    assert await find_violations() == {}


async def test_what_is_not_there_any_more_when_it_is_approved_stays_waiting(place):
    await award(place.resident, "a", 200)
    asked = await adjust_member(place, -150)
    moved = await spend.spend(place.id, place.resident.id, amount=100, source=Source("s"))
    await assert_refused(InsufficientPoints, approve(place.leaders[1], asked.id))
    await spend.refund(place.id, moved.entry_id, source=Source("r"))
    assert (await approve(place.leaders[1], asked.id)).state is MADE
    assert await get_balance(place.resident) == 50
    assert await find_violations() == {}


async def test_a_correction_is_declined_for_good_by_another_or_by_whoever_asked(place):
    for decider in (place.leaders[1], place.leader):
        asked = await adjust_member(place, 500)
        before = await read_tables("account", "journal_entry", "posting", "lot", "notice")
        declined = await decline(decider, asked.id)
        assert (declined.state, declined.decided_by) == (DECLINED, decider.id)
        assert await read_tables("account", "journal_entry", "posting", "lot", "notice") == before
        await assert_refused(AdjustmentDecided, approve(place.leaders[2], asked.id))
    assert await find_violations() == {}


async def test_nobody_corrects_their_own_account(place):
    assert (await assert_refused(OwnAccount, adjust_member(place, 1, member=place.leader))).path == ("memberId",)
    assert (await assert_refused(OwnAccount, adjust_member(place, 500, member=place.leader))).path == ("memberId",)


async def test_nobody_approves_what_they_asked_for(place):
    asked = await adjust_member(place, 500)
    assert (await assert_refused(OwnAccount, approve(place.leader, asked.id))).path == ("adjustmentId",)


async def test_nobody_decides_about_their_own_account(place):
    asked = await adjust_member(place, 500, member=place.leaders[1])
    await assert_refused(OwnAccount, approve(place.leaders[1], asked.id))
    await assert_refused(OwnAccount, decline(place.leaders[1], asked.id))
    await approve(place.leaders[2], asked.id)
    assert await get_balance(place.leaders[1]) == 500


async def test_only_leaders_ask_decide_and_look(place):
    expert = await add_member(place, role=Role.EXPERT)
    asked = await adjust_member(place, 500)
    for actor in (place.resident, place.other, expert):
        await assert_refused(LeadersOnly, adjust_member(place, 1, by=actor, member=place.leaders[2]))
        await assert_refused(LeadersOnly, approve(actor, asked.id))
        await assert_refused(LeadersOnly, decline(actor, asked.id))
        await assert_refused(LeadersOnly, adjustments.list_pending(actor, PageRequest()))


async def test_another_communitys_leaders_and_members_are_strangers(place):
    elsewhere = await create_community(leaders=2)
    asked = await adjust_member(place, 500)
    for verb in (approve, decline):
        assert (await assert_refused(NotFound, verb(elsewhere.leader, asked.id))).path == ("adjustmentId",)
    assert (await assert_refused(NotFound, adjust_member(place, 5, member=elsewhere.resident))).path == ("memberId",)
    assert (await adjustments.list_pending(elsewhere.leader, PageRequest())).rows == []
    await assert_refused(NotFound, adjustments.get_adjustment(elsewhere.id, asked.id))


async def test_the_operator_corrects_up_to_the_limit_and_waits_for_a_leader_above_it(place):
    small = await adjust_as_operator(place.id, place.resident.id, amount=100, reason="系统补偿")
    assert (small.state, small.requested_by, small.decided_by) == (MADE, None, None)
    large = await adjust_as_operator(place.id, place.resident.id, amount=101, reason="系统补偿")
    assert (large.state, await get_balance(place.resident)) == (PENDING, 100)
    assert (await approve(place.leader, large.id)).state is MADE
    assert await get_balance(place.resident) == 201
    assert await find_violations() == {}


async def test_the_operators_correction_of_a_leader_is_decided_by_another(place):
    asked = await adjust_as_operator(place.id, place.leader.id, amount=500, reason="系统补偿")
    await assert_refused(OwnAccount, approve(place.leader, asked.id))
    await approve(place.leaders[1], asked.id)
    assert await get_balance(place.leader) == 500


async def test_the_operator_is_the_second_person_for_what_a_leader_asked_for(place):
    asked, other = await adjust_member(place, 500), await adjust_member(place, 300)
    waiting = await adjustments.list_pending_as_operator(place.id, PageRequest())
    assert [row.id for row in waiting.rows] == [asked.id, other.id]
    made = await approve_as_operator(place.id, asked.id)
    assert (made.state, made.requested_by, made.decided_by) == (MADE, place.leader.id, None)
    declined = await decline_as_operator(place.id, other.id)
    assert (declined.state, declined.decided_by) == (DECLINED, None)
    assert await get_balance(place.resident) == 500
    trail = await audit.list_events(place.id, subject="adjustment", subject_id=asked.id)
    assert [(one.action, one.actor_id) for one in trail] == [
        ("adjustment.request", place.leader.id), ("adjustment.made", None),
    ]  # fmt: skip
    for verb in (approve_as_operator, decline_as_operator):
        await assert_refused(AdjustmentDecided, verb(place.id, asked.id))
        await assert_refused(NotFound, verb((await create_community()).id, asked.id))
    assert await find_violations() == {}


async def test_the_operator_does_not_approve_what_it_asked_for_and_may_take_it_back(place):
    asked = await adjust_as_operator(place.id, place.resident.id, amount=500, reason="系统补偿")
    assert (await assert_refused(OwnAccount, approve_as_operator(place.id, asked.id))).path == ("adjustmentId",)
    assert (await decline_as_operator(place.id, asked.id)).state is DECLINED


async def test_a_leader_and_the_operator_deciding_at_once_decide_once(place):
    for _ in range(3):
        asked = await adjust_member(place, 500)
        answers = await run_concurrently(
            approve(place.leaders[1], asked.id), approve_as_operator(place.id, asked.id),
            decline_as_operator(place.id, asked.id),
        )  # fmt: skip
        assert sum(isinstance(answer, AdjustmentDecided) for answer in answers) == 2
    assert await find_violations() == {}


async def test_the_operator_lists_what_waits_in_a_community_that_there_is(place):
    await assert_refused(NotFound, adjustments.list_pending_as_operator(999, PageRequest()))


async def test_the_operator_is_refused_as_a_leader_is(place):
    operate = adjust_as_operator
    await assert_refused(NotFound, operate(999, place.resident.id, amount=1, reason="补偿"))
    await assert_refused(NotFound, operate(place.id, 999, amount=1, reason="补偿"))
    await assert_refused(InvalidInput, operate(place.id, place.resident.id, amount=0, reason="补偿"))
    await assert_refused(InvalidInput, operate(place.id, place.resident.id, amount=1, reason=" "))
    await assert_refused(InsufficientPoints, operate(place.id, place.resident.id, amount=-1, reason="补偿"))


@pytest.mark.parametrize("amount", [0, MAX_POINTS + 1, -MAX_POINTS - 1, 2**63])
async def test_an_amount_is_some_points(place, amount):
    assert (await assert_refused(InvalidInput, adjust_member(place, amount))).path == ("amount",)


@pytest.mark.parametrize("reason", ["", "  ", "字" * 201, "两\n行", "\u200b"])
async def test_a_reason_is_needed(place, reason):
    assert (await assert_refused(InvalidInput, adjust_member(place, 1, reason=reason))).path == ("reason",)


async def test_what_waits_is_listed_page_by_page_oldest_first(place):
    asked = [(await adjust_member(place, 200 + number)).id for number in range(5)]
    rows = await read_all_pages(lambda request: adjustments.list_pending(place.leader, request), first=2)
    assert [row.id for row in rows] == asked
