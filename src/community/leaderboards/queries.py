"""Reading the boards: from Redis where it has them, else from the books. The answer is the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from community.communities import visibility
from community.communities.queries import CommunityRow
from community.kernel import cache, clock
from community.leaderboards.boards import Board, BoardNotBuilt, ComputedBoard, RedisBoard
from community.leaderboards.rules import BoardPeriod, LeaderboardEntry, PeriodKind, compute_period
from community.points import queries as points
from community.points.queries import EarnedPoints

T = TypeVar("T")

DEFAULT_NEIGHBOURS = 2


async def list_top(community: CommunityRow, kind: PeriodKind, *, first: int) -> list[LeaderboardEntry]:
    """The first `first` places of the board for the period that it is now."""
    return await _read_board(community, kind, lambda board: board.list_top(first))


async def list_around(
    community: CommunityRow, kind: PeriodKind, membership_id: int, *, span: int = DEFAULT_NEIGHBOURS
) -> list[LeaderboardEntry]:
    """The member's own place with its neighbours; empty when the member has earned nothing in the period."""
    return await _read_board(community, kind, lambda board: board.list_around(membership_id, span=span))


async def _read_board(community: CommunityRow, kind: PeriodKind, ask: Callable[[Board], Awaitable[T]]) -> T:
    now = compute_period(kind, clock.now(), community.time_zone)
    try:
        return await ask(RedisBoard(community.id, now))
    except (BoardNotBuilt, cache.CacheUnavailable):
        return await ask(await compute_board(community, now))


async def compute_board(community: CommunityRow, of: BoardPeriod) -> ComputedBoard:
    """The board of a period from the books alone."""
    hidden = await visibility.list_hidden_membership_ids(community.id)
    return ComputedBoard(
        exclude_hidden(await points.list_earned_points(community.id, start=of.start, end=of.end), hidden)
    )


def exclude_hidden(rows: list[EarnedPoints], hidden: set[int]) -> list[EarnedPoints]:
    """Those of the rows whose members a board may show."""
    return [row for row in rows if row.membership_id not in hidden]
