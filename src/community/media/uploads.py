"""The verb that receives an upload."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, outbox, storage
from community.kernel.errors import TryAgain
from community.kernel.idempotency import KeyReused, validate_key
from community.media import paths, rules
from community.media.errors import TooManyUploads, UploadEmpty
from community.media.models import MediaState


@dataclass(slots=True)
class _UploadRow:
    id: int
    digest: str
    state: MediaState
    original_name: str


_INSERT = db.Change(
    "INSERT INTO media (person_id, client_key, digest, size_bytes, state, name, original_name, alt_text, created_at,"
    " unused_since) VALUES ($1, $2, $3, $4, 'RECEIVING', $5, $6, $7, $8, $8)"
    f" ON CONFLICT (person_id, client_key) DO NOTHING RETURNING {db.columns(_UploadRow)}",
    _UploadRow,
)
_FIND = db.Select(f"SELECT {db.columns(_UploadRow)} FROM media WHERE person_id = $1 AND client_key = $2", _UploadRow)
_START_PROCESSING = db.Change(
    "UPDATE media SET state = 'PROCESSING' WHERE id = $1 AND state = 'RECEIVING' RETURNING id", db.Id
)
_IN_PROCESS = db.Select("SELECT id FROM media WHERE id = $1 AND state = 'PROCESSING'", db.Id)


async def receive(person_id: int, data: bytes, *, client_key: str, alt_text: str | None = None) -> int:
    """Store an upload, and return the picture's id. An effect processes it later.

    Idempotent: the same `client_key` of the same person gives the same picture until that picture is removed. Then the
    key is free again.
    Raises UploadEmpty, InvalidInput, TooManyUploads, ConsentMissing, GuardianNeeded, KeyReused if the key came with
    other bytes, SessionEnded if the person is erased meanwhile, and TryAgain.
    """
    if not data:
        raise UploadEmpty(path=("file",))
    digest = hashlib.sha256(data).hexdigest()
    given = rules.normalise_alt_text(alt_text)
    upload = await _ensure_upload(
        person_id, validate_key(client_key), digest=digest, size_bytes=len(data), alt_text=given
    )
    if upload.digest != digest:
        raise KeyReused(path=("idempotencyKey",))
    if upload.state is MediaState.RECEIVING:
        await _store(person_id, upload, data)
    return upload.id


@db.transactional
async def _ensure_upload(
    person_id: int, client_key: str, *, digest: str, size_bytes: int, alt_text: str | None
) -> _UploadRow:
    """Return the row of the upload. It is committed before the file is written, so that no file lacks a row."""
    await person_lock.lock_shared(person_id)
    known = await _FIND.first(person_id, client_key)
    if known is not None:
        return known
    await consents.require_consent(person_id, ConsentPurpose.PUBLICATION)
    unused = await db.scalar(
        "SELECT count(*) FROM media WHERE person_id = $1 AND unused_since IS NOT NULL AND state <> 'REMOVED'", person_id
    )
    if unused >= rules.MAX_UNUSED:
        raise TooManyUploads
    names = (rules.generate_name(), rules.generate_name())
    made = await _INSERT.first(person_id, client_key, digest, size_bytes, *names, alt_text, clock.now())
    made = made or await _FIND.first(person_id, client_key)
    if made is None:
        raise TryAgain  # another call's picture, removed in this moment
    return made


async def _store(person_id: int, upload: _UploadRow, data: bytes) -> None:
    file = paths.build_incoming_path(upload.original_name)
    await storage.put(file, data)
    try:
        await _start_processing(person_id, upload.id)
    except SessionEnded:
        # The job of the erasure may have deleted the files before this one was written.
        await storage.delete([file])
        raise


@db.transactional
async def _start_processing(person_id: int, media_id: int) -> None:
    """Put the effect that processes a picture and then deletes its uploaded file.

    It is put again if the picture was already processed or removed, because this file came too late for its deletion.
    """
    await person_lock.lock_shared(person_id)
    if await _START_PROCESSING.first(media_id) is not None or await _IN_PROCESS.first(media_id) is None:
        await outbox.put("images.process", media_id=media_id)
