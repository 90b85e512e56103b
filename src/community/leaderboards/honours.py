"""Reads of honours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import db
from community.leaderboards.models import HonourKind

MAX_SHOWN = 20


@dataclass(slots=True)
class HonourRow:
    """An honour with the bounds of its period."""

    membership_id: int
    kind: HonourKind
    rank: int
    starts_at: datetime
    ends_at: datetime
    granted_at: datetime


_OF_MEMBERS = db.Select(
    "SELECT membership_id, kind, rank, starts_at, ends_at, granted_at FROM (SELECT h.membership_id, h.kind, h.rank,"
    " c.starts_at, c.ends_at, h.granted_at, row_number() OVER (PARTITION BY h.membership_id"
    " ORDER BY h.id DESC) AS place"
    " FROM honour h JOIN leaderboard_closing c ON c.id = h.closing_id WHERE h.membership_id = ANY($1)) AS found"
    f" WHERE place <= {MAX_SHOWN} ORDER BY membership_id, place",
    HonourRow,
)


async def list_of_members(membership_ids: Sequence[int]) -> dict[int, list[HonourRow]]:
    """Return the newest honours of each of these members, at most 20, newest first."""
    rows = await _OF_MEMBERS.all(list(membership_ids))
    return dict(zip(membership_ids, db.group(rows, membership_ids, by="membership_id"), strict=True))
