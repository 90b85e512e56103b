"""Reads of the boards, from Redis or else from the database. Both give the same result."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress

from community.communities.queries import CommunityRow, require_members
from community.kernel import cache, clock, flights
from community.kernel.errors import NotFound
from community.leaderboards.boards import Board, BoardDamaged, BoardNotBuilt, BooksBoard, RedisBoard
from community.leaderboards.rules import LeaderboardEntry
from community.points.earning.board_periods import BoardPeriod, PeriodKind, compute_period

log = logging.getLogger(__name__)

DEFAULT_NEIGHBOURS = 2


async def list_top(community: CommunityRow, kind: PeriodKind, *, first: int) -> list[LeaderboardEntry]:
    """Return the first `first` entries of the board for the present period."""
    return await _read_board(community, kind, ("top", first), lambda board: board.list_top(first))


async def list_around(
    community: CommunityRow, kind: PeriodKind, membership_id: int, *, span: int = DEFAULT_NEIGHBOURS
) -> list[LeaderboardEntry]:
    """Return the member's entry with `span` neighbours on each side. Empty if the member has no points."""
    asked = ("around", membership_id, span)
    return await _read_board(community, kind, asked, lambda board: board.list_around(membership_id, span=span))


async def _read_board(
    community: CommunityRow,
    kind: PeriodKind,
    asked: Hashable,
    read: Callable[[Board], Awaitable[list[LeaderboardEntry]]],
) -> list[LeaderboardEntry]:
    period = get_current_period(community, kind)
    board = RedisBoard(community.id, period)
    try:
        entries = await read(board)
        await _require_members(community.id, entries)
    except BoardDamaged:
        log.warning("board in redis is damaged and is built again: community=%s period=%s", community.id, period.name)
        with suppress(cache.CacheUnavailable):
            await board.discard()
    except (BoardNotBuilt, cache.CacheUnavailable):
        pass
    else:
        return entries
    books = BooksBoard(community.id, period)
    return await flights.share((community.id, period.name, asked), lambda: read(books))


async def _require_members(community_id: int, entries: Sequence[LeaderboardEntry]) -> None:
    """Raise BoardDamaged unless all are current members of the community."""
    try:
        if entries:
            await require_members(community_id, *(entry.membership_id for entry in entries))
    except NotFound as error:
        raise BoardDamaged from error


def get_current_period(community: CommunityRow, kind: PeriodKind) -> BoardPeriod:
    """Return the present period of a kind in the community's time zone."""
    return compute_period(kind, clock.now(), community.time_zone)
