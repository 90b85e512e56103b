"""The work on one picture, in a process of its own that may die of it.

Nothing of it is seen before its last step: one conditional update makes the picture ready, and tells what waits for it.
What came in is deleted behind that step, by the same effect: it is not done before its metadata is gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from community.kernel import clock, db, outbox, storage
from community.kernel.errors import TryAgain
from community.media import images, rules
from community.media.containers import Unusable
from community.media.images import Made
from community.media.models import Reason, State, Subject


@dataclass(slots=True)
class _Work:
    id: int
    state: State
    name: str
    original_name: str
    attempts: int


@dataclass(slots=True)
class _Use:
    subject: Subject
    subject_id: int


_FIND = db.Select(f"SELECT {db.columns(_Work)} FROM media WHERE id = $1", _Work)
_BEGIN = db.Change(
    f"UPDATE media SET attempts = attempts + 1 WHERE id = $1 AND state = 'PROCESSING' RETURNING {db.columns(_Work)}",
    _Work,
)
_FINISH = db.Change(
    "UPDATE media SET state = 'READY', format = $2, width = $3, height = $4, turned = $5, placeholder = $6,"
    " colour = $7, perceptual_hash = $8, captured_at = $9, camera = $10, processed_at = $11"
    " WHERE id = $1 AND state = 'PROCESSING' RETURNING id",
    db.Id,
)
_REFUSE = db.Change(
    "UPDATE media SET state = 'REFUSED', refusal = $2, processed_at = $3 WHERE id = $1 AND state = 'PROCESSING'"
    " RETURNING id",
    db.Id,
)
_USES = db.Select(f"SELECT {db.columns(_Use)} FROM media_use WHERE media_id = $1 ORDER BY id", _Use)


async def process(media_id: int) -> None:
    """Make everything that is made of an upload, or refuse it with the reason. Doing it again changes nothing.

    A picture on which this died several times is refused as too complex. Raises TryAgain when the store is away.
    """
    work = await _FIND.one(media_id)
    if work.state is State.PROCESSING:
        await _work_on(work)
    await storage.delete([rules.incoming(work.original_name)])
    if work.state is State.REMOVED or (await _FIND.one(media_id)).state is State.REMOVED:
        # Taken away while it was worked on: its files may have been deleted before the last of them was written.
        await storage.delete(_written(work))


async def _work_on(work: _Work) -> None:
    data = await storage.get(rules.incoming(work.original_name))
    begun = await _begin(work.id)
    if begun is None:
        return
    if data is None or begun.attempts > rules.MOST_ATTEMPTS:
        await _refuse(work.id, Reason.BROKEN if data is None else Reason.TOO_COMPLEX)
        return
    try:
        made = images.make(data)
    except Unusable as unusable:
        await _refuse(work.id, unusable.reason)
    except MemoryError:
        await _refuse(work.id, Reason.TOO_COMPLEX)
    else:
        await _write(begun, made)
        await _finish(work.id, made)


@db.transactional
async def _begin(media_id: int) -> _Work | None:
    """Count the attempt before it begins: a process that dies cannot."""
    return await _BEGIN.first(media_id)


async def _write(work: _Work, made: Made) -> None:
    files = {rules.shown(work.name, name): data for name, data in made.files.items()}
    files[rules.kept(work.original_name)] = made.original
    if made.profile is not None:
        files[rules.profile(work.original_name)] = made.profile
    try:
        await asyncio.gather(*(storage.put(name, data) for name, data in files.items()))
    except TryAgain:
        # The store's fault, not the picture's: it does not count.
        await db.execute("UPDATE media SET attempts = attempts - 1 WHERE id = $1", work.id)
        raise


def _written(work: _Work) -> list[str]:
    return [
        rules.kept(work.original_name),
        rules.profile(work.original_name),
        *(rules.shown(work.name, name) for name in rules.RENDITIONS),
    ]


@db.transactional
async def _finish(media_id: int, made: Made) -> None:
    values = (
        made.format, made.width, made.height, made.turned, made.placeholder, made.colour, made.perceptual_hash,
        made.captured_at, made.camera,
    )  # fmt: skip
    if await _FINISH.first(media_id, *values, clock.now()) is not None:
        await _tell(media_id)


@db.transactional
async def _refuse(media_id: int, reason: Reason) -> None:
    if await _REFUSE.first(media_id, reason, clock.now()) is not None:
        await _tell(media_id)


async def _tell(media_id: int) -> None:
    """Word to what waits for the picture: a submission goes on to review, or back to its author."""
    for use in await _USES.all(media_id):
        if use.subject is Subject.SUBMISSION:
            await outbox.put("effects.receive_submission", submission_id=use.subject_id)
