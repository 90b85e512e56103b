"""Verbs of media: receive an upload, say what it is used for, let it go.

A picture is used by what shows it, or it is let go of: one that nothing uses is collected after a day, one whose use
ended by a withdrawal or a removal at once. Its files follow by the outbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.identity import consents, standing
from community.identity.errors import SessionEnded
from community.identity.models import Purpose
from community.kernel import clock, db, outbox, storage
from community.kernel.errors import NotFound, TryAgain
from community.kernel.idempotency import KeyReused, check_key
from community.media import rules
from community.media.errors import MediaRefused, TooManyUploads, UploadEmpty
from community.media.models import State, Subject

_AT_ONCE = 100
_SWEPT_AT_ONCE = 10_000


@dataclass(slots=True)
class _Upload:
    id: int
    digest: str
    state: State
    original_name: str


@dataclass(slots=True)
class _Standing:
    id: int
    state: State


@dataclass(slots=True)
class _Files:
    id: int
    name: str
    original_name: str


# --- receiving -----------------------------------------------------------------------------------------------------

_NEW = db.Change(
    "INSERT INTO media (person_id, client_key, digest, size_bytes, state, name, original_name, alt_text, created_at,"
    " unused_since) VALUES ($1, $2, $3, $4, 'RECEIVING', $5, $6, $7, $8, $8)"
    f" ON CONFLICT (person_id, client_key) DO NOTHING RETURNING {db.columns(_Upload)}",
    _Upload,
)
_KNOWN = db.Select(f"SELECT {db.columns(_Upload)} FROM media WHERE person_id = $1 AND client_key = $2", _Upload)
_RECEIVED = db.Change(
    f"UPDATE media SET state = 'PROCESSING' WHERE id = $1 AND state = 'RECEIVING' RETURNING {db.columns(_Standing)}",
    _Standing,
)
_IN_PROCESS = db.Select(f"SELECT {db.columns(_Standing)} FROM media WHERE id = $1 AND state = 'PROCESSING'", _Standing)


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
    given = rules.alt_text(alt_text)
    upload = await _announced(person_id, check_key(client_key), digest=digest, size_bytes=len(data), alt_text=given)
    if upload.digest != digest:
        raise KeyReused(path=("idempotencyKey",))
    if upload.state is State.RECEIVING:
        file = rules.incoming(upload.original_name)
        await storage.put(file, data)
        try:
            await _received(person_id, upload.id)
        except SessionEnded:
            # Whoever erased the person may have looked for the file before it was there.
            await storage.delete([file])
            raise
    return upload.id


@db.transactional
async def _announced(person_id: int, client_key: str, *, digest: str, size_bytes: int, alt_text: str | None) -> _Upload:
    """The row of the upload: before its file, so that no file is ever without one."""
    await standing.check(person_id)
    known = await _KNOWN.first(person_id, client_key)
    if known is not None:
        return known
    await consents.check(person_id, Purpose.PUBLICATION)
    unused = await db.scalar(
        "SELECT count(*) FROM media WHERE person_id = $1 AND unused_since IS NOT NULL AND state <> 'REMOVED'", person_id
    )
    if unused >= rules.MOST_UNUSED:
        raise TooManyUploads
    names = (rules.new_name(), rules.new_name())
    made = await _NEW.first(person_id, client_key, digest, size_bytes, *names, alt_text, clock.now())
    made = made or await _KNOWN.first(person_id, client_key)
    if made is None:
        raise TryAgain  # another call's picture, removed in this moment
    return made


@db.transactional
async def _received(person_id: int, media_id: int) -> None:
    """Promise the work; when it was done or called off before this file was there, that it is deleted again."""
    await standing.check(person_id)
    if await _RECEIVED.first(media_id) is not None or await _IN_PROCESS.first(media_id) is None:
        await outbox.put("images.process", media_id=media_id)


# --- using ---------------------------------------------------------------------------------------------------------

_HOLD = db.Select("SELECT id FROM media WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", db.Id)
_HOLD_OF = db.Select(
    "SELECT id FROM media WHERE id IN (SELECT media_id FROM media_use WHERE subject = $1 AND subject_id = $2)"
    " ORDER BY id FOR NO KEY UPDATE",
    db.Id,
)
_HOLD_FIRST_OF = db.Select(
    "SELECT id FROM media WHERE person_id = $1 ORDER BY id LIMIT 1 FOR NO KEY UPDATE",
    db.Id,
)
_CLAIM = db.Change(
    "UPDATE media SET unused_since = NULL WHERE person_id = $1 AND id = ANY($2)"
    f" AND state IN ('PROCESSING', 'READY', 'REFUSED') RETURNING {db.columns(_Standing)}",
    _Standing,
)
_DROP = db.Change(
    "DELETE FROM media_use WHERE subject = $1 AND subject_id = $2 AND NOT (media_id = ANY($3))"
    " RETURNING media_id AS id",
    db.Id,
)
_IS_UNUSED = "state <> 'REMOVED' AND NOT EXISTS (SELECT 1 FROM media_use u WHERE u.media_id = media.id)"
_LET_GO = f" WHERE id = ANY($1) AND {_IS_UNUSED}"
_REMOVE = (
    "UPDATE media SET state = 'REMOVED', refusal = NULL, placeholder = NULL, colour = NULL, perceptual_hash = NULL,"
    " captured_at = NULL, camera = NULL, alt_text = NULL, client_key = NULL, digest = NULL"
)
_REMOVE_UNUSED = db.Change(f"{_REMOVE}{_LET_GO} RETURNING id", db.Id)


@dataclass(frozen=True, slots=True)
class Holder:
    """What uses pictures: a submission of a community, or a person whose avatar it is."""

    subject: Subject
    subject_id: int
    community_id: int | None = None


@db.transactional
async def use(person_id: int, media_ids: Sequence[int], *, by: Holder, path: tuple[str, ...]) -> None:
    """Say that the person's own pictures are used, whether they have been worked on yet or not.

    Raises NotFound when one is not theirs or is gone, MediaRefused when one cannot be used; with the `path` where the
    caller was given them.
    """
    await _HOLD.all(list(media_ids))
    claimed = {row.id: row.state for row in await _CLAIM.all(person_id, list(media_ids))}
    if set(claimed) != set(media_ids):
        raise NotFound("There is no such picture of yours.", path=path)
    if State.REFUSED in claimed.values():
        raise MediaRefused(path=path)
    for media_id in media_ids:
        await db.execute(
            "INSERT INTO media_use (media_id, community_id, subject, subject_id, created_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (subject, subject_id, media_id) DO NOTHING",
            media_id, by.community_id, by.subject, by.subject_id, clock.now(),
        )  # fmt: skip


@db.transactional
async def keep_only(media_ids: Sequence[int], *, by: Holder) -> None:
    """End every other use of the holder's; what nothing uses then is collected a day later."""
    dropped = await _dropped(by, list(media_ids))
    if dropped:
        await db.execute(f"UPDATE media SET unused_since = $2{_LET_GO}", dropped, clock.now())


@db.transactional
async def publish(media_ids: Sequence[int], *, by: Holder) -> None:
    """Say that exactly these of the holder's pictures are what its community's readers see."""
    await db.execute(
        "UPDATE media_use SET published = (media_id = ANY($3)) WHERE subject = $1 AND subject_id = $2",
        by.subject, by.subject_id, list(media_ids),
    )  # fmt: skip


@db.transactional
async def let_go(*, by: Holder) -> None:
    """End every use of the holder's; pictures that nothing else uses are removed, and their files with them."""
    dropped = await _dropped(by, [])
    if dropped:
        await _discard_later([row.id for row in await _REMOVE_UNUSED.all(dropped)])


async def _dropped(by: Holder, kept: list[int]) -> list[int]:
    """The pictures that the holder uses no more: held before they are looked at, so that no use of them is missed."""
    await _HOLD_OF.all(by.subject, by.subject_id)
    return [row.id for row in await _DROP.all(by.subject, by.subject_id, kept)]


@db.transactional
async def set_avatar(person_id: int, media_id: int | None) -> None:
    """Make one of the person's own pictures their avatar, or none.

    Raises NotFound, MediaRefused, and for a picture ConsentMissing and GuardianNeeded.
    """
    holder = Holder(Subject.AVATAR, person_id)
    wanted = [] if media_id is None else [media_id]
    if wanted:
        await consents.check(person_id, Purpose.PUBLICATION)
        # One call at a time: a person's first picture, which never goes, stands for all of them.
        await _HOLD_FIRST_OF.all(person_id)
    await keep_only(wanted, by=holder)
    if wanted:
        await use(person_id, wanted, by=holder, path=("mediaId",))


@db.transactional
async def let_go_of_avatar(person_id: int) -> None:
    """Take a person's avatar down and remove it, unless something else uses it. Without one it changes nothing."""
    await let_go(by=Holder(Subject.AVATAR, person_id))


# --- letting go ----------------------------------------------------------------------------------------------------

_UNUSED_LONG = db.Select(
    f"SELECT id FROM media WHERE unused_since < $1 AND unused_since IS NOT NULL AND {_IS_UNUSED}"
    f" ORDER BY unused_since LIMIT {_AT_ONCE}",
    db.Id,
)
_COLLECT = db.Change(f"{_REMOVE}{_LET_GO} AND unused_since < $2 RETURNING id", db.Id)
_HOLD_ALL_OF = db.Select(
    "SELECT id FROM media WHERE person_id = $1 AND state <> 'REMOVED' ORDER BY id FOR NO KEY UPDATE", db.Id
)
_ALL_OF = db.Change(f"{_REMOVE} WHERE person_id = $1 AND state <> 'REMOVED' RETURNING id", db.Id)
_AWAITED = db.Select(
    "SELECT original_name AS name FROM media WHERE state IN ('RECEIVING', 'PROCESSING') AND original_name = ANY($1)",
    db.Name,
)
_FILES = db.Select(
    f"SELECT {db.columns(_Files)} FROM media WHERE id = ANY($1) AND state = 'REMOVED' ORDER BY id", _Files
)


@db.transactional
async def collect() -> None:
    """Remove pictures that nothing has used for a day. The schedule's verb; doing it again does no harm."""
    before: datetime = clock.now() - rules.UNUSED_KEPT
    while found := [row.id for row in await _UNUSED_LONG.all(before)]:
        await _HOLD.all(found)
        await _discard_later([row.id for row in await _COLLECT.all(found, before)])


@db.transactional
async def remove_all_of(person_id: int) -> None:
    """Remove every picture of a person, whatever uses it, and their files with them: for erasure."""
    await _HOLD_ALL_OF.all(person_id)
    removed = [row.id for row in await _ALL_OF.all(person_id)]
    await db.execute("DELETE FROM media_use WHERE media_id = ANY($1)", removed)
    await _discard_later(removed)


async def _discard_later(media_ids: Sequence[int]) -> None:
    for start in range(0, len(media_ids), _AT_ONCE):
        await outbox.put("effects.discard_media", media_ids=list(media_ids[start : start + _AT_ONCE]))


async def discard(media_ids: Sequence[int]) -> None:
    """Delete the files of pictures that are removed. Doing it again does no harm. Raises TryAgain."""
    for row in await _FILES.all(list(media_ids)):
        await storage.delete(
            [
                rules.incoming(row.original_name),
                rules.kept(row.original_name),
                rules.profile(row.original_name),
                *(rules.shown(row.name, file) for file in rules.RENDITIONS),
            ]
        )


async def sweep() -> None:
    """Delete what came in an hour ago or longer and no picture waits for: what was put by a call that died behind it.

    The schedule's verb; doing it again does no harm. Raises TryAgain.
    """
    before = clock.now() - rules.INCOMING_KEPT
    found = await storage.older(rules.INCOMING, than=before, most=_SWEPT_AT_ONCE)
    originals = {name.rpartition("/")[2]: name for name in found}
    for row in await _AWAITED.all(list(originals)):
        del originals[row.name]
    await storage.delete(list(originals.values()))
