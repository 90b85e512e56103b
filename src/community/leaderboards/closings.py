"""Closing of periods. The first places are kept as a podium, which nothing later changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities import member_list, queries
from community.communities.queries import CommunityRow
from community.kernel import clock, db, migrate, outbox
from community.leaderboards.declarations import HONOURS, SOURCES
from community.leaderboards.rules import rank_entries
from community.notices.models import NoticeKind
from community.notices.service import notify_members
from community.scores import boards
from community.scores.boards import BoardKey
from community.scores.models import BoardKind
from community.scores.periods import BoardPeriod, PeriodKind, compute_period

RECOUNT_EFFECT = "leaderboards.recount_all"
EVERYWHERE_ID = 0
"""The community of closings of the boards of all communities."""
EVERYWHERE_TIME_ZONE = "Asia/Shanghai"
PLACES = 100
CLOSED_AFTER = timedelta(hours=1)
"""Work that started before midnight is counted until then."""
_CLOSED_EVERYWHERE_AFTER = timedelta(hours=30)
"""The same day ends up to 26 hours later in another time zone."""
_KEPT_FOR = timedelta(days=3)
_LOOKED_BACK = {PeriodKind.DAY: 31, PeriodKind.WEEK: 8, PeriodKind.MONTH: 12, PeriodKind.YEAR: 2}
"""Number of past periods that are closed late, if nothing ran when they ended."""


@dataclass(slots=True)
class _ClosedRow:
    board: BoardKind
    period: str


_CLOSED = db.Select(
    f"SELECT {db.columns(_ClosedRow)} FROM leaderboard_closing WHERE community_id = $1 AND board = ANY($2)"
    " AND period = ANY($3) ORDER BY board, period",
    _ClosedRow,
)
_CLOSE = db.Change(
    "INSERT INTO leaderboard_closing (community_id, board, kind, period, starts_at, ends_at, closed_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community_id, board, period) DO NOTHING RETURNING id",
    db.Id,
)
_PLACES_SQL = (
    "INSERT INTO podium_place (community_id, closing_id, membership_id, rank, score) SELECT $3, $1,"
    " CAST(part.value->>0 AS BIGINT), CAST(part.value->>1 AS BIGINT),"
    " CAST(part.value->>2 AS BIGINT) FROM jsonb_array_elements($2) AS part(value)"
)
_HONOURS_SQL = (
    "INSERT INTO honour (community_id, membership_id, closing_id, kind, period, rank, granted_at)"
    " SELECT CAST($2 AS BIGINT), membership_id, closing_id, CAST($3 AS TEXT), CAST($4 AS TEXT), rank,"
    " CAST($5 AS TIMESTAMPTZ) FROM podium_place WHERE closing_id = $1 AND rank <= $6"
)
_PRUNE = db.Change(
    "DELETE FROM leaderboard_score WHERE membership_id = ANY($1) AND period = ANY($2) RETURNING id", db.Id
)


async def close_due() -> int:
    """Close each board's periods that have ended, and return their number. Idempotent.

    Nothing is closed before the sums of an upgraded database are complete.
    """
    if await outbox.is_unfinished(RECOUNT_EFFECT):
        return 0
    number = 0
    for community in await queries.list_all_communities():
        closed = await _close_of(community.id, community.time_zone, community.created_at, CLOSED_AFTER)
        if closed:
            await _prune(community)
        number += closed
    begin = min((row.created_at for row in await queries.list_all_communities()), default=clock.now())
    return number + await _close_of(EVERYWHERE_ID, EVERYWHERE_TIME_ZONE, begin, _CLOSED_EVERYWHERE_AFTER)


async def list_beginnings() -> dict[BoardKind, datetime]:
    """Return when this database began to count for each board."""
    applied = await migrate.list_applied()
    return {board: applied[source.since] for board, source in SOURCES.items()}


async def _close_of(community_id: int, time_zone: str, begin: datetime, after: timedelta) -> int:
    now = clock.now()
    ended = [period for period in _list_past(now, time_zone) if begin < period.end <= now - after]
    began = await list_beginnings()
    rows = await _CLOSED.all(community_id, list(BoardKind), [period.name for period in ended])
    closed = {(row.board, row.period) for row in rows}
    due = [
        (board, period)
        for board in BoardKind
        for period in ended
        if period.end > began[board] and (board, period.name) not in closed
    ]
    for board, period in due:
        await close(community_id, board, period)
    return len(due)


def _list_past(now: datetime, time_zone: str) -> list[BoardPeriod]:
    """Return the past periods, the latest of each kind first."""
    found = []
    for kind, number in _LOOKED_BACK.items():
        moment = now
        for _ in range(number):
            moment = compute_period(kind, moment, time_zone).start - timedelta(microseconds=1)
            found.append(compute_period(kind, moment, time_zone))
    return found


@db.transactional
async def close(community_id: int, board: BoardKind, period: BoardPeriod) -> None:
    """Keep the first places of a period, and grant the honours of its kind. Idempotent."""
    now = clock.now()
    closing = await _CLOSE.first(community_id, board, period.kind, period.name, period.start, period.end, now)
    if closing is None:
        return
    rows = await boards.list_top(BoardKey(community_id or None, board, period.name), first=PLACES)
    places = rank_entries([(row.membership_id, -row.score) for row in rows])
    found = json.dumps([[place.membership_id, place.rank, place.score] for place in places])
    await db.execute(_PLACES_SQL, closing.id, found, community_id)
    for honour, rule in HONOURS.items():
        if (rule.board, rule.period) == (board, period.kind) and community_id != EVERYWHERE_ID:
            await db.execute(_HONOURS_SQL, closing.id, community_id, honour, period.name, now, rule.places)
            honoured = [place.membership_id for place in places if place.rank <= rule.places]
            await notify_members(
                community_id,
                kind=NoticeKind.HONOUR_GRANTED,
                key=f"honour:{closing.id}:{honour}",
                details={membership_id: {} for membership_id in honoured},
            )


async def _prune(community: CommunityRow) -> None:
    """Delete the sums of periods that were closed days ago."""
    now = clock.now()
    past = [period.name for period in _list_past(now, community.time_zone) if period.end + _KEPT_FOR <= now]
    async for found in member_list.walk_member_ids(community.id):
        await _PRUNE.all(found, past)
