"""Reads of boards.

Open periods are read from Redis or the database, closed ones from their podiums.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from community.communities.queries import CommunityRow, MemberRow, require_members
from community.kernel import cache, clock, db, flights, periods
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import DEFAULT_PAGE, Page, PageRequest
from community.leaderboards.closings import EVERYWHERE_ID, EVERYWHERE_TIME_ZONE
from community.leaderboards.redis_boards import BoardDamaged, BoardNotBuilt, RedisBoard
from community.leaderboards.rules import LeaderboardEntry, rank_entries
from community.scores import boards
from community.scores.boards import BoardKey, ScoreRow
from community.scores.hiding import HIDDEN_SQL, LeaderboardExclusion, find_exclusion, list_hidden_values
from community.scores.models import BoardKind
from community.scores.periods import BoardPeriod, PeriodKind, compute_period

log = logging.getLogger(__name__)

DEFAULT_NEIGHBOURS = 2
LIVE_FOR = timedelta(minutes=3)
"""Time for which a board is live after it was known to be complete. The schedule looks every minute."""


@dataclass(slots=True)
class LeaderboardRow:
    """A board in a period. `community` is None for the board of all communities. `closing_id` names its podium.

    `is_lost` is True once a read has found that Redis does not have the board. Later reads are from the database.
    """

    community: CommunityRow | None
    board: BoardKind
    period: BoardPeriod
    closing_id: int | None = None
    closed_at: datetime | None = None
    is_lost: bool = False

    @property
    def key(self) -> BoardKey:
        """The board among the sums."""
        return BoardKey(None if self.community is None else self.community.id, self.board, self.period.name)


@dataclass(slots=True)
class BoardView:
    """A board as a member sees it. `period` is its length. `starts_at` and `ends_at` are null for EVER.

    `as_of` is None while the board is live.
    """

    row: LeaderboardRow
    board: BoardKind
    period: PeriodKind
    starts_at: datetime | None
    ends_at: datetime | None
    closed_at: datetime | None
    as_of: datetime | None
    exclusion: LeaderboardExclusion | None
    mine: LeaderboardEntry | None
    neighbours: list[LeaderboardEntry]
    top: list[LeaderboardEntry] | None = None
    """The first entries, read together with the own place. None if they were not read yet."""


class Board(Protocol):
    """A readable board of one period."""

    async def list_top(self, first: int, *, after: LeaderboardEntry | None = None) -> list[LeaderboardEntry]:
        """Return the first `first` entries, or the first after one."""

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's entry with `span` entries on each side. Empty if the member is not on the board."""


class StoredBoard:
    """A board read from the sums in the database."""

    def __init__(self, key: BoardKey) -> None:
        self.key = key

    async def list_top(self, first: int, *, after: LeaderboardEntry | None = None) -> list[LeaderboardEntry]:
        """Return the first `first` entries, or the first after one."""
        last = None if after is None else ScoreRow(after.membership_id, -after.score)
        rows = await boards.list_top(self.key, first=first, after=last)
        return await self._rank(rows, is_first=after is None)

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's entry with `span` entries on each side. Empty if the member is not on the board."""
        return await self._rank(await boards.list_around(self.key, membership_id, span=span))

    async def _rank(self, rows: Sequence[ScoreRow], *, is_first: bool = False) -> list[LeaderboardEntry]:
        above, better = (0, 0) if is_first or not rows else await boards.count_before(self.key, rows[0])
        return rank_entries([(row.membership_id, -row.score) for row in rows], above=above, better=better)


@dataclass(slots=True)
class _ClosingRow:
    id: int
    closed_at: datetime


_CLOSING = db.Select(
    "SELECT id, closed_at FROM leaderboard_closing WHERE community_id = $1 AND board = $2 AND period = $3", _ClosingRow
)
_PLACES = (
    f"SELECT {db.columns(LeaderboardEntry, 't')} FROM podium_place t JOIN membership m ON m.id = t.membership_id"
    f" JOIN person p ON p.id = m.person_id WHERE t.closing_id = $1 AND NOT {HIDDEN_SQL}"
)
_AFTER = f"{_PLACES} AND (-t.score, t.membership_id) > ($4, $5) ORDER BY t.rank, t.membership_id"
_PAGES = {limit: db.Select(f"{_AFTER} LIMIT {limit}", LeaderboardEntry) for limit in (21, 51, 101)}
_COUNT_PLACES = db.Select("SELECT count(*) AS count FROM podium_place WHERE closing_id = $1", db.Count)
_ALL_PLACES = db.Select(f"{_PLACES} ORDER BY t.rank, t.membership_id", LeaderboardEntry)


class Podium:
    """The kept places of a closed period. A place of a member who may no longer be shown is left out."""

    def __init__(self, closing_id: int) -> None:
        self.closing_id = closing_id

    async def list_top(self, first: int, *, after: LeaderboardEntry | None = None) -> list[LeaderboardEntry]:
        """Return the first `first` places, or the first after one."""
        last = (-(2**62), 0) if after is None else (-after.score, after.membership_id)
        limit = min(size for size in _PAGES if size >= first)
        return (await _PAGES[limit].all(self.closing_id, *list_hidden_values(), *last))[:first]

    async def list_around(self, membership_id: int, *, span: int) -> list[LeaderboardEntry]:
        """Return the member's place with `span` places on each side. Empty if the member has none."""
        places = await _ALL_PLACES.all(self.closing_id, *list_hidden_values())
        index = next((n for n, place in enumerate(places) if place.membership_id == membership_id), None)
        return [] if index is None else places[max(0, index - span) : index + span + 1]


async def find_leaderboard(
    community: CommunityRow | None, board: BoardKind, kind: PeriodKind, *, on: date | None = None
) -> LeaderboardRow:
    """Return the board of the period of a day. Default: the present one.

    Raises InvalidInput for a day before 2000 or in the future.
    """
    time_zone = EVERYWHERE_TIME_ZONE if community is None else community.time_zone
    now = clock.now()
    today = periods.local_date(now, time_zone)
    if on is not None and not date(2000, 1, 1) <= on <= today:
        raise InvalidInput("board_day", path=("on",))
    moment = now if on is None or on == today else periods.midnight(on, time_zone) + timedelta(hours=12)
    row = LeaderboardRow(community, board, compute_period(kind, moment, time_zone))
    if row.period.end > now:
        return row
    number = EVERYWHERE_ID if community is None else community.id
    closing = await _CLOSING.first(number, board, row.period.name)
    if closing is not None:
        row.closing_id, row.closed_at = closing.id, closing.closed_at
    return row


async def view_board(
    community: CommunityRow | None, board: BoardKind, kind: PeriodKind, *, on: date | None, member: MemberRow | None
) -> BoardView:
    """Return a board with the own place of a present or former member. Raises what `find_leaderboard` raises."""
    row = await find_leaderboard(community, board, kind, on=on)
    top, around, as_of = await _read_first(row, None if member is None else member.id)
    is_bounded = kind is not PeriodKind.EVER
    return BoardView(
        row,
        board,
        kind,
        starts_at=row.period.start if is_bounded else None,
        ends_at=row.period.end if is_bounded else None,
        closed_at=row.closed_at,
        as_of=as_of,
        exclusion=None if member is None else await find_exclusion(board, member.id),
        mine=next((entry for entry in around if member is not None and entry.membership_id == member.id), None),
        neighbours=around,
        top=top,
    )


async def _read_first(
    row: LeaderboardRow, membership_id: int | None
) -> tuple[list[LeaderboardEntry] | None, list[LeaderboardEntry], datetime | None]:
    """Return the first entries, the member's own, and their time.

    The time is None for a live board. What Redis does not have is read from the database, as of now.
    """
    now = clock.now()
    found = await _read_redis(row, membership_id or 0)
    if found is not None:
        top, around, as_of = found
        return top, around, None if as_of is None or as_of >= now - LIVE_FOR else as_of
    row.is_lost = _find_redis_board(row) is not None
    around = [] if membership_id is None else await list_around(row, membership_id)
    return None, around, now if row.is_lost else None


async def _read_redis(
    row: LeaderboardRow, membership_id: int
) -> tuple[list[LeaderboardEntry], list[LeaderboardEntry], datetime | None] | None:
    """Return entries and their time, or None if Redis lacks the board."""
    board = _find_redis_board(row)
    if board is not None:
        async with _fall_back(board):
            top, around = await board.list_top_and_around(DEFAULT_PAGE + 1, membership_id, span=DEFAULT_NEIGHBOURS)
            await _require_members(board.community_id, [*top, *around])
            return top, around, board.as_of
    return None


async def get_page(
    row: LeaderboardRow, request: PageRequest, *, top: list[LeaderboardEntry] | None = None
) -> Page[LeaderboardEntry]:
    """Return a page of a board, the best first. `top` are its first entries if known. Raises InvalidCursor."""
    key = request.key(int, int)
    after = None if key is None else LeaderboardEntry(key[1], 0, -key[0])
    if top is not None and key is None and request.first <= DEFAULT_PAGE:
        entries = top[: request.first + 1]
    else:
        entries = await _read(
            row, ("top", request.first, key), lambda board: board.list_top(request.first + 1, after=after)
        )
    count = partial(boards.count_all, row.key) if row.closing_id is None else partial(_COUNT_PLACES.one, row.closing_id)
    return request.page(entries, lambda entry: (-entry.score, entry.membership_id), count=count)


async def list_around(
    row: LeaderboardRow, membership_id: int, *, span: int = DEFAULT_NEIGHBOURS
) -> list[LeaderboardEntry]:
    """Return the member's entry with `span` neighbours on each side. Empty if the member is not on the board."""
    return await _read(row, ("around", membership_id, span), lambda board: board.list_around(membership_id, span=span))


async def _read(
    row: LeaderboardRow, asked: Hashable, read: Callable[[Board], Awaitable[list[LeaderboardEntry]]]
) -> list[LeaderboardEntry]:
    if row.closing_id is not None:
        return await read(Podium(row.closing_id))
    board = _find_redis_board(row)
    if board is not None:
        async with _fall_back(board):
            entries = await read(board)
            await _require_members(board.community_id, entries)
            return entries
    return await flights.share((row.key, asked), lambda: read(StoredBoard(row.key)))


def _find_redis_board(row: LeaderboardRow) -> RedisBoard | None:
    """Return the board in Redis, or None.

    Redis has the boards of communities in periods that have not ended.
    """
    if row.community is None or row.is_lost or row.period.end <= clock.now():
        return None
    return RedisBoard(row.community.id, row.board, row.period)


@asynccontextmanager
async def _fall_back(board: RedisBoard) -> AsyncIterator[None]:
    """Leave the block if Redis does not have the whole board. One that is damaged is discarded."""
    try:
        yield
    except BoardDamaged:
        log.warning("board in redis is damaged and is built again: %s", board.scores)
        with suppress(cache.CacheUnavailable):
            await board.discard()
    except (BoardNotBuilt, cache.CacheUnavailable):
        pass


async def _require_members(community_id: int, entries: Sequence[LeaderboardEntry]) -> None:
    """Raise BoardDamaged unless all are current members of the community."""
    try:
        if entries:
            await require_members(community_id, *(entry.membership_id for entry in entries))
    except NotFound as error:
        raise BoardDamaged from error
