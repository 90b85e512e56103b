"""Table of the screenings."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.safety.facts import Verdict
from community.submissions.models import Submission, SubmissionRevision


class ScreeningState(StrEnum):
    """The state of a screening. DROPPED means that the submission changed before the end."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    DROPPED = "DROPPED"


class Screening(Table):
    """机审: the screening of one sent revision. Sending the same revision again restarts it.

    `checked_at` is the time at which the own checks had ended and the platform was asked. A screening that is RUNNING
    at `deadline_at` goes to a leader.
    """

    fixed = ("community_id", "submission_id", "revision_id", "author_id")

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    revision = SubmissionRevision.foreign_key()
    author = Membership.foreign_key()
    state = fields.TextField()
    verdict = fields.TextField(null=True)
    findings: fields.Field[list[dict[str, object]]] = fields.JSONField()
    started_at = fields.DatetimeField()
    deadline_at = fields.DatetimeField()
    checked_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)

    # Constraints and indexes. A revision has one screening.
    constraints = (
        Unique(("community_id", "revision_id"), "screening_revision"),
        Check(one_of("state", ScreeningState), "screening_state"),
        Check(one_of("verdict", Verdict), "screening_verdict"),
        Check(
            "(state = 'DONE') = (verdict IS NOT NULL) AND (state = 'RUNNING') = (done_at IS NULL)",
            "screening_end",
        ),
    )
    indexes = (
        Index(fields=("submission_id", "id"), name="screening_submission"),
        Index(fields=("author_id", "id"), name="screening_author"),
        PartialIndex(fields=("deadline_at", "id"), name="screening_running", condition="state = 'RUNNING'"),
    )
