"""Telephone numbers that a platform has verified: sealed, and found by a keyed digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.identity import consents, platforms, rules, standing
from community.identity.models import Purpose
from community.kernel import clock, db, sealing
from community.settings import Settings

_AT_ONCE = 500


@dataclass(slots=True)
class PhoneRow:
    """A person's telephone number, of which its owner recognises enough."""

    masked: str
    bound_at: datetime


@dataclass(slots=True)
class _Phone:
    id: int
    sealed: str
    bound_at: datetime


_PHONE = db.Select(f"SELECT {db.columns(_Phone)} FROM person_phone WHERE person_id = $1", _Phone)
_EVERY_PHONE = db.Select(
    f"SELECT {db.columns(_Phone)} FROM person_phone WHERE id > $1 ORDER BY id LIMIT {_AT_ONCE} FOR UPDATE", _Phone
)


async def bind(settings: Settings, person_id: int, code: str) -> None:
    """Keep the telephone number that WeChat has verified for this person; whoever had it before loses it.

    Raises ConsentMissing, GuardianNeeded, PlatformUnavailable, PlatformBusy, LoginCodeInvalid, and SessionEnded for
    somebody who is erased meanwhile.
    """
    await consents.check(person_id, Purpose.SERVICE)
    phone = await platforms.wechat(settings).phone(code)
    await _keep(settings, person_id, f"+{phone.country_code} {phone.number}")


@db.transactional
async def _keep(settings: Settings, person_id: int, number: str) -> None:
    # WeChat may have taken its time: much can have changed since the call began.
    await standing.hold(person_id)
    await consents.check(person_id, Purpose.SERVICE)
    # A number goes to another person when its line does: the newest proof is the one that counts.
    digests = sealing.lookups(settings, "telephones", number)
    await db.execute("DELETE FROM person_phone WHERE person_id = $1 OR digest = ANY($2)", person_id, digests)
    await db.execute(
        "INSERT INTO person_phone (person_id, digest, sealed, bound_at) VALUES ($1, $2, $3, $4)",
        person_id, digests[0], sealing.seal(settings, number), clock.now(),
    )  # fmt: skip


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
    return PhoneRow(f"{country} {rules.masked(number)}", row.bound_at)


async def whole(settings: Settings, person_id: int) -> str | None:
    """The number itself, for its owner's export alone."""
    row = await _PHONE.first(person_id)
    return None if row is None else sealing.unseal(settings, row.sealed)


async def reseal(settings: Settings) -> int:
    """Seal every number anew under the current key; how many."""
    count, after = 0, 0
    while rows := await _reseal_some(settings, after):
        count, after = count + len(rows), rows[-1]
    return count


@db.transactional
async def _reseal_some(settings: Settings, after: int) -> list[int]:
    rows = await _EVERY_PHONE.all(after)
    for row in rows:
        number = sealing.unseal(settings, row.sealed)
        await db.execute(
            "UPDATE person_phone SET digest = $2, sealed = $3 WHERE id = $1",
            row.id, sealing.lookup(settings, "telephones", number), sealing.seal(settings, number),
        )  # fmt: skip
    return [row.id for row in rows]
