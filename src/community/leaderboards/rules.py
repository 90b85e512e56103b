"""Ranks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeaderboardEntry:
    """A member's entry on a board. Equal points share a rank and leave a gap after it (1, 2, 2, 4)."""

    membership_id: int
    rank: int
    points: int


def rank_entries(
    scores: Sequence[tuple[int, int]], *, above: int = 0, better: int | None = None
) -> list[LeaderboardEntry]:
    """Return ranked entries for a section of a board.

    `scores` are pairs of membership id and points in the board's order. The board's order is most points first, then
    the lowest membership id. `above` members precede the section. `better` of them have more points than its first
    member. None is all.
    """
    entries: list[LeaderboardEntry] = []
    rank = 1 + (above if better is None else better)
    for index, (membership_id, points) in enumerate(scores):
        if entries and points != entries[-1].points:
            rank = 1 + above + index
        entries.append(LeaderboardEntry(membership_id, rank, points))
    return entries
