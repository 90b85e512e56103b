"""Tables of review cases and decisions."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.submissions.models import Submission, SubmissionRevision

ONE_OPEN = "state = 'OPEN' AND kind IN ('REVISION', 'REPORT')"
"""The cases of which a submission has at most one of each kind, as SQL."""


class CaseState(StrEnum):
    """The state of a case. An edit or the end of a submission supersedes its open case."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"
    SUPERSEDED = "SUPERSEDED"


class CaseKind(StrEnum):
    """Kind of a review case."""

    REVISION = "REVISION"
    REPORT = "REPORT"
    APPEAL = "APPEAL"
    COMPLAINT = "COMPLAINT"
    COMMENT = "COMMENT"
    ENDORSEMENT = "ENDORSEMENT"


class ThingKind(StrEnum):
    """Kind of a thing, apart from submissions, that cases are about."""

    COMMENT = "COMMENT"
    ENDORSEMENT = "ENDORSEMENT"


THING_IS_WHOLE = "(thing IS NULL) = (thing_id IS NULL) AND (thing IS NULL) = (thing_revision IS NULL)"


class CaseReason(StrEnum):
    """A reason why a case waits for a leader. A case may get further reasons while it is open."""

    NEW = "NEW"
    EDIT = "EDIT"
    AHEAD = "AHEAD"
    WORDS = "WORDS"
    PERSONAL_DATA = "PERSONAL_DATA"
    PICTURE = "PICTURE"
    PLATFORM = "PLATFORM"
    RECORD = "RECORD"
    CHECK_FAILED = "CHECK_FAILED"
    REPORTED = "REPORTED"
    APPEALED = "APPEALED"
    COMPLAINED = "COMPLAINED"
    BLOCK_APPEALED = "BLOCK_APPEALED"


class Verdict(StrEnum):
    """A leader's verdict on a revision."""

    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"


class TemplateKind(StrEnum):
    """The use of a reason template."""

    RETURN = "RETURN"
    REJECTION = "REJECTION"
    REMOVAL = "REMOVAL"


class ReviewCase(Table):
    """A revision, comment, note, appeal, complaint or reports, which wait for a leader.

    A submission has a case for each revision that came into review. `thing`, `thing_id` and `thing_revision` name
    another thing than a submission. `author_id` is the member whose thing is judged, or who asks. That member,
    `excluded_id` and `also_excluded_id` never decide the case. `queue_rank` orders the queue, 0 first. `reminders`
    counts the deadlines of which leaders were reminded.
    """

    fixed = (
        "community_id", "submission_id", "revision_id", "author_id", "opened_at", "due_at", "kind", "excluded_id",
        "solve_due_at", "thing", "thing_id", "thing_revision", "also_excluded_id",
    )  # fmt: skip

    community = Community.foreign_key()
    submission = Submission.foreign_key(null=True)
    revision = SubmissionRevision.foreign_key(null=True)
    author = Membership.foreign_key()
    state = fields.TextField()
    version = fields.BigIntField()
    opened_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    kind = fields.TextField()
    excluded = Membership.foreign_key(null=True)
    also_excluded = Membership.foreign_key(null=True)
    queue_rank = fields.SmallIntField()
    solve_due_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    reminders = fields.SmallIntField()
    claimed_by = Membership.foreign_key(null=True)
    claimed_at = fields.DatetimeField(null=True)
    claimed_until = fields.DatetimeField(null=True)
    escalated_by = Membership.foreign_key(null=True)
    escalated_at = fields.DatetimeField(null=True)
    escalation_note = fields.TextField(null=True)
    thing = fields.TextField(null=True)
    thing_id = fields.BigIntField(null=True)
    thing_revision = fields.BigIntField(null=True)

    # Constraints and indexes. A submission has at most one open case about a revision and one about reports.
    constraints = (
        Unique(("community_id", "submission_id", "kind"), "review_case_open", condition=ONE_OPEN),
        Check(one_of("state", CaseState), "review_case_state"),
        Check("(state = 'OPEN') = (closed_at IS NULL)", "review_case_closed"),
        Check(one_of("kind", CaseKind), "review_case_kind"),
        Check(
            "(kind <> 'REVISION' OR revision_id IS NOT NULL) AND (revision_id IS NULL OR submission_id IS NOT NULL)",
            "review_case_subject",
        ),
        Unique(
            ("community_id", "thing", "thing_id", "kind"),
            "review_case_thing_open",
            condition="state = 'OPEN' AND thing IS NOT NULL",
        ),
        Check(
            f"{THING_IS_WHOLE} AND (thing IS NULL OR ({one_of('thing', ThingKind)} AND submission_id IS NULL))"
            " AND (kind NOT IN ('COMMENT', 'ENDORSEMENT') OR thing IS NOT NULL)",
            "review_case_thing",
        ),
        Check("also_excluded_id <> excluded_id", "review_case_excluded_twice"),
        Check("queue_rank >= 0 AND queue_rank <= 3", "review_case_rank"),
        Check("reminders BETWEEN 0 AND 2", "review_case_reminders"),
        Check(
            "(claimed_by IS NULL) = (claimed_until IS NULL) AND (claimed_by IS NULL) = (claimed_at IS NULL)"
            " AND (claimed_by IS NULL OR state = 'OPEN')",
            "review_case_claim",
        ),
        Check(
            "escalated_at IS NOT NULL OR (escalated_by IS NULL AND escalation_note IS NULL)",
            "review_case_escalation",
        ),
    )
    indexes = (
        Index(fields=("submission_id", "id"), name="review_case_of_submission"),
        PartialIndex(fields=("thing", "thing_id", "id"), name="review_case_of_thing", condition="thing IS NOT NULL"),
        Index(fields=("author_id", "id"), name="review_case_author"),
        Index(fields=("community_id", "state", "kind", "queue_rank", "opened_at", "id"), name="review_case_in_order"),
        PartialIndex(fields=("excluded_id", "id"), name="review_case_excluded", condition="excluded_id IS NOT NULL"),
        PartialIndex(
            fields=("also_excluded_id", "id"),
            name="review_case_also_excluded",
            condition="also_excluded_id IS NOT NULL",
        ),
        PartialIndex(fields=("claimed_by", "id"), name="review_case_claimed", condition="claimed_by IS NOT NULL"),
        PartialIndex(fields=("escalated_by", "id"), name="review_case_escalated", condition="escalated_by IS NOT NULL"),
        PartialIndex(
            fields=("due_at", "id"),
            name="review_case_unanswered",
            condition="state = 'OPEN' AND reminders = 0",
        ),
        PartialIndex(
            fields=("community_id", "due_at", "answered_at", "solve_due_at"),
            name="review_case_waiting",
            condition="state = 'OPEN'",
        ),
        PartialIndex(
            fields=("solve_due_at", "id"), name="review_case_unsolved", condition="state = 'OPEN' AND reminders < 2"
        ),
    )


class ReasonOfCase(Table):
    """A reason of a case. Each reason is named once."""

    append_only = True

    community = Community.foreign_key()
    case = ReviewCase.foreign_key()
    reason = fields.TextField()
    created_at = fields.DatetimeField()

    # Constraints and indexes.
    table = "case_reason"
    constraints = (
        Unique(("community_id", "case_id", "reason"), "case_reason_once"),
        Check(one_of("reason", CaseReason), "case_reason_reason"),
    )
    indexes = (Index(fields=("case_id", "id"), name="case_reason_case"),)


class ReviewDecision(Table):
    """A decision on a case. `decided_by` is null for the operator.

    It never changes, except that erasure redacts the reason.
    """

    append_only = True
    redacts = declare_redactions(reason=f"'{REDACTED}'")

    community = Community.foreign_key()
    case = ReviewCase.foreign_key()
    decided_by = Membership.foreign_key(null=True)
    verdict = fields.TextField()
    authenticity = fields.SmallIntField(null=True)
    usefulness = fields.SmallIntField(null=True)
    resonance = fields.SmallIntField(null=True)
    recommended = fields.BooleanField()
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    # Constraints and indexes. A case has one decision. An approval has scores, a refusal has a reason.
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
        Index(fields=("community_id", "created_at", "id"), name="review_decision_in_time"),
    )


class ReasonTemplate(Table):
    """A text that leaders of a community choose for a reason. A deleted one stays for its figures.

    `edition` is the number of the edit that wrote it last, `place` its place in the list, and `uses` the number of
    decisions and removals that named it.
    """

    community = Community.foreign_key()
    kind = fields.TextField()
    text = fields.TextField()
    place = fields.SmallIntField()
    edition = fields.BigIntField()
    uses = fields.BigIntField()
    written_by = Membership.foreign_key()
    created_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    # Constraints and indexes.
    constraints = (
        Check(one_of("kind", TemplateKind), "reason_template_kind"),
        Check("place >= 0 AND edition >= 1 AND uses >= 0", "reason_template_numbers"),
    )
    indexes = (
        Index(fields=("community_id", "edition", "id"), name="reason_template_of_community"),
        Index(fields=("written_by", "id"), name="reason_template_writer"),
    )
