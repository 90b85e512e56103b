"""Limits that are lower for newcomers, all in one table.

A member is a newcomer in the first days after joining, and a person in the first days after the first of their
memberships. A member with a role is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.kernel.enumerations import require_each

NEWCOMER_PERIOD = timedelta(days=7)


class Limited(StrEnum):
    """A thing of which newcomers may have less."""

    CREATED = "CREATED"
    EDITED = "EDITED"
    SENT = "SENT"
    COMPLAINED = "COMPLAINED"
    REPORTED = "REPORTED"
    COMMENTED = "COMMENTED"
    UNUSED_PICTURES = "UNUSED_PICTURES"
    PICTURE_MEGABYTES = "PICTURE_MEGABYTES"


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit for members, and for newcomers."""

    member: int
    newcomer: int


LIMITS = {
    # Submissions and complaints of a member in a day of the community.
    Limited.CREATED: Limit(100, 30),
    Limited.EDITED: Limit(1_000, 300),
    Limited.SENT: Limit(50, 15),
    Limited.COMPLAINED: Limit(10, 3),
    # Reports of a member in a day of the community.
    Limited.REPORTED: Limit(20, 5),
    # Comments of a member in a day of the community.
    Limited.COMMENTED: Limit(300, 60),
    # Pictures of a person that are not removed: the number without a use, and the size of all.
    Limited.UNUSED_PICTURES: Limit(100, 30),
    Limited.PICTURE_MEGABYTES: Limit(2_000, 600),
}
require_each(Limited, LIMITS)


def get_limit(what: Limited, *, settled_at: datetime) -> int:
    """Return the limit of someone who is a newcomer until `settled_at`."""
    return LIMITS[what].newcomer if clock.now() < settled_at else LIMITS[what].member


def get_settled_at(member: MemberRow) -> datetime:
    """Return the time at which the member is no longer a newcomer."""
    return member.joined_at if member.roles else member.joined_at + NEWCOMER_PERIOD


@dataclass(slots=True)
class _FirstRow:
    joined_at: datetime | None
    roles: int


_FIRST = db.Select(
    "SELECT min(m.joined_at) AS joined_at, count(r.id) AS roles FROM membership m LEFT JOIN membership_role r"
    " ON r.community_id = m.community_id AND r.membership_id = m.id WHERE m.person_id = $1",
    _FirstRow,
)


async def find_settled_at(person_id: int) -> datetime:
    """Return the time at which the person is no longer a newcomer.

    Without a community it is a period from now.
    """
    first = await _FIRST.one(person_id)
    if first.joined_at is None:
        return clock.now() + NEWCOMER_PERIOD
    return first.joined_at if first.roles else first.joined_at + NEWCOMER_PERIOD
