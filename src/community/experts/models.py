"""Tables of credentials, endorsements and requests for them."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.submissions.models import Submission, SubmissionRevision


class CredentialState(StrEnum):
    """The state of a credential."""

    APPLIED = "APPLIED"
    VERIFIED = "VERIFIED"
    REFUSED = "REFUSED"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class EndorsementState(StrEnum):
    """The state of an endorsement: current, or the first reason why not."""

    CURRENT = "CURRENT"
    WITHDRAWN = "WITHDRAWN"
    NOT_PUBLIC = "NOT_PUBLIC"
    TEXT_CHANGED = "TEXT_CHANGED"
    EXPERT_GONE = "EXPERT_GONE"
    CREDENTIAL_SUSPENDED = "CREDENTIAL_SUSPENDED"
    CREDENTIAL_EXPIRED = "CREDENTIAL_EXPIRED"
    CREDENTIAL_WITHDRAWN = "CREDENTIAL_WITHDRAWN"


class NoteState(StrEnum):
    """The state of an endorsement's note. Only SHOWN is visible to others than its expert and the leaders."""

    WAITING = "WAITING"
    SHOWN = "SHOWN"
    REFUSED = "REFUSED"


class Credential(Table):
    """专家资质: a member's profession, for which an operator has seen evidence.

    Its scope is the submissions of `kinds` that have one of `tags`. Without tags it is all of these kinds. `reason`
    explains an operator's refusal, suspension or withdrawal. A withdrawal is final. A verified credential is over from
    `expires_at` on. The state EXPIRED follows later, with the audit row.
    """

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    profession = fields.TextField()
    kinds: fields.Field[list[str]] = fields.JSONField()
    tags: fields.Field[list[str]] = fields.JSONField()
    issuer = fields.TextField()
    evidence = fields.TextField()
    state = fields.TextField()
    version = fields.BigIntField()
    reason = fields.TextField(null=True)
    applied_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "membership_id"), "credential_applied_once", condition="state = 'APPLIED'"),
        Check(one_of("state", CredentialState), "credential_state"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="credential_member"),
        Index(fields=("state", "expires_at", "id"), name="credential_due"),
        Index(fields=("community_id", "membership_id"), name="credential_of_community"),
    )


class Endorsement(Table):
    """背书: an expert's endorsement of one revision of another member's submission. An expert has one per submission.

    `recorded` is the state that the audit trail has. The present state is computed (`queries.STATE_SQL`).
    `note_number` counts the notes of the endorsement. `note_findings` are those of the checks about the present one,
    which also mask it for others. `note_reason` is a leader's reason for a refusal.
    """

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    membership = Membership.foreign_key()
    revision = SubmissionRevision.foreign_key()
    credential = Credential.foreign_key()
    note = fields.TextField()
    recorded = fields.TextField()
    given_at = fields.DatetimeField()
    renewed_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)
    withdraw_reason = fields.TextField(null=True)
    note_number = fields.BigIntField()
    note_state = fields.TextField()
    note_findings: fields.Field[list[dict[str, object]]] = fields.JSONField(null=True)
    note_reason = fields.TextField(null=True)

    constraints = (
        Unique(("community_id", "submission_id", "membership_id"), "endorsement_once"),
        Check(one_of("note_state", NoteState), "endorsement_note_state"),
        Check(one_of("recorded", EndorsementState), "endorsement_recorded"),
    )
    indexes = (
        Index(fields=("submission_id", "id"), name="endorsement_submission"),
        Index(fields=("membership_id", "id"), name="endorsement_member"),
        Index(fields=("credential_id", "submission_id"), name="endorsement_credential"),
        Index(fields=("revision_id", "id"), name="endorsement_revision"),
        PartialIndex(fields=("renewed_at", "id"), name="endorsement_note_waiting", condition="note_state = 'WAITING'"),
    )


class EndorsementRequest(Table):
    """A leader's request for an expert's endorsement of a submission."""

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    membership = Membership.foreign_key()
    requested_by = Membership.foreign_key()
    requested_at = fields.DatetimeField()

    constraints = (Unique(("community_id", "submission_id", "membership_id"), "endorsement_request_once"),)
    indexes = (
        Index(fields=("submission_id", "id"), name="endorsement_request_submission"),
        Index(fields=("membership_id", "id"), name="endorsement_request_expert"),
        Index(fields=("requested_by", "id"), name="endorsement_request_leader"),
    )
