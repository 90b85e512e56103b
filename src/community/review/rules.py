"""The published criteria, and what follows from scores: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from community.kernel.errors import InvalidInput
from community.media.models import MediaRefusal
from community.media.rules import REFUSAL_SENTENCES

FIRST_ANSWER_DEADLINE = timedelta(hours=24)
MIN_RECOMMENDED_SCORE = 4


@dataclass(frozen=True, slots=True)
class Scores:
    """How far a revision meets the three criteria, each from 1 to 5."""

    authenticity: int
    usefulness: int
    resonance: int

    def __post_init__(self) -> None:
        for name in ("authenticity", "usefulness", "resonance"):
            if not 1 <= getattr(self, name) <= 5:  # noqa: PLR2004 - the scale itself
                raise InvalidInput("A score is from 1 to 5.", path=("scores", name))

    @property
    def is_recommendable(self) -> bool:
        """Whether they are high enough for the recommended mark: each at least 4."""
        return min(self.authenticity, self.usefulness, self.resonance) >= MIN_RECOMMENDED_SCORE


def decide_recommended(scores: Scores, *, requested: bool | None) -> bool:
    """Whether the mark is given: as the leader says, or as the scores say when the leader does not.

    Raises InvalidInput when it is wished for against the scores.
    """
    if requested and not scores.is_recommendable:
        raise InvalidInput(
            f"The recommended mark needs at least {MIN_RECOMMENDED_SCORE} in each criterion.", path=("recommended",)
        )
    return scores.is_recommendable if requested is None else requested


def format_refused_pictures(refused: Sequence[tuple[int, MediaRefusal]]) -> str:
    """What an author is told whose pictures, by their numbers, cannot be used."""
    return "\n".join(f"Picture {number}: {REFUSAL_SENTENCES[reason]}" for number, reason in refused)
