"""Verbs about what uses a picture.

A picture that nothing uses is removed: after a day, or immediately when its last use ends by a withdrawal or a removal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel import clock, db
from community.kernel.errors import NotFound
from community.media import cleanup, sent_pictures, volumes
from community.media.errors import MediaRefused
from community.media.models import MediaState, MediaSubject


@dataclass(frozen=True, slots=True)
class MediaConsumer:
    """A thing that uses pictures.

    It is a submission of a community, or a person with an avatar and no community.
    """

    subject: MediaSubject
    subject_id: int
    community_id: int | None = None


@dataclass(slots=True)
class _StateRow:
    id: int
    state: MediaState


# The subquery locks in the order of ids. A picture that changed meanwhile must still meet the conditions.
_CLAIM = db.Change(
    "UPDATE media SET unused_since = NULL WHERE person_id = $1"
    " AND id IN (SELECT m.id FROM media m WHERE m.id = ANY($2) ORDER BY m.id FOR NO KEY UPDATE)"
    f" AND state IN ('PROCESSING', 'READY', 'REFUSED') RETURNING {db.columns(_StateRow)}",
    _StateRow,
)
_ADD_SQL = (
    "INSERT INTO media_use (media_id, community_id, subject, subject_id, created_at)"
    " SELECT id, $1, $2, $3, $4 FROM media WHERE id = ANY($5) ORDER BY id"
    " ON CONFLICT (subject, subject_id, media_id) DO NOTHING RETURNING media_id AS id"
)
_ADD = db.Change(_ADD_SQL, db.Id)
_ADD_COUNTED = db.Chain(_ADD_SQL, volumes.ADD_SQL, db.Count)
_LOCK_OF_CONSUMER = db.Select(
    "SELECT id FROM media WHERE id IN (SELECT media_id FROM media_use WHERE subject = $1 AND subject_id = $2)"
    " ORDER BY id FOR NO KEY UPDATE",
    db.Id,
)
_DELETE_USES = db.Change(
    "DELETE FROM media_use WHERE subject = $1 AND subject_id = $2 AND NOT (media_id = ANY($3))"
    " RETURNING media_id AS id",
    db.Id,
)


@db.transactional
async def add(person_id: int, media_ids: Sequence[int], *, by: MediaConsumer, path: tuple[str, ...]) -> None:
    """Add uses of the person's own pictures, processed or not. Idempotent.

    Raises NotFound if a picture is removed or of another person, MediaRefused if one cannot be used, and StorageFull.
    `path` is that of the input field with the ids.
    """
    claimed = {row.id: row.state for row in await _CLAIM.all(person_id, list(media_ids))}
    if set(claimed) != set(media_ids):
        raise NotFound("picture", path=path)
    if MediaState.REFUSED in claimed.values():
        raise MediaRefused(path=path)
    values = (by.community_id, by.subject, by.subject_id, clock.now(), list(media_ids))
    if by.community_id is None:
        await _ADD.all(*values)
    elif (volume := await _ADD_COUNTED.first(*values)) is not None:
        volumes.require_space(volume.count, path=path)


@db.transactional
async def keep_only(media_ids: Sequence[int], *, by: MediaConsumer) -> None:
    """End every other use by the consumer. Pictures that nothing uses then are removed after a day."""
    dropped = await _drop_uses(by, except_ids=media_ids)
    if dropped:
        await db.execute(f"UPDATE media SET unused_since = $2{cleanup.WHERE_UNUSED}", dropped, clock.now())


@db.transactional
async def publish(media_ids: Sequence[int], *, by: MediaConsumer, for_everyone: bool) -> None:
    """Make exactly these pictures of the consumer visible to its community's members.

    `for_everyone` makes them visible to others too, while the community is public.
    """
    await db.execute(
        "UPDATE media_use SET published = (media_id = ANY($3)), for_everyone = ($4 AND media_id = ANY($3))"
        " WHERE subject = $1 AND subject_id = $2",
        by.subject, by.subject_id, list(media_ids), for_everyone,
    )  # fmt: skip


@db.transactional
async def release(*, by: MediaConsumer) -> None:
    """End every use by the consumer. Pictures that nothing uses then are removed immediately."""
    dropped = await _drop_uses(by, except_ids=())
    if dropped:
        await cleanup.remove_unused(dropped)


async def _drop_uses(by: MediaConsumer, *, except_ids: Sequence[int]) -> list[int]:
    """Delete uses, and return the ids of their pictures.

    The pictures are locked before their uses are read, so that a use that is being added is seen.
    """
    await _LOCK_OF_CONSUMER.all(by.subject, by.subject_id)
    dropped = [row.id for row in await _DELETE_USES.all(by.subject, by.subject_id, list(except_ids))]
    if by.community_id is not None:
        await volumes.subtract(by.community_id, dropped)
        if by.subject is MediaSubject.SUBMISSION:
            await sent_pictures.forget(by.community_id, by.subject_id, dropped)
        elif by.subject is MediaSubject.COMMENT:
            await sent_pictures.forget_of_comment(by.community_id, by.subject_id, dropped)
    return dropped
