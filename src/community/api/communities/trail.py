"""The audit trail in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from community.api.communities.types import load_optional_members
from community.api.context import Info
from community.api.declare import argument, batched, declare_enum, field, object_type, query, related, type_over
from community.api.nodes import CommunityId, Node, found_by, get_member_of
from community.api.pages import paged
from community.communities import trail
from community.communities.queries import MemberRow
from community.experts.models import EndorsementState
from community.kernel.audit import TrailFilter, TrailRow
from community.kernel.audit_actions import AuditAction
from community.kernel.paging import Page, PageRequest

declare_enum(
    AuditAction,
    values={
        "ADJUSTMENT_MADE": "A correction of points was made.",
        "ADJUSTMENT_DECLINED": "A correction of points was declined.",
        "ADJUSTMENT_REQUEST": "A correction of points was requested.",
        "APPEAL_DENIED": "A leader, or the operator, denied an appeal.",
        "ANNOUNCEMENT_CANCEL": "An announcement was cancelled.",
        "ANNOUNCEMENT_WRITE": "An announcement was written.",
        "APPEAL_ENDED": "An appeal ended, because its subject had ended.",
        "APPEAL_GRANTED": "A leader, or the operator, granted an appeal.",
        "APPEAL_OPEN": "A member appealed.",
        "CASE_CLAIM": "A leader claimed a review case.",
        "CASE_ESCALATE": "A review case was escalated.",
        "CASE_HAND_OVER": "A review case was handed over to another leader.",
        "CASE_OPERATOR_DECIDE": "The operator decided a case that no leader could decide.",
        "CASE_RELEASE": "A leader ended the claim of a review case.",
        "COMMENT_HIDE": "A leader hid a comment.",
        "COMMENT_PUBLISH": "A leader published a comment.",
        "COMMENT_REFUSE": "A leader refused a comment.",
        "COMMENT_RESTORE": "A leader showed a hidden comment again.",
        "COMMENT_THREAD_CLOSE": "A leader closed the comments of a submission.",
        "COMMENT_THREAD_OPEN": "A leader opened the comments of a submission again.",
        "COMMUNITY_EDIT": "The community was edited.",
        "COMMUNITY_FOUND": "The community was founded.",
        "COMPLAINT_OPEN": "A member complained. The trail does not say who.",
        "COMPLAINT_REOPEN": "A member opened a complaint again. The trail does not say who.",
        "COMPLAINT_SOLVE": "A leader solved a complaint.",
        "CONSENT_GIVE": "A person gave a consent.",
        "CONSENT_WITHDRAW": "A person withdrew a consent.",
        "COUPON_IMPORT": "Codes of a coupon were imported.",
        "COUPON_VOID": "Free codes of a coupon were voided.",
        "CREDENTIAL_APPLY": "A member applied for a credential.",
        "CREDENTIAL_EXPIRE": "A credential expired.",
        "CREDENTIAL_REFUSE": "The operator refused a credential.",
        "CREDENTIAL_RENEW": "The operator renewed a credential.",
        "CREDENTIAL_SUSPEND": "The operator suspended a credential.",
        "CREDENTIAL_VERIFY": "The operator verified a credential, or ended its suspension.",
        "CREDENTIAL_WITHDRAW": "An expert or the operator withdrew a credential.",
        "EARNING_RULE_PUBLISH": "An earning rule was published.",
        "EFFECT_DROP": "The operator dropped an effect.",
        "ENDORSEMENT_GIVE": "An expert endorsed a revision.",
        "ENDORSEMENT_LAPSE": "An endorsement is no longer current. The detail has its state.",
        "ENDORSEMENT_REFUSE_NOTE": "The checks or a leader refused the note of an endorsement.",
        "ENDORSEMENT_REQUEST": "A leader asked an expert to endorse a submission.",
        "ENDORSEMENT_REVIVE": "An endorsement is current again.",
        "ENDORSEMENT_SHOW_NOTE": "A leader approved the note of an endorsement.",
        "ENDORSEMENT_WITHDRAW": "An expert withdrew an endorsement.",
        "ERASURE_CANCEL": "A person cancelled their erasure.",
        "ERASURE_REQUEST": "A person requested their erasure.",
        "ENTRY_ATTEND": "A member came to an activity.",
        "JUROR_APPOINT": "A leader appointed a juror of an event.",
        "JUROR_DROP": "A juror of an event dropped out.",
        "ENTRY_CREATE": "A member entered an event.",
        "ENTRY_DISQUALIFY": "An entry of an event was disqualified.",
        "ENTRY_PICK": "A leader chose the prize of an entry.",
        "ENTRY_REINSTATE": "The disqualification of an entry was reversed.",
        "ENTRY_WITHDRAW": "A member withdrew an entry.",
        "EVENT_CREATE": "A draft of an event was written.",
        "EVENT_EDIT": "An event was edited.",
        "EVENT_MOVE": "An event moved to another phase.",
        "EVENT_PRIZES": "A leader gave the rewards of open prizes.",
        "EVENT_QUESTIONS": "A leader wrote the questions of riddles.",
        "EXPORT_REQUEST": "A person requested an export.",
        "GUARDIAN_CONFIRM": "A guardian confirmed a child.",
        "GUARDIAN_REVOKE": "The confirmation of a guardian ended.",
        "IDENTITY_LINK": "A person linked a login.",
        "IDENTITY_UNLINK": "A person unlinked a login.",
        "INTERACTION_INVITATION": "A service reported an invitation.",
        "INTERACTION_OTHER": "A service reported another interaction.",
        "INTERACTION_PICK_UP": "A service reported a pick-up.",
        "INTERACTION_PURCHASE": "A service reported a purchase.",
        "INTERACTION_RETURN": "A service reported a return.",
        "INVITATION_CREATE": "An invitation was created.",
        "INVITATION_END": "An invitation ended with its maker's role.",
        "INVITATION_REVOKE": "An invitation was revoked.",
        "MEMBERSHIP_ENTER": "A person joined.",
        "MEMBERSHIP_INVITER": "A service reported who invited a member.",
        "MEMBERSHIP_LEAVE": "A member left.",
        "PERSON_BAN": "The operator suspended a person.",
        "PERSON_ERASE": "The operator requested an erasure.",
        "PERSON_EXPORT": "The operator exported a person's data.",
        "PERSON_UNBAN": "The operator ended a suspension.",
        "PHONE_BIND": "A person bound a telephone number.",
        "PHONE_UNBIND": "A person deleted their telephone number, or another person bound it.",
        "PICK_UP_HELPER_APPOINT": "A member was appointed as a helper of a pick-up point.",
        "PICK_UP_HELPER_DISMISS": "The appointment of a helper ended.",
        "PICK_UP_POINT_CLOSE": "A pick-up point was closed.",
        "PICK_UP_POINT_CREATE": "A pick-up point was created.",
        "PICK_UP_POINT_EDIT": "A pick-up point was edited.",
        "POINTS_POLICY": "The operator changed the points policy.",
        "REASON_TEMPLATE_EDIT": "The reason templates were edited.",
        "REDEMPTION_UNDO": "A handover of a redemption was undone.",
        "REDEMPTION_VERIFY": "Pieces of a redemption were handed over.",
        "REPORT_DISMISSED": "A leader dismissed the reports about a submission.",
        "REPORT_ENDED": "Reports ended, because the submission was edited or withdrawn.",
        "REPORT_OPEN": "A submission was reported. The trail does not say by whom.",
        "REPORT_UPHELD": "A leader upheld the reports about a submission.",
        "REVIEW_OPINION": "A leader approved a revision that needs two leaders.",
        "REVIEW_AHEAD": "A revision of a trusted author was published before a leader looked.",
        "REVIEW_APPROVED": "A submission was approved.",
        "REVIEW_REJECTED": "A submission was rejected.",
        "REVIEW_RETURNED": "A submission was returned.",
        "REVIEW_SUPERSEDED": "A review ended, because its submission changed.",
        "REWARD_CREATE": "A reward was created.",
        "REWARD_EDIT": "A reward was edited.",
        "REWARD_PUBLISH": "A reward was published.",
        "REWARD_STOCK": "The stock of a reward was changed.",
        "REWARD_REPORT": "A report on a co-building project was written.",
        "REWARD_WITHDRAW": "A reward was withdrawn.",
        "ROLE_GIVE": "A member got a role.",
        "ROLE_TAKE": "A member lost a role.",
        "SANCTION_GIVE": "A leader gave a member a sanction.",
        "SANCTION_LIFT": "A sanction was lifted.",
        "SEASON_CANCEL": "A season was cancelled.",
        "SEASON_OPEN": "A season was opened.",
        "SERVICE_TOKEN_APPROVE": "A service token was approved.",
        "SERVICE_TOKEN_CREATE": "A service token was created.",
        "SERVICE_TOKEN_REVOKE": "A service token was revoked.",
        "SESSION_BEGIN": "A person logged in.",
        "SESSION_END": "A person logged out on one or more devices, or their sessions ended with a login or a ban.",
        "SESSION_REUSE": "A session ended, because a used refresh token arrived again.",
        "SLOT_CANCEL": "A slot of a service was cancelled.",
        "SLOT_CAPACITY": "The places of a slot were changed.",
        "SLOT_CREATE": "A slot of a service was created.",
        "SUBMISSION_CREATE": "A submission was created and sent to the review.",
        "SUBMISSION_DROP_EDIT": "A waiting edit ended, because its author left.",
        "SUBMISSION_EDIT": "An edit of a submission was sent to the review.",
        "SUBMISSION_ERASE": "The words and pictures of a submission were erased by its author.",
        "SUBMISSION_MAKE_PUBLIC": "A submission was made public by its author.",
        "SUBMISSION_REMOVE": "A submission was removed.",
        "SUBMISSION_REOPEN": "A rejected submission is in review again after an appeal.",
        "SUBMISSION_RESTORE": "A leader, or the operator, restored a removed submission.",
        "SUBMISSION_SEND_BACK": "A submission was sent back for its pictures.",
        "SUBMISSION_SUBMIT": "A submission was sent to the review.",
        "SUBMISSION_WITHDRAW": "A submission was withdrawn.",
        "TWO_PERSON_KINDS_EDIT": "The kinds that need two leaders were chosen.",
        "TOPIC_CLOSE": "A topic was closed.",
        "TOPIC_EDIT": "A topic was edited.",
        "TOPIC_OPEN": "A topic was opened.",
        "TRUST_END": "The trust in an author ended.",
        "TRUST_GIVE": "A leader trusted a member as an author.",
        "WORD_LIST_PUBLISH": "An edition of the word list was published.",
    },
)


_FOLLOWED = {AuditAction.ENDORSEMENT_LAPSE, AuditAction.ENDORSEMENT_REVIVE}


@type_over(TrailRow)
class AuditEvent(Node):
    """审计: one action in a community. It is never changed."""

    action = field(description="What was done.")
    created_at = field(description="Time of the action.")
    actor = related(load_optional_members, "actor_id", "Member who did it. Null for a service and for the operator.")

    @query
    def endorsement_state(row: strawberry.Parent[TrailRow]) -> EndorsementState | None:
        """State in which an endorsement lapsed, or is current again. Null for another action."""
        return EndorsementState(row.detail["state"]) if row.action in _FOLLOWED else None

    @batched
    async def member(rows: list[TrailRow]) -> list[MemberRow | None]:
        """Member to whom it was done. Null if it was done to another thing."""
        return await load_optional_members([row.subject_id if row.subject == "membership" else None for row in rows])


@found_by(TrailRow)
async def find_audit_event(number: int, info: Info) -> TrailRow | None:
    """Return the event for a leader of its community, or None. Raises NotFound, LeadersOnly."""
    return await trail.find_event(await get_member_of(TrailRow, number, info), number)


@object_type
class TrailQuery:
    """Root field of the audit trail."""

    @paged
    async def audit_trail(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        actions: Annotated[list[AuditAction] | None, argument("Only these actions. Null for all.")] = None,
        since: Annotated[datetime | None, argument("Only from this time on.")] = None,
        until: Annotated[datetime | None, argument("Only before this time.")] = None,
    ) -> Page[TrailRow]:
        """Actions in a community, newest first. Leaders only."""
        member = await info.context.get_member(community_id)
        only = TrailFilter(actions=actions, since=since, until=until)
        return await trail.list_events(member, request, only=only)
