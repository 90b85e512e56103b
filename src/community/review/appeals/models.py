"""Tables of appeals and reports."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.review.models import THING_IS_WHOLE, ReviewCase, ThingKind
from community.submissions.models import Submission, SubmissionRevision


class AppealedAction(StrEnum):
    """The kind of action that an appeal is about."""

    DECISION = "DECISION"
    REMOVAL = "REMOVAL"
    SANCTION = "SANCTION"
    BLOCK = "BLOCK"
    HIDING = "HIDING"


class AppealState(StrEnum):
    """The state of an appeal. ENDED: its subject had ended before an answer."""

    OPEN = "OPEN"
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    ENDED = "ENDED"


class ReportCategory(StrEnum):
    """The ground of a report."""

    ADVERTISEMENT = "ADVERTISEMENT"
    FALSE = "FALSE"
    OFFENSIVE = "OFFENSIVE"
    PRIVATE_DATA = "PRIVATE_DATA"
    COPYRIGHT = "COPYRIGHT"
    ILLEGAL = "ILLEGAL"
    OTHER = "OTHER"


class ReportState(StrEnum):
    """The state of a report. ENDED: the revision was no longer public before a decision."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"
    ENDED = "ENDED"


class Appeal(Table):
    """A member's appeal against what was decided about them, or blocked.

    `subject_id` is the id of the subject in its table. `answered_by` is null for the operator.
    """

    fixed = ("community_id", "case_id", "author_id", "subject", "subject_id", "created_at")

    community = Community.foreign_key()
    case = ReviewCase.foreign_key()
    author = Membership.foreign_key()
    subject = fields.TextField()
    subject_id = fields.BigIntField()
    text = fields.TextField()
    state = fields.TextField()
    answer = fields.TextField(null=True)
    answered_by = Membership.foreign_key(null=True)
    created_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)

    # Constraints and indexes. A subject has one appeal apart from ended ones. An appeal has its own case.
    constraints = (
        Unique(("community_id", "subject", "subject_id"), "appeal_once", condition="state <> 'ENDED'"),
        Unique(("case_id",), "appeal_case"),
        Check(one_of("subject", AppealedAction), "appeal_subject"),
        Check(one_of("state", AppealState), "appeal_state"),
        Check("(state = 'OPEN') = (answered_at IS NULL)", "appeal_answered"),
        Check("(state IN ('GRANTED', 'DENIED')) = (answer IS NOT NULL)", "appeal_answer"),
    )
    indexes = (
        Index(fields=("author_id", "id"), name="appeal_author"),
        PartialIndex(fields=("answered_by", "id"), name="appeal_answerer", condition="answered_by IS NOT NULL"),
        PartialIndex(fields=("id",), name="appeal_open", condition="state = 'OPEN'"),
    )


class Report(Table):
    """A member's report about a published revision of a submission or of another thing.

    No member learns who reported.

    `case_id` is null if a leader had decided about the revision on the same ground before.
    """

    fixed = (
        "community_id", "reporter_id", "submission_id", "revision_id", "category", "created_at", "thing", "thing_id",
        "thing_revision",
    )  # fmt: skip

    community = Community.foreign_key()
    case = ReviewCase.foreign_key(null=True)
    reporter = Membership.foreign_key()
    submission = Submission.foreign_key(null=True)
    revision = SubmissionRevision.foreign_key(null=True)
    thing = fields.TextField(null=True)
    thing_id = fields.BigIntField(null=True)
    thing_revision = fields.BigIntField(null=True)
    category = fields.TextField()
    text = fields.TextField(null=True)
    state = fields.TextField()
    created_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)

    # Constraints and indexes. A member reports a revision once.
    constraints = (
        Unique(("community_id", "reporter_id", "revision_id"), "report_once"),
        Unique(
            ("community_id", "reporter_id", "thing", "thing_id", "thing_revision"),
            "report_of_thing_once",
            condition="thing IS NOT NULL",
        ),
        Check(
            f"{THING_IS_WHOLE} AND (thing IS NULL OR {one_of('thing', ThingKind)})"
            " AND (submission_id IS NULL) = (revision_id IS NULL)"
            " AND (submission_id IS NULL) = (thing IS NOT NULL)",
            "report_thing",
        ),
        Check(one_of("category", ReportCategory), "report_category"),
        Check(one_of("state", ReportState), "report_state"),
        Check("(state = 'OPEN') = (answered_at IS NULL)", "report_answered"),
        Check("state <> 'OPEN' OR case_id IS NOT NULL", "report_case"),
    )
    indexes = (
        Index(fields=("reporter_id", "id"), name="report_reporter"),
        Index(fields=("revision_id", "category"), name="report_revision"),
        PartialIndex(
            fields=("thing", "thing_id", "thing_revision", "category"),
            name="report_of_thing",
            condition="thing IS NOT NULL",
        ),
        Index(fields=("submission_id",), name="report_submission"),
        PartialIndex(fields=("case_id", "category", "id"), name="report_of_case", condition="case_id IS NOT NULL"),
    )
