"""The size of the pictures that a community's submissions use.

It is a counter. The statement that changes it locks it, so that two submissions cannot both take the last space.
"""

from __future__ import annotations

from collections.abc import Sequence

from community.kernel import db
from community.media import rules
from community.media.errors import StorageFull

ADD_SQL = (
    "INSERT INTO media_volume (community_id, size_bytes) SELECT $1, CAST(sum(size_bytes) AS BIGINT) FROM media"
    " WHERE id IN (SELECT id FROM used) HAVING count(*) > 0"
    " ON CONFLICT (community_id) DO UPDATE SET size_bytes = media_volume.size_bytes + EXCLUDED.size_bytes"
    " RETURNING size_bytes AS count"
)
"""Counts the new uses of pictures in a community, which another change returns."""
_SUBTRACT = db.Change(
    "UPDATE media_volume SET size_bytes = size_bytes - (SELECT CAST(sum(size_bytes) AS BIGINT) FROM media"
    " WHERE id = ANY($2)) WHERE community_id = $1 RETURNING id",
    db.Id,
)


def require_space(size_bytes: int, *, path: tuple[str, ...]) -> None:
    """Raise StorageFull if the pictures of a community are larger than allowed."""
    if size_bytes > rules.MAX_COMMUNITY_MEGABYTES * rules.MEGABYTE:
        raise StorageFull(
            "community", path=path, max=rules.MAX_COMMUNITY_MEGABYTES, actual=size_bytes // rules.MEGABYTE
        )


async def subtract(community_id: int, media_ids: Sequence[int]) -> None:
    """Subtract uses of pictures that have ended."""
    if media_ids:
        await _SUBTRACT.all(community_id, list(media_ids))
