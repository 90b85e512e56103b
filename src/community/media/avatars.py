"""Verbs of avatars."""

from __future__ import annotations

from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.media import uses
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer

_LOCK_FIRST_OF_PERSON = db.Select(
    "SELECT id FROM media WHERE person_id = $1 ORDER BY id LIMIT 1 FOR NO KEY UPDATE",
    db.Id,
)


@db.transactional
async def set_avatar(person_id: int, media_id: int | None) -> None:
    """Make one of the person's own pictures their avatar. With None they have no avatar.

    Raises NotFound, MediaRefused, ConsentMissing and GuardianNeeded for a picture.
    """
    consumer = MediaConsumer(MediaSubject.AVATAR, person_id)
    wanted = [] if media_id is None else [media_id]
    if wanted:
        await consents.require_consent(person_id, ConsentPurpose.PUBLICATION)
        # The person's first picture is locked for all of them, because its row is never deleted. So two calls of the
        # same person run one after the other.
        await _LOCK_FIRST_OF_PERSON.all(person_id)
    await uses.keep_only(wanted, by=consumer)
    if wanted:
        await uses.add(person_id, wanted, by=consumer, path=("mediaId",))


@db.transactional
async def release_avatar(person_id: int) -> None:
    """End the use of a person's avatar. Idempotent.

    The picture is removed unless something else uses it.
    """
    await uses.release(by=MediaConsumer(MediaSubject.AVATAR, person_id))
