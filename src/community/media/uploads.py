"""The verb that receives an upload."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.communities import newcomers
from community.communities.newcomers import Limited
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, mistakes, outbox, storage
from community.kernel.errors import TryAgain
from community.kernel.idempotency import Answer, IdempotencyScope, find_answer, release_key, run_once, validate_key
from community.kernel.received import ReceivedFile
from community.media import paths, rules
from community.media.errors import StorageFull, TooManyUploads, UploadEmpty, UploadTooLarge
from community.media.models import MediaState

OPERATION = "media.upload"
"""The operation of an upload's idempotency key. The key belongs to the person, outside any community."""


@dataclass(slots=True)
class _UploadRow:
    id: int
    state: MediaState
    original_name: str


@dataclass(slots=True)
class _HeldRow:
    """Pictures of a person that are not removed."""

    unused: int
    size_bytes: int
    unused_since: datetime | None


@dataclass(frozen=True, slots=True)
class _Upload:
    """The validated input of an upload."""

    person_id: int
    file: ReceivedFile
    digest: str
    alt_text: str | None


_INSERT = db.Change(
    "INSERT INTO media (person_id, digest, size_bytes, state, name, original_name, alt_text, created_at, unused_since)"
    " VALUES ($1, $2, $3, 'RECEIVING', $4, $5, $6, $7, $7) RETURNING id",
    db.Id,
)
_HELD = db.Select(
    "SELECT count(unused_since) AS unused, CAST(COALESCE(sum(size_bytes), 0) AS BIGINT) AS size_bytes,"
    " min(unused_since) AS unused_since FROM media WHERE person_id = $1 AND state <> 'REMOVED'",
    _HeldRow,
)
_FIND = db.Select(f"SELECT {db.columns(_UploadRow)} FROM media WHERE id = $1", _UploadRow)
_LOCK_REMOVED = db.Select("SELECT id FROM media WHERE id = $1 AND state = 'REMOVED' FOR NO KEY UPDATE", db.Id)
_START_PROCESSING = db.Change(
    "UPDATE media SET state = 'PROCESSING' WHERE id = $1 AND state = 'RECEIVING' RETURNING id", db.Id
)
_IN_PROCESS = db.Select("SELECT id FROM media WHERE id = $1 AND state = 'PROCESSING'", db.Id)


async def receive(person_id: int, file: ReceivedFile, *, key: str, alt_text: str | None = None) -> int:
    """Store an upload, and return the picture's id. An effect processes it later.

    Idempotent: the same key of the same person gives the same picture, also after a call that failed half-way. The key
    is free again when that picture is removed, or after the lifetime of idempotency records.
    Raises UploadEmpty, InvalidInput, TooManyUploads, StorageFull, ConsentMissing, GuardianNeeded, KeyReused if the key
    came with other bytes or another alternative text, SessionEnded if the person is erased meanwhile, and TryAgain.
    """
    _require_complete(file)
    with mistakes.collect() as check:
        described = check(rules.normalise_alt_text, alt_text)
        check(validate_key, key)
    upload = _Upload(person_id, file, file.digest, described)
    # Each transaction locks the person before the key, and refuses an erased person without a record of the call.
    with db.on_transaction_begin(partial(person_lock.lock_active, person_id)):
        row = await _find_or_insert(upload, key)
        if row.state is MediaState.RECEIVING:
            await _store(row, file)
    return row.id


def _require_complete(file: ReceivedFile) -> None:
    """Raise a refusal unless the whole file was received."""
    if file.refusal is not None:
        raise file.refusal
    if file.size_bytes > file.limit_bytes:
        raise UploadTooLarge(
            "limit", path=("file",), max=_count_megabytes(file.limit_bytes), actual=_count_megabytes(file.size_bytes)
        )
    if file.is_lost:
        raise TryAgain("disk_full", path=("file",))
    if not file.size_bytes:
        raise UploadEmpty(path=("file",))


def _count_megabytes(size_bytes: int) -> int:
    return math.ceil(size_bytes / rules.MEGABYTE)


async def _find_or_insert(upload: _Upload, key: str) -> _UploadRow:
    """Return the row of the upload. It is committed before the file is written, so that no file lacks a row."""
    scope = IdempotencyScope(0, upload.person_id, OPERATION)
    await _release_key_of_removed(scope, key)
    given = {"digest": upload.digest, "alt_text": upload.alt_text}
    answer = await run_once(scope, key, given, partial(_insert, upload))
    return await _FIND.one(answer["media_id"])


@db.transactional
async def _release_key_of_removed(scope: IdempotencyScope, key: str) -> None:
    """Release the key if its picture is removed."""
    answer = await find_answer(scope, key)
    if answer is None or await _LOCK_REMOVED.first(answer["media_id"]) is None:
        return
    # Read again behind the lock. Another call may have released the key, and used it for another picture. The picture
    # is locked before the key here. That is safe, because no transaction with this key waits for a removed picture.
    if await find_answer(scope, key) == answer:
        await release_key(scope, key)


async def _insert(upload: _Upload) -> Answer:
    await consents.require_consent(upload.person_id, ConsentPurpose.PUBLICATION)
    # Two uploads of a person must not both take the last space.
    await person_lock.lock_for_update(upload.person_id)
    held = await _HELD.one(upload.person_id)
    settled_at = await newcomers.find_settled_at(upload.person_id)
    max_unused = newcomers.get_limit(Limited.UNUSED_PICTURES, settled_at=settled_at)
    if held.unused >= max_unused:
        raise TooManyUploads(
            "limit", path=("file",), retry_at=_find_retry(held, settled_at), max=max_unused, actual=held.unused
        )
    max_megabytes = newcomers.get_limit(Limited.PICTURE_MEGABYTES, settled_at=settled_at)
    if held.size_bytes + upload.file.size_bytes > max_megabytes * rules.MEGABYTE:
        raise StorageFull(
            "person", path=("file",), retry_at=_find_retry(held, settled_at),
            max=max_megabytes, actual=held.size_bytes // rules.MEGABYTE,
        )  # fmt: skip
    names = (rules.generate_name(), rules.generate_name())
    row = await _INSERT.one(
        upload.person_id, upload.digest, upload.file.size_bytes, *names, upload.alt_text, clock.now()
    )
    return {"media_id": row.id}


def _find_retry(held: _HeldRow, settled_at: datetime) -> datetime | None:
    """Return the time of more space, or None.

    It is that of the next removal of an unused picture, or the end of a newcomer's limit.
    """
    times = [settled_at] if clock.now() < settled_at else []
    if held.unused_since is not None:
        times.append(held.unused_since + rules.UNUSED_RETENTION)
    return min(times, default=None)


async def _store(row: _UploadRow, received: ReceivedFile) -> None:
    file = paths.build_incoming_path(row.original_name)
    with received.read() as data:
        await storage.put(file, data)
    try:
        await _start_processing(row.id)
    except SessionEnded:
        # The job of the erasure may have deleted the files before this one was written.
        await storage.delete([file])
        raise


@db.transactional
async def _start_processing(media_id: int) -> None:
    """Put the effect that processes a picture and deletes its uploaded file.

    It is put again if the picture was already processed or removed, because this file came too late for its deletion.
    """
    if await _START_PROCESSING.first(media_id) is not None or await _IN_PROCESS.first(media_id) is None:
        await outbox.put("images.process", media_id=media_id)
