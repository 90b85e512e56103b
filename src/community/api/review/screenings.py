"""The type of screenings. Leaders see them with the review case."""

from __future__ import annotations

import strawberry

from community.api.declare import declare_enum, field, query, type_over
from community.api.safety.types import ScreeningFinding
from community.review.screening.models import ScreeningState
from community.review.screening.queries import ScreeningRow

declare_enum(
    ScreeningState,
    values={
        "RUNNING": "Running.",
        "DONE": "Done.",
        "DROPPED": "Ended without a result, because the submission changed.",
    },
)

MAX_SHOWN = 100


@type_over(ScreeningRow)
class Screening:
    """机审: the automatic checks of one sent revision."""

    state = field(description="State.")
    verdict = field(description="Worst verdict of the findings. Null until the end.")
    started_at = field(description="Time of the beginning, the last one if the revision was sent again.")
    done_at = field(description="Time of the end. Null before.")

    @query
    def findings(row: strawberry.Parent[ScreeningRow]) -> list[ScreeningFinding]:
        """Findings, the worst first, at most 100."""
        return [ScreeningFinding.of(finding) for finding in row.list_findings()[:MAX_SHOWN]]
