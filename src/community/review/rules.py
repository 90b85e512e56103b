"""Criteria, the recommended mark and notes to authors, as pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.review.models import CaseKind, Verdict

FIRST_ANSWER_DEADLINE = timedelta(hours=24)
SOLUTION_DEADLINES = dict.fromkeys(CaseKind, timedelta(hours=48)) | {CaseKind.COMPLAINT: timedelta(hours=72)}
CLAIM_TIME = timedelta(minutes=30)
MIN_RECOMMENDED_SCORE = 4
MAX_URGENCY = 2
"""The urgency of an escalated case. A case to look at first has 1, a usual case 0."""
AHEAD_URGENCY = -1
"""The urgency of a case whose revision was published before a leader looks."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a revision by the three criteria, each 1 to 5. Raises InvalidInput for another number."""

    authenticity: int
    usefulness: int
    resonance: int

    def __post_init__(self) -> None:
        with mistakes.collect() as check:
            for name in ("authenticity", "usefulness", "resonance"):
                score = getattr(self, name)
                if not 1 <= score <= 5:  # noqa: PLR2004 - the scale itself
                    check.add(InvalidInput("score", min=1, max=5, actual=score, path=("scores", name)))

    @property
    def is_recommendable(self) -> bool:
        """True if each score reaches the minimum for the recommended mark."""
        return min(self.authenticity, self.usefulness, self.resonance) >= MIN_RECOMMENDED_SCORE


@dataclass(frozen=True, slots=True)
class Approval:
    """A leader's approval of a revision. `recommended` is None if the scores decide about the mark."""

    scores: Scores
    recommended: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A validated decision. An approval has scores, a refusal has a reason."""

    verdict: Verdict
    reason: str | None
    scores: Scores | None = None
    recommended: bool = False


def decide_recommended(scores: Scores, *, requested: bool | None) -> bool:
    """Return True if the submission gets the recommended mark.

    The scores decide if the leader requested nothing. Raises InvalidInput if the leader requested the mark and the
    scores are too low.
    """
    if requested and not scores.is_recommendable:
        raise InvalidInput("recommended_scores", min=MIN_RECOMMENDED_SCORE, path=("recommended",))
    return scores.is_recommendable if requested is None else requested
