"""Tables of review cases and decisions."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, Table, Unique, declare_redactions, fields, one_of
from community.submissions.models import Submission, SubmissionRevision


class CaseState(StrEnum):
    """The state of a case. An edit or the end of a submission supersedes its open case."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"
    SUPERSEDED = "SUPERSEDED"


class Verdict(StrEnum):
    """A leader's verdict on a revision."""

    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"


class ReviewCase(Table):
    """The review of one exact revision. A submission has a case for each revision that came into review."""

    fixed = ("community_id", "submission_id", "revision_id", "author_id", "opened_at", "due_at")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField("community.Submission")
    revision: fields.ForeignKeyRelation[SubmissionRevision] = fields.ForeignKeyField("community.SubmissionRevision")
    author: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    state = fields.TextField()
    version = fields.BigIntField()
    opened_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        """Constraints and indexes. A submission has at most one open case."""

        table = "review_case"
        constraints = (
            Unique(("community_id", "submission_id"), "review_case_open", condition="state = 'OPEN'"),
            Check(one_of("state", CaseState), "review_case_state"),
            Check("(state = 'OPEN') = (closed_at IS NULL)", "review_case_closed"),
        )
        indexes = (
            Index(fields=("submission_id", "id"), name="review_case_of_submission"),
            Index(fields=("author_id", "id"), name="review_case_author"),
            Index(fields=("community_id", "state", "opened_at", "id"), name="review_case_state_opened"),
        )


class ReviewDecision(Table):
    """A decision on a case. It never changes, except that erasure redacts the reason."""

    append_only = True
    redacts = declare_redactions(reason=f"'{REDACTED}'")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    case: fields.ForeignKeyRelation[ReviewCase] = fields.ForeignKeyField("community.ReviewCase")
    decided_by: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", source_field="decided_by"
    )
    verdict = fields.TextField()
    authenticity = fields.SmallIntField(null=True)
    usefulness = fields.SmallIntField(null=True)
    resonance = fields.SmallIntField(null=True)
    recommended = fields.BooleanField()
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Constraints and indexes. A case has one decision. An approval has scores, a refusal has a reason."""

        table = "review_decision"
        constraints = (
            Unique(("community_id", "case_id"), "review_decision_once"),
            Check(one_of("verdict", Verdict), "review_decision_verdict"),
            Check(
                "(verdict = 'APPROVED' AND authenticity IS NOT NULL AND usefulness IS NOT NULL"
                " AND resonance IS NOT NULL AND authenticity BETWEEN 1 AND 5 AND usefulness BETWEEN 1 AND 5"
                " AND resonance BETWEEN 1 AND 5)"
                " OR (verdict <> 'APPROVED' AND authenticity IS NULL AND usefulness IS NULL AND resonance IS NULL"
                " AND reason IS NOT NULL AND NOT recommended)",
                "review_decision_scores",
            ),
        )
        indexes = (
            Index(fields=("case_id",), name="review_decision_case"),
            Index(fields=("decided_by", "id"), name="review_decision_decider"),
        )
