"""Sums per member, board and period.

The transaction in which something happens changes the sums of the member who did it. So no two members wait for a
common row, and a sum is right at every commit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from community.communities.time_zones import get_time_zone
from community.kernel import db, outbox
from community.kernel.periods import local_date, midnight
from community.scores.hiding import (
    HIDDEN_SQL,
    LEADS_SQL,
    RESIDENTS_SQL,
    build_hidden_sql,
    list_hidden_values,
)
from community.scores.models import BoardKind
from community.scores.periods import BoardPeriod, list_periods

BOARD_EFFECT = "leaderboards.drain"


@dataclass(slots=True)
class MemberScore:
    """A member's score in a period. 0 if no board may show the member.

    Of two results for one member and period, that with the higher `version` is the newer.
    """

    membership_id: int
    period: str
    score: int
    version: int


@dataclass(frozen=True, slots=True)
class BoardSource:
    """The source of a board. `events` selects `community_id`, `membership_id`, `amount` and `at` of all that counts.

    `since` names the migration, without its number, with which the counting began. The text `board.<kind>` says to
    people what counts.
    """

    board: BoardKind
    events: str
    since: str = "leaderboards"

    @property
    def tables(self) -> list[str]:
        """The tables that are counted, the first one has the rows that count."""
        return re.findall(r"(?:FROM|JOIN) (\w+)", self.events)


_EVERYWHERE = "(SELECT c.visibility = 'PUBLIC' FROM community c WHERE c.id = m.community_id)"
_INSERT = (
    "INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score,"
    " version, hidden, everywhere)"
)
_PERIOD = "k.value->>0, k.value->>1, CAST(k.value->>2 AS TIMESTAMPTZ), CAST(k.value->>3 AS TIMESTAMPTZ)"
_NOT_CLOSED = (
    "NOT EXISTS (SELECT 1 FROM leaderboard_closing x WHERE x.community_id = m.community_id AND x.board = $4"
    " AND x.period = {})"
)
_ADD_SQL = (
    f"{_INSERT} SELECT m.community_id, m.id, CAST($4 AS TEXT), {_PERIOD}, -CAST($5 AS BIGINT), 1,"
    f" {build_hidden_sql('CAST($4 AS TEXT)')}, {_EVERYWHERE}"
    " FROM membership m JOIN person p ON p.id = m.person_id CROSS JOIN jsonb_array_elements($6) AS k(value)"
    f" WHERE m.id = $1 AND {_NOT_CLOSED.format('k.value->>1')}"
    " ON CONFLICT (membership_id, board, period) DO UPDATE SET score = leaderboard_score.score + excluded.score,"
    " version = leaderboard_score.version + 1, hidden = excluded.hidden, everywhere = excluded.everywhere RETURNING id"
)
_REFRESH = db.Change(
    # What hides a member is computed once for each, and not for each row.
    f"WITH shown AS MATERIALIZED (SELECT m.id, {HIDDEN_SQL} AS hidden, {LEADS_SQL} AS leads,"
    f" {_EVERYWHERE} AS everywhere FROM membership m JOIN person p ON p.id = m.person_id WHERE m.id = ANY($1)),"
    " found AS MATERIALIZED (SELECT s.id, shown.hidden OR (shown.leads AND s.board IN"
    f" ({RESIDENTS_SQL})) AS hidden, shown.everywhere FROM shown JOIN leaderboard_score s"
    " ON s.membership_id = shown.id)"
    " UPDATE leaderboard_score SET version = version + 1, hidden = found.hidden, everywhere = found.everywhere"
    " FROM found WHERE leaderboard_score.id = found.id AND (leaderboard_score.hidden <> found.hidden"
    " OR leaderboard_score.everywhere <> found.everywhere) RETURNING leaderboard_score.id",
    db.Id,
)
_LOCK = db.Change(
    "UPDATE leaderboard_score SET version = version + 1 WHERE membership_id = ANY($1) AND board = $2 RETURNING id",
    db.Id,
)
_SCORE = "CASE WHEN hidden OR score > 0 THEN 0 ELSE -score END AS score"
_BY_MEMBERS = db.Select(
    f"SELECT membership_id, period, {_SCORE}, version FROM leaderboard_score WHERE membership_id = ANY($1)"
    " AND community_id = $2 AND board = $3 AND period = ANY($4) ORDER BY membership_id",
    MemberScore,
)


async def count(
    board: BoardKind, community_id: int, membership_id: int, amount: int, *further: db.Write, at: datetime
) -> None:
    """Count something that happened at `at` for the member. What is taken back is negative.

    A closed period stays as it is. `further` writes are carried out with it.
    """
    time_zone = await get_time_zone(community_id)
    encoded = _encode_day(local_date(at, time_zone), time_zone)
    add = (_ADD_SQL, (membership_id, *list_hidden_values(), board, amount, encoded))
    await db.execute_together(add, build_update(board, community_id, membership_id), *further)


def build_update(board: BoardKind, community_id: int, membership_id: int) -> db.Write:
    """Build the effect that brings the member's sums to Redis."""
    return outbox.build_put(BOARD_EFFECT, community_id=community_id, membership_id=membership_id, board=board)


@db.transactional
async def recount(source: BoardSource, membership_ids: Sequence[int]) -> None:
    """Sum what these members did again, in the periods that are not closed.

    For a change of much that was counted, and for repairs. The caller puts the updates.
    """
    # The rows are locked first, so that the next statement sees what others counted before they committed.
    await _LOCK.all(list(membership_ids), source.board)
    await _build_recount(source.events).all(list(membership_ids), source.board)


async def fill(source: BoardSource, membership_ids: Sequence[int], periods: Sequence[BoardPeriod]) -> None:
    """Add the missing sums of these members in these periods, as 0. For `recount` after an upgrade."""
    values = (list(membership_ids), *list_hidden_values(), source.board, _encode(periods))
    await _build_fill(source.events).all(*values)


def _build_fill(events: str) -> db.Change[db.Id]:
    return db.Change(
        # The times of the periods are read from JSON once, and not for each of what the members did.
        "WITH k AS MATERIALIZED (SELECT part.value->>0 AS kind, part.value->>1 AS period,"
        " CAST(part.value->>2 AS TIMESTAMPTZ) AS starts_at, CAST(part.value->>3 AS TIMESTAMPTZ) AS ends_at"
        " FROM jsonb_array_elements($5) AS part(value))"
        # The members are the outer rows, so that nothing else is computed for each of what they did.
        f" {_INSERT} SELECT m.community_id, m.id, CAST($4 AS TEXT), k.kind, k.period, k.starts_at, k.ends_at, 0, 1,"
        f" {build_hidden_sql('CAST($4 AS TEXT)')}, {_EVERYWHERE} FROM membership m JOIN person p ON p.id = m.person_id"
        # With EXISTS PostgreSQL could read all events first. It evaluates a subquery of a value for each row.
        " CROSS JOIN k WHERE m.id = ANY($1) AND"
        f" (SELECT 1 FROM ({events}) AS e WHERE e.community_id = m.community_id AND e.membership_id = m.id"
        " AND e.at >= k.starts_at AND e.at < k.ends_at LIMIT 1) IS NOT NULL"
        f" AND {_NOT_CLOSED.format('k.period')} ON CONFLICT (membership_id, board, period) DO NOTHING RETURNING id",
        db.Id,
    )


def _encode(periods: Sequence[BoardPeriod]) -> str:
    return json.dumps([[one.kind, one.name, db.encode_time(one.start), db.encode_time(one.end)] for one in periods])


@lru_cache(maxsize=1_000)
def _encode_day(day: date, time_zone: str) -> str:
    """Return the periods that contain a day of the time zone."""
    return _encode(list_periods(midnight(day, time_zone), time_zone))


def _build_recount(events: str) -> db.Change[db.Id]:
    return db.Change(
        f"UPDATE leaderboard_score SET score = {build_sum_sql(events, 'leaderboard_score')}"
        " WHERE membership_id = ANY($1) AND board = $2 RETURNING id",
        db.Id,
    )


def build_sum_sql(events: str, of: str) -> str:
    """Return the score that the row `of` must have."""
    return (
        f"COALESCE((SELECT -CAST(sum(e.amount) AS BIGINT) FROM ({events}) AS e WHERE e.community_id = {of}.community_id"
        f" AND e.membership_id = {of}.membership_id AND e.at >= {of}.starts_at AND e.at < {of}.ends_at), 0)"
    )


async def refresh(membership_ids: Sequence[int]) -> None:
    """Hide or show these members, as the rules say now."""
    await _REFRESH.all(list(membership_ids), *list_hidden_values())


async def list_scores(
    community_id: int, board: BoardKind, periods: Sequence[str], membership_ids: Sequence[int]
) -> list[MemberScore]:
    """Return the scores of these members on a board in these periods."""
    return await _BY_MEMBERS.all(list(membership_ids), community_id, board, list(periods))
