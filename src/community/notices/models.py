"""Table of the inbox."""

from __future__ import annotations

from enum import StrEnum

from community.accounts.models import Person
from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of


class NoticeKind(StrEnum):
    """Subject of a notice."""

    POINTS_EXPIRING = "POINTS_EXPIRING"
    POINTS_EXPIRED = "POINTS_EXPIRED"
    POINTS_CLAWED_BACK = "POINTS_CLAWED_BACK"
    POINTS_RESTORED = "POINTS_RESTORED"
    POINTS_ADJUSTED = "POINTS_ADJUSTED"
    ACCOUNT_LOGIN = "ACCOUNT_LOGIN"
    SESSION_REUSED = "SESSION_REUSED"
    LOGIN_LINKED = "LOGIN_LINKED"
    LOGIN_UNLINKED = "LOGIN_UNLINKED"
    PHONE_CHANGED = "PHONE_CHANGED"
    EXPORT_REQUESTED = "EXPORT_REQUESTED"
    ERASURE_REQUESTED = "ERASURE_REQUESTED"
    NICKNAME_OF_LEADER = "NICKNAME_OF_LEADER"
    NICKNAME_IMITATED = "NICKNAME_IMITATED"
    NICKNAME_REPLACED = "NICKNAME_REPLACED"
    REDEMPTION_RESERVED = "REDEMPTION_RESERVED"
    REDEMPTION_READY = "REDEMPTION_READY"
    REDEMPTION_EXPIRING = "REDEMPTION_EXPIRING"
    REDEMPTION_EXPIRED = "REDEMPTION_EXPIRED"
    REDEMPTION_MISSED = "REDEMPTION_MISSED"
    REDEMPTION_CANCELLED = "REDEMPTION_CANCELLED"
    REDEMPTION_REFUNDED = "REDEMPTION_REFUNDED"
    REWARD_LOW_STOCK = "REWARD_LOW_STOCK"
    PROJECT_FUNDED = "PROJECT_FUNDED"
    PROJECT_FAILED = "PROJECT_FAILED"
    PROJECT_REPORTED = "PROJECT_REPORTED"
    TRIAL_PROMISED = "TRIAL_PROMISED"
    TRIAL_DUE = "TRIAL_DUE"
    TRIAL_BROKEN = "TRIAL_BROKEN"
    SANCTION_WARNING = "SANCTION_WARNING"
    SANCTION_MUTE = "SANCTION_MUTE"
    SANCTION_REMOVAL = "SANCTION_REMOVAL"
    SANCTION_LIFTED = "SANCTION_LIFTED"
    SANCTION_ENDED = "SANCTION_ENDED"
    TRUST_GIVEN = "TRUST_GIVEN"
    TRUST_ENDED = "TRUST_ENDED"
    SUBMISSION_AHEAD = "SUBMISSION_AHEAD"
    SUBMISSION_REMOVED = "SUBMISSION_REMOVED"
    SUBMISSION_RESTORED = "SUBMISSION_RESTORED"
    SUBMISSION_BLOCKED = "SUBMISSION_BLOCKED"
    COMPLAINT_REPLY = "COMPLAINT_REPLY"
    COMPLAINT_SOLVED = "COMPLAINT_SOLVED"
    SUBMISSION_APPROVED = "SUBMISSION_APPROVED"
    SUBMISSION_RECOMMENDED = "SUBMISSION_RECOMMENDED"
    SUBMISSION_RETURNED = "SUBMISSION_RETURNED"
    SUBMISSION_REJECTED = "SUBMISSION_REJECTED"
    CASE_HANDED_OVER = "CASE_HANDED_OVER"
    CASE_ESCALATED = "CASE_ESCALATED"
    CASE_AWAITS_SECOND = "CASE_AWAITS_SECOND"
    CASE_UNANSWERED = "CASE_UNANSWERED"
    CASE_UNSOLVED = "CASE_UNSOLVED"
    APPEAL_GRANTED = "APPEAL_GRANTED"
    APPEAL_DENIED = "APPEAL_DENIED"
    APPEAL_ENDED = "APPEAL_ENDED"
    REPORT_UPHELD = "REPORT_UPHELD"
    REPORT_DISMISSED = "REPORT_DISMISSED"
    REPORT_ENDED = "REPORT_ENDED"
    COMMENTED = "COMMENTED"
    COMMENT_MENTION = "COMMENT_MENTION"
    REPORT_ANSWERED = "REPORT_ANSWERED"
    COMMENT_PUBLISHED = "COMMENT_PUBLISHED"
    COMMENT_REFUSED = "COMMENT_REFUSED"
    COMMENT_HIDDEN = "COMMENT_HIDDEN"
    COMMENT_RESTORED = "COMMENT_RESTORED"
    CREDENTIAL_VERIFIED = "CREDENTIAL_VERIFIED"
    CREDENTIAL_REFUSED = "CREDENTIAL_REFUSED"
    CREDENTIAL_SUSPENDED = "CREDENTIAL_SUSPENDED"
    CREDENTIAL_EXPIRING = "CREDENTIAL_EXPIRING"
    CREDENTIAL_EXPIRED = "CREDENTIAL_EXPIRED"
    CREDENTIAL_WITHDRAWN = "CREDENTIAL_WITHDRAWN"
    ENDORSEMENT_RECEIVED = "ENDORSEMENT_RECEIVED"
    ENDORSEMENT_LAPSED = "ENDORSEMENT_LAPSED"
    ENDORSEMENT_REQUESTED = "ENDORSEMENT_REQUESTED"
    ENDORSEMENT_NOTE_SHOWN = "ENDORSEMENT_NOTE_SHOWN"
    ENDORSEMENT_NOTE_REFUSED = "ENDORSEMENT_NOTE_REFUSED"
    LIKED = "LIKED"
    HONOUR_GRANTED = "HONOUR_GRANTED"
    ENTRY_DISQUALIFIED = "ENTRY_DISQUALIFIED"
    ENTRY_REINSTATED = "ENTRY_REINSTATED"
    EVENT_PRIZE = "EVENT_PRIZE"
    EVENT_RESULT = "EVENT_RESULT"
    ANNOUNCEMENT = "ANNOUNCEMENT"
    EVENT_PLACE = "EVENT_PLACE"
    EVENT_OPEN = "EVENT_OPEN"
    EVENT_CLOSING = "EVENT_CLOSING"
    EVENT_CANCELLED = "EVENT_CANCELLED"
    PRIZE_OPEN = "PRIZE_OPEN"
    PRIZE_KEPT = "PRIZE_KEPT"


URGENT = frozenset(
    {
        NoticeKind.ACCOUNT_LOGIN,
        NoticeKind.SESSION_REUSED,
        NoticeKind.LOGIN_LINKED,
        NoticeKind.LOGIN_UNLINKED,
        NoticeKind.PHONE_CHANGED,
        NoticeKind.EXPORT_REQUESTED,
        NoticeKind.ERASURE_REQUESTED,
    }
)
"""The kinds about the security of the account, which do not wait for the end of quiet hours."""
ALWAYS_PUT = URGENT | {
    NoticeKind.SANCTION_WARNING,
    NoticeKind.SANCTION_MUTE,
    NoticeKind.SANCTION_REMOVAL,
    NoticeKind.POINTS_CLAWED_BACK,
}
"""The kinds that a member cannot mute: the security of the account, sanctions, and points that were taken."""


class MessageState(StrEnum):
    """The state of a notice as a subscription message. None is one that was not sent."""

    SENDING = "SENDING"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    """It is not known whether it was sent."""
    REFUSED = "REFUSED"
    """The person accepts no message of the template any longer."""
    FAILED = "FAILED"
    """WeChat refuses the message itself."""
    WITHOUT_QUOTA = "WITHOUT_QUOTA"


class EntryReason(StrEnum):
    """The reason of an entry in the ledger of messages."""

    ACCEPTED = "ACCEPTED"
    TAKEN = "TAKEN"
    RETURNED = "RETURNED"
    REFUSED = "REFUSED"


WAITS = "sent_at IS NULL AND cancelled_at IS NULL"


class NoticeFigure(StrEnum):
    """Name of a figure of a notice. The value is the stored name."""

    POINTS = "points"
    DEBT = "debt"
    ENDS_AT = "ends_at"
    ENDS_ON = "ends_on"
    REDEMPTION = "redemption"
    REWARD = "reward"
    LEFT = "left"
    SANCTION = "sanction"
    TRUST = "trust"
    SUBMISSION = "submission"
    COMPLAINT = "complaint"
    CASE = "case"
    APPEAL = "appeal"
    PEOPLE = "people"
    REPORT = "report"
    COMMENT = "comment"
    CREDENTIAL = "credential"
    EVENT = "event"
    ENTRY = "entry"
    ANNOUNCEMENT = "announcement"


class Notice(Table):
    """A message to a member, once per `key`, which names the occasion. `detail` has its figures.

    `message` is its state as a subscription message, a `MessageState`.
    """

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    kind = fields.TextField()
    key = fields.TextField()
    detail: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    message = fields.TextField(null=True)

    constraints = (Unique(("community_id", "membership_id", "key"), "notice_once"),)
    indexes = (
        Index(fields=("membership_id", "id"), name="notice_of_member"),
        PartialIndex("notice_unread_of_member", ("membership_id", "id"), "read_at IS NULL"),
    )


class NoticeMute(Table):
    """A kind of notices that a member does not want in the inbox."""

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    kind = fields.TextField()

    constraints = (Unique(("community_id", "membership_id", "kind"), "notice_mute_once"),)
    indexes = (Index(fields=("membership_id", "id"), name="notice_mute_member"),)


class MessageQuota(Table):
    """The number of messages that a person still accepts by a template of WeChat."""

    person = Person.foreign_key()
    topic = fields.TextField()
    template = fields.TextField()
    remaining = fields.BigIntField()

    constraints = (
        Unique(("person_id", "template"), "message_quota_once"),
        Check("remaining >= 0", "message_quota_left"),
    )


class MessageEntry(Table):
    """A change of a quota of subscription messages. The amounts of a quota sum to what remains.

    `notice_id` names the notice that was sent. The notice may be deleted before.
    """

    append_only = True

    person = Person.foreign_key()
    template = fields.TextField()
    amount = fields.BigIntField()
    reason = fields.TextField()
    notice_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()

    constraints = (Check(one_of("reason", EntryReason), "message_entry_reason"),)
    indexes = (Index(fields=("person_id", "template", "id"), name="message_entry_of_quota"),)


class Announcement(Table):
    """公告: a message of a leader to all members, which is sent at `send_at`.

    `sent_at` is set when each member has the notice.
    """

    community = Community.foreign_key()
    written_by = Membership.foreign_key()
    text = fields.TextField()
    send_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    constraints = (Check("sent_at IS NULL OR cancelled_at IS NULL", "announcement_end"),)
    indexes = (
        PartialIndex("announcement_sent", ("community_id", "id"), "sent_at IS NOT NULL"),
        PartialIndex("announcement_of_community", ("community_id", "id"), WAITS),
        PartialIndex("announcement_due", ("send_at", "id"), WAITS),
        Index(fields=("written_by", "id"), name="announcement_writer"),
    )
