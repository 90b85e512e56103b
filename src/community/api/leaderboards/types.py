"""Types of leaderboards."""

from __future__ import annotations

from datetime import datetime

from community.api.amounts import Points
from community.api.communities.visible import load_visible_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, type_over
from community.communities.queries import MemberRow
from community.leaderboards.rules import LeaderboardEntry as LeaderboardEntryRow
from community.points.earning.board_periods import PeriodKind

declare_enum(
    PeriodKind,
    name="LeaderboardPeriod",
    values={
        "WEEK": "Week from Monday, in the community's time zone.",
        "MONTH": "Calendar month, in the community's time zone.",
        "EVER": "All time.",
    },
)


@type_over(LeaderboardEntryRow)
class LeaderboardEntry:
    """名次: a member's place on a leaderboard. Equal points share a rank (1, 2, 2, 4)."""

    rank = field(description="Rank. The first is 1.")
    points: Points = field(description="Points earned in the period.")

    @batched
    async def member(rows: list[LeaderboardEntryRow], info: Info) -> list[MemberRow | None]:
        """Member. Null for strangers, unless the member has published and is no child."""
        return await load_visible_members([row.membership_id for row in rows], info)


@object_type
class Leaderboard:
    """排行榜: members in order of points earned in the present period."""

    period: PeriodKind = field(description="Period.")
    starts_at: datetime | None = field(description="Start of the period, inclusive. Null for EVER.")
    ends_at: datetime | None = field(description="End of the period, exclusive. Null for EVER.")
    entries: list[LeaderboardEntryRow] = field(description="First places, at most `first`.")
    hidden: bool = field(
        description="True if the viewer is not shown. The consent to LEADERBOARDS or the guardian's is missing."
    )
    mine: LeaderboardEntryRow | None = field(
        description="The viewer's place. Null without points in the period, or if hidden."
    )
    neighbours: list[LeaderboardEntryRow] = field(
        description="The viewer's place with the two above and the two below. Empty if `mine` is null."
    )
