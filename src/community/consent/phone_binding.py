"""Binding of a telephone number that WeChat has verified."""

from __future__ import annotations

from community.accounts import person_lock, phones, platforms
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.settings import Settings


async def bind(settings: Settings, person_id: int, code: str) -> None:
    """Bind the telephone number that WeChat's code stands for.

    Another person who had the number loses it. Raises ConsentMissing, GuardianNeeded, PlatformUnavailable,
    PlatformBusy, LoginCodeInvalid, and SessionEnded if the person was erased meanwhile.
    """
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    phone = await platforms.get_wechat(settings).exchange_phone_code(code)
    await _save(settings, person_id, f"+{phone.country_code} {phone.number}")


@db.transactional
async def _save(settings: Settings, person_id: int, number: str) -> None:
    # The call to WeChat may take seconds: the person may have withdrawn the consent or been erased since.
    await person_lock.lock_for_update(person_id)
    await consents.require_consent(person_id, ConsentPurpose.SERVICE)
    await phones.bind(settings, person_id, number)
