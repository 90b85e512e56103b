"""Rules about names, ages, devices and telephone numbers."""

from __future__ import annotations

from datetime import date, datetime

from community.kernel import periods
from community.kernel.errors import InvalidInput
from community.kernel.texts import compute_skeleton, fold, normalise_text

MAX_NICKNAME_LENGTH = 20
MAX_DEVICE_LENGTH = 60
MAX_BAN_REASON_LENGTH = 200

MIN_CONSENT_AGE = 14
"""Younger persons need the confirmation of a guardian (个人信息保护法, article 31)."""
ADULT_AGE = 18
MAX_AGE = 130

_MAX_SHORT_PHONE_LENGTH = 7


DEFAULT_NICKNAME = "新邻居"
_RESERVED_WORDS = ("官方", "客服", "管理员", "已注销")
_RESERVED_NAMES = ("admin", "administrator", "official", "系统")
"""Names that are refused as a whole only, because they are parts of other words."""


def normalise_nickname(text: str) -> str:
    """Return the nickname, 1 to 20 characters. Raises InvalidInput, also for the service's own names."""
    text = normalise_text(text, max_length=MAX_NICKNAME_LENGTH, path=("nickname",))
    letters = compute_letters(text)
    if any(compute_letters(word) in letters for word in _RESERVED_WORDS) or letters in map(
        compute_letters, _RESERVED_NAMES
    ):
        raise InvalidInput("nickname_reserved", path=("nickname",))
    return text


def fold_nickname(nickname: str) -> str:
    """Return a nickname as a search compares it, without case and width."""
    return fold(nickname) or nickname


def compute_letters(nickname: str) -> str:
    """Return the look of a nickname's letters and digits. Spaces and signs between them do not matter."""
    return "".join(character for character in compute_skeleton(nickname) if character.isalnum())


def normalise_device_name(text: str) -> str:
    """Return the name of a device, 1 to 60 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_DEVICE_LENGTH, path=("device",))


def normalise_ban_reason(text: str) -> str:
    """Return the reason of a ban, 1 to 200 characters. Raises InvalidInput.

    The banned person reads it.
    """
    return normalise_text(text, max_length=MAX_BAN_REASON_LENGTH, path=("reason",))


def validate_birth_date(text: str, *, now: datetime) -> str:
    """Return the date of birth, written as YYYY-MM-DD. Raises InvalidInput.

    A living person must be able to be born on it.
    """
    try:
        valid = date.fromisoformat(text).isoformat() == text and 0 <= compute_age(text, now=now) <= MAX_AGE
    except ValueError:
        valid = False
    if not valid:
        raise InvalidInput("born_on", path=("bornOn",))
    return text


def compute_age(born_on: str, *, now: datetime) -> int:
    """Return the age in full years at `now` in China.

    It is negative before the day of birth.
    """
    born, today = date.fromisoformat(born_on), now.astimezone(periods.CHINA).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_child(born_on: str | None, *, now: datetime) -> bool:
    """Return True if the date of birth says under 14.

    Without a date of birth, a person counts as an adult.
    """
    return born_on is not None and compute_age(born_on, now=now) < MIN_CONSENT_AGE


def compute_child_cutoff(now: datetime) -> str:
    """Return the last birthday, as YYYY-MM-DD, of persons who are 14.

    Persons born after it are under 14.
    """
    today = now.astimezone(periods.CHINA).date()
    # Text, not a date: 14 years before 29 February there may be no such day, and as text it still compares.
    return f"{today.year - MIN_CONSENT_AGE:04}-{today.month:02}-{today.day:02}"


def mask_phone(phone: str) -> str:
    """Return a telephone number that only its owner recognises, such as 138****1234."""
    if len(phone) > _MAX_SHORT_PHONE_LENGTH:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{phone[:1]}****"
