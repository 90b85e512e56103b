"""Rules about a community's name, texts, time zone, invitation codes and roles."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

from community.accounts.rules import DEFAULT_NICKNAME, compute_letters
from community.communities.errors import InvitationInvalid
from community.kernel import codes
from community.kernel.errors import InvalidInput
from community.kernel.texts import fold, normalise_multiline_text, normalise_text

MAX_COMMUNITY_NAME_LENGTH = 40
MAX_DESCRIPTION_LENGTH = 500
MAX_ANNOUNCEMENT_LENGTH = 1_000
MAX_RULES_LENGTH = 3_000
MAX_HOUR = 23
MAX_COMMENT_PAUSE_SECONDS = 3_600


def claims_leadership(nickname: str) -> bool:
    """Return True if a nickname has the word for a leader in it.

    Its Japanese form looks alike.
    """
    letters = compute_letters(nickname)
    return any(compute_letters(word) in letters for word in ("团长", "団長"))


def imitates(nickname: str, leader: str) -> bool:
    """Return True if a nickname looks like that of a leader.

    The nickname that each new person gets is never an imitation.
    """
    if DEFAULT_NICKNAME in {nickname, leader}:
        return False
    letters = compute_letters(nickname)
    return letters == compute_letters(leader) if letters else fold(nickname) == fold(leader)


def normalise_community_name(text: str) -> str:
    """Return the name of a community, 1 to 40 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_COMMUNITY_NAME_LENGTH, path=("name",))


def normalise_profile_text(text: str, *, max_length: int, path: str) -> str:
    """Return a multiline text, which may be empty. Raises InvalidInput with `path`."""
    return normalise_multiline_text(text, max_length=max_length, path=(path,)) if text.strip() else ""


def validate_comment_pause(seconds: int) -> int:
    """Return the seconds if they are from 0 to an hour. Raises InvalidInput."""
    if not 0 <= seconds <= MAX_COMMENT_PAUSE_SECONDS:
        raise InvalidInput(
            "comment_pause",
            min=0,
            max=MAX_COMMENT_PAUSE_SECONDS,
            actual=seconds,
            path=("newcomerCommentPauseSeconds",),
        )
    return seconds


def validate_hour(hour: int, *, path: str) -> int:
    """Return the hour if a day has it. Raises InvalidInput."""
    if not 0 <= hour <= MAX_HOUR:
        raise InvalidInput("hour", min=0, max=MAX_HOUR, actual=hour, path=(path,))
    return hour


def validate_time_zone(name: str) -> str:
    """Return the name if it is an IANA time zone. Raises InvalidInput."""
    # Names without a region, such as `localtime`, have another meaning on each machine.
    if name != "UTC" and ("/" not in name or name not in _list_time_zones()):
        raise InvalidInput("time_zone", path=("timeZone",))
    return name


@cache
def _list_time_zones() -> set[str]:
    return available_timezones()  # it reads every file of the time zones


def normalise_invitation_code(code: str) -> str:
    """Return a typed invitation code in its stored form. Raises InvitationInvalid."""
    code = codes.normalise_code(code)
    if not codes.is_code(code):
        raise InvitationInvalid(path=("invitationCode",))
    return code


class Membership(Protocol):
    """A membership, as the rules about roles read it."""

    @property
    def community_id(self) -> int:
        """Id of the community."""

    @property
    def is_leader(self) -> bool:
        """True for a leader."""

    @property
    def left_at(self) -> datetime | None:
        """Time of leaving. None for a current member."""


def can_lead(actor: Membership) -> bool:
    """Return True if the actor may edit the community, invite, and give roles."""
    return actor.is_leader and actor.left_at is None


def can_change_roles(actor: Membership, member: Membership) -> bool:
    """Return True if the actor may give this member a role, or remove one."""
    return can_lead(actor) and is_current_member(member, actor.community_id)


def is_current_member(member: Membership, community_id: int) -> bool:
    """Return True if it is a membership of this community that has not ended."""
    return member.community_id == community_id and member.left_at is None
