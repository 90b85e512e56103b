"""Types of a review decision, for the author and the leaders."""

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
        "APPROVED": "Published. Its author gets points.",
        "RETURNED": "Returned with changes to make.",
        "REJECTED": "Rejected with a reason.",
    },
)


@object_type
class ReviewScores:
    """审核标准: scores by the published criteria, 1 (hardly) to 5 (fully)."""

    authenticity: int = field(description="真实性: authenticity. It is first-hand and honest.")
    usefulness: int = field(description="实用性: usefulness. It helps a neighbour to decide or to do something.")
    resonance: int = field(description="情感共鸣: resonance. It touches the neighbourhood.")


@object_type
class ReviewDecision:
    """审核结论: a leader's decision on one exact revision."""

    row: strawberry.Private[DecisionRow]
    id: strawberry.ID = field(description="Opaque id.")
    verdict: Verdict = field(description="Verdict.")
    scores: ReviewScores | None = field(description="Scores of an approval. Null for other verdicts.")
    recommended: bool = field(description="True if the revision got the recommended mark.")
    reason: str | None = field(
        description="Note to the author: a reason, or changes to make. Null for an approval without a note."
    )
    decided_at: datetime = field(description="Time of the decision.")

    @classmethod
    def of(cls, row: DecisionRow) -> ReviewDecision:
        """Return the decision of a row."""
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
