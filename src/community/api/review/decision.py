"""What a leader decided, as the author and the leaders see it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.declare import declare_enum, field, object_type
from community.review.models import Verdict
from community.review.queries import DecisionRow

declare_enum(
    Verdict,
    name="ReviewVerdict",
    values={
        "APPROVED": "Published, and its author thanked with points.",
        "RETURNED": "Sent back with what to change.",
        "REJECTED": "Refused for a reason.",
    },
)


@object_type
class ReviewScores:
    """How far a revision meets the published criteria, each from 1 (hardly) to 5 (fully)."""

    authenticity: int = field(description="真实性: is it first-hand and honest?")
    usefulness: int = field(description="实用性: does it help a neighbour decide or do something?")
    resonance: int = field(description="情感共鸣: does it touch the neighbourhood?")


@object_type
class ReviewDecision:
    """审核结论: what a leader decided on one exact revision."""

    row: strawberry.Private[DecisionRow]
    id: strawberry.ID = field(description="Its id.")
    verdict: Verdict = field(description="What was decided.")
    scores: ReviewScores | None = field(description="The scores of an approval; null when it was refused.")
    recommended: bool = field(description="Whether the revision got the recommended mark.")
    reason: str | None = field(description="What the leader told the author.")
    decided_at: datetime = field(description="When.")

    @classmethod
    def of(cls, row: DecisionRow) -> ReviewDecision:
        """The decision of a row."""
        scores = None
        if row.authenticity is not None and row.usefulness is not None and row.resonance is not None:
            scores = ReviewScores(authenticity=row.authenticity, usefulness=row.usefulness, resonance=row.resonance)
        return cls(
            row=row,
            id=ids.encode("ReviewDecision", row.id),
            verdict=row.verdict,
            scores=scores,
            recommended=row.recommended,
            reason=row.reason,
            decided_at=row.created_at,
        )
