"""Kinds of notices in the graph."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import declare_enum
from community.communities.queries import MemberRow
from community.notices.models import NoticeKind
from community.notices.queries import list_muted

declare_enum(
    NoticeKind,
    values={
        "POINTS_EXPIRING": "Points expire soon: `POINTS`, `ENDS_AT`, and `ENDS_ON` as the day of the community.",
        "POINTS_EXPIRED": "Points have expired: `POINTS`.",
        "POINTS_CLAWED_BACK": "An award was taken back: `POINTS`, and the new `DEBT`.",
        "POINTS_RESTORED": "Clawed-back points were given back: `POINTS`, and the `DEBT` that is left.",
        "POINTS_ADJUSTED": "A leader or the operator corrected the account: `POINTS`, negative if removed.",
        "ACCOUNT_LOGIN": "The account was used to log in on another device.",
        "SESSION_REUSED": "A session ended, because a used refresh token arrived again.",
        "LOGIN_LINKED": "A login was linked to the account.",
        "LOGIN_UNLINKED": "A login was unlinked from the account.",
        "PHONE_CHANGED": "The telephone number was bound or deleted.",
        "EXPORT_REQUESTED": "An export of the person's data was requested.",
        "ERASURE_REQUESTED": "The person's erasure was requested.",
        "NICKNAME_OF_LEADER": "The person's nickname looks like that of a leader.",
        "NICKNAME_IMITATED": "A member's nickname looks like that of the person, who is a leader.",
        "NICKNAME_REPLACED": "The person no longer leads a community, so a nickname of a leader was replaced.",
        "REDEMPTION_RESERVED": "A redemption is reserved and waits: `REDEMPTION`, and its price in `POINTS`.",
        "REDEMPTION_READY": "A redemption can be collected: `REDEMPTION`, and its price in `POINTS`.",
        "REDEMPTION_EXPIRING": "A redemption expires within a day: `REDEMPTION`, `ENDS_AT`.",
        "REDEMPTION_EXPIRED": "A redemption has expired: `REDEMPTION`, and the refund in `POINTS`.",
        "REDEMPTION_MISSED": "The person missed an appointment, and its points are used: `REDEMPTION`.",
        "REDEMPTION_CANCELLED": "A leader cancelled a redemption: `REDEMPTION`, and the refund in `POINTS`.",
        "REDEMPTION_REFUNDED": "The person cancelled a redemption: `REDEMPTION`, and the refund in `POINTS`.",
        "REWARD_LOW_STOCK": "Few pieces of a reward are left, for leaders: `REWARD`, `LEFT`.",
        "PROJECT_FUNDED": "A project reached its goal: `REDEMPTION`, and the pledge in `POINTS`.",
        "PROJECT_FAILED": "A project missed its goal: `REDEMPTION`, and the points given back in `POINTS`.",
        "TRIAL_PROMISED": "A trial was handed over, and its review is promised: `REDEMPTION`, `ENDS_AT`.",
        "TRIAL_DUE": "The review of a trial is due within two days: `REDEMPTION`, `ENDS_AT`.",
        "TRIAL_BROKEN": "The review of a trial was not sent in time: `REDEMPTION`, `ENDS_AT`.",
        "SANCTION_WARNING": "A leader warned the person: `SANCTION`.",
        "SANCTION_MUTE": "A leader muted the person: `SANCTION`, `ENDS_AT`.",
        "SANCTION_REMOVAL": "A leader removed the person from the community: `SANCTION`.",
        "SANCTION_LIFTED": "A sanction was lifted: `SANCTION`.",
        "SANCTION_ENDED": "A sanction has ended: `SANCTION`.",
        "TRUST_GIVEN": "A leader trusts the person as an author: `TRUST`.",
        "TRUST_ENDED": "The trust in the person as an author ended: `TRUST`.",
        "SUBMISSION_AHEAD": "A submission passed the checks and is public, and a leader looks later: `SUBMISSION`.",
        "SUBMISSION_REMOVED": "A leader removed a submission of the person: `SUBMISSION`.",
        "SUBMISSION_RESTORED": "A removed submission is as it was before: `SUBMISSION`.",
        "SUBMISSION_BLOCKED": "The screening returned a submission of the person: `SUBMISSION`.",
        "COMPLAINT_REPLY": "The other side replied to a complaint: `COMPLAINT`.",
        "COMPLAINT_SOLVED": "A leader solved the person's complaint: `COMPLAINT`.",
        "SUBMISSION_APPROVED": "A submission of the person was published: `SUBMISSION`.",
        "SUBMISSION_RECOMMENDED": "A submission was published with the recommended mark: `SUBMISSION`.",
        "SUBMISSION_RETURNED": "A submission was returned with changes to make: `SUBMISSION`.",
        "SUBMISSION_REJECTED": "A submission was rejected: `SUBMISSION`.",
        "CASE_HANDED_OVER": "Another leader handed a review case over to the person: `CASE`.",
        "CASE_ESCALATED": "Another leader escalated a review case, for leaders: `CASE`.",
        "CASE_AWAITS_SECOND": "Another leader approved a case, and a second one must agree, for leaders: `CASE`.",
        "CASE_UNANSWERED": "The first answer to a review case is overdue, for leaders: `CASE`.",
        "CASE_UNSOLVED": "A review case is overdue, for leaders: `CASE`.",
        "APPEAL_GRANTED": "An appeal of the person was granted: `APPEAL`.",
        "APPEAL_DENIED": "An appeal of the person was denied: `APPEAL`.",
        "APPEAL_ENDED": "The subject of an appeal had ended before an answer: `APPEAL`.",
        "REPORT_UPHELD": "A submission that the person reported was removed: `SUBMISSION`.",
        "REPORT_DISMISSED": "Leaders found no reason to remove what the person reported: `SUBMISSION`.",
        "REPORT_ANSWERED": "A report of the person about something else than a submission has ended: `REPORT`.",
        "COMMENT_PUBLISHED": "A leader published a comment of the person: `COMMENT`.",
        "COMMENT_REFUSED": "A leader refused a comment of the person: `COMMENT`.",
        "COMMENT_HIDDEN": "A leader hid a comment of the person: `COMMENT`.",
        "COMMENT_RESTORED": "A hidden comment of the person is public again: `COMMENT`.",
        "ENTRY_DISQUALIFIED": "An entry of the person was disqualified: `EVENT`, `ENTRY`.",
        "ENTRY_REINSTATED": "The disqualification of an entry was reversed: `EVENT`, `ENTRY`.",
        "EVENT_PLACE": "The person moved up from a waiting list to a place: `EVENT`, `ENTRY`.",
        "EVENT_OPEN": "Members can enter an event from now on: `EVENT`.",
        "EVENT_CLOSING": "Members can enter an event for less than a day: `EVENT`.",
        "EVENT_RESULT": "An event has a result, in which an entry of the person has a place: `EVENT`.",
        "EVENT_PRIZE": "An entry of the person won a prize: `EVENT`, `ENTRY`, `POINTS`.",
        "REPORT_ENDED": "What the person reported is no longer public: `SUBMISSION`.",
        "CREDENTIAL_VERIFIED": "The person's credential is verified or renewed: `CREDENTIAL`.",
        "CREDENTIAL_REFUSED": "The person's application for a credential was refused: `CREDENTIAL`.",
        "CREDENTIAL_SUSPENDED": "The person's credential is suspended: `CREDENTIAL`.",
        "CREDENTIAL_EXPIRING": "The person's credential expires within 30 days: `CREDENTIAL`, `ENDS_AT`.",
        "CREDENTIAL_EXPIRED": "The person's credential has expired: `CREDENTIAL`.",
        "ENDORSEMENT_RECEIVED": "An expert endorsed a submission of the person: `SUBMISSION`.",
        "ENDORSEMENT_LAPSED": "A submission that the person endorsed has a new text: `SUBMISSION`.",
        "ENDORSEMENT_REQUESTED": "A leader asks the person, an expert, to endorse a submission: `SUBMISSION`.",
        "LIKED": "`PEOPLE` members liked a submission of the person today: `SUBMISSION`.",
        "HONOUR_GRANTED": "The person got an honour of the year.",
        "ANNOUNCEMENT": "A leader has an announcement: `ANNOUNCEMENT`.",
        "COMMENTED": "`PEOPLE` members commented within an hour on what the person wrote: `SUBMISSION`.",
        "COMMENT_MENTION": "A comment mentions the person: `COMMENT`, under `SUBMISSION`.",
        "PROJECT_REPORTED": "Leaders reported on a project that the person contributed to: `REWARD`.",
    },
)


async def load_muted(rows: list[MemberRow], info: Info) -> list[list[NoticeKind] | None]:
    """Return the kinds that each member muted, in order. None for everyone but the viewer."""
    own = [row.id for row in rows if row.person_id == info.context.person_id]
    found = await list_muted(own) if own else {}
    return [found.get(row.id) for row in rows]
