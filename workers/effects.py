"""The queue `effects`: screening, notices, platform calls and maintenance, one job at a time."""

from __future__ import annotations

from community.accounts.platform_ids import seal_unsealed
from community.communities import invitations
from community.conversation import checking as comment_checks
from community.conversation import (
    indexing,
    moderation,  # noqa: F401 - it declares what leaders do with comments
)
from community.events import announcing, jury, phases, places, prizes
from community.experts import (
    credentials,
    following,
    note_decisions,  # noqa: F401 - it declares what leaders do with notes
    notes,
)
from community.kernel.seals import chain
from community.media import cleanup, fingerprinting
from community.notices import announcements, messages
from community.notices import service as notices
from community.points import expiry, holds
from community.privacy import erasures, retention
from community.privacy import service as privacy
from community.review import case_words, deadlines, intake, pictures, sanctions, trust
from community.review.screening import checking, conclusion
from community.rewards import ending
from community.rewards import notices as reward_notices
from community.rewards.special import projects, reports, slots, trials
from community.safety.platform import checks as platform_checks
from community.settings import Settings
from community.submissions import removal, restoration, search, views
from community.submissions.reactions import like_notices
from workers.job import ExecutionMode, Job


async def sweep(settings: Settings) -> None:
    """Delete data past its retention period, and seal values that an older release wrote."""
    await retention.run(settings)
    await seal_unsealed(settings)


JOBS = {
    "effects.receive_submission": Job(intake.sync_cases),
    "effects.screen_revision": Job(checking.screen_revision, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
    "effects.conclude_screening": Job(conclusion.conclude),
    "effects.publish_ahead": Job(trust.publish_ahead),
    "effects.check_comment": Job(comment_checks.check_comment, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
    "effects.conclude_comment": Job(comment_checks.conclude),
    "effects.recover_comments": Job(comment_checks.recover, ExecutionMode.AT_LEAST_ONCE),
    "effects.check_note": Job(notes.check_note, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
    "effects.conclude_note": Job(notes.conclude),
    "effects.recover_notes": Job(notes.recover, ExecutionMode.AT_LEAST_ONCE),
    "effects.recover_screenings": Job(conclusion.recover, ExecutionMode.AT_LEAST_ONCE),
    "effects.compare_pictures": Job(pictures.compare_pictures, ExecutionMode.AT_LEAST_ONCE),
    "effects.give_up_platform_checks": Job(platform_checks.give_up_waiting),
    "effects.remind_leaders": Job(deadlines.remind, ExecutionMode.AT_LEAST_ONCE),
    "effects.fingerprint_pictures": Job(fingerprinting.fingerprint_missing, ExecutionMode.AT_LEAST_ONCE),
    "effects.collect_media": Job(cleanup.collect_unused),
    "effects.discard_media": Job(cleanup.discard, ExecutionMode.AT_LEAST_ONCE),
    "effects.sweep_incoming": Job(cleanup.sweep_incoming, ExecutionMode.AT_LEAST_ONCE),
    "effects.end_points": Job(expiry.expire_due_lots, ExecutionMode.AT_LEAST_ONCE),
    "effects.announce_endings": Job(expiry.announce_expiring, ExecutionMode.AT_LEAST_ONCE),
    "effects.time_out_holds": Job(holds.time_out_due_holds, ExecutionMode.AT_LEAST_ONCE),
    "effects.expire_redemptions": Job(ending.expire_due, ExecutionMode.AT_LEAST_ONCE),
    "effects.announce_expiring_redemptions": Job(ending.announce_expiring, ExecutionMode.AT_LEAST_ONCE),
    "effects.cancel_redemptions": Job(ending.cancel_all, ExecutionMode.AT_LEAST_ONCE),
    "effects.cancel_slot_redemptions": Job(slots.cancel_redemptions, ExecutionMode.AT_LEAST_ONCE),
    "effects.settle_projects": Job(projects.settle_due, ExecutionMode.AT_LEAST_ONCE),
    "effects.resolve_promises": Job(trials.resolve_due, ExecutionMode.AT_LEAST_ONCE),
    "effects.announce_due_promises": Job(trials.announce_due, ExecutionMode.AT_LEAST_ONCE),
    "effects.announce_event": Job(announcing.announce, ExecutionMode.AT_LEAST_ONCE),
    "effects.remind_of_events": Job(announcing.remind_closing, ExecutionMode.AT_LEAST_ONCE),
    "effects.move_events": Job(phases.move_due, ExecutionMode.AT_LEAST_ONCE),
    "effects.give_up_places": Job(places.give_up),
    "effects.drop_jurors": Job(jury.drop_gone),
    "effects.grant_prizes": Job(prizes.grant),
    "effects.announce_report": Job(reports.announce, ExecutionMode.AT_LEAST_ONCE),
    "effects.announce_low_stock": Job(reward_notices.announce_low_stock),
    "effects.announce_ended_sanctions": Job(sanctions.announce_ended, ExecutionMode.AT_LEAST_ONCE),
    "effects.end_invitations_of_suspended": Job(invitations.end_made_by_person),
    "effects.notify_person": Job(notices.notify_person),
    "effects.notify_of_earlier_events": Job(notices.notify_of_earlier_events),
    "effects.notify_imitators": Job(notices.notify_imitators),
    "effects.replace_leader_nickname": Job(notices.replace_leader_nickname),
    "effects.collect_removed": Job(restoration.collect_removed),
    "effects.take_back_publications": Job(removal.withdraw_all, ExecutionMode.AT_LEAST_ONCE),
    "effects.export_personal_data": Job(privacy.export, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
    "effects.follow_endorsements": Job(following.follow_submission),
    "effects.follow_credential": Job(following.follow_credential, ExecutionMode.AT_LEAST_ONCE),
    "effects.follow_expert": Job(following.follow_expert, ExecutionMode.AT_LEAST_ONCE),
    "effects.expire_credentials": Job(credentials.expire_due, ExecutionMode.AT_LEAST_ONCE),
    "effects.announce_expiring_credentials": Job(credentials.announce_expiring, ExecutionMode.AT_LEAST_ONCE),
    "effects.send_announcements": Job(announcements.send_due, ExecutionMode.AT_LEAST_ONCE),
    messages.SEND_EFFECT: Job(messages.send, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
    "effects.announce_likes": Job(like_notices.announce),
    "effects.drop_archive": Job(privacy.delete_archive, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
    "effects.erase_person": Job(privacy.erase, ExecutionMode.AT_LEAST_ONCE),
    "effects.offer_due_erasures": Job(erasures.queue_due),
    "effects.index_cases": Job(case_words.index_missing, ExecutionMode.AT_LEAST_ONCE),
    "effects.store_views": Job(views.store, ExecutionMode.AT_LEAST_ONCE),
    "effects.index_publications": Job(search.index_missing, ExecutionMode.AT_LEAST_ONCE),
    "effects.index_comments": Job(indexing.index_missing, ExecutionMode.AT_LEAST_ONCE),
    "effects.seal": Job(chain.seal_all, ExecutionMode.AT_LEAST_ONCE),
    "effects.sweep": Job(sweep, ExecutionMode.AT_LEAST_ONCE, takes_settings=True),
}
