"""Binding of the telephone number that WeChat has verified."""

from __future__ import annotations

from community.accounts import person_lock, platforms
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, sealing
from community.settings import Settings


async def bind(settings: Settings, person_id: int, code: str) -> None:
    """Keep the telephone number that WeChat has verified for this person; whoever had it before loses it.

    Raises ConsentMissing, GuardianNeeded, PlatformUnavailable, PlatformBusy, LoginCodeInvalid, and SessionEnded for
    somebody who is erased meanwhile.
    """
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    phone = await platforms.get_wechat(settings).exchange_phone_code(code)
    await _save(settings, person_id, f"+{phone.country_code} {phone.number}")


@db.transactional
async def _save(settings: Settings, person_id: int, number: str) -> None:
    # WeChat may have taken its time: much can have changed since the call began.
    await person_lock.lock_for_update(person_id)
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    # A number goes to another person when its line does: the newest proof is the one that counts.
    digests = sealing.compute_digests(settings, "telephones", number)
    await db.execute("DELETE FROM person_phone WHERE person_id = $1 OR digest = ANY($2)", person_id, digests)
    await db.execute(
        "INSERT INTO person_phone (person_id, digest, sealed, bound_at) VALUES ($1, $2, $3, $4)",
        person_id, digests[0], sealing.seal(settings, number), clock.now(),
    )  # fmt: skip
