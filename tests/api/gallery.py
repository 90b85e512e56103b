"""A community with a thing of every type, each with as many values as possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from community.accounts import people, phones, sessions
from community.accounts.models import Platform
from community.api import ids
from community.communities import blocks, invitations, memberships, profile, roles, service_tokens
from community.communities.models import Role, ServiceScope
from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.consent import consents, documents
from community.consent.models import ConsentPurpose
from community.conversation import checking, likes, threads, visibility
from community.conversation import editing as comment_edits
from community.conversation.rules import normalise_content
from community.demo.photographs import draw_photographs
from community.events import entering, jury, places, prizes
from community.events import queries as events
from community.events.kinds import EventKind, EventState, JuryCriterion, PrizeTier
from community.events.rows import EventRow
from community.events.tasks import riddles
from community.events.tasks.check_ins import check_in
from community.events.tasks.queries import list_questions
from community.experts import credentials, endorsements, note_decisions
from community.experts import queries as experts
from community.experts.credentials import CredentialAction
from community.kernel import audit, clock, db
from community.kernel.audit import TrailFilter
from community.kernel.audit_actions import AuditAction
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import ErasureContent
from community.kernel.received import ReceivedFile
from community.leaderboards import closings
from community.media import avatars, processing, uploads
from community.notices import service as notices
from community.notices.models import NoticeKind
from community.points import adjustments, holds, spend
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.rules import Caps, Definition, Needs
from community.points.earning.season_rules import SeasonPlan
from community.points.idempotent import SENDER, Source
from community.privacy import erasures, exports
from community.review import cases, handling, pictures, restoring, templates
from community.review import service as review
from community.review.agreement import opinions
from community.review.appeals import appeals
from community.review.appeals import reports as member_reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.complaints import service as complaints
from community.review.complaints.rules import ComplaintContent
from community.review.models import CaseKind, TemplateKind, ThingKind
from community.review.queries import find_last_decisions
from community.review.rules import Approval
from community.review.templates import TemplateContent
from community.rewards import catalogue, confirming, ending, redeem
from community.rewards.grants import Order
from community.rewards.kinds import LimitPeriod, RewardKind
from community.rewards.pick_up import points, verification
from community.rewards.pick_up.rules import PointContent
from community.rewards.pick_up.verification import Handover
from community.rewards.rules import RewardContent
from community.rewards.special import reports, slots
from community.safety import lists
from community.safety.checks import Screening
from community.safety.entries import Word
from community.safety.facts import Finding, Level, Reason, Verdict
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from community.submissions import removal, restoration, write
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.reactions import favourites
from community.submissions.topics import service as topics
from community.submissions.topics.rules import TopicContent, TopicPlan
from community.texts import Language
from tests.api.seeing import Gallery
from tests.api.who_may_what import ANOTHERS, OWN, TABLE, World
from tests.experts.story import apply_for, endorse
from tests.support.api import new_key
from tests.support.bank import UNPAID, award
from tests.support.comments import send_comment, settle
from tests.support.contests import hold, move_to
from tests.support.pictures import NOT_A_PHOTO, create_ready_picture, make_photo
from tests.support.story import (
    HIGH_SCORES,
    block,
    get_open_case,
    get_revision,
    make_content,
    reload_submission,
    run_effects,
)


async def build_gallery(world: World, visibility: Visibility) -> Gallery:
    """Create a thing of every type, and log in every caller. The member of the world is the author."""
    gallery = Gallery()
    opened = "UPDATE community SET visibility = $2, joining = 'OPEN' WHERE id = $1"
    await db.execute(opened, world.here, visibility.value)
    await _describe_author(world, gallery)
    await _add_submissions(world, gallery)
    await _add_points(world, gallery)
    await _add_rewards(world, gallery)
    await _add_settings(world, gallery)
    await _add_endorsements(world, gallery)
    await _add_pick_up_point(world, gallery)
    for name in TABLE:
        if name.startswith("node "):
            given = await TABLE[name].ask(world, "member", OWN)
            gallery.keep(name.removeprefix("node "), given["id"])
    await _add_people(world, gallery)
    return gallery


async def _describe_author(world: World, gallery: Gallery) -> None:
    author = world.members["member"]
    await people.edit(author.person_id, nickname="作者", born_on="1980-01-01", language=Language.ZH)
    await avatars.set_avatar(author.person_id, await create_ready_picture(author, 1))
    await phones.bind(world.settings, author.person_id, "+8613812345678")
    await blocks.block(author, world.members["expert"].id)
    await notices.mute(author, kinds=[NoticeKind.LIKED])
    await TABLE["guardianRevoke"].ask(world, "member", OWN)
    await roles.give_role(world.members["second"], author.id, role=Role.EXPERT)
    document = await documents.publish(ConsentPurpose.NOTICES, title="题", text="文")
    await consents.give(author.person_id, document_id=document.id)
    await consents.withdraw(author.person_id, purpose=ConsentPurpose.NOTICES)
    opened = await sessions.begin(world.settings, author.person_id, Platform.DEVELOPMENT, device="旧手机")
    gallery.keep("Session", ids.encode("Session", opened.session_id))
    trail = await audit.list_trail(PageRequest(MAX_PAGE), only=TrailFilter(community_id=world.here))
    given = next(row for row in trail.rows if row.action == AuditAction.ROLE_GIVE)
    gallery.keep("AuditEvent", ids.encode("AuditEvent", given.id))
    await exports.build(world.settings, (), (await exports.request(author.person_id)).id)
    await erasures.request(world.settings, author.person_id, content=ErasureContent.ANONYMISE)


async def _add_submissions(world: World, gallery: Gallery) -> None:
    """Add a published submission, and one in each state that fewer people see."""
    author, leader = world.members["member"], world.members["second"]
    shown = await _add_picture(author, make_photo(2))
    row = await _publish(world, author, media_ids=(shown,), product_ref="SKU-1")
    published = await get_revision(row)
    gallery.keep("Revision", ids.encode("Revision", published.id))
    gallery.keep("Media", ids.encode("Media", shown))
    await favourites.favourite(author, row.id)
    gallery.keep("Submission", ids.encode("Submission", row.id))
    gallery.given["submission"] = {"id": ids.encode("Submission", row.id)}
    await _add_comments(world, gallery, row)
    hidden = await _add_picture(author, make_photo(3))
    await write.edit(author, row.id, version=row.version, content=make_content(media_ids=(hidden,)))
    gallery.keep("Media sent", ids.encode("Media", hidden))
    await run_effects()
    await _keep_revision(gallery, await reload_submission(row), "sent")
    case = await get_open_case(row)
    copy = await _submit(author, media_ids=(await _add_picture(author, make_photo(3)),))
    for submission in (row, copy):
        await pictures.compare_pictures(submission.id)
    await handling.hand_over(leader, case.id, to_id=leader.id)
    case = await handling.escalate(leader, case.id, version=case.version, note="请看")
    await review.send_back(leader, case.id, version=case.version, what_to_change="再写写")
    claimed = await get_open_case(copy)
    await opinions.edit_kinds(leader, kinds=[SubmissionKind.RECIPE])
    await review.approve(leader, claimed.id, version=claimed.version, approval=Approval(HIGH_SCORES))
    await opinions.edit_kinds(leader, kinds=[SubmissionKind.LEADER_PLAYBOOK])
    await handling.claim(leader, claimed.id)
    gallery.keep("ReviewCase", ids.encode("ReviewCase", claimed.id))
    gallery.keep("ReviewCase", ids.encode("ReviewCase", case.id))
    gallery.given["reviewCase"] = {"id": ids.encode("ReviewCase", case.id)}
    gallery.given["myComplaints"] = {"first": 10}
    gallery.given["reviewFigures"] = {"since": (clock.now() - timedelta(days=1)).isoformat()}
    gallery.given |= {name: {"first": 15} for name in ("feed", "mySubmissions", "myFavourites")}
    gallery.given["reviewQueue"] = {"first": 3}  # Every field of 20 cases costs more than an operation may.
    row = await _submit(author)
    case = await handling.claim(leader, (await get_open_case(row)).id)
    await review.send_back(leader, case.id, version=case.version, what_to_change="再写写")
    gallery.keep("Submission sent", ids.encode("Submission", row.id))
    await _keep_revision(gallery, row, "sent")
    row = await reload_submission(row)
    removed = await removal.remove(leader, row.id, version=row.version, reason="广告")
    row = await restoring.restore(leader, row.id, version=removed.version, reason="看错了")
    (found,) = await restoration.find_newest([row.id])
    await _add_appeals(world, gallery)
    gallery.keep("SubmissionRemoval", ids.encode("SubmissionRemoval", found.id))
    (decision,) = await find_last_decisions([row.id])
    gallery.keep("ReviewDecision", ids.encode("ReviewDecision", decision.id))
    await write.edit(author, row.id, version=row.version, content=make_content())
    await _keep_revision(gallery, await reload_submission(row), "unsent")
    await _add_unsent(world, gallery)


async def _add_comments(world: World, gallery: Gallery, row: SubmissionRow) -> None:
    """Comment as the author, with a picture, a mention, a reply, edits and a hiding. Close the thread."""
    author, leader = world.members["member"], world.members["second"]
    await settle(author)
    (photograph,) = draw_photographs(1, (320, 240))  # One that is like no other, so that no leader must look.
    shown = await _add_picture(author, photograph.data)
    comment = await send_comment(author, row, media_id=shown, mentions=(author.id,))
    await checking.check_comment(world.settings, comment.id)
    reply = await send_comment(author, row, "再来一碗", parent=comment)
    await likes.like(author, comment.id)
    passed, asked = Screening(Verdict.PASS, ()), Screening(Verdict.REVIEW, [Finding(Level.REVIEW, Reason.CHECK_FAILED)])
    for found in (passed, asked):
        content = normalise_content("改过", media_id=shown, mention_ids=[author.id])
        await comment_edits.edit(author, comment.id, content=content, found=found, is_awaited=False)
    await visibility.refuse(row.community_id, comment.id, revision=3, note="不要广告")
    await comment_edits.edit(author, comment.id, content=content, found=asked, is_awaited=False)
    hiding = await visibility.hide(reply, by=leader, reason="广告")
    await visibility.restore(row.community_id, reply.id, by=leader)
    gallery.keep("CommentHiding", ids.encode("CommentHiding", hiding.id))
    await threads.close(leader, row.id, reason="吵")
    for one in (comment, reply):
        gallery.keep("Comment", ids.encode("Comment", one.id))


async def _add_unsent(world: World, gallery: Gallery) -> None:
    author = world.members["member"]
    picture = await _add_picture(author, make_photo(4))
    draft = await write.create_draft(author, kind=SubmissionKind.RECIPE, content=make_content(media_ids=(picture,)))
    for number in (picture, await _add_picture(author, NOT_A_PHOTO)):
        gallery.keep("Media unsent", ids.encode("Media", number))
    gone = await _publish(world, author)
    await removal.withdraw(author, gone.id, version=gone.version)
    waiting = await _submit(author)
    case = await get_open_case(waiting)
    await removal.withdraw(author, waiting.id, version=waiting.version)
    gallery.keep("ReviewCase withdrawn", ids.encode("ReviewCase", case.id))
    for row in (draft, gone, waiting):
        gallery.keep("Submission unsent", ids.encode("Submission", row.id))
        await _keep_revision(gallery, row, "unsent")


async def _submit(author: MemberRow, **given: object) -> SubmissionRow:
    row = await write.create(author, kind=SubmissionKind.RECIPE, content=make_content(**given))
    await run_effects()
    return await reload_submission(row)


async def _publish(world: World, author: MemberRow, **given: object) -> SubmissionRow:
    row = await _submit(author, **given)
    case = await get_open_case(row)
    await review.approve(world.members["second"], case.id, version=case.version, approval=Approval(HIGH_SCORES))
    await run_effects()
    return await reload_submission(row)


async def _add_picture(author: MemberRow, data: bytes) -> int:
    file = ReceivedFile.from_bytes(data)
    media_id = await uploads.receive(author.person_id, file, key=new_key(), alt_text="窗台上的花")
    await processing.process(media_id)
    return media_id


async def _keep_revision(gallery: Gallery, row: SubmissionRow, word: str) -> None:
    gallery.keep(f"Revision {word}", ids.encode("Revision", (await get_revision(row)).id))


async def _add_points(world: World, gallery: Gallery) -> None:
    author, second, leader = (world.members[name] for name in ("member", "second", "leader"))
    service = world.service.id if world.service else None
    await editing.publish_as_operator(UNPAID, definition=Definition(10))  # Without a cap, which no award below reaches.
    await award(author, new_key(), 500)
    year = compute_period(PeriodKind.YEAR, clock.now(), "Asia/Shanghai")
    await closings.close(world.here, BoardKind.POINTS, year)
    sold = Source(new_key(), {SENDER: service, "reference": "SKU-1"})
    moved = await spend.spend(author.community_id, author.id, amount=2, source=sold)
    await spend.refund(author.community_id, moved.entry_id, source=Source(new_key()))
    gallery.keep("PointsMovement", ids.encode("PointsMovement", moved.entry_id))
    hold = await holds.freeze(author.community_id, author.id, amount=1, lasts_s=60, source=Source(new_key()))
    await holds.capture(author.community_id, hold.id)
    gallery.keep("PointsHold", ids.encode("PointsHold", hold.id))
    wanted = await adjustments.adjust(second, author.id, amount=500, reason="盘点")
    await adjustments.approve(leader, wanted.id)
    gallery.keep("Adjustment", ids.encode("Adjustment", wanted.id))
    await adjustments.adjust_as_operator(author.community_id, author.id, amount=1, reason="盘点")
    inbox = await TABLE["node Notice"].ask(world, "member", OWN)
    gallery.keep("Notice", inbox["id"])
    await notices.mark_read_up_to(author, ids.decode("Notice", inbox["id"], path="upTo"))


async def _add_rewards(world: World, gallery: Gallery) -> None:
    """Add a trial with every condition, redeemed, prepared and cancelled, and a draft."""
    author, second = world.members["member"], world.members["second"]
    now, point = clock.now(), await points.create_point(second, PointContent("西门", "枫林路 9 号", "每天"))
    content = RewardContent(
        "试吃", "一袋", 1, now, now + timedelta(days=9), 1, 9, 8, LimitPeriod.WEEK, 7, 6, True, 5, 4,
        media_ids=(await _add_picture(second, make_photo(5)),), pick_up_point_ids=(point.id,),
    )  # fmt: skip
    draft = await catalogue.create(second, kind=RewardKind.TRIAL, content=content, stock=9)
    gallery.keep("Reward draft", ids.encode("Reward", draft.id))
    made = await catalogue.create(second, kind=RewardKind.TRIAL, content=content, stock=9)
    reward = await catalogue.publish(second, made.id, version=1)
    redemption = await redeem.reserve(author, Order(reward.id, pick_up_point_id=point.id), key=new_key())
    await confirming.confirm(second, redemption)
    (code,) = await verification.find_codes([redemption])
    await verification.verify(second, Handover(code, point_id=point.id))
    await verification.undo(second, redemption, reason="点错了")
    await ending.cancel_by_leader(second, redemption, reason="坏了")
    # No member reaches the level.
    await catalogue.edit(second, reward.id, version=2, content=replace(content, min_level=9))
    gallery.keep("Reward", ids.encode("Reward", reward.id))
    gallery.keep("Redemption", ids.encode("Redemption", redemption))
    await _add_complaints(world, gallery, redemption_id=redemption, reward_id=reward.id, pick_up_point_id=point.id)
    service = await catalogue.create(
        second, kind=RewardKind.SERVICE, content=RewardContent(title="保洁", text="两小时", price=1)
    )
    await catalogue.publish(second, service.id, version=1)
    start = clock.now() + timedelta(days=1)
    slot = await slots.create(
        second, service.id, starts_at=start.isoformat(), ends_at=(start + timedelta(hours=1)).isoformat(), capacity=2
    )
    booked = await redeem.reserve(author, Order(service.id, slot_id=slot.id), key=new_key())
    gallery.keep("Redemption", ids.encode("Redemption", booked))
    gallery.keep("ServiceSlot", ids.encode("ServiceSlot", slot.id))
    of_service = {"rewardId": ids.encode("Reward", service.id)}
    gallery.given |= {"comingSlots": of_service, "serviceSlots": of_service}
    await _add_project(world, gallery)
    about = {"rewardId": ids.encode("Reward", reward.id)}
    gallery.given |= {"reward": {"id": ids.encode("Reward", reward.id)}}
    gallery.given |= {"pointsStatement": {"first": 40}}  # The lines of services are old ones.
    gallery.given |= {"redemptionCounts": about, "redemptionsCsv": about}
    gallery.given |= {"redemptionByCode": {"communityId": ids.encode("Community", world.here), "code": code}}


async def _add_appeals(world: World, gallery: Gallery) -> None:
    """Add an appeal and a report of the member, both answered, and an open report about the member."""
    author, leader, other = (world.members[name] for name in ("member", "second", "other"))
    row = await _publish(world, author)
    await removal.remove(leader, row.id, version=row.version, reason="广告")
    (found,) = await restoration.find_newest([row.id])
    made = await appeals.open_appeal(author, found.id, subject=AppealedAction.REMOVAL, text="请再看看")
    await appeals.answer(world.members["leader"], made.case_id, version=1, granted=True, reason="看错了")
    gallery.keep("Appeal", ids.encode("Appeal", made.id))
    gallery.keep("ReviewCase", ids.encode("ReviewCase", made.case_id))
    blocked = await block(await write.create(author, kind=SubmissionKind.RECIPE, content=make_content()))
    await appeals.open_appeal(author, blocked.id, subject=AppealedAction.BLOCK, text="不是广告")
    gallery.keep("SubmissionBlock", ids.encode("SubmissionBlock", blocked.id))
    gallery.keep("Submission sent", ids.encode("Submission", blocked.submission_id))
    await member_reports.report(other, row.id, category=ReportCategory.FALSE, text="不实")
    case = await cases.get_open(row.community_id, row.id, CaseKind.REPORT)
    gallery.keep("ReviewCase", ids.encode("ReviewCase", case.id))
    row = await _publish(world, other)
    made = await member_reports.report(author, row.id, category=ReportCategory.OTHER, text="刷屏")
    await member_reports.dismiss(leader, made.case_id, version=1)
    gallery.keep("Report", ids.encode("Report", made.id))
    await _add_reported_comment(world, gallery)


async def _add_reported_comment(world: World, gallery: Gallery) -> None:
    """Add a report about a comment of another member, and its case."""
    author, leader, other = (world.members[name] for name in ("member", "second", "other"))
    await settle(other)
    comment = await send_comment(other, await _publish(world, author))
    made = await member_reports.report_thing(
        author, comment.id, kind=ThingKind.COMMENT, category=ReportCategory.OTHER, text="刷屏"
    )
    await member_reports.dismiss(leader, made.case_id, version=1)
    gallery.keep("Report", ids.encode("Report", made.id))
    gallery.keep("ReviewCase", ids.encode("ReviewCase", made.case_id))


async def _add_project(world: World, gallery: Gallery) -> None:
    """Add a project with a named pledge and a report, and a kept promise to review a trial."""
    author, second = world.members["member"], world.members["second"]
    content = RewardContent("长椅", "木", 1, closes_at=clock.now() + timedelta(days=9))
    made = await catalogue.create(second, kind=RewardKind.PROJECT, content=content, stock=90)
    await catalogue.publish(second, made.id, version=1)
    await redeem.reserve(author, Order(made.id, is_named=True), key=new_key())
    picture = await _add_picture(second, make_photo(6))
    report = await reports.report(second, made.id, title="进度", text="已开工", media_ids=[picture])
    gallery.keep("ProjectReport", ids.encode("ProjectReport", report.id))
    about = {"rewardId": ids.encode("Reward", made.id)}
    gallery.given |= {"projectContributors": about, "projectReports": about}
    gallery.keep("Reward", about["rewardId"])
    given = await TABLE["trialReviewName"].ask(world, "member", OWN)
    gallery.keep("Redemption", given["redemptionId"])
    await db.execute("UPDATE trial_promise SET state = 'BROKEN', resolved_at = $1", clock.now())


async def _add_endorsements(world: World, gallery: Gallery) -> None:
    """Add a credential that was refused, and an endorsement that was withdrawn."""
    author = world.members["member"]
    row = await _publish(world, author, title="汤")
    gallery.keep("Submission", ids.encode("Submission", row.id))
    expert = world.members["expert"]
    held = await TABLE["endorsementQueue"].ask(world, "expert", OWN)
    number = ids.decode("Credential", held["credentialId"], path="id")
    await endorse(expert, row, await experts.find_credential(number))
    case = (await TABLE["endorsementNoteRefuse"].ask(world, "expert", ANOTHERS))["reviewCaseId"]
    gallery.keep("ReviewCase", case)
    hidden = (await TABLE["endorsementNoteHide"].ask(world, "member", OWN))["endorsementId"]
    await note_decisions.hide(world.members["leader"], ids.decode("Endorsement", hidden, path="id"), reason="跑题")
    gallery.keep("Endorsement", hidden)
    shown = (await TABLE["endorsementNoteReport"].ask(world, "member", ANOTHERS))["endorsementId"]
    made = await member_reports.report_thing(
        author, ids.decode("Endorsement", shown, path="id"), kind=ThingKind.ENDORSEMENT,
        category=ReportCategory.OTHER, text="跑题",
    )  # fmt: skip
    gallery.keep("Report", ids.encode("Report", made.id))
    queue = await TABLE["endorsementQueue"].ask(world, "member", OWN)
    gallery.given["endorsementQueue"] = {"credentialId": gallery.keep("Credential", queue["credentialId"])}
    refused = await apply_for(author)
    await credentials.decide(refused.id, CredentialAction.REFUSE, reason="证书不符")
    gallery.keep("Credential refused", ids.encode("Credential", refused.id))
    given = (await TABLE["endorsementWithdraw"].ask(world, "member", OWN))["endorsementId"]
    await endorsements.withdraw(author, ids.decode("Endorsement", given, path="id"), reason="看错了")
    gallery.keep("Endorsement withdrawn", given)


async def _add_events(world: World, gallery: Gallery) -> None:
    """Add a contest in its voting, a closed story call with a winner, and a disqualified entry."""
    author, second, today = world.members["member"], world.members["second"], clock.now().date()
    limits = {
        "captured_from": date(2026, 1, 1),
        "captured_until": today,
        "entrant_since": today,
        "voter_since": today,
        "submission_kinds": (SubmissionKind.RECIPE, SubmissionKind.PHOTOGRAPH),
        "entries_per_member": 3,
        "drawn_prizes": 1,
        "drawn_value": 500,
        "bronze_prizes": 1,
        "badge_tiers": (PrizeTier.GOLD,),
    }
    made = await catalogue.create(second, kind=RewardKind.GOODS, content=RewardContent("相册", "一本", 1), stock=9)
    reward = await catalogue.publish(second, made.id, version=1)
    limits |= {f"{tier}_reward_id": reward.id for tier in ("gold", "silver", "bronze", "drawn")}  # fmt: skip
    judging = clock.now() + timedelta(days=4)
    voting = await hold(second, min_pixels=9, judging_at=judging, **limits)
    story = await hold(second, EventState.OPEN, EventKind.STORY_CALL, **limits)
    of_tips = await hold(second, EventState.ANNOUNCED, submission_kinds=(SubmissionKind.USAGE_TIP,))
    pictures = [await _add_picture(author, make_photo(number)) for number in (71, 72, 73)]
    rows = [await _publish(world, author, media_ids=(picture,)) for picture in pictures]
    out, shown, other = [
        await entering.enter(author, event.id, submission_id=row.id)
        for event, row in zip((story, story, voting), rows, strict=True)
    ]
    await entering.disqualify(second, out.id, reason="重复")
    await move_to(second, voting, EventState.VOTING)
    await move_to(second, story, EventState.JUDGING)
    await entering.pick(second, shown.id, tier=PrizeTier.GOLD)
    await move_to(second, story, EventState.CLOSED)
    await prizes.grant(story.community_id, story.id)
    ((result,),) = await events.list_results([story.id])
    gallery.keep("EventResult", ids.encode("EventResult", result.id))
    for row in (voting, story):
        gallery.keep("Event", ids.encode("Event", row.id))
    for row in (shown, other):
        gallery.keep("EventEntry", ids.encode("EventEntry", row.id))
    gallery.keep("EventEntry ended", ids.encode("EventEntry", out.id))
    about = {"eventId": ids.encode("Event", story.id)}
    checked = {"submissionId": ids.encode("Submission", shown.submission_id)}
    gallery.given |= {
        "contentCalendar": {"year": 2026},
        "event": {"id": about["eventId"]}, "eventEntries": about, "disqualifiedEntries": about, "juryTasks": about,
        "voteFindings": {"eventId": ids.encode("Event", (await _hold_voted_contest(world, gallery)).id)},
        "entryChecks": {"eventId": ids.encode("Event", of_tips.id)} | checked,
    }  # fmt: skip


async def _hold_voted_contest(world: World, gallery: Gallery) -> EventRow:
    """Hold a contest to its end, with a burst of votes for the author's entry, and a jury that scored it."""
    author, second = world.members["member"], world.members["second"]
    rules = {"jury_criteria": (JuryCriterion.STORY,), "jury_weight": 50, "jury_quorum": 1}
    event = await hold(second, judging_at=clock.now() + timedelta(days=4), **rules)
    picture = await _add_picture(author, make_photo(74))
    row = await _publish(world, author, media_ids=(picture,))
    entry = await entering.enter(author, event.id, submission_id=row.id)
    event = await move_to(second, event, EventState.VOTING)
    await db.execute(
        "INSERT INTO event_vote (community_id, event_id, entry_id, membership_id, created_at)"
        " SELECT community_id, $2, $3, id, $4 FROM membership WHERE community_id = $1 ORDER BY id LIMIT 5",
        author.community_id, event.id, entry.id, clock.now() - timedelta(days=29),
    )  # fmt: skip
    event = await move_to(second, event, EventState.JUDGING)
    for juror in (second, author):
        row = await jury.appoint(second, event.id, member_id=juror.id)
    await jury.drop(author, row.id)
    gallery.keep("EventJuror", ids.encode("EventJuror", row.id))
    await jury.score(second, entry.id, points=[7])
    # No juror scores an own entry. The row shows that points are for who gave them.
    await db.execute(
        "INSERT INTO event_score (community_id, event_id, entry_id, membership_id, points, total, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        author.community_id, event.id, entry.id, author.id, "[7]", 7, clock.now(),
    )  # fmt: skip
    gallery.keep("Event", ids.encode("Event", event.id))
    gallery.keep("EventEntry", ids.encode("EventEntry", entry.id))
    return await move_to(second, event, EventState.CLOSED)


async def _add_activities(world: World, gallery: Gallery) -> None:
    """Add an activity to which the author came, and one for which the author waits."""
    author, second = world.members["member"], world.members["second"]
    full = await hold(second, EventState.OPEN, EventKind.ACTIVITY, capacity=1)
    await entering.enter(second, full.id)
    waiting = await entering.enter(author, full.id)
    with clock.at(clock.now() - timedelta(days=3)):
        past = await hold(second, EventState.OPEN, EventKind.ACTIVITY)
        attended = await entering.enter(author, past.id)
    await places.attend(author, attended.id, code=past.code or "")
    await move_to(second, past, EventState.CLOSED)
    challenge = await hold(second, EventState.OPEN, EventKind.CHECK_IN_CHALLENGE, make_up_days=1)
    checked = await check_in(author, challenge.id, day=None, submission_id=None)
    gallery.keep("EventEntry signed", ids.encode("EventEntry", checked.id))
    asked = await hold(second, EventState.OPEN, EventKind.RIDDLES, paid_answers=1)
    ((_, question),) = await list_questions([asked.id])
    answer = await riddles.answer(author, question.id, text="八月")
    gallery.keep("EventAnswer", ids.encode("EventAnswer", answer.id))
    await move_to(second, asked, EventState.CLOSED)
    gallery.keep("EventQuestion", ids.encode("EventQuestion", question.id))
    gallery.keep("Event", ids.encode("Event", asked.id))
    for event in (full, past):
        gallery.keep("Event", ids.encode("Event", event.id))
    for entry in (waiting, attended):
        gallery.keep("EventEntry signed", ids.encode("EventEntry", entry.id))


async def _add_settings(world: World, gallery: Gallery) -> None:
    """Add what leaders make."""
    second, leader = world.members["second"], world.members["leader"]
    version = (await TABLE["communityEdit"].ask(world, "leader", OWN))["version"]
    await profile.edit_community(second, version=version, edit={"announcement": "七点取货", "rules": "好好说话"})
    code = await invitations.invite(second, role=Role.EXPERT)
    await invitations.revoke(second, code.id)
    gallery.keep("Invitation", ids.encode("Invitation", code.id))
    preview = (await invitations.invite(second, role=Role.EXPERT)).code
    now = clock.now()
    plan = SeasonPlan("季", 150, now, now + timedelta(days=1), triggers=(Trigger.CHECK_IN,))
    season = await editing.open_season(second, plan)
    await editing.cancel_season(second, season.id)
    shown = await _add_picture(second, make_photo(7))
    topic = await topics.open_topic(
        second, plan=TopicPlan("家常菜", TopicContent("煮汤", now.date() + timedelta(9), shown))
    )
    gallery.keep("Topic", ids.encode("Topic", topic.id))
    await _add_events(world, gallery)
    await _add_activities(world, gallery)
    gallery.given["suggestedMembers"] = {"text": "作"}
    gallery.given["topic"] = {"id": ids.encode("Topic", topic.id)}
    gallery.keep("Season", ids.encode("Season", season.id))
    definition = Definition(1, caps=Caps(1, 2, 3, 4), needs=Needs(1, 1, 1), by_kind={}, streaks={7: 5})
    edition = await editing.publish_as_leader(second, Trigger.CHECK_IN, definition=definition)
    gallery.keep("EarningRuleEdition", ids.encode("EarningRuleEdition", edition.id))
    words = [Word("阿瓜丸", Level.BLOCK, "测试", by_sound=True, by_initials=True)]
    (version,) = [row.version for row in await lists.list_current(world.here)] or [0]
    listed = await lists.publish_as_leader(second, version=version, words=words, exceptions=["阿瓜丸子"])
    gallery.keep("WordList", ids.encode("WordList", listed.id))
    kept = [TemplateContent(TemplateKind.RETURN, "请补充照片"), TemplateContent(TemplateKind.REMOVAL, "广告")]
    (present,) = await templates.get_lists([world.here])
    await templates.replace_all(second, version=present.version, templates=kept)
    (present,) = await templates.get_lists([world.here])
    gone, left = present.templates
    await templates.replace_all(
        second, version=present.version, templates=[TemplateContent(left.kind, left.text, left.id)]
    )
    for row in (gone, left):
        gallery.keep("ReasonTemplate", ids.encode("ReasonTemplate", row.id))
    token = (await service_tokens.create(second, name="店", scopes=[ServiceScope.MOVE_POINTS])).row
    await service_tokens.approve(leader, token.id)
    await service_tokens.revoke(second, token.id)
    gallery.keep("ServiceToken", ids.encode("ServiceToken", token.id))
    gallery.given |= {
        "": {
            "communityId": ids.encode("Community", world.here),
            "memberId": ids.encode("Member", world.members["member"].id),
        },
        "community": {"id": ids.encode("Community", world.here)},
        "screeningPreview": {"text": "阿瓜丸"},
        "search": {"text": "再来", "first": 4},
        "earningRuleEditions": {"trigger": "CHECK_IN"},
        "invitationPreview": {"invitationCode": preview},
        "myMedia": {"ids": [given for given, thing in gallery.things.items() if thing.kind == "Media"]},
    }


async def _add_complaints(world: World, gallery: Gallery, **about: int) -> None:
    """Complain about each thing. The first complaint has a picture and is open again, the second is solved."""
    author, leader = world.members["member"], world.members["leader"]
    picture = await _add_picture(author, make_photo(5))
    gallery.keep("Media sent", ids.encode("Media", picture))
    for number, (name, thing_id) in enumerate(about.items()):
        content = ComplaintContent(text="坏了", media_ids=() if number else (picture,), **{name: thing_id})
        row = await complaints.open_complaint(author, content=content)
        gallery.keep("Complaint", ids.encode("Complaint", row.id))
        if number < 2:
            await complaints.reply(leader, row.id, text="在查")
            await complaints.solve(leader, row.id, text="换新的")
        if number == 0:
            row = await complaints.reopen(author, row.id, text="还是坏的")
        gallery.keep("ReviewCase", ids.encode("ReviewCase", row.case_id))


async def _add_pick_up_point(world: World, gallery: Gallery) -> None:
    leader, helper = world.members["second"], world.members["member"]
    point = await points.create_point(leader, PointContent("东门", "枫林路 8 号", "每天"))
    await points.appoint(leader, point.id, member_id=helper.id)
    gallery.keep("PickUpPoint", ids.encode("PickUpPoint", point.id))


async def _add_people(world: World, gallery: Gallery) -> None:
    """Add members who did not publish, are children or suspended, or left. Log in every caller."""
    others = {name: await _join(world) for name in ("former", "suspended", "quiet", "child")}
    for name in ("former", "suspended", "child"):
        await _publish(world, others[name])
    await people.edit(others["child"].person_id, born_on=f"{clock.now().year - 6}-01-01")
    await memberships.leave(others["former"])
    callers = {name: world.members[name] for name in ("leader", "there_leader")} | others
    callers |= {"member": world.members["other"], "author": world.members["member"]}
    persons = {name.replace("there_leader", "elsewhere"): member.person_id for name, member in callers.items()}
    persons["stranger"] = world.callers["stranger"]
    gallery.tokens = {
        name: await world.enter(number) for name, number in persons.items() if name not in ("quiet", "child")
    }
    gallery.tokens |= {"guest": None, "service": world.tokens["service"]}
    await people.ban(others["suspended"].person_id, reason="广告")
    for name, member in others.items():
        gallery.keep("Member hidden", ids.encode("Member", member.id), owner=name)
        gallery.keep("Person hidden", ids.encode("Person", member.person_id), owner=name)


async def _join(world: World) -> MemberRow:
    invitation = await invitations.invite(world.members["second"], uses=1)
    return await memberships.join(await world.person(), invitation_code=invitation.code)
