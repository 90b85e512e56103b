"""What names, codes and time zones look like: pure checks."""

from __future__ import annotations

import secrets
from zoneinfo import available_timezones

from community.identity.errors import InvitationInvalid
from community.kernel.errors import InvalidInput
from community.kernel.texts import plain

NICKNAME_LENGTH = 20
COMMUNITY_NAME_LENGTH = 40
INVITATION_CODE_LENGTH = 8

# No 0/O, 1/I/L, U/V: what is read aloud or copied by hand must come out the same.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def nickname(text: str) -> str:
    """A person's nickname, 1 to 20 characters. Raises InvalidInput."""
    return plain(text, most=NICKNAME_LENGTH, path=("nickname",))


def community_name(text: str) -> str:
    """A community's name, 1 to 40 characters. Raises InvalidInput."""
    return plain(text, most=COMMUNITY_NAME_LENGTH, path=("name",))


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
