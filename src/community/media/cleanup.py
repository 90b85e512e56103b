"""Verbs that remove pictures, and files that no picture needs.

The row of a removed picture stays for the revisions that name it. Its files are deleted by an effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel import clock, db, outbox, storage
from community.media import paths, rules, sent_pictures, volumes

_BATCH_SIZE = 100
_SWEEP_BATCH_SIZE = 10_000


@dataclass(slots=True)
class _FilesRow:
    id: int
    name: str
    original_name: str


@dataclass(slots=True)
class _UseRow:
    community_id: int | None
    media_id: int


_IS_UNUSED = "state <> 'REMOVED' AND NOT EXISTS (SELECT 1 FROM media_use u WHERE u.media_id = media.id)"
WHERE_UNUSED = f" WHERE id = ANY($1) AND {_IS_UNUSED}"
"""The condition, on a list of ids as $1, that nothing uses a picture."""
_REMOVE = (
    "UPDATE media SET state = 'REMOVED', refusal = NULL, placeholder = NULL, colour = NULL,"
    " captured_at = NULL, camera = NULL, alt_text = NULL, digest = NULL"
)
_REMOVE_UNUSED = db.Change(f"{_REMOVE}{WHERE_UNUSED} RETURNING id", db.Id)
_EXPIRED = db.Select(
    f"SELECT id FROM media WHERE unused_since < $1 AND unused_since IS NOT NULL AND {_IS_UNUSED}"
    f" ORDER BY unused_since LIMIT {_BATCH_SIZE}",
    db.Id,
)
_REMOVE_EXPIRED = db.Change(f"{_REMOVE}{WHERE_UNUSED} AND unused_since < $2 RETURNING id", db.Id)
_LOCK = db.Select("SELECT id FROM media WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", db.Id)
_LOCK_ALL_OF_PERSON = db.Select(
    "SELECT id FROM media WHERE person_id = $1 AND state <> 'REMOVED' ORDER BY id FOR NO KEY UPDATE", db.Id
)
_REMOVE_ALL_OF_PERSON = db.Change(f"{_REMOVE} WHERE person_id = $1 AND state <> 'REMOVED' RETURNING id", db.Id)
_DELETE_USES = db.Change(f"DELETE FROM media_use WHERE media_id = ANY($1) RETURNING {db.columns(_UseRow)}", _UseRow)
_FILES = db.Select(
    f"SELECT {db.columns(_FilesRow)} FROM media WHERE id = ANY($1) AND state = 'REMOVED' ORDER BY id", _FilesRow
)
_AWAITED = db.Select(
    "SELECT original_name AS name FROM media WHERE state IN ('RECEIVING', 'PROCESSING') AND original_name = ANY($1)",
    db.Name,
)


async def lock(media_ids: Sequence[int]) -> None:
    """Lock the rows of pictures, in the order of their ids."""
    await _LOCK.all(list(media_ids))


@db.transactional
async def collect_unused() -> None:
    """Remove pictures that nothing has used for a day. Idempotent. The schedule calls it."""
    before = clock.now() - rules.UNUSED_RETENTION
    while found := [row.id for row in await _EXPIRED.all(before)]:
        await lock(found)
        await _discard_later([row.id for row in await _REMOVE_EXPIRED.all(found, before)])


@db.transactional
async def remove_unused(media_ids: Sequence[int]) -> None:
    """Remove those of these pictures that nothing uses. The caller has locked them."""
    await _discard_later([row.id for row in await _REMOVE_UNUSED.all(list(media_ids))])


@db.transactional
async def remove_all(person_id: int) -> None:
    """Remove every picture of a person, used or not. This is for erasure."""
    await _LOCK_ALL_OF_PERSON.all(person_id)
    removed = [row.id for row in await _REMOVE_ALL_OF_PERSON.all(person_id)]
    ended = await _DELETE_USES.all(removed)
    await sent_pictures.forget_everywhere(removed)
    for community_id in sorted({use.community_id for use in ended if use.community_id is not None}):
        await volumes.subtract(community_id, [use.media_id for use in ended if use.community_id == community_id])
    await _discard_later(removed)


async def _discard_later(media_ids: Sequence[int]) -> None:
    """Delete the fingerprints of removed pictures, and put the effects that delete their files."""
    await sent_pictures.discard_fingerprints(media_ids)
    for start in range(0, len(media_ids), _BATCH_SIZE):
        await outbox.put("effects.discard_media", media_ids=list(media_ids[start : start + _BATCH_SIZE]))


async def discard(media_ids: Sequence[int]) -> None:
    """Delete the files of removed pictures. Idempotent. Raises TryAgain if the store is not available."""
    for row in await _FILES.all(list(media_ids)):
        await storage.delete(
            [
                paths.build_incoming_path(row.original_name),
                *paths.list_processed_paths(name=row.name, original_name=row.original_name),
            ]
        )


async def sweep_incoming() -> None:
    """Delete uploaded files that no picture waits for, and unfinished files. They are at least an hour old.

    A call that died after or while writing its file leaves such a file. Idempotent. The schedule calls it. Raises
    TryAgain if the store is not available.
    """
    before = clock.now() - rules.INCOMING_RETENTION
    await storage.delete_unfinished(before=before)
    found = await storage.list_older(paths.INCOMING_FOLDER, before=before, limit=_SWEEP_BATCH_SIZE)
    originals = {path.rpartition("/")[2]: path for path in found}
    for row in await _AWAITED.all(list(originals)):
        del originals[row.name]
    await storage.delete(list(originals.values()))
