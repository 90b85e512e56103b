"""The effects of a suspension, one test for each row of the table in docs/architecture.md."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from community.accounts import people, sessions
from community.accounts.errors import Banned, SessionEnded
from community.accounts.models import Platform
from community.communities import blocks, invitations, memberships, roles, service_tokens
from community.communities.errors import InvitationInvalid, LastLeader
from community.communities.models import Role, ServiceScope
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.events.kinds import EventState
from community.kernel import clock
from community.kernel.paging import PageRequest
from community.points import adjustments, holds
from community.points.earning.interactions import InteractionReport, record_interaction
from community.points.earning.models import InteractionKind
from community.points.idempotent import Source
from community.points.kinds import AdjustmentState, HoldState
from community.review import sanctions
from community.review import service as review
from community.review.appeals import appeals
from community.review.appeals import reports as member_reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.complaints import service as complaints
from community.review.complaints.rules import ComplaintContent
from community.review.errors import AuthorSuspended
from community.review.queries import find_case
from community.review.rules import Approval
from community.rewards import ending
from community.rewards.kinds import RewardKind
from community.rewards.pick_up import points, verification
from community.rewards.pick_up.rules import PointContent
from community.rewards.pick_up.verification import Handover
from community.rewards.special import reports
from community.scores.periods import PeriodKind
from community.submissions import write
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.reactions import favourites, likes
from tests.support.bank import award, find_violations, get_balance
from tests.support.boards import get_stored_board
from tests.support.comments import assert_comment_refused, get_thread, send_comment
from tests.support.contests import create_event, enter, move_to, reload_entry, vote
from tests.support.rewards import count_left, create_reward, reserve
from tests.support.story import (
    FAIR_SCORES,
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_person,
    create_published,
    get_open_case,
    list_queue,
    list_rows,
    make_content,
    reload_submission,
)


@pytest.fixture
async def place(database):
    return await create_community(leaders=2)


DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"


async def suspend(member):
    await people.ban(member.person_id, reason="广告")


async def approve(place, row):
    case = await get_open_case(row)
    return await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))


async def test_suspended_person_starts_no_session(place, database):
    await suspend(place.resident)
    await assert_refused(Banned, sessions.begin(database, place.resident.person_id, Platform.DEVELOPMENT))


async def test_suspended_person_writes_nothing(place):
    await suspend(place.resident)
    draft = write.create_draft(place.resident, kind=SubmissionKind.RECIPE, content=make_content())
    await assert_refused(SessionEnded, draft)


async def test_waiting_submission_of_a_suspended_author_is_hidden(place):
    row = await create_in_review(place)
    await suspend(place.resident)
    assert await list_queue(place.leader) == []
    await assert_refused(AuthorSuspended, approve(place, row))


async def test_waiting_submission_is_decided_after_a_suspension(place):
    row = await create_in_review(place)
    await suspend(place.resident)
    await people.unban(place.resident.person_id)
    assert await list_queue(place.leader) == [row.id]
    await approve(place, row)
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED


async def test_waiting_submission_of_a_suspended_author_is_rejected(place):
    row = await create_in_review(place)
    await suspend(place.resident)
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="广告")
    assert (await reload_submission(row)).state is SubmissionState.REJECTED


async def test_publications_and_drafts_of_a_suspended_author_stay(place):
    rows = [await create_published(place), await create_draft(place)]
    await suspend(place.resident)
    assert [await reload_submission(row) for row in rows] == rows


async def test_likes_of_a_suspended_member_stay_counted(place):
    row = await create_published(place)
    await likes.like(place.other, row.id)
    await suspend(place.other)
    assert (await reload_submission(row)).like_count == 1


async def test_vote_of_a_suspended_member_counts(place):
    event = await create_event(place)
    entries = [await enter(event, member, place) for member in (place.resident, place.other)]
    await move_to(place.leader, event, EventState.VOTING)
    await vote(place.other, entries[0])
    await vote(place.leader, entries[1])
    await suspend(place.other)
    await move_to(place.leader, event, EventState.CLOSED)
    rows = [await reload_entry(entry) for entry in entries]
    assert [(row.votes, row.place) for row in rows] == [(1, 1), (1, None)]


async def test_comments_of_a_suspended_member_stay(place):
    post = await create_published(place)
    await send_comment(place.other, post)
    await suspend(place.other)
    assert (await get_thread(post)).comment_count == 1
    await assert_comment_refused(SessionEnded, send_comment(place.other, post, "再来"))


async def test_favourites_of_a_suspended_member_stay(place):
    row = await create_published(place)
    await favourites.favourite(place.other, row.id)
    await suspend(place.other)
    assert [mark["membership_id"] for mark in await list_rows("submission_favourite")] == [place.other.id]


async def test_blocks_of_a_suspended_member_stay(place):
    await blocks.block(place.resident, place.other.id)
    await suspend(place.resident)
    assert await blocks.list_blocked_between(place.other, [place.resident.id])


async def test_codes_of_a_suspended_leader_end(place):
    code = (await invitations.invite(place.leaders[1])).code
    await suspend(place.leaders[1])
    await assert_refused(InvitationInvalid, memberships.join(await create_person(), invitation_code=code))


async def test_role_of_a_suspended_leader_does_not_count(place):
    await suspend(place.leaders[1])
    assert [row for row in await list_rows("membership_role") if row["membership_id"] == place.leaders[1].id] != []
    await assert_refused(LastLeader, roles.take_role(place.leader, place.leader.id, role=Role.LEADER))


async def test_case_of_a_suspended_leader_is_decided(place):
    row = await create_in_review(place)
    await suspend(place.leaders[1])
    case = await get_open_case(row)
    by_suspended = review.reject(place.leaders[1], case.id, version=case.version, reason="广告")
    await assert_refused(SessionEnded, by_suspended)
    await approve(place, row)


async def test_adjustment_of_a_suspended_leader_is_decided(place):
    asked = await adjustments.adjust(place.leaders[1], place.resident.id, amount=5_000, reason="盘点")
    await suspend(place.leaders[1])
    assert (await adjustments.approve(place.leader, asked.id)).state is AdjustmentState.MADE


async def test_points_and_holds_of_a_suspended_member_go_on(place):
    await award(place.resident, "one", 50)
    given = {"lasts_s": 60, "source": Source("freeze")}
    hold = await holds.freeze(place.id, place.resident.id, amount=10, **given)
    await suspend(place.resident)
    assert (await holds.capture(place.id, hold.id)).state is HoldState.CAPTURED


async def test_boards_hide_a_suspended_member(place):
    await award(place.resident, "one", 50)
    board = get_stored_board(place, PeriodKind.EVER)
    assert [row.membership_id for row in await board.list_top(5)] == [place.resident.id]
    await suspend(place.resident)
    assert await board.list_top(5) == []


async def test_purchase_of_a_suspended_member_is_paid(place):
    shop = (await service_tokens.create(place.leader, name="店", scopes=[ServiceScope.REPORT_INTERACTIONS])).row
    await suspend(place.resident)
    report = InteractionReport(InteractionKind.PURCHASE, "A1", place.resident.id, clock.now())
    assert (await record_interaction(shop, report)).outcome.points > 0


async def test_redemption_of_a_suspended_member_is_handed_over(place):
    await award(place.resident, "one", 100)
    row = await reserve(place.resident, await create_reward(place, cancel_hours=2), quantity=2)
    (code,) = await verification.find_codes([row.id])
    await suspend(place.resident)
    await assert_refused(SessionEnded, ending.cancel(place.resident, row.id))
    await verification.verify(place.leader, Handover(code, 1))
    assert (await ending.cancel_by_leader(place.leader, row.id, reason="停产")).open_quantity == 0
    assert await get_balance(place.resident) == 70


async def test_complaints_and_reports_of_a_suspended_member_stay(place):
    row = await create_published(place)
    member = place.residents[1]
    made = await member_reports.report(member, row.id, category=ReportCategory.OTHER, text=None)
    complaint = await complaints.open_complaint(member, content=ComplaintContent(text="蛋坏了"))
    warning = SanctionContent(SanctionKind.WARNING, "广告", 7)
    sanction = await sanctions.give(place.leader, member.id, content=warning)
    appeal = await appeals.open_appeal(member, sanction.id, subject=AppealedAction.SANCTION, text="不是广告")
    await people.ban(member.person_id, reason="广告")
    case = await find_case(made.case_id)
    await member_reports.uphold(place.leader, case.id, version=case.version, reason="广告")
    await complaints.solve(place.leader, complaint.id, text="换新的")
    case = await find_case(appeal.case_id)
    await appeals.answer(place.leaders[1], case.id, version=case.version, granted=True, reason="误会")
    assert await find_violations() == {}


async def test_pledge_of_a_suspended_member_stays_unnamed(place):
    await award(place.resident, "one", 100)
    closes_at = clock.now() + timedelta(days=9)
    project = await create_reward(place, kind=RewardKind.PROJECT, price=1, closes_at=closes_at, stock=90)
    await reserve(place.resident, project, quantity=40, is_named=True)
    await suspend(place.resident)
    assert (await count_left(project), await get_balance(place.resident)) == (50, 60)
    assert (await reports.list_contributors(project.id, PageRequest())).rows == []
    await people.unban(place.resident.person_id)
    assert len((await reports.list_contributors(project.id, PageRequest())).rows) == 1


async def test_suspended_helper_hands_over_nothing(place):
    await award(place.other, "one", 100)
    point = await points.create_point(place.leader, PointContent("东门", "枫林路 8 号", "每天"))
    await points.appoint(place.leader, point.id, member_id=place.resident.id)
    row = await reserve(place.other, await create_reward(place, pick_up_point_ids=(point.id,)))
    (code,) = await verification.find_codes([row.id])
    await suspend(place.resident)
    handover = Handover(code, point_id=point.id)
    await assert_refused(SessionEnded, verification.verify(place.resident, handover))
    await people.unban(place.resident.person_id)
    assert (await verification.verify(place.resident, handover)).open_quantity == 0


HERE = "review/test_suspension.py"
ROWS = {
    "login, sessions": {HERE: ["test_suspended_person_starts_no_session"]},
    "calls that wait for a lock": {
        HERE: ["test_suspended_person_writes_nothing"],
        "api/test_authority.py": ["test_mutation_of_a_suspended_person_is_refused"],
    },
    "waiting submissions": {
        HERE: [
            "test_waiting_submission_of_a_suspended_author_is_hidden",
            "test_waiting_submission_is_decided_after_a_suspension",
            "test_waiting_submission_of_a_suspended_author_is_rejected",
        ]
    },
    "publications, drafts": {HERE: ["test_publications_and_drafts_of_a_suspended_author_stay"]},
    "likes": {HERE: ["test_likes_of_a_suspended_member_stay_counted"]},
    "comments, and likes of comments": {HERE: ["test_comments_of_a_suspended_member_stay"]},
    "favourites, shares": {HERE: ["test_favourites_of_a_suspended_member_stay"]},
    "entries and votes in events": {HERE: ["test_vote_of_a_suspended_member_counts"]},
    "blocks between members": {HERE: ["test_blocks_of_a_suspended_member_stay"]},
    "invitation codes": {HERE: ["test_codes_of_a_suspended_leader_end"]},
    "roles": {
        HERE: ["test_role_of_a_suspended_leader_does_not_count"],
        "communities/test_nicknames.py": ["test_nickname_of_former_leader_is_replaced"],
    },
    "service tokens that they made": {"communities/test_service_tokens.py": ["test_token_is_suspended_with_its_maker"]},
    "cases in the queue, requested adjustments": {
        HERE: ["test_case_of_a_suspended_leader_is_decided", "test_adjustment_of_a_suspended_leader_is_decided"]
    },
    "points, holds": {HERE: ["test_points_and_holds_of_a_suspended_member_go_on"]},
    "open redemptions": {HERE: ["test_redemption_of_a_suspended_member_is_handed_over"]},
    "pledges to projects": {HERE: ["test_pledge_of_a_suspended_member_stays_unnamed"]},
    "appointments at pick-up points": {HERE: ["test_suspended_helper_hands_over_nothing"]},
    "purchases that services report": {HERE: ["test_purchase_of_a_suspended_member_is_paid"]},
    "sanctions": {"review/test_sanctions.py": ["test_sanction_by_a_suspended_leader_stays"]},
    "complaints, appeals and reports that they made": {
        HERE: ["test_complaints_and_reports_of_a_suspended_member_stay"]
    },
    "trust in authors": {"review/test_trust.py": ["test_changed_condition_leaves_it_to_a_leader"]},
    "leaderboards": {HERE: ["test_boards_hide_a_suspended_member"]},
}
"""The tests of each row of the table, by file."""


def test_each_row_of_suspension_table_has_its_tests():
    table = DOCUMENT.read_text().partition("| of a suspended person |")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)
    assert set(documented) == set(ROWS)
    for name, tests in [found for row in ROWS.values() for found in row.items()]:
        text = (Path(__file__).parents[1] / name).read_text()
        assert {test for test in tests if f"def {test}(" not in text} == set()
