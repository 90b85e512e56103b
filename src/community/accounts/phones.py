"""The telephone number of a person, stored encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.accounts import account_events, rules
from community.kernel import clock, db, sealing
from community.kernel.audit_actions import AuditAction
from community.settings import Settings

_DIGEST_PURPOSE = "telephones"
_RESEAL_BATCH_SIZE = 500


@dataclass(slots=True)
class PhoneRow:
    """A person's telephone number with its middle left out."""

    masked: str
    bound_at: datetime


@dataclass(slots=True)
class _SealedPhoneRow:
    id: int
    sealed: str
    bound_at: datetime


_FIND = db.Select(f"SELECT {db.columns(_SealedPhoneRow)} FROM person_phone WHERE person_id = $1", _SealedPhoneRow)
_FIND_PERSON = db.Select("SELECT person_id AS id FROM person_phone WHERE digest = ANY($1)", db.Id)
_DELETE = db.Change("DELETE FROM person_phone WHERE person_id = $1 RETURNING id", db.Id)
_REPLACE = db.Change(
    "DELETE FROM person_phone WHERE person_id = $1 OR digest = ANY($2) RETURNING person_id AS id", db.Id
)
_LOCK_BATCH = db.Select(
    f"SELECT {db.columns(_SealedPhoneRow)} FROM person_phone WHERE id > $1"
    f" ORDER BY id LIMIT {_RESEAL_BATCH_SIZE} FOR UPDATE",
    _SealedPhoneRow,
)


@db.transactional
async def bind(settings: Settings, person_id: int, number: str) -> None:
    """Save a verified telephone number, written as `+country number`, for a person.

    It replaces the person's former number. Another person who had the number loses it.
    """
    # A line may pass to another person: the latest verification counts.
    digests = sealing.compute_digests(settings, _DIGEST_PURPOSE, number)
    former_ids = {row.id for row in await _REPLACE.all(person_id, digests)}
    await db.execute(
        "INSERT INTO person_phone (person_id, digest, sealed, bound_at) VALUES ($1, $2, $3, $4)",
        person_id, digests[0], sealing.seal(settings, number), clock.now(),
    )  # fmt: skip
    for former_id in former_ids - {person_id}:
        await account_events.record(former_id, AuditAction.PHONE_UNBIND)
    await account_events.record(person_id, AuditAction.PHONE_BIND)


@db.transactional
async def unbind(person_id: int) -> None:
    """Delete a person's telephone number. Idempotent: without a number it has no effect."""
    if await _DELETE.first(person_id) is not None:
        await account_events.record(person_id, AuditAction.PHONE_UNBIND)


async def find_person_id(settings: Settings, number: str) -> int | None:
    """Return the person of a number, written as `+country number`, or None."""
    row = await _FIND_PERSON.first(sealing.compute_digests(settings, _DIGEST_PURPOSE, number))
    return None if row is None else row.id


async def find(settings: Settings, person_id: int) -> PhoneRow | None:
    """Return a person's masked telephone number, or None."""
    row = await _FIND.first(person_id)
    if row is None:
        return None
    country, _, number = sealing.unseal(settings, row.sealed).partition(" ")
    return PhoneRow(f"{country} {rules.mask_phone(number)}", row.bound_at)


async def find_full_number(settings: Settings, person_id: int) -> str | None:
    """Return the unmasked number for its owner's export, or None."""
    row = await _FIND.first(person_id)
    return None if row is None else sealing.unseal(settings, row.sealed)


async def reseal(settings: Settings) -> int:
    """Seal every number with the current key and return the row count."""
    count, after = 0, 0
    while ids := await _reseal_batch(settings, after):
        count, after = count + len(ids), ids[-1]
    return count


@db.transactional
async def _reseal_batch(settings: Settings, after: int) -> list[int]:
    rows = await _LOCK_BATCH.all(after)
    for row in rows:
        number = sealing.unseal(settings, row.sealed)
        await db.execute(
            "UPDATE person_phone SET digest = $2, sealed = $3 WHERE id = $1",
            row.id, sealing.compute_digest(settings, _DIGEST_PURPOSE, number), sealing.seal(settings, number),
        )  # fmt: skip
    return [row.id for row in rows]
