"""Verbs of media: receive an upload, say what it is used for, let it go.

A picture is used by what shows it, or it is let go of: one that nothing uses is collected after a day, one whose use
ended by a withdrawal or a removal at once. Its files follow by the outbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, outbox, storage
from community.kernel.errors import NotFound, TryAgain
from community.kernel.idempotency import KeyReused, validate_key
from community.media import rules
from community.media.errors import MediaRefused, TooManyUploads, UploadEmpty
from community.media.models import MediaState, MediaSubject

_BATCH_SIZE = 100
_SWEEP_BATCH_SIZE = 10_000


@dataclass(slots=True)
class _ReceivedRow:
    id: int
    digest: str
    state: MediaState
    original_name: str


@dataclass(slots=True)
class _StateRow:
    id: int
    state: MediaState


@dataclass(slots=True)
class _FilesRow:
    id: int
    name: str
    original_name: str


# --- receiving -----------------------------------------------------------------------------------------------------

_NEW = db.Change(
    "INSERT INTO media (person_id, client_key, digest, size_bytes, state, name, original_name, alt_text, created_at,"
    " unused_since) VALUES ($1, $2, $3, $4, 'RECEIVING', $5, $6, $7, $8, $8)"
    f" ON CONFLICT (person_id, client_key) DO NOTHING RETURNING {db.columns(_ReceivedRow)}",
    _ReceivedRow,
)
_KNOWN = db.Select(
    f"SELECT {db.columns(_ReceivedRow)} FROM media WHERE person_id = $1 AND client_key = $2", _ReceivedRow
)
_RECEIVED = db.Change(
    f"UPDATE media SET state = 'PROCESSING' WHERE id = $1 AND state = 'RECEIVING' RETURNING {db.columns(_StateRow)}",
    _StateRow,
)
_IN_PROCESS = db.Select(f"SELECT {db.columns(_StateRow)} FROM media WHERE id = $1 AND state = 'PROCESSING'", _StateRow)


async def receive(person_id: int, data: bytes, *, client_key: str, alt_text: str | None = None) -> int:
    """Take an upload in; the picture's id, at once. The work on it follows.

    The same `client_key` of the same person gives the same picture again, however far the first call came, until that
    picture is removed; the key means nothing then and may be used for another one. Raises UploadEmpty, InvalidInput,
    TooManyUploads, ConsentMissing, GuardianNeeded, KeyReused when the key came with other bytes, SessionEnded for
    somebody who is erased meanwhile, TryAgain.
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
        file = rules.build_incoming_path(upload.original_name)
        await storage.put(file, data)
        try:
            await _mark_received(person_id, upload.id)
        except SessionEnded:
            # Whoever erased the person may have looked for the file before it was there.
            await storage.delete([file])
            raise
    return upload.id


@db.transactional
async def _ensure_upload(
    person_id: int, client_key: str, *, digest: str, size_bytes: int, alt_text: str | None
) -> _ReceivedRow:
    """The row of the upload: before its file, so that no file is ever without one."""
    await person_lock.lock_shared(person_id)
    known = await _KNOWN.first(person_id, client_key)
    if known is not None:
        return known
    await consents.require_consent(person_id, ConsentPurpose.PUBLICATION)
    unused = await db.scalar(
        "SELECT count(*) FROM media WHERE person_id = $1 AND unused_since IS NOT NULL AND state <> 'REMOVED'", person_id
    )
    if unused >= rules.MAX_UNUSED:
        raise TooManyUploads
    names = (rules.generate_name(), rules.generate_name())
    made = await _NEW.first(person_id, client_key, digest, size_bytes, *names, alt_text, clock.now())
    made = made or await _KNOWN.first(person_id, client_key)
    if made is None:
        raise TryAgain  # another call's picture, removed in this moment
    return made


@db.transactional
async def _mark_received(person_id: int, media_id: int) -> None:
    """Promise the work; when it was done or called off before this file was there, that it is deleted again."""
    await person_lock.lock_shared(person_id)
    if await _RECEIVED.first(media_id) is not None or await _IN_PROCESS.first(media_id) is None:
        await outbox.put("images.process", media_id=media_id)


# --- using ---------------------------------------------------------------------------------------------------------

_LOCK = db.Select("SELECT id FROM media WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", db.Id)
_LOCK_OF_CONSUMER = db.Select(
    "SELECT id FROM media WHERE id IN (SELECT media_id FROM media_use WHERE subject = $1 AND subject_id = $2)"
    " ORDER BY id FOR NO KEY UPDATE",
    db.Id,
)
_LOCK_FIRST_OF_PERSON = db.Select(
    "SELECT id FROM media WHERE person_id = $1 ORDER BY id LIMIT 1 FOR NO KEY UPDATE",
    db.Id,
)
_CLAIM = db.Change(
    "UPDATE media SET unused_since = NULL WHERE person_id = $1 AND id = ANY($2)"
    f" AND state IN ('PROCESSING', 'READY', 'REFUSED') RETURNING {db.columns(_StateRow)}",
    _StateRow,
)
_DELETE_USES = db.Change(
    "DELETE FROM media_use WHERE subject = $1 AND subject_id = $2 AND NOT (media_id = ANY($3))"
    " RETURNING media_id AS id",
    db.Id,
)
_IS_UNUSED = "state <> 'REMOVED' AND NOT EXISTS (SELECT 1 FROM media_use u WHERE u.media_id = media.id)"
_WHERE_UNUSED = f" WHERE id = ANY($1) AND {_IS_UNUSED}"
_REMOVE = (
    "UPDATE media SET state = 'REMOVED', refusal = NULL, placeholder = NULL, colour = NULL, perceptual_hash = NULL,"
    " captured_at = NULL, camera = NULL, alt_text = NULL, client_key = NULL, digest = NULL"
)
_REMOVE_UNUSED = db.Change(f"{_REMOVE}{_WHERE_UNUSED} RETURNING id", db.Id)


@dataclass(frozen=True, slots=True)
class MediaConsumer:
    """What uses pictures: a submission of a community, or a person whose avatar it is."""

    subject: MediaSubject
    subject_id: int
    community_id: int | None = None


@db.transactional
async def use(person_id: int, media_ids: Sequence[int], *, by: MediaConsumer, path: tuple[str, ...]) -> None:
    """Say that the person's own pictures are used, whether they have been worked on yet or not.

    Raises NotFound when one is not theirs or is gone, MediaRefused when one cannot be used; with the `path` where the
    caller was given them.
    """
    await _LOCK.all(list(media_ids))
    claimed = {row.id: row.state for row in await _CLAIM.all(person_id, list(media_ids))}
    if set(claimed) != set(media_ids):
        raise NotFound("There is no such picture of yours.", path=path)
    if MediaState.REFUSED in claimed.values():
        raise MediaRefused(path=path)
    for media_id in media_ids:
        await db.execute(
            "INSERT INTO media_use (media_id, community_id, subject, subject_id, created_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (subject, subject_id, media_id) DO NOTHING",
            media_id, by.community_id, by.subject, by.subject_id, clock.now(),
        )  # fmt: skip


@db.transactional
async def keep_only(media_ids: Sequence[int], *, by: MediaConsumer) -> None:
    """End every other use of the holder's; what nothing uses then is collected a day later."""
    dropped = await _drop_uses(by, list(media_ids))
    if dropped:
        await db.execute(f"UPDATE media SET unused_since = $2{_WHERE_UNUSED}", dropped, clock.now())


@db.transactional
async def publish(media_ids: Sequence[int], *, by: MediaConsumer) -> None:
    """Say that exactly these of the holder's pictures are what its community's readers see."""
    await db.execute(
        "UPDATE media_use SET published = (media_id = ANY($3)) WHERE subject = $1 AND subject_id = $2",
        by.subject, by.subject_id, list(media_ids),
    )  # fmt: skip


@db.transactional
async def release(*, by: MediaConsumer) -> None:
    """End every use of the holder's; pictures that nothing else uses are removed, and their files with them."""
    dropped = await _drop_uses(by, [])
    if dropped:
        await _schedule_discard([row.id for row in await _REMOVE_UNUSED.all(dropped)])


async def _drop_uses(by: MediaConsumer, kept: list[int]) -> list[int]:
    """The pictures that the holder uses no more: held before they are looked at, so that no use of them is missed."""
    await _LOCK_OF_CONSUMER.all(by.subject, by.subject_id)
    return [row.id for row in await _DELETE_USES.all(by.subject, by.subject_id, kept)]


@db.transactional
async def set_avatar(person_id: int, media_id: int | None) -> None:
    """Make one of the person's own pictures their avatar, or none.

    Raises NotFound, MediaRefused, and for a picture ConsentMissing and GuardianNeeded.
    """
    holder = MediaConsumer(MediaSubject.AVATAR, person_id)
    wanted = [] if media_id is None else [media_id]
    if wanted:
        await consents.require_consent(person_id, ConsentPurpose.PUBLICATION)
        # One call at a time: a person's first picture, which never goes, stands for all of them.
        await _LOCK_FIRST_OF_PERSON.all(person_id)
    await keep_only(wanted, by=holder)
    if wanted:
        await use(person_id, wanted, by=holder, path=("mediaId",))


@db.transactional
async def release_avatar(person_id: int) -> None:
    """Take a person's avatar down and remove it, unless something else uses it. Without one it changes nothing."""
    await release(by=MediaConsumer(MediaSubject.AVATAR, person_id))


# --- letting go ----------------------------------------------------------------------------------------------------

_EXPIRED = db.Select(
    f"SELECT id FROM media WHERE unused_since < $1 AND unused_since IS NOT NULL AND {_IS_UNUSED}"
    f" ORDER BY unused_since LIMIT {_BATCH_SIZE}",
    db.Id,
)
_COLLECT = db.Change(f"{_REMOVE}{_WHERE_UNUSED} AND unused_since < $2 RETURNING id", db.Id)
_LOCK_ALL_OF_PERSON = db.Select(
    "SELECT id FROM media WHERE person_id = $1 AND state <> 'REMOVED' ORDER BY id FOR NO KEY UPDATE", db.Id
)
_REMOVE_ALL_OF_PERSON = db.Change(f"{_REMOVE} WHERE person_id = $1 AND state <> 'REMOVED' RETURNING id", db.Id)
_AWAITED = db.Select(
    "SELECT original_name AS name FROM media WHERE state IN ('RECEIVING', 'PROCESSING') AND original_name = ANY($1)",
    db.Name,
)
_FILES = db.Select(
    f"SELECT {db.columns(_FilesRow)} FROM media WHERE id = ANY($1) AND state = 'REMOVED' ORDER BY id", _FilesRow
)


@db.transactional
async def collect_unused() -> None:
    """Remove pictures that nothing has used for a day. The schedule's verb; doing it again does no harm."""
    before: datetime = clock.now() - rules.UNUSED_RETENTION
    while found := [row.id for row in await _EXPIRED.all(before)]:
        await _LOCK.all(found)
        await _schedule_discard([row.id for row in await _COLLECT.all(found, before)])


@db.transactional
async def remove_all(person_id: int) -> None:
    """Remove every picture of a person, whatever uses it, and their files with them: for erasure."""
    await _LOCK_ALL_OF_PERSON.all(person_id)
    removed = [row.id for row in await _REMOVE_ALL_OF_PERSON.all(person_id)]
    await db.execute("DELETE FROM media_use WHERE media_id = ANY($1)", removed)
    await _schedule_discard(removed)


async def _schedule_discard(media_ids: Sequence[int]) -> None:
    for start in range(0, len(media_ids), _BATCH_SIZE):
        await outbox.put("effects.discard_media", media_ids=list(media_ids[start : start + _BATCH_SIZE]))


async def discard(media_ids: Sequence[int]) -> None:
    """Delete the files of pictures that are removed. Doing it again does no harm. Raises TryAgain."""
    for row in await _FILES.all(list(media_ids)):
        await storage.delete(
            [
                rules.build_incoming_path(row.original_name),
                rules.build_original_path(row.original_name),
                rules.build_profile_path(row.original_name),
                *(rules.build_rendition_path(row.name, file) for file in rules.RENDITION_FORMATS),
            ]
        )


async def sweep_incoming() -> None:
    """Delete what came in an hour ago or longer and no picture waits for: what was put by a call that died behind it.

    The schedule's verb; doing it again does no harm. Raises TryAgain.
    """
    before = clock.now() - rules.INCOMING_RETENTION
    found = await storage.list_older(rules.INCOMING_FOLDER, before=before, limit=_SWEEP_BATCH_SIZE)
    originals = {name.rpartition("/")[2]: name for name in found}
    for row in await _AWAITED.all(list(originals)):
        del originals[row.name]
    await storage.delete(list(originals.values()))
