"""Types of the queue: its marks, its counts, and who works on a case."""

from __future__ import annotations

from community.api.declare import declare_enum, field, type_over
from community.review.models import CaseReason
from community.review.queue import QueueCounts, QueueMark, ReasonCount

declare_enum(
    CaseReason,
    name="ReviewCaseReason",
    values={
        "NEW": "A new submission.",
        "EDIT": "An edit of a published submission.",
        "AHEAD": "It passed all checks, and is public already, because its author is trusted.",
        "WORDS": "The screening found listed words.",
        "PERSONAL_DATA": "The screening found personal data.",
        "PICTURE": "A picture is like an earlier one.",
        "PLATFORM": "The platform's check asked for a review.",
        "RECORD": "The author is new, or had several refusals lately.",
        "CHECK_FAILED": "A check failed or gave no answer.",
        "REPORTED": "Residents reported it.",
        "APPEALED": "Its author appealed.",
        "COMPLAINED": "A member complained.",
        "BLOCK_APPEALED": "Its author appealed against a block by the screening.",
    },
)
declare_enum(
    QueueMark,
    name="ReviewQueueMark",
    values={
        "MINE": "The viewer has claimed it.",
        "UNCLAIMED": "No leader has claimed it.",
        "OVERDUE": "Its first answer or its solution is overdue.",
        "ESCALATED": "A leader escalated it.",
        "URGENT": "It is escalated, or to be looked at first.",
        "AWAITS_SECOND": "One leader has approved it, and it waits for another.",
    },
)


@type_over(ReasonCount)
class ReviewReasonCount:
    """Number of open cases with one reason."""

    reason = field(description="Reason.")
    count = field(description="Number.")


@type_over(QueueCounts)
class ReviewCounts:
    """Numbers of the first 1,000 open cases in a leader's queue."""

    total = field(description="All of them, at most 1,000.")
    mine = field(description="Those that the viewer has claimed.")
    unclaimed = field(description="Those that no leader has claimed.")
    overdue = field(description="Those whose first answer or solution is overdue.")
    escalated = field(description="Those that a leader escalated.")
    urgent = field(description="Those that are escalated, or to be looked at first.")
    awaits_second = field(description="Those that one leader has approved, and that wait for another.")
    revisions = field(description="Sent revisions.")
    reports = field(description="Reports.")
    appeals = field(description="Appeals.")
    complaints = field(description="Complaints.")
    comments = field(description="Waiting comments.")
    endorsements = field(description="Waiting notes of endorsements.")
    reasons = field(description="Number for each reason that has any. A case may have several.")
