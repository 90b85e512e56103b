"""What names, codes and time zones look like: pure checks."""

from __future__ import annotations

import secrets
from datetime import date, timedelta, timezone
from zoneinfo import available_timezones

from community.identity.errors import InvitationInvalid
from community.kernel import clock
from community.kernel.errors import InvalidInput
from community.kernel.texts import plain

NICKNAME_LENGTH = 20
DEVICE_LENGTH = 60
BAN_REASON_LENGTH = 200
DESCRIPTION_LENGTH = 500
ANNOUNCEMENT_LENGTH = 1_000
RULES_LENGTH = 3_000
ADULT = 18
CHILD = 14
"""Younger people take part when a guardian has confirmed it (个人信息保护法, article 31)."""
OLDEST = 130
COMMUNITY_NAME_LENGTH = 40
INVITATION_CODE_LENGTH = 8

_CHINA = timezone(timedelta(hours=8))

# No 0/O, 1/I/L, U/V: what is read aloud or copied by hand must come out the same.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def nickname(text: str) -> str:
    """A person's nickname, 1 to 20 characters. Raises InvalidInput."""
    return plain(text, most=NICKNAME_LENGTH, path=("nickname",))


def community_name(text: str) -> str:
    """A community's name, 1 to 40 characters. Raises InvalidInput."""
    return plain(text, most=COMMUNITY_NAME_LENGTH, path=("name",))


def device(text: str) -> str:
    """What a device is called in the list of sessions, 1 to 60 characters. Raises InvalidInput."""
    return plain(text, most=DEVICE_LENGTH, path=("device",))


def ban_reason(text: str) -> str:
    """Why somebody is suspended, as they are told: 1 to 200 characters. Raises InvalidInput."""
    return plain(text, most=BAN_REASON_LENGTH, path=("reason",))


def profile_text(text: str, *, most: int, path: str) -> str:
    """A text of a community's profile in lines, up to `most` characters; none at all is one. Raises InvalidInput."""
    return plain(text, most=most, path=(path,), lines=True) if text.strip() else ""


def born_on(text: str) -> str:
    """A date of birth as YYYY-MM-DD, of somebody who can be alive. Raises InvalidInput."""
    try:
        born = date.fromisoformat(text)
        sound = born.isoformat() == text and 0 <= age(text) <= OLDEST
    except ValueError:
        sound = False
    if not sound:
        raise InvalidInput("A date of birth is a day in the past, as YYYY-MM-DD.", path=("bornOn",))
    return text


def age(born: str) -> int:
    """How many birthdays somebody has had by now, in China; negative before the day of birth."""
    day, today = date.fromisoformat(born), clock.now().astimezone(_CHINA).date()
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def is_child(born: str | None) -> bool:
    """Whether this date of birth says that somebody is under 14; nobody who has stated none is."""
    return born is not None and age(born) < CHILD


def child_since() -> str:
    """Whoever was born after this day is under 14."""
    today = clock.now().astimezone(_CHINA).date()
    return f"{today.year - CHILD:04}-{today.month:02}-{today.day:02}"


def masked(phone: str) -> str:
    """A telephone number of which its owner recognises enough: 138****1234."""
    shown = 3 if len(phone) > 7 else 1  # noqa: PLR2004 - short numbers show less
    return f"{phone[:shown]}****{phone[-4:] if len(phone) > 7 else ''}"  # noqa: PLR2004


def time_zone(name: str) -> str:
    """The name of an IANA time zone. Raises InvalidInput."""
    # Names without a region, such as `localtime`, mean another thing on every machine.
    if name != "UTC" and ("/" not in name or name not in available_timezones()):
        raise InvalidInput("This is not a time zone, such as Asia/Shanghai.", path=("timeZone",))
    return name


def new_invitation_code() -> str:
    """Eight characters that are hard to guess (29^8) and hard to misread."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(INVITATION_CODE_LENGTH))


def typed_code(code: str) -> str:
    """An invitation code in its own form, however a person has typed it. Raises InvitationInvalid."""
    code = code.upper().replace(" ", "").replace("-", "")
    if len(code) != INVITATION_CODE_LENGTH or not set(code) <= set(_CODE_ALPHABET):
        raise InvitationInvalid(path=("invitationCode",))
    return code
