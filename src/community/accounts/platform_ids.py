"""The platforms' own ids of persons.

A keyed digest finds the row. The encrypted id stands beside it.

Only calls to the platform need the encrypted id. No id is ever logged, shown or exported.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from community.accounts import encryption_keys, phones
from community.accounts.models import PlatformIdentity
from community.kernel import clock, db, sealing
from community.kernel.tables import row_of
from community.settings import Settings

log = logging.getLogger(__name__)

_SEAL_BATCH_SIZE = 500


@row_of(PlatformIdentity)
class PlatformIdentityRow:
    """A platform's id of a person. `subject` is its digest."""

    id: int
    person_id: int
    subject: str
    subject_sealed: str | None


@dataclass(slots=True)
class _SealedIdentityRow:
    id: int
    person_id: int
    platform: str
    subject: str
    subject_sealed: str | None
    session_key_sealed: str | None


_FIND = db.Select(
    f"SELECT {db.columns(PlatformIdentityRow)} FROM platform_identity WHERE platform = $1 AND subject = ANY($2)",
    PlatformIdentityRow,
)
_SUBJECT = db.Select(
    "SELECT subject_sealed AS name FROM platform_identity"
    " WHERE person_id = $1 AND platform = $2 AND subject_sealed IS NOT NULL ORDER BY id DESC LIMIT 1",
    db.Name,
)
_NEW = db.Change(
    "INSERT INTO platform_identity (person_id, platform, subject, subject_sealed, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform, subject) DO NOTHING"
    f" RETURNING {db.columns(PlatformIdentityRow)}",
    PlatformIdentityRow,
)
_LOCK_UNSEALED = db.Select(
    f"SELECT {db.columns(_SealedIdentityRow)} FROM platform_identity"
    f" WHERE subject_sealed IS NULL AND id > $1 ORDER BY id LIMIT {_SEAL_BATCH_SIZE} FOR UPDATE",
    _SealedIdentityRow,
)
_LOCK_BATCH = db.Select(
    f"SELECT {db.columns(_SealedIdentityRow)} FROM platform_identity"
    f" WHERE id > $1 ORDER BY id LIMIT {_SEAL_BATCH_SIZE} FOR UPDATE",
    _SealedIdentityRow,
)


def get_union_platform(platform: str) -> str:
    """Return the platform name under which a union id is stored."""
    return f"{platform}_UNION"


async def find_identity(settings: Settings, platform: str, subject: str) -> PlatformIdentityRow | None:
    """Return the row of a platform's id, or None. A row under an old key is sealed with the current key."""
    digests = compute_digests(settings, platform, subject)
    found = await _FIND.first(platform, digests)
    if found is None and await count_unsealed():
        # A process of the first release may still be running and write unsealed ids. Seal them and look again.
        await seal_unsealed(settings)
        found = await _FIND.first(platform, digests)
    if found is not None and found.subject != digests[0]:
        await update_sealed(settings, found.id, digests[0], subject)
    return found


async def find_subject(settings: Settings, person_id: int, platform: str) -> str | None:
    """Return a platform's id of a person, or None."""
    row = await _SUBJECT.first(person_id, platform)
    return None if row is None else sealing.unseal(settings, row.name)


async def insert_identity(
    settings: Settings, person_id: int, platform: str, subject: str
) -> PlatformIdentityRow | None:
    """Insert a platform's id of a person. Return None if the id is stored already, for any person."""
    digest = compute_digests(settings, platform, subject)[0]
    return await _NEW.first(person_id, platform, digest, sealing.seal(settings, subject), clock.now())


async def find_union(settings: Settings, platform: str, union: str) -> PlatformIdentityRow | None:
    """Return the row of a union id, or None.

    A platform knows a person by it in all its applications.
    """
    return await find_identity(settings, get_union_platform(platform), union)


async def insert_union(settings: Settings, person_id: int, platform: str, union: str) -> PlatformIdentityRow | None:
    """Insert a union id of a person. Return None if it is stored already, for any person."""
    return await insert_identity(settings, person_id, get_union_platform(platform), union)


def compute_digests(settings: Settings, platform: str, subject: str) -> list[str]:
    """Return the digests of an id, the current key's first."""
    return sealing.compute_digests(settings, "platform ids", f"{platform} {subject}")


async def update_sealed(settings: Settings, identity_id: int, digest: str, subject: str) -> None:
    """Replace the row's digest, and seal the id with the current key."""
    await db.execute(
        "UPDATE platform_identity SET subject = $2, subject_sealed = $3 WHERE id = $1",
        identity_id, digest, sealing.seal(settings, subject),
    )  # fmt: skip


async def seal_unsealed(settings: Settings) -> int:
    """Seal the ids stored as plain text and return the row count.

    The first release stored them so.
    """
    count, after = 0, 0
    while True:
        sealed, after = await _seal_batch(settings, after)
        if not sealed:
            return count
        count += sealed


@db.transactional
async def _seal_batch(settings: Settings, after: int) -> tuple[int, int]:
    rows = await _LOCK_UNSEALED.all(after)
    for row in rows:
        digests = compute_digests(settings, row.platform, row.subject)
        taken = await _FIND.first(row.platform, digests)
        if taken is not None:
            # An old process created a second person after a new process had sealed the id. The sealed row wins.
            log.warning(
                "platform id belongs to another person: platform=%s person_id=%s other_person_id=%s",
                row.platform, row.person_id, taken.person_id,
            )  # fmt: skip
            await db.execute("DELETE FROM platform_identity WHERE id = $1", row.id)
            continue
        await update_sealed(settings, row.id, digests[0], row.subject)
    return len(rows), rows[-1].id if rows else after


async def count_unsealed() -> int:
    """Return the number of ids that are stored as plain text."""
    return int(await db.scalar("SELECT count(*) FROM platform_identity WHERE subject_sealed IS NULL"))


async def reseal_all(settings: Settings) -> int:
    """Seal every secret of a person with the current key.

    These are ids, session keys and telephone numbers. Returns the number of rows, for the operator after a rotation.
    """
    await seal_unsealed(settings)
    count, after = 0, 0
    while rows := await _reseal_batch(settings, after):
        count, after = count + len(rows), rows[-1]
    count += await phones.reseal(settings)
    # The next call to a platform fetches a token and seals it with the current key.
    await db.execute("UPDATE platform_token SET token_sealed = NULL, expires_at = NULL")
    await encryption_keys.forget_others(settings)
    return count


@db.transactional
async def _reseal_batch(settings: Settings, after: int) -> list[int]:
    rows = await _LOCK_BATCH.all(after)
    for row in rows:
        if row.subject_sealed is None:
            continue
        subject = sealing.unseal(settings, row.subject_sealed)
        await update_sealed(settings, row.id, compute_digests(settings, row.platform, subject)[0], subject)
        if row.session_key_sealed is not None:
            await db.execute(
                "UPDATE platform_identity SET session_key_sealed = $2 WHERE id = $1",
                row.id, sealing.seal(settings, sealing.unseal(settings, row.session_key_sealed)),
            )  # fmt: skip
    return [row.id for row in rows]
