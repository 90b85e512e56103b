"""Leaderboards as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api.amounts import Points
from community.api.communities.types import Member, load_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.leaderboards.rules import LeaderboardEntry as LeaderboardEntryRow
from community.leaderboards.rules import PeriodKind

declare_enum(
    PeriodKind,
    name="LeaderboardPeriod",
    values={
        "WEEK": "From Monday, where the community is.",
        "MONTH": "From the first of the month, where the community is.",
        "EVER": "Since the community was founded.",
    },
)


@object_type
class LeaderboardEntry:
    """名次: a member's place on a board. Equal points share a rank, and the next rank leaves the gap (1, 2, 2, 4)."""

    row: strawberry.Private[LeaderboardEntryRow]
    rank: int = field(description="The first place is 1.")
    points: Points = field(description="What was earned in the period.")

    @classmethod
    def of(cls, row: LeaderboardEntryRow) -> LeaderboardEntry:
        """The standing of a row."""
        return cls(row=row, rank=row.rank, points=Points(row.points))

    @batched
    async def member(parents: list[LeaderboardEntry], info: Info) -> list[Member]:  # noqa: N805 - the parents, all at once
        """Whose place it is."""
        del info
        return await load_members([parent.row.membership_id for parent in parents])


@object_type
class Leaderboard:
    """排行榜: who has earned how many points in the present week or month, or ever."""

    period: PeriodKind = field(description="How long it counts.")
    starts_at: datetime | None = field(description="Points from this moment on count; null for ever.")
    ends_at: datetime | None = field(description="Points before this moment count; null for ever.")
    entries: list[LeaderboardEntry] = field(description="The first places.")
    hidden: bool = field(
        description="Whether I am left out of the boards, for want of my consent to LEADERBOARDS or of my guardian's."
    )
    mine: LeaderboardEntry | None = field(description="My own place; null while I have earned nothing in the period.")
    neighbours: list[LeaderboardEntry] = field(description="My place with the two above and the two below it.")
