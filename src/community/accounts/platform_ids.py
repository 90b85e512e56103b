"""How platforms call people: kept as keyed digests, which find them again, beside their sealed values.

Only calls to the platform need a sealed value. Nothing here is ever logged, shown or exported.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from community.accounts import phones
from community.accounts.models import PlatformIdentity
from community.kernel import clock, db, sealing
from community.kernel.tables import row_of
from community.settings import Settings

log = logging.getLogger(__name__)

_BATCH_SIZE = 500


@row_of(PlatformIdentity)
@dataclass(slots=True)
class PlatformIdentityRow:
    """That a platform knows a person, by the digest of its own id."""

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
_NEW = db.Change(
    "INSERT INTO platform_identity (person_id, platform, subject, subject_sealed, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform, subject) DO NOTHING"
    f" RETURNING {db.columns(PlatformIdentityRow)}",
    PlatformIdentityRow,
)
_LOCK_UNSEALED = db.Select(
    f"SELECT {db.columns(_SealedIdentityRow)} FROM platform_identity"
    f" WHERE subject_sealed IS NULL AND id > $1 ORDER BY id LIMIT {_BATCH_SIZE} FOR UPDATE",
    _SealedIdentityRow,
)
_LOCK_BATCH = db.Select(
    f"SELECT {db.columns(_SealedIdentityRow)} FROM platform_identity"
    f" WHERE id > $1 ORDER BY id LIMIT {_BATCH_SIZE} FOR UPDATE",
    _SealedIdentityRow,
)


async def find_identity(settings: Settings, platform: str, subject: str) -> PlatformIdentityRow | None:
    """How a platform's id is kept, sealed under the current key from now on; None for one that is not known."""
    digests = compute_digests(settings, platform, subject)
    found = await _FIND.first(platform, digests)
    if found is None and await count_unsealed():
        # A process of the first release may still be running: what it wrote is sealed before anybody is met anew.
        await seal_unsealed(settings)
        found = await _FIND.first(platform, digests)
    if found is not None and found.subject != digests[0]:
        await update_sealed(settings, found.id, digests[0], subject)
    return found


async def insert_identity(
    settings: Settings, person_id: int, platform: str, subject: str
) -> PlatformIdentityRow | None:
    """Keep that the platform knows this person so; None when it is kept already, for whomever."""
    digest = compute_digests(settings, platform, subject)[0]
    return await _NEW.first(person_id, platform, digest, sealing.seal(settings, subject), clock.now())


def compute_digests(settings: Settings, platform: str, subject: str) -> list[str]:
    """The digests under which the id may be kept, the current key's first."""
    return sealing.compute_digests(settings, "platform ids", f"{platform} {subject}")


async def update_sealed(settings: Settings, identity_id: int, digest: str, subject: str) -> None:
    """Keep the id sealed under the current key, found by this digest."""
    await db.execute(
        "UPDATE platform_identity SET subject = $2, subject_sealed = $3 WHERE id = $1",
        identity_id, digest, sealing.seal(settings, subject),
    )  # fmt: skip


# --- sealing what there is ---------------------------------------------------------------------------------------


async def seal_unsealed(settings: Settings) -> int:
    """Seal every platform id that an earlier release wrote down as it is; how many those were."""
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
            # An old process met the person anew after a new one had: whoever is found under the digest is who they are.
            log.warning(
                "the persons %s and %s are one to the platform %s", taken.person_id, row.person_id, row.platform
            )
            await db.execute("DELETE FROM platform_identity WHERE id = $1", row.id)
            continue
        await update_sealed(settings, row.id, digests[0], row.subject)
    return len(rows), rows[-1].id if rows else after


async def count_unsealed() -> int:
    """How many platform ids an earlier release wrote down as they are."""
    return int(await db.scalar("SELECT count(*) FROM platform_identity WHERE subject_sealed IS NULL"))


async def reseal_all(settings: Settings) -> int:
    """Seal everything anew under the current key; how many values those were. The operator's verb after a rotation."""
    await seal_unsealed(settings)
    count, after = 0, 0
    while rows := await _reseal_batch(settings, after):
        count, after = count + len(rows), rows[-1]
    count += await phones.reseal(settings)
    # Fetched anew when it is needed, under the current key.
    await db.execute("UPDATE platform_token SET token_sealed = NULL, expires_at = NULL")
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
