"""Sums of earned points per member and period, which boards are read from.

The transaction that pays or claws back changes the sums of its member, whose account it has locked. So no two members
wait for a common row.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from community.communities.visibility import HIDDEN_SQL, list_hidden_values
from community.kernel import db, flights
from community.points.earning.board_periods import BoardPeriod, PeriodKind, compute_period


@dataclass(slots=True)
class EarnedPoints:
    """Points that a member earned in a period, less those clawed back. 0 if no board may show the member.

    Of two results for one member and period, that with the higher `version` is the newer.
    """

    membership_id: int
    points: int
    version: int


@dataclass(slots=True)
class ScoreRow:
    """A member's score on a board: the negative points."""

    membership_id: int
    score: int


@dataclass(slots=True)
class _MarkRow:
    place: int
    score: int
    membership_id: int


@dataclass(slots=True)
class _PrecedingRow:
    above: int
    better: int


@dataclass(slots=True)
class _MarkedRow:
    id: int
    created_at: datetime


# A period before the member's latest one is no longer shown. FALSE: SQLite needs a WHERE before ON CONFLICT.
_ADD = db.Change(
    "INSERT INTO board_score (community_id, membership_id, kind, period, score, version, hidden)"
    f" SELECT m.community_id, m.id, k.kind, k.period, -CAST($4 AS BIGINT), 1, {HIDDEN_SQL}"
    " FROM membership m JOIN person p ON p.id = m.person_id CROSS JOIN (SELECT 'EVER' AS kind, 'ever' AS period"
    " UNION ALL SELECT 'MONTH', $5 UNION ALL SELECT 'WEEK', $6) AS k WHERE m.id = $1"
    " ON CONFLICT (membership_id, kind) DO UPDATE SET score = excluded.score"
    " + CASE WHEN board_score.period = excluded.period THEN board_score.score ELSE 0 END,"
    " period = excluded.period, version = board_score.version + 1, hidden = excluded.hidden"
    " WHERE excluded.period >= board_score.period RETURNING id",
    db.Id,
)
_REFRESH = db.Change(
    "UPDATE board_score SET hidden = NOT hidden, version = version + 1 WHERE membership_id = ANY($1) AND hidden <>"
    f" (SELECT {HIDDEN_SQL} FROM membership m JOIN person p ON p.id = m.person_id"
    " WHERE m.id = board_score.membership_id) RETURNING id",
    db.Id,
)
_CLEAR = db.Change(
    "UPDATE board_score SET score = 0, version = version + 1 WHERE community_id = $1 AND period = $2 RETURNING id",
    db.Id,
)
_RECOUNT = db.Change(
    "INSERT INTO board_score (community_id, membership_id, kind, period, score, version, hidden)"
    f" SELECT m.community_id, m.id, $4, $5, -CAST(a.points AS BIGINT), 1, {HIDDEN_SQL} FROM"
    " (SELECT membership_id, sum(amount) AS points FROM award WHERE community_id = $1 AND earned_at >= $6"
    " AND earned_at < $7 GROUP BY membership_id) AS a"
    " JOIN membership m ON m.id = a.membership_id JOIN person p ON p.id = m.person_id WHERE m.community_id = $1"
    " ON CONFLICT (membership_id, kind) DO UPDATE SET score = excluded.score, period = excluded.period,"
    " version = board_score.version + 1, hidden = excluded.hidden"
    " RETURNING id",
    db.Id,
)
_NEWEST = {
    table: db.Select(f"SELECT id, created_at FROM {table} ORDER BY id DESC LIMIT 1", _MarkedRow)
    for table in ("award", "audit_event")
}
_MARKED = {
    table: db.Select(f"SELECT id, created_at FROM {table} WHERE id = $1 AND created_at = $2", _MarkedRow)
    for table in _NEWEST
}
_POINTS = (
    "SELECT membership_id, CASE WHEN hidden OR score > 0 THEN 0 ELSE -score END AS points, version FROM board_score"
)
_BY_MEMBERS = db.Select(
    f"{_POINTS} WHERE membership_id = ANY($1) AND community_id = $2 AND period = $3 ORDER BY membership_id",
    EarnedPoints,
)
_BATCH_SIZE = 500
_MEMBERS_AFTER = db.Select(
    "SELECT membership_id AS id FROM board_score WHERE community_id = $1 AND kind = 'EVER' AND membership_id > $2"
    f" ORDER BY membership_id LIMIT {_BATCH_SIZE}",
    db.Id,
)
# Whom the boards may show is read again. The column `hidden` follows only when the effect of a change has run.
_SHOWN = (
    "SELECT t.membership_id, t.score FROM board_score t JOIN membership m ON m.id = t.membership_id"
    " JOIN person p ON p.id = m.person_id WHERE t.community_id = $1 AND t.period = $4 AND NOT t.hidden AND t.score < 0"
    f" AND NOT {HIDDEN_SQL}"
)
_ONE = db.Select(f"{_SHOWN} AND t.membership_id = $5", ScoreRow)
_BEFORE = "(t.score, t.membership_id) < ($5, $6)"
_ON_BOARD = "FROM board_score WHERE community_id = $1 AND period = $2 AND NOT hidden AND score < 0"
_MARKS = db.Select(
    "SELECT place, score, membership_id FROM (SELECT score, membership_id, row_number() OVER (ORDER BY score,"
    f" membership_id) AS place {_ON_BOARD}) AS places WHERE place % 1000 = 0 ORDER BY place",
    _MarkRow,
)
_COUNT = f"SELECT count(*) {_ON_BOARD} AND (score, membership_id) < ($3, {{}}) AND (score, membership_id) > ({{}})"
_PRECEDING = db.Select(
    f"SELECT ({_COUNT.format('$4', '$5, $6')}) AS above, ({_COUNT.format('0', '$7, $8')}) AS better", _PrecedingRow
)
_MARKS_LAST_S = 5.0
_MARKS_END_S = 60.0
_NO_MARK = _MarkRow(0, -(2**63), 0)
_marks: dict[Hashable, tuple[float, list[_MarkRow]]] = {}
"""The marks of each large board, with the time of this process from which they are read again."""


@lru_cache
def _build_top(limit: int) -> db.Select[ScoreRow]:
    return db.Select(f"{_SHOWN} ORDER BY t.score, t.membership_id LIMIT {limit}", ScoreRow)


@lru_cache
def _build_neighbours(span: int) -> db.Select[ScoreRow]:
    after = "(t.score, t.membership_id) > ($5, $6)"
    return db.Select(
        "SELECT * FROM (SELECT * FROM"
        f" ({_SHOWN} AND {_BEFORE} ORDER BY t.score DESC, t.membership_id DESC LIMIT {span}) AS above UNION ALL"
        f" SELECT * FROM ({_SHOWN} AND {after} ORDER BY t.score, t.membership_id LIMIT {span}) AS below) AS neighbours"
        " ORDER BY score, membership_id",
        ScoreRow,
    )


async def add(membership_id: int, amount: int, *, at: datetime, time_zone: str) -> None:
    """Add points that were earned at `at` to the member's sums. Claw-backs are negative."""
    month, week = (compute_period(kind, at, time_zone).name for kind in (PeriodKind.MONTH, PeriodKind.WEEK))
    await _ADD.all(membership_id, *list_hidden_values(), amount, month, week)


@db.transactional
async def recount(community_id: int, period: BoardPeriod) -> None:
    """Sum the awards of a period again, to repair its scores."""
    if db.dialect() is db.Dialect.POSTGRES:
        # A sum must not replace one that a later award has changed meanwhile.
        await db.execute("LOCK TABLE board_score IN SHARE ROW EXCLUSIVE MODE")
    await _CLEAR.all(community_id, period.name)
    await _RECOUNT.all(community_id, *list_hidden_values(), period.kind, period.name, period.start, period.end)


async def refresh(membership_ids: Sequence[int]) -> None:
    """Hide or show these members, as the rules say now."""
    await _REFRESH.all(list(membership_ids), *list_hidden_values())


async def list_points(community_id: int, period: BoardPeriod, membership_ids: Sequence[int]) -> list[EarnedPoints]:
    """Return the points of these members in a period."""
    return await _BY_MEMBERS.all(list(membership_ids), community_id, period.name)


async def list_member_ids_after(community_id: int, membership_id: int) -> list[int]:
    """Return the next 500 members, by id, who have ever earned points."""
    return [row.id for row in await _MEMBERS_AFTER.all(community_id, membership_id)]


async def list_top(community_id: int, period: BoardPeriod, *, first: int) -> list[ScoreRow]:
    """Return the first scores of a board."""
    return await _build_top(first).all(community_id, *list_hidden_values(), period.name)


async def list_around(community_id: int, period: BoardPeriod, membership_id: int, *, span: int) -> list[ScoreRow]:
    """Return the member's score with `span` scores on each side.

    Empty if the member is not on the board.
    """
    shown = (community_id, *list_hidden_values(), period.name)
    own = await _ONE.first(*shown, membership_id)
    if own is None:
        return []
    others = await _build_neighbours(span).all(*shown, own.score, own.membership_id)
    return sorted([*others, own], key=lambda row: (row.score, row.membership_id))


async def count_before(community_id: int, period: BoardPeriod, row: ScoreRow) -> tuple[int, int]:
    """Return how many members precede this score, and how many have more points.

    On a board of more than 1,000 members both may be a few seconds old.
    """
    marks = await _list_marks(community_id, period)
    above, better = (_find_mark(marks, row.score, before) for before in (row.membership_id, 0))
    counted = await _PRECEDING.one(
        community_id, period.name, row.score, row.membership_id,
        above.score, above.membership_id, better.score, better.membership_id,
    )  # fmt: skip
    return above.place + counted.above, better.place + counted.better


def _find_mark(marks: Sequence[_MarkRow], score: int, membership_id: int) -> _MarkRow:
    """Return the last mark before this place."""
    number = bisect_left(marks, (score, membership_id), key=lambda mark: (mark.score, mark.membership_id))
    return marks[number - 1] if number else _NO_MARK


async def _list_marks(community_id: int, period: BoardPeriod) -> list[_MarkRow]:
    """Return every thousandth member of a board, with the place.

    The first callers share a read. Later one caller at a time reads them again, and the others get the old ones.
    """
    key = (await db.get_identity(), community_id, period.name)
    kept, now = _marks.get(key), time.monotonic()
    if kept is None or kept[0] < now - _MARKS_END_S:
        marks = await flights.share(("marks", key), lambda: _MARKS.all(community_id, period.name))
    elif kept[0] < now:
        _marks[key] = (now + _MARKS_LAST_S, kept[1])
        marks = await _MARKS.all(community_id, period.name)
    else:
        return kept[1]
    now = time.monotonic()
    for old in [old for old, (ends_at, _) in _marks.items() if ends_at < now - _MARKS_END_S]:
        del _marks[old]
    _marks[key] = (now + _MARKS_LAST_S, marks)
    return marks


async def get_history_mark() -> str:
    """Return a mark that names the newest award and event, with their times."""
    newest = [await _NEWEST[table].first() for table in _NEWEST]
    return " ".join("-" if row is None else f"{row.id}@{row.created_at.isoformat()}" for row in newest)


async def has_history(mark: str) -> bool:
    """Return True if the database has the rows of a mark.

    A restored database has lost them, also when later rows have their ids. Raises ValueError if it is no mark.
    """
    for table, named in zip(_MARKED, mark.split(), strict=True):
        id_, _, time = named.partition("@")
        if named != "-" and await _MARKED[table].first(int(id_), datetime.fromisoformat(time)) is None:
            return False
    return True
