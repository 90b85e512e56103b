"""The encryption keys that stored values are sealed with, by their fingerprints.

Every process compares them with its own keys at the start. With another key, known people would become new ones.
"""

from __future__ import annotations

from community.kernel import clock, db, sealing
from community.kernel.sealing import UnsealFailed
from community.settings import PREFIX, Settings

_LIST = db.Select("SELECT fingerprint AS name FROM encryption_key ORDER BY id", db.Name)
_SAMPLE = db.Select(
    "SELECT max(subject_sealed) AS name FROM (SELECT subject_sealed FROM platform_identity ORDER BY id DESC LIMIT 100)"
    " newest_identities HAVING max(subject_sealed) IS NOT NULL"
    " UNION ALL SELECT sealed AS name FROM (SELECT sealed FROM person_phone ORDER BY id DESC LIMIT 1) newest_phone",
    db.Name,
)


async def list_fingerprints() -> list[str]:
    """Return the fingerprints of the keys that stored values may be sealed with."""
    return [row.name for row in await _LIST.all()]


async def find_fault(settings: Settings) -> str | None:
    """Return a sentence if this process cannot open every sealed value, or None."""
    recorded = await list_fingerprints()
    samples = [] if recorded else [row.name for row in await _SAMPLE.all()]
    if not sealing.has_key(settings):
        if not recorded and not samples:
            return None
        return (
            f"the encryption key is missing: put the file {sealing.get_key_path(settings)} back,"
            f" or set {PREFIX}ENCRYPTION_KEY"
        )
    accepted = sealing.list_fingerprints(settings)
    missing = [fingerprint for fingerprint in recorded if fingerprint not in accepted]
    if missing or not all(_opens(settings, sample) for sample in samples):
        return (
            f"the database is sealed with another encryption key, of fingerprint {', '.join(missing) or 'unknown'}."
            f" This process has {', '.join(accepted)}: correct {PREFIX}ENCRYPTION_KEY, or add the missing key to"
            f" {PREFIX}ENCRYPTION_KEYS_ACCEPTED"
        )
    return None


def _opens(settings: Settings, sealed: str) -> bool:
    try:
        sealing.unseal(settings, sealed)
    except UnsealFailed:
        return False
    return True


async def record(settings: Settings) -> None:
    """Record the current key, before anything is sealed with it. Call `find_fault` first. Idempotent.

    Creates the key file of an installation that has none. The first call also records the accepted keys if there are
    sealed values, because they may be sealed with any of them.
    """
    sealing.create_missing_key(settings)
    recorded, keys = await list_fingerprints(), sealing.list_fingerprints(settings)
    if recorded or not await _SAMPLE.all():
        keys = keys[:1]
    for fingerprint in keys:
        if fingerprint not in recorded:
            await db.execute(
                "INSERT INTO encryption_key (fingerprint, recorded_at) VALUES ($1, $2)"
                " ON CONFLICT (fingerprint) DO NOTHING",
                fingerprint, clock.now(),
            )  # fmt: skip


async def forget_others(settings: Settings) -> None:
    """Forget every key but the current one, after all values were sealed with it. Idempotent."""
    await db.execute("DELETE FROM encryption_key WHERE fingerprint <> $1", sealing.list_fingerprints(settings)[0])
