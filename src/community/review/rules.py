"""The published criteria, and what follows from scores: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from community.kernel.errors import InvalidInput
from community.media.models import Reason
from community.media.rules import SENTENCES

FIRST_ANSWER = timedelta(hours=24)
RECOMMENDED_FROM = 4


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
    def earn_the_mark(self) -> bool:
        """Whether they are high enough for the recommended mark: each at least 4."""
        return min(self.authenticity, self.usefulness, self.resonance) >= RECOMMENDED_FROM


def recommended(scores: Scores, *, wish: bool | None) -> bool:
    """Whether the mark is given: as the leader says, or as the scores say when the leader does not.

    Raises InvalidInput when it is wished for against the scores.
    """
    if wish and not scores.earn_the_mark:
        raise InvalidInput(
            f"The recommended mark needs at least {RECOMMENDED_FROM} in each criterion.", path=("recommended",)
        )
    return scores.earn_the_mark if wish is None else wish


def unusable_pictures(refused: Sequence[tuple[int, Reason]]) -> str:
    """What an author is told whose pictures, by their numbers, cannot be used."""
    return "\n".join(f"Picture {number}: {SENTENCES[reason]}" for number, reason in refused)
