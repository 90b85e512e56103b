"""Ranks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LeaderboardTie(StrEnum):
    """The rule for members with the same score."""

    SHARED_RANK = "SHARED_RANK"


@dataclass(frozen=True, slots=True)
class LeaderboardEntry:
    """A member's entry on a board. Equal scores share a rank and leave a gap after it (1, 2, 2, 4)."""

    membership_id: int
    rank: int
    score: int


def rank_entries(
    scores: Sequence[tuple[int, int]], *, above: int = 0, better: int | None = None
) -> list[LeaderboardEntry]:
    """Return ranked entries for a section of a board.

    `scores` are pairs of membership id and score in the board's order: the best first, then
    the lowest membership id. `above` members precede the section. `better` of them have a better score than its first
    member. None is all.
    """
    entries: list[LeaderboardEntry] = []
    rank = 1 + (above if better is None else better)
    for index, (membership_id, score) in enumerate(scores):
        if entries and score != entries[-1].score:
            rank = 1 + above + index
        entries.append(LeaderboardEntry(membership_id, rank, score))
    return entries
