"""The processing of one picture, in a child process that may die.

The last step is one conditional update. It makes the picture ready and notifies the submissions that wait for it. Then
the same effect deletes the uploaded file, so that the effect is done only when the metadata is gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from community.kernel import clock, db, outbox, storage
from community.kernel.errors import TryAgain
from community.media import fingerprint_store, images, paths, rules
from community.media.containers import UnusableImage
from community.media.images import ProcessedImage
from community.media.models import MediaRefusal, MediaState, MediaSubject


@dataclass(slots=True)
class _ProcessingRow:
    id: int
    state: MediaState
    name: str
    original_name: str
    attempts: int


@dataclass(slots=True)
class _MediaUseRow:
    subject: MediaSubject
    subject_id: int


_FIND = db.Select(f"SELECT {db.columns(_ProcessingRow)} FROM media WHERE id = $1", _ProcessingRow)
_COUNT_ATTEMPT = db.Change(
    f"UPDATE media SET attempts = attempts + 1 WHERE id = $1 AND state = 'PROCESSING'"
    f" RETURNING {db.columns(_ProcessingRow)}",
    _ProcessingRow,
)
_FINISH = db.Change(
    "UPDATE media SET state = 'READY', format = $2, width = $3, height = $4, turned = $5, placeholder = $6,"
    " colour = $7, captured_at = $8, camera = $9, processed_at = $10, fingerprinted_at = $10"
    " WHERE id = $1 AND state = 'PROCESSING' RETURNING id",
    db.Id,
)
_REFUSE = db.Change(
    "UPDATE media SET state = 'REFUSED', refusal = $2, processed_at = $3 WHERE id = $1 AND state = 'PROCESSING'"
    " RETURNING id",
    db.Id,
)
_USES = db.Select(f"SELECT {db.columns(_MediaUseRow)} FROM media_use WHERE media_id = $1 ORDER BY id", _MediaUseRow)


async def process(media_id: int) -> None:
    """Make the files of an upload, or refuse it with the reason. Idempotent.

    A picture on which the process died four times is refused as too complex. Raises TryAgain if the store is not
    available.
    """
    work = await _FIND.one(media_id)
    if work.state is MediaState.PROCESSING:
        await _process_pending(work)
    await storage.delete([paths.build_incoming_path(work.original_name)])
    if work.state is MediaState.REMOVED or (await _FIND.one(media_id)).state is MediaState.REMOVED:
        # It was removed meanwhile. Its files may have been deleted before the last of them was written.
        await storage.delete(paths.list_processed_paths(name=work.name, original_name=work.original_name))


async def _process_pending(work: _ProcessingRow) -> None:
    data = await storage.find(paths.build_incoming_path(work.original_name))
    started = await _count_attempt(work.id)
    if started is None:
        return
    if data is None or started.attempts > rules.MAX_ATTEMPTS:
        await _refuse(work.id, MediaRefusal.BROKEN if data is None else MediaRefusal.TOO_COMPLEX)
        return
    try:
        made = images.make(data)
    except UnusableImage as unusable:
        await _refuse(work.id, unusable.reason)
    except MemoryError:
        await _refuse(work.id, MediaRefusal.TOO_COMPLEX)
    else:
        await _write(started, made)
        await _finish(work.id, made)


@db.transactional
async def _count_attempt(media_id: int) -> _ProcessingRow | None:
    """Count the attempt before it starts.

    A process that dies cannot count it afterwards.
    """
    return await _COUNT_ATTEMPT.first(media_id)


async def _write(work: _ProcessingRow, made: ProcessedImage) -> None:
    files = {paths.build_rendition_path(work.name, name): data for name, data in made.files.items()}
    files[paths.build_original_path(work.original_name)] = made.original
    if made.profile is not None:
        files[paths.build_profile_path(work.original_name)] = made.profile
    try:
        await asyncio.gather(*(storage.put(name, data) for name, data in files.items()))
    except TryAgain:
        # The store failed, not the picture. So the attempt does not count.
        await db.execute("UPDATE media SET attempts = attempts - 1 WHERE id = $1", work.id)
        raise


@db.transactional
async def _finish(media_id: int, made: ProcessedImage) -> None:
    values = (
        made.format, made.width, made.height, made.turned, made.placeholder, made.colour, made.captured_at, made.camera,
    )  # fmt: skip
    if await _FINISH.first(media_id, *values, clock.now()) is not None:
        await fingerprint_store.insert(media_id, made.fingerprint)
        await _notify_consumers(media_id)


@db.transactional
async def _refuse(media_id: int, reason: MediaRefusal) -> None:
    if await _REFUSE.first(media_id, reason, clock.now()) is not None:
        await _notify_consumers(media_id)


async def _notify_consumers(media_id: int) -> None:
    """Put an effect for each submission and comment that waits for the picture.

    A submission then goes to review, or back to its author.
    """
    for use in await _USES.all(media_id):
        if use.subject is MediaSubject.SUBMISSION:
            await outbox.put("effects.receive_submission", submission_id=use.subject_id)
        elif use.subject is MediaSubject.COMMENT:
            await outbox.put("effects.check_comment", comment_id=use.subject_id)
