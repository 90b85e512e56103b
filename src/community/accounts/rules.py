"""Rules about names, ages, devices and telephone numbers."""

from __future__ import annotations

from datetime import date, timedelta, timezone

from community.kernel import clock
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_text

MAX_NICKNAME_LENGTH = 20
MAX_DEVICE_LENGTH = 60


MAX_BAN_REASON_LENGTH = 200
ADULT_AGE = 18


MIN_CONSENT_AGE = 14
"""Younger people take part when a guardian has confirmed it (个人信息保护法, article 31)."""


MAX_AGE = 130


_CHINA = timezone(timedelta(hours=8))


def normalise_nickname(text: str) -> str:
    """A person's nickname, 1 to 20 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_NICKNAME_LENGTH, path=("nickname",))


def normalise_device_name(text: str) -> str:
    """What a device is called in the list of sessions, 1 to 60 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_DEVICE_LENGTH, path=("device",))


def normalise_ban_reason(text: str) -> str:
    """Why somebody is suspended, as they are told: 1 to 200 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_BAN_REASON_LENGTH, path=("reason",))


def validate_birth_date(text: str) -> str:
    """A date of birth as YYYY-MM-DD, of somebody who can be alive. Raises InvalidInput."""
    try:
        born = date.fromisoformat(text)
        sound = born.isoformat() == text and 0 <= compute_age(text) <= MAX_AGE
    except ValueError:
        sound = False
    if not sound:
        raise InvalidInput("A date of birth is a day in the past, as YYYY-MM-DD.", path=("bornOn",))
    return text


def compute_age(born: str) -> int:
    """How many birthdays somebody has had by now, in China; negative before the day of birth."""
    day, today = date.fromisoformat(born), clock.now().astimezone(_CHINA).date()
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def is_child(born: str | None) -> bool:
    """Whether this date of birth says that somebody is under 14; nobody who has stated none is."""
    return born is not None and compute_age(born) < MIN_CONSENT_AGE


def compute_child_cutoff() -> str:
    """Whoever was born after this day is under 14."""
    today = clock.now().astimezone(_CHINA).date()
    return f"{today.year - MIN_CONSENT_AGE:04}-{today.month:02}-{today.day:02}"


def mask_phone(phone: str) -> str:
    """A telephone number of which its owner recognises enough: 138****1234."""
    shown = 3 if len(phone) > 7 else 1  # noqa: PLR2004 - short numbers show less
    return f"{phone[:shown]}****{phone[-4:] if len(phone) > 7 else ''}"  # noqa: PLR2004
