"""Boards of points, read as the service reads them."""

from __future__ import annotations

from community.communities.queries import CommunityRow
from community.kernel import clock
from community.kernel.paging import PageRequest
from community.leaderboards import queries
from community.leaderboards.queries import StoredBoard
from community.leaderboards.redis_boards import RedisBoard
from community.leaderboards.rules import LeaderboardEntry
from community.scores.boards import BoardKey
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from community.scores.scores import MemberScore

POINTS = BoardKind.POINTS


def scored(membership_id: int, score: int, version: int) -> MemberScore:
    """Build a score as it is put to Redis."""
    return MemberScore(membership_id, "", score, version)


def get_redis_board(place, kind: PeriodKind = PeriodKind.WEEK, board: BoardKind = POINTS) -> RedisBoard:
    return RedisBoard(place.id, board, compute_period(kind, clock.now(), place.community.time_zone))


def get_stored_board(place, kind: PeriodKind = PeriodKind.WEEK, board: BoardKind = POINTS) -> StoredBoard:
    return StoredBoard(BoardKey(place.id, board, compute_period(kind, clock.now(), place.community.time_zone).name))


async def list_top(
    community: CommunityRow | None, kind: PeriodKind, *, first: int, board: BoardKind = POINTS
) -> list[LeaderboardEntry]:
    row = await queries.find_leaderboard(community, board, kind)
    return (await queries.get_page(row, PageRequest(first))).rows


async def list_around(
    community: CommunityRow, kind: PeriodKind, membership_id: int, *, span: int = 2, board: BoardKind = POINTS
) -> list[LeaderboardEntry]:
    row = await queries.find_leaderboard(community, board, kind)
    return await queries.list_around(row, membership_id, span=span)
