"""Reads of juries and their points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.events.rows import JurorRow
from community.events.rules import JuryPoints
from community.kernel import db

JUROR_COLUMNS = db.columns(JurorRow)

_JUROR = db.Select(
    f"SELECT {JUROR_COLUMNS} FROM event_juror WHERE event_id = $1 AND membership_id = $2 AND dropped_at IS NULL",
    JurorRow,
)
_JURORS = db.Select(f"SELECT {JUROR_COLUMNS} FROM event_juror WHERE id = ANY($1)", JurorRow)
_JURY = db.Select(
    f"SELECT {JUROR_COLUMNS} FROM event_juror WHERE event_id = ANY($1) AND dropped_at IS NULL ORDER BY event_id, id",
    JurorRow,
)


@dataclass(slots=True)
class _TotalRow:
    entry_id: int
    points: int
    jurors: int


@dataclass(slots=True)
class _OwnRow:
    entry_id: int
    points: list[int]


@dataclass(slots=True)
class _DoneRow:
    event_id: int
    membership_id: int
    count: int


_TOTALS = db.Select(
    "SELECT s.entry_id, CAST(sum(s.total) AS BIGINT) AS points, count(*) AS jurors FROM event_score s"
    " JOIN event_juror j ON j.event_id = s.event_id AND j.membership_id = s.membership_id"
    " WHERE s.event_id = $1 AND s.total IS NOT NULL AND j.dropped_at IS NULL GROUP BY s.entry_id",
    _TotalRow,
)
_OWN = db.Select(
    "SELECT s.entry_id, s.points FROM event_score s JOIN membership m ON m.id = s.membership_id"
    " WHERE m.person_id = $1 AND s.entry_id = ANY($2)",
    _OwnRow,
)
_DONE = db.Select(
    "SELECT event_id, membership_id, count(*) AS count FROM event_score WHERE event_id = ANY($1)"
    " GROUP BY event_id, membership_id",
    _DoneRow,
)


async def find_juror(event_id: int, membership_id: int) -> JurorRow | None:
    """Return the member as a juror of the event, or None. One who dropped out is none."""
    return await _JUROR.first(event_id, membership_id)


async def get_jurors(juror_ids: Sequence[int]) -> list[JurorRow]:
    """Return the juror of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _JURORS.all(list(set(juror_ids))), juror_ids)


async def list_juries(event_ids: Sequence[int]) -> list[list[JurorRow]]:
    """Return the jurors of each event who have not dropped out, in order."""
    return db.group(await _JURY.all(list(event_ids)), event_ids, by="event_id")


async def count_scores(rows: Sequence[JurorRow]) -> list[int]:
    """Return how many entries each juror has scored, with recusals, in order."""
    done = {
        (row.event_id, row.membership_id): row.count for row in await _DONE.all(list({row.event_id for row in rows}))
    }
    return [done.get((row.event_id, row.membership_id), 0) for row in rows]


async def list_own_points(person_id: int, entry_ids: Sequence[int]) -> list[list[int] | None]:
    """Return what a person gave each entry as a juror, in order. Empty for a recusal, None without either."""
    found = {row.entry_id: row.points for row in await _OWN.all(person_id, list(entry_ids))}
    return [found.get(entry_id) for entry_id in entry_ids]


async def sum_points(event_id: int) -> dict[int, JuryPoints]:
    """Return the counted points of each entry of an event."""
    return {row.entry_id: JuryPoints(row.points, row.jurors) for row in await _TOTALS.all(event_id)}
