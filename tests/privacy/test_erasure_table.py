"""Each row of the table of what an erasure does, in docs/architecture.md."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from community.accounts import people
from community.accounts import queries as accounts
from community.communities import blocks, roles
from community.communities.models import Role
from community.communities.queries import get_members
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import likes as comment_likes
from community.events import entering
from community.events.kinds import EventKind, EventState
from community.events.tasks.check_ins import check_in
from community.experts import queries as experts
from community.experts.models import EndorsementState
from community.kernel import clock, db
from community.kernel.ddl import REDACTED
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent
from community.leaderboards import service as leaderboards
from community.notices import announcements
from community.points import spend
from community.points.idempotent import SENDER, Source
from community.review import sanctions, trust
from community.review.appeals import appeals
from community.review.appeals import reports as member_reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.complaints import service as complaints
from community.review.complaints.rules import ComplaintContent
from community.review.errors import ComplaintOver
from community.review.queries import find_case
from community.rewards import catalogue
from community.rewards import queries as redemptions
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.pick_up import points, verification
from community.rewards.pick_up.rules import PointContent
from community.rewards.pick_up.verification import Handover
from community.rewards.special import projects, reports
from community.scores.periods import PeriodKind
from community.submissions.models import SubmissionState
from community.submissions.reactions import favourites, likes, shares
from community.submissions.reactions.models import ShareChannel
from community.submissions.topics import service as topics
from community.submissions.topics.queries import get_topic
from community.submissions.topics.rules import TopicContent, TopicPlan
from tests.experts.story import endorse, make_expert
from tests.privacy.test_erasing import erase
from tests.support import bank, boards
from tests.support.bank import find_violations
from tests.support.comments import get_thread, reload_comment, send_comment
from tests.support.contests import enter, hold, reload, reload_entry
from tests.support.rewards import count_left, create_reward, make_reward_content, reserve
from tests.support.story import (
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_published,
    get_revision,
    list_rows,
    reload_submission,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"
IS_KEPT = {ErasureContent.ANONYMISE: True, ErasureContent.REMOVE: False}


async def check_publications(place, content):
    row = await create_published(place, title="红烧肉")
    await erase(place.resident.person_id, content)
    now = await reload_submission(row)
    kept = IS_KEPT[content]
    assert now.state is (SubmissionState.PUBLISHED if kept else SubmissionState.WITHDRAWN)
    assert (await get_revision(row)).title == ("红烧肉" if kept else REDACTED)
    assert (await accounts.find_person(place.resident.person_id)).nickname == people.ERASED_NICKNAME


async def check_unpublished(place, content):
    rows = [await create_draft(place, title="草稿"), await create_in_review(place, title="等审")]
    await erase(place.resident.person_id, content)
    assert {(await reload_submission(row)).state for row in rows} == {SubmissionState.WITHDRAWN}
    assert {row["title"] for row in await list_rows("submission_revision")} == {REDACTED}


async def check_points(place, content):
    await create_published(place)
    before = await bank.get_balance(place.resident)
    await erase(place.resident.person_id, content)
    assert before > 0
    assert await bank.get_balance(place.resident) == (before if IS_KEPT[content] else 0)
    assert await bank.find_violations() == {}


async def check_likes(place, content):
    row = await create_published(place, author=place.other)
    await likes.like(place.resident, row.id)
    await erase(place.resident.person_id, content)
    assert (await reload_submission(row)).like_count == len(await list_rows("submission_like")) == IS_KEPT[content]


async def check_keys(place, content):
    await bank.award(place.resident, "a", 9)
    source = Source("service:k", {SENDER: None, "reference": "订单 1"})
    first = await spend.spend(place.id, place.resident.id, amount=5, source=source)
    await erase(place.resident.person_id, content)
    assert await spend.spend(place.id, place.resident.id, amount=5, source=source) == first


async def check_memberships(place, content):
    await roles.give_role(place.leader, place.resident.id, role=Role.EXPERT)
    await bank.award(place.resident, "a", 9)
    await leaderboards.rebuild_all()
    assert len(await boards.list_top(place.community, PeriodKind.EVER, first=10)) == 1
    await erase(place.resident.person_id, content)
    await leaderboards.rebuild_all()
    (member,) = await get_members([place.resident.id])
    assert (member.left_at is None, member.roles) == (False, [])
    assert await boards.list_top(place.community, PeriodKind.EVER, first=10) == []


async def check_redemptions(place, content):
    await bank.award(place.resident, "a", 100)
    reward = await create_reward(place)
    row = await reserve(place.resident, reward, quantity=3)
    (code,) = await verification.find_codes([row.id])
    await verification.verify(place.leader, Handover(code, 1))
    await erase(place.resident.person_id, content)
    ended = await redemptions.get_redemption(place.id, row.id)
    assert (ended.state, ended.fulfilled_quantity, ended.cancelled_quantity) == (RedemptionState.CANCELLED, 1, 2)
    assert (await bank.get_balance(place.resident), await count_left(reward)) == (70, 9)
    assert await bank.find_violations() == {}


async def check_pledges(place, content):
    await bank.award(place.resident, "a", 100)
    project = {"kind": RewardKind.PROJECT, "price": 1, "closes_at": clock.now() + timedelta(days=9)}
    waiting, funded = await create_reward(place, stock=90, **project), await create_reward(place, stock=30, **project)
    for reward, quantity in ((waiting, 40), (funded, 30)):
        await reserve(place.resident, reward, quantity=quantity, is_named=True)
        assert len((await reports.list_contributors(reward.id, PageRequest())).rows) == 1
    await erase(place.resident.person_id, content)
    await projects.settle_due()
    rows = {row["reward_id"]: row["state"] for row in await list_rows("redemption")}
    assert rows == {waiting.id: "CANCELLED", funded.id: "FULFILLED"}
    assert (await count_left(waiting), await bank.get_balance(place.resident)) == (90, 70)
    for reward in (waiting, funded):
        assert (await reports.list_contributors(reward.id, PageRequest())).rows == []
    assert await bank.find_violations() == {}


async def check_rewards(place, content):
    await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
    reward = await catalogue.create(place.resident, kind=RewardKind.GOODS, content=make_reward_content(), stock=1)
    point = await points.create_point(place.resident, PointContent("东门", "枫林路 8 号", "每天"))
    await points.appoint(place.leader, point.id, member_id=place.resident.id)
    await erase(place.resident.person_id, content)
    kept = IS_KEPT[content]
    (now,) = await redemptions.get_rewards([reward.id])
    assert (now.title, now.text) == (("土鸡蛋", "一盒十枚") if kept else (REDACTED, REDACTED))
    assert (await points.get_point(place.id, point.id)).address == ("枫林路 8 号" if kept else REDACTED)
    assert await points.list_helpers([point]) == [[]]


async def check_comments(place, content):
    row = await create_published(place, author=place.other)
    mine = await send_comment(place.resident, row)
    theirs = await send_comment(place.other, row, "谢谢", parent=mine)
    await comment_likes.like(place.resident, theirs.id)
    await erase(place.resident.person_id, content)
    assert (await get_thread(row)).comment_count == 1 + IS_KEPT[content]
    assert (await reload_comment(theirs)).like_count == len(await list_rows("comment_like")) == IS_KEPT[content]
    texts = {each["comment_id"]: each["text"] for each in await list_rows("comment_revision")}
    assert texts == {mine.id: "真香" if IS_KEPT[content] else REDACTED, theirs.id: "谢谢"}


async def check_favourites(place, content):
    row = await create_published(place, author=place.other)
    await favourites.favourite(place.resident, row.id)
    await shares.share(place.resident, row.id, channel=ShareChannel.CHAT)
    await erase(place.resident.person_id, content)
    assert [await list_rows(f"submission_{table}") for table in ("favourite", "share")] == [[], []]


async def check_announcements(place, content):
    await announcements.announce(place.leader, text="明天到货", send_at=None)
    await announcements.send_due()
    await erase(place.leader.person_id, content)
    (row,) = await list_rows("announcement")
    assert row["text"] == ("明天到货" if IS_KEPT[content] else REDACTED)


async def check_experts(place, content):
    row = await create_published(place, author=place.other)
    credential = await make_expert(place.resident)
    made = await endorse(place.resident, row, credential)
    await erase(place.resident.person_id, content)
    (kept,) = await list_rows("credential")
    assert (kept["profession"], kept["issuer"], kept["evidence"]) == (REDACTED,) * 3
    now = await experts.get_endorsement(made.id)
    assert (now.note, now.state, now.given_at) == (REDACTED, EndorsementState.EXPERT_GONE, made.given_at)


async def check_topics(place, content):
    await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
    plan = TopicPlan("汤", TopicContent("煮汤", clock.now().date() + timedelta(9)))
    row = await topics.open_topic(place.resident, plan=plan)
    await erase(place.resident.person_id, content)
    now = await get_topic(place.id, row.id)
    assert (now.tag, now.description) == (("汤", "煮汤") if IS_KEPT[content] else (f"〔{row.id}〕", REDACTED))


async def check_events(place, content):
    await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
    event = await hold(place.resident)
    mine = await enter(event, place.resident, place)
    await entering.disqualify(place.leader, mine.id, reason="重复")
    theirs = await enter(event, place.other, place)
    await entering.disqualify(place.resident, theirs.id, reason="模糊")
    await erase(place.resident.person_id, content)
    assert (await reload_entry(mine)).reason is None
    kept = ((await reload(event)).title, (await reload_entry(theirs)).reason)
    assert kept == (("晒团圆照", "模糊") if IS_KEPT[content] else (REDACTED, None))


async def check_questions(place, content):
    await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
    await hold(place.resident, EventState.DRAFT, EventKind.RIDDLES)
    await erase(place.resident.person_id, content)
    kept = {(row["text"] == REDACTED, "雨" in repr(row)) for row in (await list_rows("event_question"))[:1]}
    assert kept == ({(False, True)} if IS_KEPT[content] else {(True, False)})


async def check_tasks(place, content):
    challenge = await hold(place.leader, kind=EventKind.CHECK_IN_CHALLENGE)
    entry = await check_in(place.resident, challenge.id, day=None, submission_id=None)
    await erase(place.resident.person_id, content)
    assert [row["entry_id"] for row in await list_rows("event_check_in")] == [entry.id]


async def check_blocks(place, content):
    await blocks.block(place.resident, place.other.id)
    await blocks.block(place.other, place.resident.id)
    await erase(place.resident.person_id, content)
    assert await list_rows("member_block") == []


async def check_sanctions(place, content):
    warning = SanctionContent(SanctionKind.WARNING, "广告", 7)
    received, given = [
        (await sanctions.give(place.leader, member.id, content=warning)).id for member in place.residents
    ]
    await sanctions.lift(place.leader, received, reason="误会")
    await erase(place.resident.person_id, content)
    await erase(place.leader.person_id, content)
    rows = {row["id"]: (row["reason"], row["lift_reason"]) for row in await list_rows("sanction")}
    assert rows == {received: (REDACTED, None), given: ("广告" if IS_KEPT[content] else REDACTED, None)}


async def check_complaints(place, content):
    row = await create_published(place)
    made = await member_reports.report(place.residents[1], row.id, category=ReportCategory.OTHER, text="他抄了我的菜")
    complaint = await complaints.open_complaint(place.residents[1], content=ComplaintContent(text="蛋坏了"))
    other = await complaints.open_complaint(place.resident, content=ComplaintContent(text="漏送"))
    warning = SanctionContent(SanctionKind.WARNING, "广告", 7)
    sanction = await sanctions.give(place.leader, place.residents[1].id, content=warning)
    await appeals.open_appeal(place.residents[1], sanction.id, subject=AppealedAction.SANCTION, text="不是广告")
    await erase(place.residents[1].person_id, content)
    states = {case["kind"]: case["state"] for case in await list_rows("review_case") if case["id"] != other.case_id}
    assert states == {"REVISION": "DECIDED", "REPORT": "OPEN", "COMPLAINT": "SUPERSEDED", "APPEAL": "SUPERSEDED"}
    assert [row["state"] for row in await list_rows("appeal")] == ["ENDED"]
    assert [row["text"] for row in await list_rows("report")] == [None]
    refusal = complaints.solve(place.leader, complaint.id, text="换新的")
    await assert_refused(ComplaintOver, refusal)
    case = await find_case(made.case_id)
    await member_reports.dismiss(place.leader, case.id, version=case.version)
    await complaints.solve(place.leader, other.id, text="补送")
    assert await find_violations() == {}


async def check_trust(place, content):
    await db.execute("UPDATE community SET trusted_authors_publish = TRUE")
    given = {}
    for member in place.residents:
        await create_published(place, author=member)
        given[member.id] = (await trust.give(place.leader, member.id, reason="写得好")).id
    await erase(place.resident.person_id, content)
    await erase(place.leader.person_id, content)
    rows = {row["id"]: row["reason"] for row in await list_rows("trust")}
    assert rows == {
        given[place.resident.id]: REDACTED,
        given[place.residents[1].id]: "写得好" if IS_KEPT[content] else REDACTED,
    }


ROWS = {
    "publications": check_publications,
    "drafts, waiting submissions": check_unpublished,
    "points for publications": check_points,
    "likes given, and their counts": check_likes,
    "a service's keys": check_keys,
    "leaderboards, memberships, roles": check_memberships,
    "open redemptions": check_redemptions,
    "pledges to projects": check_pledges,
    "rewards and pick-up points that they wrote": check_rewards,
    "comments, and likes of comments": check_comments,
    "favourites, shares": check_favourites,
    "announcements that they wrote": check_announcements,
    "credentials and endorsements": check_experts,
    "topics that they opened": check_topics,
    "events, entries and votes": check_events,
    "questions of riddles": check_questions,
    "check-ins and answers in events": check_tasks,
    "blocks by and of them": check_blocks,
    "sanctions that they received, or gave as a leader": check_sanctions,
    "complaints, appeals and reports that they made": check_complaints,
    "trust in them as authors, or that they gave as a leader": check_trust,
}


@pytest.mark.parametrize("content", list(ErasureContent))
@pytest.mark.parametrize("row", ROWS)
async def test_erasure_does_what_its_row_says(database, row, content):
    await ROWS[row](await create_community(), content)


def test_each_row_of_erasure_table_has_its_test():
    table = DOCUMENT.read_text().partition("| of an erased person |")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)
    assert set(documented) == set(ROWS)
