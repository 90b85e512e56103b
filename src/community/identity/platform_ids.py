"""How platforms call people: kept as keyed digests, which find them again, beside their sealed values.

Only calls to the platform need a sealed value. Nothing here is ever logged, shown or exported.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from community.identity import phones
from community.identity.models import PlatformIdentity
from community.kernel import clock, db, sealing
from community.kernel.tables import row_of
from community.settings import Settings

log = logging.getLogger(__name__)

_AT_ONCE = 500


@row_of(PlatformIdentity)
@dataclass(slots=True)
class Identity:
    """That a platform knows a person, by the digest of its own id."""

    id: int
    person_id: int
    subject: str
    subject_sealed: str | None


@dataclass(slots=True)
class _Sealed:
    id: int
    person_id: int
    platform: str
    subject: str
    subject_sealed: str | None
    session_key_sealed: str | None


_FIND = db.Select(
    f"SELECT {db.columns(Identity)} FROM platform_identity WHERE platform = $1 AND subject = ANY($2)",
    Identity,
)
_NEW = db.Change(
    "INSERT INTO platform_identity (person_id, platform, subject, subject_sealed, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform, subject) DO NOTHING"
    f" RETURNING {db.columns(Identity)}",
    Identity,
)
_UNSEALED = db.Select(
    f"SELECT {db.columns(_Sealed)} FROM platform_identity"
    f" WHERE subject_sealed IS NULL AND id > $1 ORDER BY id LIMIT {_AT_ONCE} FOR UPDATE",
    _Sealed,
)
_EVERY = db.Select(
    f"SELECT {db.columns(_Sealed)} FROM platform_identity WHERE id > $1 ORDER BY id LIMIT {_AT_ONCE} FOR UPDATE",
    _Sealed,
)


async def find(settings: Settings, platform: str, subject: str) -> Identity | None:
    """How a platform's id is kept, sealed under the current key from now on; None for one that is not known."""
    digests = digests_of(settings, platform, subject)
    found = await _FIND.first(platform, digests)
    if found is None and await unsealed():
        # A process of the first release may still be running: what it wrote is sealed before anybody is met anew.
        await seal_what_is_not(settings)
        found = await _FIND.first(platform, digests)
    if found is not None and found.subject != digests[0]:
        await seal_as(settings, found.id, digests[0], subject)
    return found


async def write(settings: Settings, person_id: int, platform: str, subject: str) -> Identity | None:
    """Keep that the platform knows this person so; None when it is kept already, for whomever."""
    digest = digests_of(settings, platform, subject)[0]
    return await _NEW.first(person_id, platform, digest, sealing.seal(settings, subject), clock.now())


def digests_of(settings: Settings, platform: str, subject: str) -> list[str]:
    """The digests under which the id may be kept, the current key's first."""
    return sealing.lookups(settings, "platform ids", f"{platform} {subject}")


async def seal_as(settings: Settings, identity_id: int, digest: str, subject: str) -> None:
    """Keep the id sealed under the current key, found by this digest."""
    await db.execute(
        "UPDATE platform_identity SET subject = $2, subject_sealed = $3 WHERE id = $1",
        identity_id, digest, sealing.seal(settings, subject),
    )  # fmt: skip


# --- sealing what there is ---------------------------------------------------------------------------------------


async def seal_what_is_not(settings: Settings) -> int:
    """Seal every platform id that an earlier release wrote down as it is; how many those were."""
    count, after = 0, 0
    while True:
        sealed, after = await _seal_some(settings, after)
        if not sealed:
            return count
        count += sealed


@db.transactional
async def _seal_some(settings: Settings, after: int) -> tuple[int, int]:
    rows = await _UNSEALED.all(after)
    for row in rows:
        digests = digests_of(settings, row.platform, row.subject)
        taken = await _FIND.first(row.platform, digests)
        if taken is not None:
            # An old process met the person anew after a new one had: whoever is found under the digest is who they are.
            log.warning(
                "the persons %s and %s are one to the platform %s", taken.person_id, row.person_id, row.platform
            )
            await db.execute("DELETE FROM platform_identity WHERE id = $1", row.id)
            continue
        await seal_as(settings, row.id, digests[0], row.subject)
    return len(rows), rows[-1].id if rows else after


async def unsealed() -> int:
    """How many platform ids an earlier release wrote down as they are."""
    return int(await db.scalar("SELECT count(*) FROM platform_identity WHERE subject_sealed IS NULL"))


async def reseal(settings: Settings) -> int:
    """Seal everything anew under the current key; how many values those were. The operator's verb after a rotation."""
    await seal_what_is_not(settings)
    count, after = 0, 0
    while rows := await _reseal_identities(settings, after):
        count, after = count + len(rows), rows[-1]
    count += await phones.reseal(settings)
    # Fetched anew when it is needed, under the current key.
    await db.execute("UPDATE platform_token SET token_sealed = NULL, expires_at = NULL")
    return count


@db.transactional
async def _reseal_identities(settings: Settings, after: int) -> list[int]:
    rows = await _EVERY.all(after)
    for row in rows:
        if row.subject_sealed is None:
            continue
        subject = sealing.unseal(settings, row.subject_sealed)
        await seal_as(settings, row.id, digests_of(settings, row.platform, subject)[0], subject)
        if row.session_key_sealed is not None:
            await db.execute(
                "UPDATE platform_identity SET session_key_sealed = $2 WHERE id = $1",
                row.id, sealing.seal(settings, sealing.unseal(settings, row.session_key_sealed)),
            )  # fmt: skip
    return [row.id for row in rows]
