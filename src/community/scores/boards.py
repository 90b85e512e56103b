"""Boards read from the sums in the database. Each read is bounded by an index.

A board without a community is that of all communities, and shows members of those that are open to everyone.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from community.kernel import db, flights
from community.kernel.paging import MAX_COUNT
from community.scores.hiding import build_hidden_sql, list_hidden_values
from community.scores.models import BoardKind


@dataclass(frozen=True, slots=True)
class BoardKey:
    """A board in one period. `community_id` is None for the board of all communities."""

    community_id: int | None
    board: BoardKind
    period: str


@dataclass(slots=True)
class ScoreRow:
    """A member's score on a board: the negative sum."""

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


_MARKS_LAST_S = 5.0
_MARKS_END_S = 60.0
_NO_MARK = _MarkRow(0, -(2**63), 0)
_marks: dict[Hashable, tuple[float, list[_MarkRow]]] = {}
"""The marks of each large board, with the time of this process from which they are read again."""


class _Statements:
    """The statements of the boards of one community, or of all. `$1` is the community, and 0 for all."""

    def __init__(self, *, everywhere: bool) -> None:
        of_board = "$1 = 0 AND t.everywhere" if everywhere else "t.community_id = $1"
        on_board = f"{of_board} AND t.board = $4 AND t.period = $5 AND NOT t.hidden AND t.score < 0"
        # Whom the boards may show is read again. The column `hidden` follows only when the effect of a change has run.
        self.shown = (
            "SELECT t.membership_id, t.score FROM leaderboard_score t JOIN membership m ON m.id = t.membership_id"
            f" JOIN person p ON p.id = m.person_id WHERE {on_board} AND NOT {build_hidden_sql('t.board')}"
        )
        self.own = db.Select(f"{self.shown} AND t.membership_id = $6", ScoreRow)
        counted = on_board.replace("$4", "$2").replace("$5", "$3")
        self.marks = db.Select(
            "SELECT place, score, membership_id FROM (SELECT t.score, t.membership_id, row_number() OVER (ORDER BY"
            f" t.score, t.membership_id) AS place FROM leaderboard_score t WHERE {counted}) AS places"
            " WHERE place % 1000 = 0 ORDER BY place",
            _MarkRow,
        )
        self.count = db.Select(
            f"SELECT count(*) AS count FROM (SELECT 1 FROM leaderboard_score t WHERE {counted} LIMIT {MAX_COUNT + 1})"
            " AS c",
            db.Count,
        )
        below = (
            f"SELECT count(*) FROM leaderboard_score t WHERE {counted}"
            " AND (t.score, t.membership_id) < ($4, {}) AND (t.score, t.membership_id) > ({})"
        )
        self.preceding = db.Select(
            f"SELECT ({below.format('$5', '$6, $7')}) AS above, ({below.format('0', '$8, $9')}) AS better",
            _PrecedingRow,
        )

    @lru_cache  # noqa: B019  # there are two objects, as long as the process lives
    def top(self, limit: int) -> db.Select[ScoreRow]:
        """Return the statement for the first `limit` scores after a score."""
        after = "(t.score, t.membership_id) > ($6, $7)"
        return db.Select(f"{self.shown} AND {after} ORDER BY t.score, t.membership_id LIMIT {limit}", ScoreRow)

    @lru_cache  # noqa: B019
    def neighbours(self, span: int) -> db.Select[ScoreRow]:
        """Return the statement for `span` scores on each side of a score."""
        before, after = ("(t.score, t.membership_id) " + each + " ($6, $7)" for each in "<>")
        above = f"{self.shown} AND {before} ORDER BY t.score DESC, t.membership_id DESC LIMIT {span}"
        below = f"{self.shown} AND {after} ORDER BY t.score, t.membership_id LIMIT {span}"
        return db.Select(
            f"SELECT * FROM (SELECT * FROM ({above}) AS above UNION ALL SELECT * FROM ({below}) AS below) AS neighbours"
            " ORDER BY score, membership_id",
            ScoreRow,
        )


_OF_COMMUNITY, _EVERYWHERE = _Statements(everywhere=False), _Statements(everywhere=True)


def _choose(key: BoardKey) -> _Statements:
    return _EVERYWHERE if key.community_id is None else _OF_COMMUNITY


def _list_shown_values(key: BoardKey) -> tuple[object, ...]:
    return key.community_id or 0, *list_hidden_values(), key.board, key.period


async def list_top(key: BoardKey, *, first: int, after: ScoreRow | None = None) -> list[ScoreRow]:
    """Return the first scores of a board, or the first after one."""
    begin = after or ScoreRow(0, -(2**63))
    return await _choose(key).top(first).all(*_list_shown_values(key), begin.score, begin.membership_id)


async def list_around(key: BoardKey, membership_id: int, *, span: int) -> list[ScoreRow]:
    """Return the member's score with `span` scores on each side. Empty if the member is not on the board."""
    statements, values = _choose(key), _list_shown_values(key)
    own = await statements.own.first(*values, membership_id)
    if own is None:
        return []
    others = await statements.neighbours(span).all(*values, own.score, own.membership_id)
    return sorted([*others, own], key=lambda row: (row.score, row.membership_id))


async def count_all(key: BoardKey) -> db.Count:
    """Return the number of members on a board, at most MAX_COUNT + 1."""
    return await _choose(key).count.one(key.community_id or 0, key.board, key.period)


async def count_before(key: BoardKey, row: ScoreRow) -> tuple[int, int]:
    """Return how many members precede this score, and how many have a better one.

    On a board of more than 1,000 members both may be a few seconds old.
    """
    marks = await _list_marks(key)
    above, better = (_find_mark(marks, row.score, before) for before in (row.membership_id, 0))
    counted = await _choose(key).preceding.one(
        key.community_id or 0, key.board, key.period, row.score, row.membership_id,
        above.score, above.membership_id, better.score, better.membership_id,
    )  # fmt: skip
    return above.place + counted.above, better.place + counted.better


def _find_mark(marks: Sequence[_MarkRow], score: int, membership_id: int) -> _MarkRow:
    """Return the last mark before this place."""
    number = bisect_left(marks, (score, membership_id), key=lambda mark: (mark.score, mark.membership_id))
    return marks[number - 1] if number else _NO_MARK


async def _list_marks(key: BoardKey) -> list[_MarkRow]:
    """Return every thousandth member of a board, with the place.

    The first callers share a read. Later one caller at a time reads them again, and the others get the old ones.
    """
    read = _choose(key).marks
    values = (key.community_id or 0, key.board, key.period)
    name = (await db.get_identity(), key)
    kept, now = _marks.get(name), time.monotonic()
    if kept is None or kept[0] < now - _MARKS_END_S:
        marks = await flights.share(("marks", name), lambda: read.all(*values))
    elif kept[0] < now:
        _marks[name] = (now + _MARKS_LAST_S, kept[1])
        marks = await read.all(*values)
    else:
        return kept[1]
    now = time.monotonic()
    for old in [old for old, (ends_at, _) in _marks.items() if ends_at < now - _MARKS_END_S]:
        del _marks[old]
    _marks[name] = (now + _MARKS_LAST_S, marks)
    return marks
