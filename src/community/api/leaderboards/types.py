"""Types of leaderboards."""

from __future__ import annotations

import strawberry

from community.api.amounts import Points
from community.api.communities.visible import load_visible_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, query, type_over
from community.api.edge.languages import get_language
from community.api.pages import paged
from community.communities.queries import MemberRow
from community.kernel.paging import Page, PageRequest
from community.leaderboards import honours, queries
from community.leaderboards.declarations import BoardDeclaration
from community.leaderboards.honours import HonourRow
from community.leaderboards.models import HonourKind
from community.leaderboards.queries import BoardView
from community.leaderboards.rules import LeaderboardEntry as LeaderboardEntryRow
from community.leaderboards.rules import LeaderboardTie
from community.scores.hiding import LeaderboardExclusion
from community.scores.models import RESIDENTS_BOARDS, BoardKind
from community.scores.periods import PeriodKind
from community.texts import Language, translate

declare_enum(
    BoardKind,
    name="LeaderboardKind",
    values={
        board: translate(f"board.{board.lower()}", Language.EN)
        + (" Leaders are not on it." if board in RESIDENTS_BOARDS else "")
        for board in BoardKind
    },
)
declare_enum(
    PeriodKind,
    name="LeaderboardPeriod",
    values={
        "DAY": "Day in the community's time zone.",
        "WEEK": "Week from Monday, in the community's time zone.",
        "MONTH": "Calendar month, in the community's time zone.",
        "YEAR": "Calendar year, in the community's time zone.",
        "EVER": "All time.",
    },
)
declare_enum(
    HonourKind,
    values={
        "GOLD_INTERACTION": "金牌互动官: among the first three of a year by points.",
        "SERVICE_STAR": "社区服务之星: first of a year by reviews.",
    },
)


declare_enum(
    LeaderboardExclusion,
    values={
        "LEADER": "Leaders are not on a board of residents.",
        "ERASED": "The person's data was erased.",
        "SUSPENDED": "The operator has suspended the person.",
        "FORMER_MEMBER": "The person is no longer a member.",
        "GUARDIAN_MISSING": "A guardian of the child has not confirmed.",
        "CONSENT_MISSING": "The consent to LEADERBOARDS is missing.",
    },
)
declare_enum(LeaderboardTie, values={"SHARED_RANK": "Equal scores share a rank and leave a gap after it: 1, 2, 2, 4."})


@type_over(BoardDeclaration)
class LeaderboardDeclaration:
    """榜单说明: what a leaderboard counts, and whom it does not show."""

    board = field(description="What it counts.")
    tables = field(description="Names of the tables that it counts, at most 10.")
    periods = field(description="Lengths of its periods.")
    exclusions = field(description="Reasons for which it does not show a member.")
    tie = field(description="Rule for equal scores.")

    @query
    def counts_text(row: strawberry.Parent[BoardDeclaration]) -> str:
        """Sentence for people: what counts."""
        return translate(f"board.{row.board.lower()}", get_language())

    @query
    def exclusion_texts(row: strawberry.Parent[BoardDeclaration]) -> list[str]:
        """Sentences for people: who is not on it, in the order of `exclusions`."""
        return [translate(f"board_excludes.{reason.lower()}", get_language()) for reason in row.exclusions]

    @query
    def tie_text(row: strawberry.Parent[BoardDeclaration]) -> str:
        """Sentence for people: the rule for equal scores."""
        return translate(f"board_tie.{row.tie.lower()}", get_language())


@type_over(LeaderboardEntryRow)
class LeaderboardEntry:
    """名次: a member's place on a leaderboard. Equal scores share a rank (1, 2, 2, 4)."""

    rank = field(description="Rank. The first is 1.")
    score: Points = field(description="Number of what the board counts, such as points.")

    @batched
    async def member(rows: list[LeaderboardEntryRow], info: Info) -> list[MemberRow | None]:
        """Member. Null for strangers, unless the member has published and is no child."""
        return await load_visible_members([row.membership_id for row in rows], info)


@type_over(HonourRow)
class Honour:
    """荣誉: an honour for a place on a year's leaderboard."""

    kind = field(description="Kind.")
    rank = field(description="Rank on the leaderboard.")
    starts_at = field(description="Start of the period, inclusive.")
    ends_at = field(description="End of the period, exclusive.")
    granted_at = field(description="Time of the grant.")


async def load_honours(rows: list[MemberRow], info: Info) -> list[list[HonourRow]]:
    """Return the honours of each member, in order."""
    del info
    found = await honours.list_of_members([row.id for row in rows])
    return [found[row.id] for row in rows]


@type_over(BoardView)
class Leaderboard:
    """排行榜: members in the order of what a board counts in a period.

    A closed period has at most 100 places, which nothing later changes.
    """

    board = field(description="What it counts.")
    period = field(description="Length of the period.")
    starts_at = field(description="Start of the period, inclusive. Null for EVER.")
    ends_at = field(description="End of the period, exclusive. Null for EVER.")
    closed_at = field(description="Time from which nothing changes it. Null before.")
    as_of = field(
        description="Time as of which it is complete, while it is built again or waits for updates. Null if it is live,"
        " which is at most three minutes old."
    )
    exclusion = field(description="Reason for which the viewer is not shown. Null if nothing excludes them.")
    mine = field(description="The viewer's place. Null without one.")
    neighbours = field(description="The viewer's place with the two above and the two below. Empty if `mine` is null.")

    @query
    def exclusion_text(row: strawberry.Parent[BoardView]) -> str | None:
        """Sentence for the viewer: why they are not shown, and what to do. Null if nothing excludes them."""
        return None if row.exclusion is None else translate(f"board_exclusion.{row.exclusion.lower()}", get_language())

    @paged
    async def entries(row: strawberry.Parent[BoardView], info: Info, request: PageRequest) -> Page[LeaderboardEntryRow]:
        """Places, the best first."""
        del info
        return await queries.get_page(row.row, request, top=row.top)
