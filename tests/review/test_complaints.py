"""Complaints: who reads, answers, solves and opens them again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import roles
from community.communities.errors import LeadersOnly
from community.communities.models import Role
from community.kernel import clock
from community.kernel.ddl import REDACTED
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import ErasureContent
from community.review import queue
from community.review.complaints import queries, service
from community.review.complaints.models import MessageKind
from community.review.complaints.rules import MAX_MESSAGES, REOPEN_PERIOD, ComplaintContent
from community.review.errors import CaseExcluded, ComplaintOver, OwnCase
from community.review.history import HistoryKind, list_history
from community.review.models import CaseState
from community.review.queries import find_case, get_case
from community.review.queue import QueueFilter
from community.rewards.kinds import RewardKind
from community.rewards.pick_up import points
from community.rewards.pick_up.rules import PointContent
from community.submissions import removal
from community.submissions.errors import TooManyToday
from tests.privacy.test_erasing import erase
from tests.support.bank import award, find_violations
from tests.support.pictures import create_ready_picture
from tests.support.rewards import create_reward, reserve
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    list_rows,
    read_tables,
    run_concurrently,
    start_new_day,
)


@pytest.fixture
async def place(database):
    return await create_community(leaders=2)


async def complain(place, member=None, **about):
    content = ComplaintContent(text="鸡蛋坏了", **about)
    return await service.open_complaint(member or place.resident, content=content)


async def list_texts(row) -> list[tuple[MessageKind, str]]:
    (messages,) = await queries.list_messages([row.id])
    return [(message.kind, message.text) for message in messages]


async def list_notified(member) -> list[str]:
    return [row["kind"] for row in await list_rows("notice") if row["membership_id"] == member.id]


async def test_complaint_is_answered_and_solved(place):
    row = await complain(place)
    case = await find_case(row.case_id)
    assert (case.due_at - case.opened_at, case.solve_due_at - case.opened_at) == (
        timedelta(hours=24), timedelta(hours=72),
    )  # fmt: skip
    await service.reply(place.leader, row.id, text="在查")
    assert (await find_case(row.case_id)).answered_at is not None
    await service.reply(place.resident, row.id, text="谢谢")
    row = await service.solve(place.leaders[1], row.id, text="换新的")
    assert row.solved_at is not None
    assert (await find_case(row.case_id)).state is CaseState.DECIDED
    assert [kind for kind, _ in await list_texts(row)] == [
        MessageKind.OPENED, MessageKind.REPLY, MessageKind.REPLY, MessageKind.SOLUTION,
    ]  # fmt: skip
    assert await list_notified(place.resident) == ["COMPLAINT_REPLY", "COMPLAINT_SOLVED"]
    assert await list_notified(place.leader) == ["COMPLAINT_REPLY"]
    assert await find_violations() == {}


async def test_complaint_is_for_its_member_and_leaders(place):
    elsewhere = await create_community()
    expert = await add_member(place, role=Role.EXPERT)
    row = await complain(place)
    before = await read_tables()
    for stranger in (place.other, expert):
        await assert_refused(LeadersOnly, service.reply(stranger, row.id, text="看看"))
        await assert_refused(LeadersOnly, service.solve(stranger, row.id, text="看看"))
    await assert_refused(NotFound, service.reopen(place.other, row.id, text="看看"))
    await assert_refused(NotFound, service.solve(elsewhere.leader, row.id, text="看看"))
    assert await read_tables() == before


async def test_leader_solves_no_own_complaint(place):
    row = await complain(place, place.leader)
    await assert_refused(OwnCase, service.solve(place.leader, row.id, text="好了"))
    await service.solve(place.leaders[1], row.id, text="好了")


@pytest.mark.parametrize("named", ["leader", "point"])
async def test_leader_whom_it_concerns_is_excluded(place, named):
    point = await points.create_point(place.leader, PointContent("东门", "枫林路 8 号", "每天"))
    about = {"leader": {"leader_id": place.leader.id}, "point": {"pick_up_point_id": point.id}}[named]
    row = await complain(place, **about)
    case = await find_case(row.case_id)
    assert not queries.can_read(row, case, place.leader)
    assert queries.can_read(row, case, place.leaders[1])
    await assert_refused(CaseExcluded, service.reply(place.leader, row.id, text="不是"))
    await service.solve(place.leaders[1], row.id, text="好了")
    row = await service.reopen(place.resident, row.id, text="没好")
    await assert_refused(CaseExcluded, service.solve(place.leader, row.id, text="好了"))


async def test_both_leaders_whom_it_concerns_are_excluded(place):
    third, content = await add_member(place, role=Role.LEADER), PointContent("东门", "枫林路 8 号", "每天")
    point = await points.create_point(place.leader, content)
    row = await complain(place, leader_id=place.leaders[1].id, pick_up_point_id=point.id)
    for concerned in place.leaders:
        case = await find_case((await queries.find_complaint(row.id)).case_id)
        assert not queries.can_read(row, case, concerned)
        await assert_refused(NotFound, get_case(concerned, case.id))
        await assert_refused(CaseExcluded, service.solve(concerned, row.id, text="好了"))
        only = QueueFilter(text="鸡蛋坏了")
        assert (await queue.list_queue(concerned, PageRequest(), only=only)).rows == []
        assert (await queue.count_queue(concerned)).total == 0
    assert (await queue.count_queue(third)).complaints == 1
    await service.solve(third, row.id, text="换新的")
    row = await service.reopen(place.resident, row.id, text="没好")
    for concerned in place.leaders:
        await assert_refused(CaseExcluded, service.solve(concerned, row.id, text="好了"))
        assert (await queue.list_queue(concerned, PageRequest(), states=list(CaseState))).rows == []
    assert await find_violations() == {}


async def test_pick_up_points_former_leader_stays_excluded(place):
    point = await points.create_point(place.leader, PointContent("东门", "枫林路 8 号", "每天"))
    await roles.take_role(place.leaders[1], place.leader.id, role=Role.LEADER)
    row = await complain(place, pick_up_point_id=point.id)
    again = await roles.give_role(place.leaders[1], place.leader.id, role=Role.LEADER)
    await assert_refused(CaseExcluded, service.solve(again, row.id, text="好了"))


async def test_leader_whom_it_concerns_learns_of_no_case(place):
    row = await complain(place, leader_id=place.leader.id)
    await assert_refused(NotFound, get_case(place.leader, row.case_id))
    assert (await get_case(place.leaders[1], row.case_id)).id == row.case_id
    assert [one["actor_id"] for one in await list_rows("audit_event") if one["action"] == "complaint.open"] == [None]


async def test_history_names_who_solved_it(place):
    row = await complain(place)
    await service.solve(place.leaders[1], row.id, text="换新的")
    found = (await list_history(await find_case(row.case_id), PageRequest(MAX_PAGE))).rows
    assert [(one.kind, one.member_id) for one in found] == [
        (HistoryKind.OPENED, None), (HistoryKind.CLOSED, place.leaders[1].id),
    ]  # fmt: skip


async def test_complaint_concerns_own_and_visible_things(place):
    elsewhere = await create_community()
    reward = await create_reward(place, kind=RewardKind.GOODS)
    others = await create_reward(elsewhere, kind=RewardKind.GOODS)
    await award(place.other, "earned", 100)
    redemption = await reserve(place.other, reward)
    for about in (
        {"redemption_id": redemption.id}, {"reward_id": others.id}, {"pick_up_point_id": 99},
        {"leader_id": place.other.id}, {"leader_id": elsewhere.leader.id},
    ):  # fmt: skip
        await assert_refused(NotFound, complain(place, **about))
    assert (await complain(place, place.other, redemption_id=redemption.id)).redemption_id == redemption.id
    assert (await complain(place, reward_id=reward.id)).reward_id == reward.id


async def test_solved_complaint_opens_again_once_in_time(place):
    row = await complain(place)
    await assert_refused(ComplaintOver, service.reopen(place.resident, row.id, text="没好"))
    solved = await service.solve(place.leader, row.id, text="换新的")
    await assert_refused(ComplaintOver, service.reply(place.resident, row.id, text="没好"))
    await assert_refused(ComplaintOver, service.reply(place.leader, row.id, text="没好"))
    with clock.at(solved.solved_at + REOPEN_PERIOD):
        await assert_refused(ComplaintOver, service.reopen(place.resident, row.id, text="没好"))
    again = await run_concurrently(*(service.reopen(place.resident, row.id, text="没好") for _ in range(2)))
    assert sorted(isinstance(answer, ComplaintOver) for answer in again) == [False, True]
    present = await queries.find_complaint(row.id)
    assert await queries.find_of_cases([row.case_id, present.case_id]) == [present, present]
    await service.solve(place.leader, row.id, text="退款")
    await assert_refused(ComplaintOver, service.reopen(place.resident, row.id, text="没好"))
    assert await find_violations() == {}


async def test_complaint_is_solved_once_by_two_leaders(place):
    row = await complain(place)
    answers = await run_concurrently(*(service.solve(leader, row.id, text="好了") for leader in place.leaders))
    assert sorted(isinstance(answer, Exception) for answer in answers) == [False, True]
    assert await list_notified(place.resident) == ["COMPLAINT_SOLVED"]
    assert await find_violations() == {}


async def test_newcomer_complains_three_times_a_day(place):
    for _ in range(3):
        await complain(place)
    await assert_refused(TooManyToday, complain(place))
    await start_new_day()
    await complain(place)


async def test_full_complaint_takes_only_a_solution(place):
    row = await complain(place)
    for _ in range(MAX_MESSAGES - 1):
        await service.reply(place.resident, row.id, text="在吗")
    await assert_refused(InvalidInput, service.reply(place.resident, row.id, text="在吗"))
    await service.solve(place.leader, row.id, text="好了")


async def test_former_member_replies_to_the_complaint(place):
    row = await complain(place)
    await removal.leave_community(place.resident)
    await service.reply(place.resident, row.id, text="还没退款")
    await service.solve(place.leader, row.id, text="退款")
    await service.reopen(place.resident, row.id, text="没到账")


async def test_pictures_of_a_complaint_stay_private(place):
    picture = await create_ready_picture(place.resident, 1)
    row = await complain(place, media_ids=(picture,))
    assert await queries.list_media_ids([row.id]) == [[picture]]
    (use,) = await list_rows("media_use")
    assert not use["published"]
    assert not use["for_everyone"]


@pytest.mark.parametrize("content", ErasureContent)
async def test_erasure_of_the_member_redacts_all_messages(place, content):
    row = await complain(place)
    await service.reply(place.leader, row.id, text="林女士您好")
    await erase(place.resident.person_id, content)
    assert {text for _, text in await list_texts(row)} == {REDACTED}
    assert (await find_case(row.case_id)).state is CaseState.SUPERSEDED
    await assert_refused(ComplaintOver, service.solve(place.leader, row.id, text="已注销"))
    assert await find_violations() == {}


@pytest.mark.parametrize("content", ErasureContent)
async def test_erasure_of_a_leader_redacts_own_messages_if_asked(place, content):
    row = await complain(place)
    await service.solve(place.leader, row.id, text="换新的")
    await erase(place.leader.person_id, content)
    texts = [text for _, text in await list_texts(row)]
    assert texts == ["鸡蛋坏了", "换新的" if content is ErasureContent.ANONYMISE else REDACTED]
