"""What names, codes and time zones look like: pure checks."""

from __future__ import annotations

import secrets
import unicodedata
from zoneinfo import ZoneInfo

from community.kernel.errors import InvalidInput

NICKNAME_LENGTH = 20
COMMUNITY_NAME_LENGTH = 40
INVITATION_CODE_LENGTH = 8

# No 0/O, 1/I/L, U/V: what is read aloud or copied by hand must come out the same.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def one_line(text: str, *, most: int, path: str) -> str:
    """The text in NFC without surrounding space, when it is 1 to `most` characters on one line. Raises InvalidInput."""
    text = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(text) <= most:
        raise InvalidInput(f"This needs 1 to {most} characters.", path=(path,))
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise InvalidInput("This is one line of plain text.", path=(path,))
    return text


def nickname(text: str) -> str:
    """A person's nickname, 1 to 20 characters. Raises InvalidInput."""
    return one_line(text, most=NICKNAME_LENGTH, path="nickname")


def community_name(text: str) -> str:
    """A community's name, 1 to 40 characters. Raises InvalidInput."""
    return one_line(text, most=COMMUNITY_NAME_LENGTH, path="name")


def time_zone(name: str) -> str:
    """The name of an IANA time zone. Raises InvalidInput."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidInput("This is not a time zone, such as Asia/Shanghai.", path=("timeZone",)) from None
    return name


def new_invitation_code() -> str:
    """Eight characters that are hard to guess (29^8) and hard to misread."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(INVITATION_CODE_LENGTH))


def typed_code(code: str) -> str:
    """An invitation code as a person may have typed it: in capitals, without spaces and dashes."""
    return code.upper().replace(" ", "").replace("-", "")
