"""Stories of a closed story call, for its book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.events.kinds import PrizeTier
from community.kernel import db


@dataclass(slots=True)
class StoryRow:
    """A published story of a member who is there, with its prize."""

    submission_id: int
    author: str
    place: int
    tier: PrizeTier | None


@dataclass(slots=True)
class PictureRow:
    """The first picture of a revision."""

    revision_id: int
    name: str
    alt_text: str | None


_STORIES = db.Select(
    "SELECT e.submission_id, o.nickname AS author, e.place, p.tier FROM event_entry e"
    " JOIN submission s ON s.id = e.submission_id AND s.published_revision IS NOT NULL"
    " JOIN membership m ON m.id = e.membership_id AND m.left_at IS NULL"
    " JOIN person o ON o.id = m.person_id AND o.banned_at IS NULL AND o.erased_at IS NULL"
    " LEFT JOIN event_prize p ON p.community_id = e.community_id AND p.entry_id = e.id AND p.taken_back_at IS NULL"
    " WHERE e.event_id = $1 AND e.state = 'ENTERED' AND e.place IS NOT NULL ORDER BY e.place, e.id",
    StoryRow,
)
_PICTURES = db.Select(
    "SELECT p.revision_id, m.name, m.alt_text FROM revision_media p JOIN media m ON m.id = p.media_id"
    " AND m.state = 'READY' WHERE p.revision_id = ANY($1) AND p.position = 0",
    PictureRow,
)


async def list_stories(event_id: int) -> list[StoryRow]:
    """Return the stories of an event by place."""
    return await _STORIES.all(event_id)


async def list_pictures(revision_ids: Sequence[int]) -> dict[int, PictureRow]:
    """Return the first picture of each revision that has one."""
    return {row.revision_id: row for row in await _PICTURES.all(list(revision_ids))}
