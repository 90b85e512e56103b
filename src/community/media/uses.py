"""Verbs about what uses a picture.

A picture that nothing uses is removed: after a day, or immediately when its last use ends by a withdrawal or a removal.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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


class _StateRow(db.Row):
    id: int
    state: MediaState


# The subquery locks in the order of ids. A picture that changed meanwhile must still meet the conditions.
_CLAIM = db.Change(
    "UPDATE media SET unused_since = NULL WHERE person_id = $1"
    " AND id IN (SELECT m.id FROM media m WHERE m.id = ANY($2) ORDER BY m.id FOR NO KEY UPDATE)"
    f" AND state IN ('PROCESSING', 'READY', 'REFUSED') RETURNING {db.columns(_StateRow)}",
    _StateRow,
)
_USE_SQL = (
    "INSERT INTO media_use (media_id, community_id, subject, subject_id, created_at)"
    " SELECT claimed.id, $1, $2, {}, $3 FROM (SELECT id FROM claimed) AS claimed{} WHERE TRUE ORDER BY claimed.id"
    " ON CONFLICT (subject, subject_id, media_id) DO NOTHING RETURNING media_id AS id"
)


def join_uses(consumer: str) -> dict[str, db.Change[Any]]:
    """Return the changes that add uses by what another change returns.

    That one is named `consumer`, and changes a thing of a community. Their values are from `build_values`, and their
    rows are for `require_added`.
    """
    return _join_uses("consumer.id", f", (SELECT id FROM {consumer}) AS consumer") | {
        "volume": db.Change(volumes.ADD_SQL, db.Count)
    }


def _join_uses(subject_id: str, source: str = "") -> dict[str, db.Change[Any]]:
    return {"claimed": _CLAIM, "used": db.Change(_USE_SQL.format(subject_id, source), db.Id)}


_ADD = db.Joined(**_join_uses("$4"))
_ADD_COUNTED = db.Joined(**_join_uses("$4"), volume=db.Change(volumes.ADD_SQL, db.Count))
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
    claim, use, volume = build_values(person_id, media_ids, subject=by.subject, community_id=by.community_id)
    use = (*use, by.subject_id)
    if by.community_id is None:
        added = await _ADD.run(claim, use)
    else:
        added = await _ADD_COUNTED.run(claim, use, volume)
    require_added(media_ids, added, path=path)


def build_values(
    person_id: int, media_ids: Sequence[int], *, subject: MediaSubject, community_id: int | None
) -> list[tuple[Any, ...]]:
    """Return the values of each change of `join_uses`."""
    return [(person_id, list(media_ids)), (community_id, subject, clock.now()), (community_id,)]


def require_added(media_ids: Sequence[int], added: Sequence[list[Any]], *, path: tuple[str, ...]) -> None:
    """Raise what `add` raises, by the rows of the changes of `join_uses`."""
    claimed, _, *volume = added
    states = {row.id: row.state for row in claimed}
    if states.keys() != set(media_ids):
        raise NotFound("picture", path=path)
    if MediaState.REFUSED in states.values():
        raise MediaRefused(path=path)
    for row in itertools.chain(*volume):
        volumes.require_space(row.count, path=path)


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
