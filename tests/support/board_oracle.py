"""A board computed from all its rows, to compare the boards of the service with."""

from __future__ import annotations

from collections.abc import Sequence

from community.leaderboards.rules import LeaderboardEntry, rank_entries
from community.scores.scores import MemberScore


class ComputedBoard:
    """A board of these rows."""

    def __init__(self, rows: Sequence[MemberScore]) -> None:
        ordered = sorted((row for row in rows if row.score), key=lambda row: (-row.score, row.membership_id))
        self.entries = rank_entries([(row.membership_id, row.score) for row in ordered])

    async def list_top(self, first: int) -> list[LeaderboardEntry]:
        return self.entries[:first]

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        index = next((n for n, entry in enumerate(self.entries) if entry.membership_id == membership_id), None)
        return [] if index is None else self.entries[max(0, index - span) : index + span + 1]
