"""The actions of the audit trail."""

from __future__ import annotations

from enum import StrEnum


class AuditAction(StrEnum):
    """An action, as `noun.verb`."""

    ADJUSTMENT_DECLINED = "adjustment.declined"
    ADJUSTMENT_MADE = "adjustment.made"
    ADJUSTMENT_REQUEST = "adjustment.request"
    COMMUNITY_EDIT = "community.edit"
    COMMUNITY_FOUND = "community.found"
    CONSENT_GIVE = "consent.give"
    CONSENT_WITHDRAW = "consent.withdraw"
    EARNING_RULE_PUBLISH = "earning_rule.publish"
    ERASURE_REQUEST = "erasure.request"
    EXPORT_REQUEST = "export.request"
    GUARDIAN_CONFIRM = "guardian.confirm"
    IDENTITY_LINK = "identity.link"
    IDENTITY_UNLINK = "identity.unlink"
    INTERACTION_INVITATION = "interaction.invitation"
    INTERACTION_OTHER = "interaction.other"
    INTERACTION_PICK_UP = "interaction.pick_up"
    INTERACTION_PURCHASE = "interaction.purchase"
    INTERACTION_RETURN = "interaction.return"
    INVITATION_CREATE = "invitation.create"
    INVITATION_END = "invitation.end"
    INVITATION_REVOKE = "invitation.revoke"
    MEMBERSHIP_ENTER = "membership.enter"
    MEMBERSHIP_LEAVE = "membership.leave"
    PERSON_BAN = "person.ban"
    PERSON_ERASE = "person.erase"
    PERSON_EXPORT = "person.export"
    PERSON_UNBAN = "person.unban"
    PHONE_BIND = "phone.bind"
    PHONE_UNBIND = "phone.unbind"
    POINTS_POLICY = "points.policy"
    REVIEW_APPROVED = "review.approved"
    REVIEW_REJECTED = "review.rejected"
    REVIEW_RETURNED = "review.returned"
    ROLE_GIVE = "role.give"
    ROLE_TAKE = "role.take"
    SEASON_CANCEL = "season.cancel"
    SEASON_OPEN = "season.open"
    SERVICE_TOKEN_APPROVE = "service_token.approve"  # noqa: S105 - an action
    SERVICE_TOKEN_CREATE = "service_token.create"  # noqa: S105 - an action
    SERVICE_TOKEN_REVOKE = "service_token.revoke"  # noqa: S105 - an action
    SESSION_BEGIN = "session.begin"
    SUBMISSION_CREATE = "submission.create"
    SUBMISSION_DROP_EDIT = "submission.drop_edit"
    SUBMISSION_EDIT = "submission.edit"
    SUBMISSION_MAKE_PUBLIC = "submission.make_public"
    SUBMISSION_REMOVE = "submission.remove"
    SUBMISSION_SEND_BACK = "submission.send_back"
    SUBMISSION_SUBMIT = "submission.submit"
    SUBMISSION_WITHDRAW = "submission.withdraw"
