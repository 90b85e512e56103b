"""Indexes that begin with the key by which rows are read, so that no read of a large table looks at every row.

Those of a community's rows that began with `community_id` did not serve reads by a member or a submission alone.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import CreateIndexes, Ddl

_PUBLISHED = "WHERE published_revision IS NOT NULL"

INDEXES = (
    f"submission_feed_public ON submission (community_id, published_at, id) {_PUBLISHED} AND published_for = 'PUBLIC'",
    f"submission_feed_of_kind ON submission (community_id, kind, published_at, id, published_for) {_PUBLISHED}",
    f"submission_feed_by_mark ON submission (community_id, recommended, published_at, id, published_for) {_PUBLISHED}",
    f"submission_feed_of_author ON submission (author_id, published_at, id) {_PUBLISHED}",
    "submission_of_author ON submission (author_id, id)",
    "submission_ended ON submission (updated_at, id) WHERE state IN ('WITHDRAWN', 'REMOVED')",
    "submission_revision_submission ON submission_revision (submission_id, number)",
    "revision_tag_revision ON revision_tag (revision_id, position)",
    "submission_like_submission ON submission_like (submission_id, membership_id)",
    "submission_like_member ON submission_like (membership_id, id)",
    "review_case_of_submission ON review_case (submission_id, id)",
    "review_case_author ON review_case (author_id, id)",
    "review_decision_case ON review_decision (case_id)",
    "review_decision_decider ON review_decision (decided_by, id)",
    "membership_inviter ON membership (invited_by) WHERE invited_by IS NOT NULL",
    "membership_role_member ON membership_role (membership_id, id)",
    "membership_role_holders ON membership_role (community_id, role, membership_id)",
    "invitation_of_maker ON invitation (created_by, id)",
    "service_token_maker ON service_token (created_by, id)",
    "community_change_member ON community_change (changed_by, id)",
    "notice_of_member ON notice (membership_id, id)",
    "notice_unread_of_member ON notice (membership_id, id) WHERE read_at IS NULL",
    "account_of_member ON account (membership_id) WHERE membership_id IS NOT NULL",
    "points_hold_of_member ON points_hold (membership_id, id)",
    "points_hold_open_of_member ON points_hold (membership_id, id) WHERE state = 'OPEN'",
    "adjustment_member ON adjustment (membership_id, id)",
    "adjustment_requester ON adjustment (requested_by) WHERE requested_by IS NOT NULL",
    "adjustment_decider ON adjustment (decided_by) WHERE decided_by IS NOT NULL",
    "check_in_member ON check_in (membership_id, id)",
    "interaction_member ON interaction (membership_id, id)",
    "interaction_invitee ON interaction (invitee_id) WHERE invitee_id IS NOT NULL",
    "idempotency_record_person ON idempotency_record (person_id, id)",
    "audit_event_actor ON audit_event (actor_id, id) WHERE actor_id IS NOT NULL",
    "person_banned ON person (banned_at) WHERE banned_at IS NOT NULL",
    "login_session_ended ON login_session (ended_at) WHERE ended_at IS NOT NULL",
    "login_attempt_age ON login_attempt (since)",
    "consent_withdrawn ON consent (withdrawn_at) WHERE withdrawn_at IS NOT NULL",
)
REPLACED = (
    "submission_feed_kind",
    "submission_feed_mark",
    "submission_feed_author",
    "submission_author",
    "review_case_submission",
    "invitation_maker",
    "notice_inbox",
    "notice_unread",
    "points_hold_member",
    "points_hold_open",
)


class Migration(Base):
    operations = [CreateIndexes(*INDEXES), Ddl(*(f"DROP INDEX {name}" for name in REPLACED))]
