"""Reads of the boards, from Redis or else from the database. Both give the same result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from community.communities import visibility
from community.communities.queries import CommunityRow
from community.kernel import cache, clock
from community.leaderboards.boards import Board, BoardNotBuilt, ComputedBoard, RedisBoard
from community.leaderboards.rules import BoardPeriod, LeaderboardEntry, PeriodKind, compute_period
from community.points.queries import EarnedPoints, list_earned_points

T = TypeVar("T")

DEFAULT_NEIGHBOURS = 2


async def list_top(community: CommunityRow, kind: PeriodKind, *, first: int) -> list[LeaderboardEntry]:
    """Return the first `first` entries of the board for the present period."""
    return await _read_board(community, kind, lambda board: board.list_top(first))


async def list_around(
    community: CommunityRow, kind: PeriodKind, membership_id: int, *, span: int = DEFAULT_NEIGHBOURS
) -> list[LeaderboardEntry]:
    """Return the member's entry with `span` neighbours on each side. Empty if the member has no points."""
    return await _read_board(community, kind, lambda board: board.list_around(membership_id, span=span))


async def _read_board(community: CommunityRow, kind: PeriodKind, read: Callable[[Board], Awaitable[T]]) -> T:
    period = get_current_period(community, kind)
    try:
        return await read(RedisBoard(community.id, period))
    except (BoardNotBuilt, cache.CacheUnavailable):
        return await read(await compute_board(community, period))


def get_current_period(community: CommunityRow, kind: PeriodKind) -> BoardPeriod:
    """Return the present period of a kind in the community's time zone."""
    return compute_period(kind, clock.now(), community.time_zone)


async def compute_board(community: CommunityRow, period: BoardPeriod) -> ComputedBoard:
    """Return the board of a period, computed from the database."""
    hidden = await visibility.list_hidden_membership_ids(community.id)
    return ComputedBoard(await list_visible_points(community.id, period, hidden))


async def list_visible_points(
    community_id: int, period: BoardPeriod, hidden: Collection[int], *, membership_ids: Sequence[int] | None = None
) -> list[EarnedPoints]:
    """Return the points of members who are not hidden. None selects all."""
    rows = await list_earned_points(community_id, start=period.start, end=period.end, membership_ids=membership_ids)
    return [row for row in rows if row.membership_id not in hidden]
