"""Rules about a community's name, texts, time zone and invitation codes."""

from __future__ import annotations

from zoneinfo import available_timezones

from community.communities.errors import InvitationInvalid
from community.kernel import codes
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_multiline_text, normalise_text

MAX_COMMUNITY_NAME_LENGTH = 40
MAX_DESCRIPTION_LENGTH = 500
MAX_ANNOUNCEMENT_LENGTH = 1_000
MAX_RULES_LENGTH = 3_000


def normalise_community_name(text: str) -> str:
    """Return the name of a community, 1 to 40 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_COMMUNITY_NAME_LENGTH, path=("name",))


def normalise_profile_text(text: str, *, max_length: int, path: str) -> str:
    """Return a multiline text, which may be empty. Raises InvalidInput with `path`."""
    return normalise_multiline_text(text, max_length=max_length, path=(path,)) if text.strip() else ""


def validate_time_zone(name: str) -> str:
    """Return the name if it is an IANA time zone. Raises InvalidInput."""
    # Names without a region, such as `localtime`, have another meaning on each machine.
    if name != "UTC" and ("/" not in name or name not in available_timezones()):
        raise InvalidInput("time_zone", path=("timeZone",))
    return name


def normalise_invitation_code(code: str) -> str:
    """Return a typed invitation code in its stored form. Raises InvitationInvalid."""
    code = codes.normalise_code(code)
    if not codes.is_code(code):
        raise InvitationInvalid(path=("invitationCode",))
    return code
