"""A person's telephone number, stored sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.accounts import rules
from community.kernel import db, sealing
from community.settings import Settings

_BATCH_SIZE = 500


@dataclass(slots=True)
class PhoneRow:
    """A person's telephone number, of which its owner recognises enough."""

    masked: str
    bound_at: datetime


@dataclass(slots=True)
class _SealedPhoneRow:
    id: int
    sealed: str
    bound_at: datetime


_PHONE = db.Select(f"SELECT {db.columns(_SealedPhoneRow)} FROM person_phone WHERE person_id = $1", _SealedPhoneRow)
_EVERY_PHONE = db.Select(
    f"SELECT {db.columns(_SealedPhoneRow)} FROM person_phone WHERE id > $1 ORDER BY id LIMIT {_BATCH_SIZE} FOR UPDATE",
    _SealedPhoneRow,
)


@db.transactional
async def unbind(person_id: int) -> None:
    """Forget a person's telephone number; one that is not there changes nothing."""
    await db.execute("DELETE FROM person_phone WHERE person_id = $1", person_id)


async def find(settings: Settings, person_id: int) -> PhoneRow | None:
    """A person's telephone number with its middle left out, or None."""
    row = await _PHONE.first(person_id)
    if row is None:
        return None
    country, _, number = sealing.unseal(settings, row.sealed).partition(" ")
    return PhoneRow(f"{country} {rules.mask_phone(number)}", row.bound_at)


async def find_full_number(settings: Settings, person_id: int) -> str | None:
    """The number itself, for its owner's export alone."""
    row = await _PHONE.first(person_id)
    return None if row is None else sealing.unseal(settings, row.sealed)


async def reseal(settings: Settings) -> int:
    """Seal every number anew under the current key; how many."""
    count, after = 0, 0
    while rows := await _reseal_batch(settings, after):
        count, after = count + len(rows), rows[-1]
    return count


@db.transactional
async def _reseal_batch(settings: Settings, after: int) -> list[int]:
    rows = await _EVERY_PHONE.all(after)
    for row in rows:
        number = sealing.unseal(settings, row.sealed)
        await db.execute(
            "UPDATE person_phone SET digest = $2, sealed = $3 WHERE id = $1",
            row.id, sealing.compute_digest(settings, "telephones", number), sealing.seal(settings, number),
        )  # fmt: skip
    return [row.id for row in rows]
