"""A bank with every kind of entry, and errors to plant into it that `community audit` must find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from community.accounts import people
from community.communities import invitations, memberships, nicknames, profile, roles, service_tokens
from community.communities.models import Role, ServiceScope
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import likes as comment_likes
from community.conversation import moderation, queries, visibility
from community.kernel import clock, db
from community.kernel.paging import PageRequest
from community.leaderboards import closings
from community.message_templates import MessageTopic
from community.notices import message_quotas
from community.notices.message_quotas import Acceptance
from community.points import adjustments, expiry, holds, policy, spend
from community.points.earning import check_in, editing, interactions
from community.points.earning.claw_back import claw_back
from community.points.earning.interactions import InteractionReport
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Definition
from community.points.earning.season_rules import SeasonPlan
from community.points.idempotent import Source
from community.points.kinds import ExpiryPolicy
from community.review import restoring, sanctions, trust
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.complaints import service as complaints
from community.review.complaints.rules import ComplaintContent
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from community.settings import build_settings
from community.submissions import restoration
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.experts.story import endorse, hold_note, make_expert
from tests.support.bank import award
from tests.support.comments import send_comment, send_to_leader
from tests.support.planted_events import EVENT_ERRORS, build_contest
from tests.support.planted_rewards import REWARD_ERRORS, build_redemptions
from tests.support.story import (
    add_member,
    block,
    create_community,
    create_in_review,
    create_in_state,
    create_published,
    create_submitted,
    edit_submission,
)

NOON = datetime(2031, 3, 3, 4, tzinfo=UTC)

WRONG_CHECK = (
    "INSERT INTO platform_check (community_id, person_id, subject, kind, attempts, state, asked_at)"
    " SELECT {community}, min(id), 'revision:999', 'TEXT_CHECK', 0, 'WAITING', {late} FROM person"
)

# An invariant and the statements that violate it. {…} are ids of the history below.
ERRORS: list[tuple[str, str | tuple[str, ...]]] = [
    ("what is public can be found by the words of its public revision",
     "DELETE FROM search_document WHERE kind = 'SUBMISSION'"),
    ("what is public can be found by the words of its public revision", "UPDATE search_document SET number = 99"),
    ("an opinion is of a leader who may decide the case, as the audit trail says",
     ("INSERT INTO review_opinion (community_id, case_id, given_by, authenticity, usefulness, resonance, recommended,"
      " given_at) SELECT community_id, id, author_id, 4, 4, 4, TRUE, opened_at FROM review_case"
      " WHERE kind = 'REVISION'")),
    ("a member is found by the parts of the nickname, and by no others",
     "DELETE FROM member_name_part WHERE id = (SELECT max(id) FROM member_name_part)"),
    ("a member is found by the parts of the nickname, and by no others",
     ("INSERT INTO member_name_part (community_id, membership_id, part)"
      " SELECT community_id, membership_id, 'zzz' FROM member_name_part WHERE id = 1")),
    ("an open case about a text is found by its words, and a superseded one is not",
     "DELETE FROM search_document WHERE kind = 'CASE'"),
    ("an open case about a text is found by its words, and a superseded one is not",
     "UPDATE search_document SET number = number + 1 WHERE kind = 'CASE'"),
    ("an open case about a text is found by its words, and a superseded one is not",
     "UPDATE review_case SET state = 'SUPERSEDED', closed_at = opened_at WHERE state = 'OPEN' AND kind = 'REVISION'"),
    ("only what is public can be found",
     ("INSERT INTO search_document (community_id, kind, subject_id, number, title, content, tokens)"
      " SELECT community_id, 'SUBMISSION', id, 1, '', '', 'x' FROM submission WHERE state = 'REJECTED'")),
    ("an endorsement is by another member, with an own credential, about a revision of the submission",
     ("UPDATE endorsement SET membership_id = (SELECT s.author_id FROM submission s"
      " WHERE s.id = endorsement.submission_id)")),
    ("an open case about an endorsement is about the note that waits",
     "UPDATE endorsement SET note_state = 'SHOWN'"),
    ("an endorsement is withdrawn if its record says so", "UPDATE endorsement SET recorded = 'WITHDRAWN'"),
    ("a balance is the sum of postings in, less postings out",
     "UPDATE account SET balance = balance + 1 WHERE id = {mine}"),
    ("a balance is the sum that remains of its lots", "UPDATE lot SET remaining = remaining - 1 WHERE id = {live_lot}"),
    ("every posting stores the balance after it", "UPDATE posting SET to_balance = to_balance + 1 WHERE id = {in}"),
    ("a debt is the points that could not be clawed back, less repayments",
     "UPDATE account SET debt = debt + 1 WHERE id = {debtor}"),
    ("a growth value is the sum of all awards", "UPDATE account SET growth = growth + 1 WHERE id = {mine}"),
    ("points move as the entry's kind allows, within one community, not before the entry",
     "UPDATE journal_entry SET kind = 'REFUND' WHERE id = {award_entry}"),
    ("points move as the entry's kind allows, within one community, not before the entry",
     "UPDATE posting SET community_id = {elsewhere} WHERE id = {in}"),
    ("every entry has one posting, a claw-back at most two",
     ("INSERT INTO journal_entry (community_id, kind, source_key, explanation, created_at)"
      " SELECT community_id, 'AWARD', 'x', '{{}}', created_at FROM journal_entry WHERE id = {award_entry}")),
    ("the rest of a lot is its amount plus its movements",
     "UPDATE lot_movement SET amount = amount - 1 WHERE id = {taking}"),
    ("every posting of a member equals its lots and movements",
     "UPDATE posting SET amount = amount + 1 WHERE id = {out}"),
    ("points are taken from and returned to lots of the same account",
     "UPDATE lot_movement SET lot_id = {foreign_lot} WHERE id = {taking}"),
    ("no more points are returned than were taken",
     "UPDATE lot_movement SET amount = 100 WHERE returns_id IS NOT NULL"),
    ("points of a lot are spent before its expiry and expire after it",
     "UPDATE lot SET expires_at = {long_ago} WHERE id = (SELECT lot_id FROM lot_movement WHERE id = {taking})"),
    ("a hold froze, captured and released its amounts for its member",
     "UPDATE points_hold SET captured = captured + 1 WHERE state = 'CAPTURED'"),
    ("a hold froze, captured and released its amounts for its member",
     "UPDATE points_hold SET state = 'RELEASED', resolved_at = created_at WHERE state = 'OPEN'"),
    ("frozen points are the sum of the open holds",
     "UPDATE points_hold SET state = 'RELEASED', resolved_at = created_at WHERE state = 'OPEN'"),
    ("an award and its entry agree", "UPDATE award SET amount = amount + 1 WHERE entry_id = {award_entry}"),
    ("a claw-back takes an award's unexpired points from the member who was awarded",
     "UPDATE posting SET amount = amount + 100 WHERE entry_id IN (SELECT entry_id FROM award WHERE amount < 0)"),
    ("a member is awarded once per cause and trigger",
     "UPDATE award SET cause = (SELECT cause FROM award WHERE id = {award}) WHERE id = {other_award}"),
    ("an award belongs to the rule that it names", "UPDATE award SET rule_id = {rule} WHERE id = {award}"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE check_in SET day = '2000-01-01' WHERE id = 1"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE award SET cause = 'pick_up:999' WHERE trigger = 'PICK_UP'"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE award SET cause = 'pick_up:' WHERE trigger = 'PICK_UP'"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE award SET cause = 'pick_up:99999999999999999999' WHERE trigger = 'PICK_UP'"),
    ("points move as the entry's kind allows, within one community, not before the entry",
     "UPDATE posting SET created_at = {long_ago} WHERE id = {in}"),
    ("a hold froze, captured and released its amounts for its member",
     "UPDATE points_hold SET membership_id = (SELECT membership_id FROM account WHERE id = {debtor})"),
    ("a refund returns points that the same member spent",
     "UPDATE journal_entry SET about_id = {award_entry} WHERE kind = 'REFUND'"),
    ("a refund returns points that the same member spent",
     ("UPDATE journal_entry SET about_id = (SELECT id FROM journal_entry WHERE source_key = 'gone')"
     " WHERE kind = 'REFUND'")),
    ("an award for a returned purchase was clawed back",
     "UPDATE award SET reverses_id = {award} WHERE amount < 0 AND cause LIKE 'purchase:%'"),
    ("an adjustment moved its amount for its member, and no member decided on their own account",
     "UPDATE adjustment SET amount = amount + 1"),
    ("an adjustment moved its amount for its member, and no member decided on their own account",
     "UPDATE adjustment SET amount = -amount"),
    ("an adjustment moved its amount for its member, and no member decided on their own account",
     "UPDATE adjustment SET membership_id = (SELECT membership_id FROM account WHERE id = {debtor})"),
    ("each award for a submission has an approval by a leader who did not write it",
     "UPDATE award SET cause = 'submission:999' WHERE trigger = 'SUBMISSION_APPROVED'"),
    ("each award for a submission has an approval by a leader who did not write it",
     "UPDATE award SET cause = 'submission:none' WHERE trigger = 'SUBMISSION_APPROVED'"),
    ("what is public or in review has a title and a text", "UPDATE submission_revision SET title = ''"),
    ("awards for withdrawn and removed submissions are clawed back",
     "UPDATE submission SET state = 'WITHDRAWN', published_revision = NULL"),

    # --- planted by an independent checker, and found by no invariant then -------------------------------------------
    ("every entry has the row that it was made for", (
        ("INSERT INTO journal_entry (id, community_id, kind, source_key, explanation, created_at)"
         " SELECT 9001, community_id, 'ADJUSTMENT', 'adjustment:9001', '{{}}', {late} FROM posting WHERE id = {in}"),
        ("INSERT INTO posting"
         " (id, community_id, entry_id, from_account_id, to_account_id, amount, to_balance, created_at) SELECT 9001,"
         " community_id, 9001, {issuance}, id, 10000, balance + 10000, {late} FROM account WHERE id = {mine}"),
        ("INSERT INTO lot (community_id, account_id, posting_id, amount, remaining, expires_at)"
         " VALUES ({community}, {mine}, 9001, 10000, 10000, {later})"),
        "UPDATE account SET balance = balance + 10000 WHERE id = {mine}",
    )),
    ("an adjustment above the limit was decided by a second person",
     "UPDATE adjustment SET decided_by = requested_by WHERE amount = 150"),
    ("an adjustment above the limit was decided by a second person",
     "UPDATE adjustment SET requested_by = decided_by WHERE amount = 150"),
    ("an award is for a trigger and a cause that this version pays",
     "UPDATE award SET trigger = 'EVENT_PARTICIPATION', cause = 'gift' WHERE trigger = 'CHECK_IN'"),
    ("an award has the amount that its rule, season and inputs give",
     "UPDATE award SET amount = 500 WHERE trigger = 'CHECK_IN'"),
    ("an award has the amount that its rule, season and inputs give", (
        "UPDATE award SET amount = 500 WHERE trigger = 'CHECK_IN'",
        ("UPDATE journal_entry SET explanation = '{{\"rule\": \"CHECK_IN\", \"version\": 1, \"rounding\": 2,"
         " \"inputs\": {{\"base\": 500, \"streak\": 1}}}}' WHERE source_key LIKE 'check-in:%'"),
    )),
    ("an award has the amount that its rule, season and inputs give", "UPDATE season SET percent = 300"),
    ("points expire as the policy said when they were issued",
     "UPDATE lot SET expires_at = {later} WHERE id = {live_lot}"),
    ("a hold ends within the longest time, and was resolved as its end allows",
     "UPDATE points_hold SET expires_at = {later} WHERE state = 'OPEN'"),
    ("a check-in is of its own day, continues its streak and has its award", "UPDATE check_in SET streak = 7"),
    ("a check-in is of its own day, continues its streak and has its award",
     ("INSERT INTO check_in (community_id, membership_id, day, streak, outcome, created_at)"
     " VALUES ({community}, {member}, '2031-03-02', 1, '{{\"points\": 0, \"because\": \"CAP_REACHED\"}}', {late})")),
    ("a check-in is of its own day, continues its streak and has its award",
     "UPDATE check_in SET outcome = '{{\"points\": 2, \"because\": null, \"until\": null}}'"),
    ("a stored answer of a service's call is that of its entry",
     ("UPDATE idempotency_record"
     " SET answer = '{{\"answer\": {{\"entry_id\": {second}, \"amount\": 1, \"balance\": 9}}}}'"
     " WHERE operation = 'points'")),
    ("the outcome of an interaction is that of its award and of the audit trail",
     "UPDATE interaction SET outcome = '{{\"points\": 9, \"because\": null, \"until\": null, \"taken_back\": 0}}'"),
    ("a member's approved submissions are those of the decisions", "UPDATE account SET approved = approved + 1"),
    ("a like count is the number of likes", "UPDATE submission SET like_count = like_count + 1"),
    ("a like count is the number of likes", "DELETE FROM submission_like"),
    ("a thread counts its published comments", "UPDATE comment_thread SET comment_count = comment_count + 1"),
    ("a thread counts its published comments",
     "UPDATE comment_thread SET public_count = public_count + 1 WHERE comment_count > 0"),
    ("a published comment has a thread", "DELETE FROM comment_thread"),
    ("a comment counts its published replies and its likes", "UPDATE comment SET like_count = like_count + 1"),
    ("a comment counts its published replies and its likes", "UPDATE comment SET reply_count = reply_count + 1"),
    ("a comment counts its published replies and its likes", "DELETE FROM comment_like"),
    ("a reply answers a comment of the same thread", "UPDATE comment SET parent_id = id WHERE parent_id IS NOT NULL"),
    ("a comment can be found by its public words while it is published",
     "DELETE FROM search_document WHERE kind = 'COMMENT'"),
    ("a comment can be found by its public words while it is published",
     "UPDATE search_document SET number = number + 1 WHERE kind = 'COMMENT'"),
    ("a comment is hidden while it has a hiding", "UPDATE comment_hiding SET restored_at = {late}"),
    ("a decision and its scores are those of the audit trail",
     "UPDATE review_decision SET resonance = 5 WHERE verdict = 'APPROVED'"),
    ("points return to the lots from which the same spend or hold took them",
     "UPDATE journal_entry SET about_id = {second} WHERE kind = 'REFUND'"),
    # --- their siblings ----------------------------------------------------------------------------------------------
    ("no more of a spend or capture is refunded than it spent",
     "UPDATE journal_entry SET about_id = {second} WHERE kind = 'REFUND'"),
    ("every entry has the row that it was made for", "UPDATE points_hold SET entry_id = {second} WHERE state = 'OPEN'"),
    ("every entry has the row that it was made for", "DELETE FROM adjustment WHERE amount = 150"),
    ("a hold ends within the longest time, and was resolved as its end allows",
     "UPDATE points_hold SET resolved_at = {long_ago} WHERE state = 'TIMED_OUT'"),
    ("an adjustment was requested and decided as the audit trail says",
     "UPDATE adjustment SET decided_by = {member} WHERE amount = 150"),
    ("an adjustment was requested and decided as the audit trail says",
     "UPDATE adjustment SET amount = 90 WHERE amount = 150"),
    ("a policy is the last one of the audit trail", "UPDATE points_policy SET adjustment_limit = 1000000"),
    ("a policy is the last one of the audit trail", "UPDATE points_policy SET rolling_days = 31"),
    ("a season is that of the audit trail", "UPDATE season SET percent = 300"),
    ("an earning rule is that of the audit trail", "UPDATE earning_rule SET version = version + 1"),
    ("the last event about a role of a member gave it",
     ("INSERT INTO membership_role (community_id, membership_id, role, granted_at)"
     " VALUES ({community}, {member}, 'LEADER', {late})")),
    ("the last event about a role of a member gave it", "UPDATE membership SET left_at = {late}"),
    ("a service token was created and approved as the audit trail says",
     "UPDATE service_token SET scopes = '[\"MOVE_POINTS\", \"REPORT_INTERACTIONS\"]'"),
    ("a publication has the readers and the time of the audit trail",
     "UPDATE submission SET published_for = 'PUBLIC' WHERE published_at IS NOT NULL"),
    ("a publication has the readers and the time of the audit trail",
     "UPDATE submission SET published_at = {long_ago} WHERE published_at IS NOT NULL"),
    ("a service token was created and approved as the audit trail says",
     "UPDATE service_token SET approved_at = created_at WHERE id = {waiting}"),
    ("a service token was created and approved as the audit trail says",
     "UPDATE service_token SET approved_at = {late} WHERE id = {waiting}"),
    ("a service token was created and approved as the audit trail says",
     "UPDATE service_token SET approved_at = NULL, approved_by = NULL WHERE revoked_at IS NOT NULL"),
    ("a service token was revoked as the audit trail says",
     "UPDATE service_token SET revoked_at = NULL WHERE revoked_at IS NOT NULL"),
    ("a service token was revoked as the audit trail says",
     "UPDATE service_token SET revoked_at = {late} WHERE id = {waiting}"),
    ("an invitation ended as the audit trail says", "UPDATE invitation SET ended_at = NULL WHERE ended_at IS NOT NULL"),
    ("an invitation ended as the audit trail says", "UPDATE invitation SET ended_at = {late} WHERE uses = 1"),
    ("an invitation was used as its uses say", "UPDATE invitation SET uses = 0"),
    ("a member joined and left as the audit trail says",
     "UPDATE membership SET left_at = NULL WHERE left_at IS NOT NULL"),
    ("a member joined and left as the audit trail says", "UPDATE membership SET left_at = {late} WHERE id = {member}"),
    ("a member joined and left as the audit trail says",
     "UPDATE membership SET left_at = {long_ago} WHERE left_at IS NOT NULL"),
    ("a member joined and left as the audit trail says",
     "UPDATE membership SET joined_at = {long_ago} WHERE id = {member}"),
    # --- states and times that only their history knows ---------------------------------------------------------------
    *((f"a score on the board {board} is the sum of what it counts in its period",
       f"UPDATE leaderboard_score SET score = score - 5 WHERE board = '{board}' AND kind = '{kind}'")
      for board, kind in (("POINTS", "EVER"), ("POINTS", "WEEK"), ("PUBLISHED", "DAY"), ("LIKES", "YEAR"),
                          ("REVIEWS", "MONTH"), ("ENDORSEMENTS_GIVEN", "WEEK"), ("CONTESTS", "EVER"))),
    ("a score's period is one of the community's calendar",
     "UPDATE leaderboard_score SET period = 'month:2031-05-01' WHERE kind = 'MONTH' AND board = 'LIKES'"),
    ("a score's period is one of the community's calendar",
     "UPDATE leaderboard_score SET period = 'month:x' WHERE kind = 'MONTH' AND board = 'LIKES'"),
    ("a score's period is one of the community's calendar",
     "UPDATE leaderboard_score SET starts_at = {long_ago} WHERE kind = 'DAY'"),
    ("the rank of a podium's place follows from the scores", "UPDATE podium_place SET rank = 2 WHERE rank = 1"),
    ("an honour is for a place on the podium of its period", "UPDATE honour SET rank = 7"),
    ("an honour is for a place on the podium of its period", "UPDATE honour SET period = 'year:2001-01-01'"),
    ("the entries of a quota of messages sum to what remains", "UPDATE message_quota SET remaining = remaining + 1"),
    ("each member who was awarded has a score of all time", "DELETE FROM leaderboard_score WHERE kind = 'EVER'"),
    ("a season is that of the audit trail", "UPDATE season SET cancelled_at = {late} WHERE cancelled_at IS NULL"),
    ("a season is that of the audit trail", "UPDATE season SET cancelled_at = {late} WHERE cancelled_at IS NOT NULL"),
    ("a season is that of the audit trail", "UPDATE season SET cancelled_at = NULL"),
    ("an adjustment was requested and decided as the audit trail says",
     "UPDATE adjustment SET state = 'PENDING', decided_at = NULL, decided_by = NULL WHERE state = 'DECLINED'"),
    ("an adjustment was requested and decided as the audit trail says", "UPDATE adjustment SET decided_at = {late}"),
    ("an adjustment was requested and decided as the audit trail says",
     "UPDATE adjustment SET state = 'DECLINED', entry_id = NULL WHERE amount = 150"),
    ("a hold ends within the longest time, and was resolved as its end allows",
     "UPDATE points_hold SET state = 'RELEASED' WHERE state = 'TIMED_OUT'"),
    ("a hold ends within the longest time, and was resolved as its end allows",
     "UPDATE points_hold SET state = 'TIMED_OUT', expires_at = resolved_at WHERE state = 'RELEASED'"),
    ("a hold ends within the longest time, and was resolved as its end allows",
     "UPDATE points_hold SET resolved_at = {late} WHERE state = 'RELEASED'"),
    ("a case was closed at its decision, or when its submission changed",
     "UPDATE review_case SET closed_at = {late} WHERE state = 'DECIDED'"),
    ("a case was closed at its decision, or when its submission changed",
     "UPDATE review_case SET closed_at = {late} WHERE state = 'SUPERSEDED'"),
    ("a submission has the state of its newest event",
     "UPDATE submission SET state = 'RETURNED' WHERE state = 'REJECTED'"),
    ("a submission has the state of its newest event",
     "UPDATE submission SET state = 'REMOVED' WHERE state = 'WITHDRAWN'"),
    ("a submission has the state of its newest event",
     "UPDATE submission SET state = 'IN_REVIEW' WHERE state = 'WITHDRAWN'"),
    ("a submission has the state of its newest event",
     "UPDATE submission SET state = 'REJECTED' WHERE state = 'IN_REVIEW'"),
    ("a submission is in review while its revision has an open case",
     "UPDATE submission SET state = 'PENDING_SCREENING' WHERE state = 'IN_REVIEW'"),
    ("a submission is in review while its revision has an open case",
     "UPDATE review_case SET state = 'SUPERSEDED', closed_at = {late} WHERE state = 'OPEN'"),
    ("a screening is about its author's submission", "UPDATE screening SET author_id = {member}"),
    ("a revision is reviewed only after its screening",
     "UPDATE screening SET state = 'RUNNING', verdict = NULL, done_at = NULL"),
    ("personal data in a publication is masked as its screening says",
     "UPDATE submission SET masks = '[[\"text\", 0, 1]]' WHERE state = 'PUBLISHED'"),
    ("a screening ends after its beginning", "UPDATE screening SET deadline_at = {long_ago}"),
    ("a screening ends after its beginning", "UPDATE screening SET done_at = {long_ago}"),
    ("a like count is the number of likes", "UPDATE submission SET week_likes = week_likes + 1 WHERE week_likes > 0"),
    ("a like count is the number of likes", "UPDATE submission SET liked_week = {late} WHERE week_likes > 0"),
    ("a member was invited as the audit trail says",
     "UPDATE membership SET invited_by = {member} WHERE invited_by IS NULL"),
    ("a member was invited as the audit trail says", "UPDATE membership SET invited_by = NULL"),
    ("a picture is visible to the readers of the publication that shows it", "UPDATE media_use SET published = FALSE"),
    ("a picture of a comment is visible to the readers of the comment that shows it",
     ("INSERT INTO media_use (media_id, community_id, subject, subject_id, published, for_everyone, created_at)"
      " SELECT min(m.id), {community}, 'COMMENT', (SELECT min(id) FROM comment), TRUE, FALSE, {late} FROM media m")),
    ("a picture is visible to the readers of the publication that shows it",
     "UPDATE media_use SET for_everyone = TRUE"),
    ("a community has the settings of its last edits", "UPDATE community SET visibility = 'PUBLIC'"),
    ("a community has the settings of its last edits", "UPDATE community SET announcement = '停水'"),
    ("a community has the settings of its last edits", "UPDATE community SET time_zone = 'Asia/Tokyo'"),
    ("a community has the settings of its last edits", "UPDATE community SET version = version + 1"),
    ("a sanction was given and lifted as the audit trail says", "UPDATE sanction SET given_by = {member}"),
    ("a sanction was given and lifted as the audit trail says",
     "UPDATE sanction SET lifted_at = {late} WHERE lifted_at IS NULL"),
    ("a community has the settings of its last edits", "UPDATE community SET trusted_authors_publish = FALSE"),
    ("a trust was given and ended as the audit trail says", "UPDATE trust SET end_cause = 'REPORT'"),
    ("a trust was given and ended as the audit trail says", "UPDATE trust SET given_at = {late}"),
    ("only a present member without a sanction is trusted",
     "UPDATE trust SET ended_at = NULL, end_cause = NULL, ended_by = NULL WHERE end_cause = 'SANCTION'"),
    ("what is published ahead passed all checks, and waits for a leader",
     "UPDATE screening SET verdict = 'REVIEW' WHERE verdict = 'PASS'"),
    ("what is published ahead passed all checks, and waits for a leader",
     "UPDATE submission SET recommended = TRUE WHERE published_ahead"),
    ("a removed member is not a member, and a sanctioned one no leader",
     "UPDATE membership SET left_at = NULL WHERE id IN (SELECT membership_id FROM sanction WHERE kind = 'REMOVAL')"),
    ("a removed member is not a member, and a sanctioned one no leader",
     "UPDATE sanction SET membership_id = given_by WHERE kind = 'MUTE'"),
    ("a complaint is that of its case, and solved once the case is decided",
     "UPDATE complaint SET solved_at = NULL WHERE solved_at IS NOT NULL"),
    ("a complaint is that of its case, and solved once the case is decided",
     "UPDATE complaint SET membership_id = {member}"),
    ("a complaint was solved and opened again as the audit trail says",
     "UPDATE complaint SET solved_at = {late} WHERE solved_at IS NOT NULL"),
    ("a person is suspended as the audit trail says", "UPDATE person SET banned_at = {late}"),
    ("a person is suspended as the audit trail says", "UPDATE person SET banned_at = NULL WHERE banned_at IS NOT NULL"),
    ("a role that was given is there until it is taken",
     "DELETE FROM membership_role WHERE membership_id = {member} AND role = 'EXPERT'"),
    ("a role that was given is there until it is taken", "DELETE FROM membership_role WHERE role = 'LEADER'"),
    ("an appeal is open with its case, and another leader answered it", "UPDATE appeal SET answered_by = author_id"),
    ("an appeal is open with its case, and another leader answered it",
     "UPDATE appeal SET state = 'OPEN', answer = NULL, answered_at = NULL"),
    ("an appeal was answered as the audit trail says, and its author was notified",
     "UPDATE appeal SET state = 'DENIED'"),
    ("an appeal was answered as the audit trail says, and its author was notified",
     "DELETE FROM notice WHERE key LIKE 'appeal:%'"),
    ("a granted appeal against a removal restored the submission", "UPDATE appeal SET subject_id = 999"),
    ("a granted appeal against a hiding restored the comment", "UPDATE comment_hiding SET restored_at = {late}"),
    ("an appeal against a sanction ends with it, and a granted one lifted it",
     "UPDATE appeal SET subject = 'SANCTION', subject_id = (SELECT max(id) FROM sanction) WHERE subject = 'REMOVAL'"),
    ("an appeal against a sanction ends with it, and a granted one lifted it",
     "UPDATE appeal SET subject = 'SANCTION', subject_id = 999 WHERE subject = 'REMOVAL'"),
    ("a comment waits for a leader while its revision has an open case",
     "UPDATE review_case SET thing_revision = 9 WHERE kind = 'COMMENT'"),
    ("a comment waits for a leader while its revision has an open case",
     "UPDATE comment SET verdict = NULL, findings = NULL"),
    ("a platform check of a revision is about its author's",
     WRONG_CHECK),
    ("no revision is blocked after its appeal was granted",
     ("UPDATE appeal SET subject_id = (SELECT max(id) FROM screening WHERE state = 'DONE') WHERE subject = 'BLOCK'",
      "UPDATE screening SET verdict = 'BLOCK', done_at = {late} WHERE state = 'DONE'")),
    ("no revision is blocked after its appeal was granted", "UPDATE appeal SET subject_id = 999"),
    ("a report is open with its case, and about what another member wrote",
     "UPDATE report SET reporter_id = (SELECT s.author_id FROM submission s WHERE s.id = report.submission_id)"),
    ("a report is open with its case, and about what another member wrote",
     "UPDATE report SET state = 'OPEN', answered_at = NULL"),
    ("each reporter was notified of the outcome", "DELETE FROM notice WHERE key LIKE 'report:%'"),
    ("a submission is removed while its newest removal is not restored",
     "UPDATE submission_removal SET restored_at = NULL, restored_by = NULL"),
    ("a removal and its restoration are those of the audit trail",
     "UPDATE submission_removal SET restored_by = {member}"),
    ("a removal and its restoration are those of the audit trail",
     "UPDATE submission_removal SET removed_at = {late}"),
    ("no award for a public submission is clawed back",
     "DELETE FROM award WHERE amount > 0 AND reverses_id IS NOT NULL"),
    ("the reversal of a claw-back returns the points that it took",
     ("UPDATE posting SET amount = amount + 1"
      " WHERE entry_id = (SELECT max(entry_id) FROM award WHERE reverses_id > 0 AND amount > 0)")),
    ("a claw-back or its reversal has the opposite amount, the member and the time of its award",
     "UPDATE award SET amount = amount + 1 WHERE amount > 0 AND reverses_id IS NOT NULL"),
    ("a published revision and its mark were approved", "UPDATE submission SET recommended = NOT recommended"),
    ("a published revision and its mark were approved",
     "UPDATE submission SET published_revision = 1, published_at = {late} WHERE state = 'REJECTED'"),
    ("a case is about its author's submission, and decided once it has a decision",
     "UPDATE review_case SET author_id = {member}"),
    ("a case is about its author's submission, and decided once it has a decision",
     "UPDATE review_case SET state = 'SUPERSEDED' WHERE state = 'DECIDED'"),
    ("a decision and its scores are those of the audit trail",
     "UPDATE review_decision SET decided_by = {member}"),
    ("no member claims or decides a case that excludes them",
     "UPDATE review_case SET claimed_by = author_id, claimed_at = {late}, claimed_until = {late} WHERE state = 'OPEN'"),
    ("no member claims or decides a case that excludes them",
     "UPDATE review_case AS c SET excluded_id = (SELECT d.decided_by FROM review_decision d WHERE d.case_id = c.id)"),
    ("each award for a review has a decision or an approval of its member",
     "UPDATE award SET trigger = 'REVIEW_DONE', cause = 'review:999' WHERE trigger = 'CHECK_IN'"),
    ("the revisions of a submission are numbered up to its latest",
     "UPDATE submission SET latest_revision = latest_revision + 1"),
    ("an award has the amount that its rule, season and inputs give", "UPDATE award SET rule_id = {rule}"),
    ("the size of a community's pictures is the sum of those that it uses",
     "INSERT INTO media_volume (community_id, size_bytes) VALUES ({community}, 5)"),
    ("each account has allowed values", "UPDATE account SET balance = 5 WHERE kind = 'SPENT'"),
    ("each account has allowed values", "UPDATE account SET debt = -1 WHERE id = {mine}"),
    ("each lot has allowed values", "UPDATE lot SET remaining = -1"),
    ("each points_hold has allowed values", "UPDATE points_hold SET state = 'OPEN' WHERE state = 'CAPTURED'"),
    ("each season has allowed values", "UPDATE season SET percent = 5000"),
    ("each posting references rows of its own community", "DELETE FROM journal_entry WHERE id = {award_entry}"),
    ("each award references rows of its own community", "UPDATE award SET membership_id = 9001"),
    ("each submission_like references rows of its own community",
     "UPDATE submission_like SET community_id = {elsewhere}"),
    *REWARD_ERRORS,
    *EVENT_ERRORS,
]  # fmt: skip
SEALED = {
    "a rewritten explanation": (
        "UPDATE journal_entry SET explanation = '{{\"inputs\": {{}}}}' WHERE id = {award_entry}",
    ),
    "a rewritten explanation with a record of a redaction": (
        "UPDATE journal_entry SET explanation = '{{\"inputs\": {{}}}}' WHERE id = {award_entry}",
        "INSERT INTO redaction (table_name, row_id) VALUES ('journal_entry', {award_entry})",
    ),
    "a deleted audit event": ("DELETE FROM audit_event WHERE action = 'season.open'",),
    "a removed spend": (
        (
            "UPDATE lot SET remaining = remaining + 1 WHERE id = (SELECT m.lot_id FROM lot_movement m JOIN posting p"
            " ON p.id = m.posting_id WHERE p.entry_id = {second})"
        ),
        "DELETE FROM lot_movement WHERE posting_id = (SELECT id FROM posting WHERE entry_id = {second})",
        "UPDATE account SET balance = balance + 1 WHERE id = {mine}",
        "UPDATE posting SET from_balance = from_balance + 1 WHERE from_account_id = {mine} AND entry_id > {second}",
        "UPDATE posting SET to_balance = to_balance + 1 WHERE to_account_id = {mine} AND entry_id > {second}",
        "DELETE FROM posting WHERE entry_id = {second}",
        "DELETE FROM journal_entry WHERE id = {second}",
        "DELETE FROM idempotency_record WHERE operation = 'points'",
    ),
    "a lot that ends a day later": (
        "UPDATE lot SET expires_at = (SELECT max(expires_at) FROM lot) WHERE id = (SELECT min(id) FROM lot)",
    ),
    "a refusal in the place of an answer": ("UPDATE idempotency_record SET answer = '{{\"refusal\": {{}}}}'",),
    "another outcome of an interaction": (
        'UPDATE interaction SET outcome = \'{{"points": 3, "because": null, "until": "2031", "taken_back": 0}}\'',
    ),
    "another requester of an adjustment": ("UPDATE adjustment SET requested_by = {member} WHERE amount = 150",),
    "a like that was deleted with its counts": (
        "DELETE FROM submission_like",
        "UPDATE submission SET like_count = 0, week_likes = 0, liked_week = NULL",
    ),
    "a deleted record of a call": (
        "DELETE FROM idempotency_record WHERE id = (SELECT max(id) FROM idempotency_record WHERE operation = 'points')",
    ),
    "another reference of an interaction": ("UPDATE interaction SET reference = 'b-2' WHERE reference = 'b-1'",),
    "another reason of an adjustment": ("UPDATE adjustment SET reason = '误'",),
    "a like of another member": ("UPDATE submission_like SET membership_id = {member} + 1",),
    "a role from another time": ("UPDATE membership_role SET granted_at = {long_ago}",),
    "a member who is another person": ("UPDATE membership SET person_id = 9001 WHERE id = {member}",),
}
"""Changes that only seals find.

No other row knows a reference, a reason or a single like. A second copy of a reason would be words in the journal, and
one of each like would double the rows. Records of calls end after a week, and then no entry says that one was there.
"""


async def _build_appeal_and_report(place, third):
    """Grant an appeal as the operator, and dismiss a report."""
    removed = await create_in_state(place, SubmissionState.REMOVED)
    (found,) = await restoration.find_newest([removed.id])
    made = await appeals.open_appeal(place.resident, found.id, subject=AppealedAction.REMOVAL, text="误会")
    await appeals.answer(None, made.case_id, version=1, granted=True, reason="看错了")
    blocked = await block(await create_submitted(place))
    made = await appeals.open_appeal(place.resident, blocked.id, subject=AppealedAction.BLOCK, text="误会")
    await appeals.answer(place.leader, made.case_id, version=1, granted=True, reason="看错了")
    made = await reports.report(third, removed.id, category=ReportCategory.OTHER, text=None)
    await reports.dismiss(place.leader, made.case_id, version=1)


async def _build_comments(place):
    """Let one comment wait for a leader, and grant an appeal against the hiding of another."""
    row = await create_published(place)
    author, other = await add_member(place), await add_member(place)
    await send_to_leader(author, row)
    comment = await send_comment(other, row)
    await moderation.hide(place.leader, comment.id, reason="跑题")
    (hiding,) = await queries.find_hidings([comment.id])
    made = await appeals.open_appeal(other, hiding.id, subject=AppealedAction.HIDING, text="误会")
    await appeals.answer(None, made.case_id, version=1, granted=True, reason="看错了")


async def _build_thread(place, published):
    """Answer a comment and like the answer, and hide another comment."""
    mine, debtor, _ = place.residents
    first = await send_comment(mine, published)
    reply = await send_comment(debtor, published, "同意", parent=first)
    await comment_likes.like(mine, reply.id)
    hidden = await send_comment(place.leader, published, "代购")
    await visibility.hide(hidden, by=place.leader, reason="广告")


async def _build_ended_things(place, third):
    """Cancel, decline, release, supersede, restore and suspend one of each. Show a picture, and redeem."""
    season = await editing.open_season(
        place.leader, SeasonPlan("夏", 150, NOON + timedelta(days=9), NOON + timedelta(days=10), [])
    )
    await editing.cancel_season(place.leader, season.id)
    declined = await adjustments.adjust(place.leader, third.id, amount=200, reason="误")
    await adjustments.decline(place.leader, declined.id)
    hold = await holds.freeze(place.id, third.id, amount=1, lasts_s=3600, source=Source("released"))
    await holds.release(place.id, hold.id)
    await edit_submission(await create_in_review(place), place.resident, title="改")
    await create_in_state(place, SubmissionState.WITHDRAWN)
    removed = await create_in_state(place, SubmissionState.REMOVED)
    await restoring.restore(place.leader, removed.id, version=removed.version, reason="看错了")
    await _build_appeal_and_report(place, third)
    await people.ban((await add_member(place)).person_id, reason="广告")
    complaint = await complaints.open_complaint(await add_member(place), content=ComplaintContent(text="坏了"))
    await complaints.solve(place.leader, complaint.id, text="换新的")
    for kind in SanctionKind:
        given = await sanctions.give(
            place.leader, (await add_member(place)).id, content=SanctionContent(kind, "广告", 30)
        )
        if kind is SanctionKind.WARNING:
            await sanctions.lift(place.leader, given.id, reason="误会")
    await db.execute(
        "INSERT INTO media (person_id, digest, size_bytes, kind, state, name, original_name, attempts, created_at)"
        " VALUES ($1, 'd', 0, 'IMAGE', 'PROCESSING', 'n', 'o', 0, $2)",
        third.person_id, clock.now(),
    )  # fmt: skip
    await db.execute(
        "INSERT INTO revision_media (community_id, revision_id, position, media_id)"
        " SELECT r.community_id, r.id, 0, m.id"
        " FROM media m JOIN submission s ON s.state = 'PUBLISHED' JOIN submission_revision r ON r.submission_id = s.id"
    )
    await db.execute(
        "INSERT INTO media_use (media_id, community_id, subject, subject_id, published, created_at)"
        " SELECT v.media_id, v.community_id, 'SUBMISSION', r.submission_id, TRUE, $1 FROM revision_media v"
        " JOIN submission_revision r ON r.id = v.revision_id",
        clock.now(),
    )
    await build_redemptions()
    await build_contest()
    await _build_comments(place)
    await _build_trust(place)
    sending = build_settings(
        {
            "COMMUNITY_WECHAT_APP_ID": "a",
            "COMMUNITY_WECHAT_SECRET": "s",
            "COMMUNITY_WECHAT_TEMPLATES": '{"POINTS": {"id": "t", "fields": {"number1": "points"}}}',
        }
    )
    await message_quotas.accept(place.resident, sending, accepted=[Acceptance(MessageTopic.POINTS, 3)])


async def _build_trust(place):
    """Trust two authors. One publishes ahead, the other gets a sanction."""
    await profile.edit_community(place.leader, version=place.community.version, edit={"trusted_authors_publish": True})
    for is_sanctioned in (False, True):
        with clock.at(NOON - timedelta(days=8)):
            author = await add_member(place)
        await create_published(place, author=author)
        await trust.give(place.leader, author.id, reason="写得好")
        if is_sanctioned:
            warning = SanctionContent(SanctionKind.WARNING, "广告", 30)
            await sanctions.give(place.leader, author.id, content=warning)
        else:
            await create_in_review(place, author=author)


async def _build_later_things(place, mine):
    with clock.at(NOON + timedelta(days=40)):
        await expiry.expire_due_lots()
        await award(mine, "mine 3", 6)
        await check_in.record_check_in(mine)
        await holds.time_out_due_holds()
        await holds.freeze(place.id, mine.id, amount=1, lasts_s=3600, source=Source("later"))
        year = compute_period(PeriodKind.YEAR, clock.now(), place.community.time_zone)
        await closings.close(place.id, BoardKind.POINTS, year)


async def build_history():
    """Build a bank with every kind of entry. Return the ids to plant errors at."""
    with clock.at(NOON):
        place, elsewhere = await create_community(residents=3), await create_community()
        mine, debtor, third = place.residents
        await policy.set_policy(place.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=30)
        await award(mine, "mine 1", 20)
        await award(mine, "mine 2", 10)
        await award(third, "third", 5)
        spent = await spend.spend(place.id, mine.id, amount=8, source=Source("spent"))
        await spend.spend(place.id, mine.id, amount=1, source=Source("second"))
        await spend.refund(place.id, spent.entry_id, amount=3, source=Source("refund"))
        for key, amount in (("captured", 4), ("open", 2)):
            hold = await holds.freeze(place.id, mine.id, amount=amount, lasts_s=3600, source=Source(key))
            if key == "captured":
                await holds.capture(place.id, hold.id, amount=3)
        await award(debtor, "debtor", 10)
        await spend.spend(place.id, debtor.id, amount=7, source=Source("gone"))
        await claw_back(place.id, "debtor")
        await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2))
        await editing.open_season(
            place.leader, SeasonPlan("春", 200, NOON, NOON + timedelta(days=3), [Trigger.PICK_UP])
        )
        await check_in.record_check_in(mine)
        token = await service_tokens.create_as_operator(place.id, name="店", scopes=[ServiceScope.REPORT_INTERACTIONS])
        await interactions.record_interaction(
            token.row, InteractionReport(InteractionKind.PICK_UP, "p-1", mine.id, NOON)
        )
        await editing.publish_as_operator(Trigger.PURCHASE, definition=Definition(3))
        await interactions.record_interaction(
            token.row, InteractionReport(InteractionKind.PURCHASE, "b-1", third.id, NOON)
        )
        await interactions.record_interaction(
            token.row, InteractionReport(InteractionKind.RETURN, "r-1", third.id, NOON, purchase="b-1")
        )
        await adjustments.adjust(place.leader, third.id, amount=-2, reason="重复")
        await adjustments.adjust_as_operator(place.id, third.id, amount=150, reason="补发")
        pending = await adjustments.list_pending(place.leader, PageRequest(1))
        await adjustments.approve(place.leader, pending.rows[0].id)
        published = await create_published(place, author=third)
        await likes.like(mine, published.id)
        await _build_thread(place, published)
        await nicknames.edit_person(mine.person_id, nickname="王医生")  # Others with the name of an expert cannot join.
        credential = await make_expert(mine)
        await endorse(mine, published, credential)
        await hold_note(mine, await create_published(place, author=third, title="葱"), credential)
        await create_in_state(place, SubmissionState.REJECTED)
        await roles.give_role(place.leader, mine.id, role=Role.EXPERT)
        await roles.give_role(place.leader, third.id, role=Role.EXPERT)
        await roles.take_role(place.leader, third.id, role=Role.EXPERT)
        waiting = await service_tokens.create(place.leader, name="柜", scopes=[ServiceScope.MOVE_POINTS])
        revoked = await service_tokens.create(place.leader, name="旧", scopes=[ServiceScope.MOVE_POINTS])
        await service_tokens.approve_as_operator(place.id, revoked.row.id)
        await service_tokens.revoke(place.leader, revoked.row.id)
        await invitations.revoke(place.leader, (await invitations.invite(place.leader)).id)
        await _build_ended_things(place, third)
        await memberships.leave(await add_member(place))
    await _build_later_things(place, mine)
    find = {
        "mine": ("SELECT id FROM account WHERE membership_id = $1", mine.id),
        "debtor": ("SELECT id FROM account WHERE membership_id = $1", debtor.id),
        "live_lot": ("SELECT max(id) FROM lot WHERE remaining > 0 AND id > $1", 0),
        "foreign_lot": (
            "SELECT l.id FROM lot l JOIN account a ON a.id = l.account_id WHERE a.membership_id = $1",
            third.id,
        ),
        "in": ("SELECT min(id) FROM posting WHERE to_balance > $1", 0),
        "out": (
            "SELECT min(p.id) FROM posting p JOIN journal_entry e ON e.id = p.entry_id WHERE e.source_key = $1",
            "spent",
        ),
        "taking": ("SELECT min(id) FROM lot_movement WHERE amount < $1", 0),
        "award_entry": ("SELECT id FROM journal_entry WHERE source_key = $1", "mine 2"),
        "award": ("SELECT min(id) FROM award WHERE membership_id = $1", mine.id),
        "other_award": ("SELECT id FROM award WHERE cause = $1", "mine 2"),
        "rule": ("SELECT min(id) FROM earning_rule WHERE id > $1", 0),
        "community": ("SELECT id FROM community WHERE id = $1", place.id),
        "member": ("SELECT id FROM membership WHERE id = $1", mine.id),
        "issuance": ("SELECT id FROM account WHERE kind = 'ISSUANCE' AND community_id = $1", place.id),
        "second": ("SELECT id FROM journal_entry WHERE source_key = $1", "second"),
    }
    ids = {name: await db.scalar(sql, value) for name, (sql, value) in find.items()}
    return ids | {
        "elsewhere": elsewhere.id,
        "waiting": waiting.row.id,
        "long_ago": "'2001-01-01T00:00:00.000000+00:00'",
        "late": "'2031-04-12T06:00:00.000000+00:00'",
        "later": "'2039-04-12T16:00:00.000000+00:00'",
    }
