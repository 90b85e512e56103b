"""People, communities, members and invitations as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import batched, enumeration, field, object_type
from community.api.media.types import Media
from community.api.nodes import Node
from community.identity import queries
from community.identity.models import Joining, Platform, Role, Visibility
from community.identity.queries import CommunityRow, InvitationRow, MemberRow, PersonRow
from community.media.models import State as MediaState
from community.media.queries import avatars

enumeration(
    Platform,
    name="Platform",
    values={"DEVELOPMENT": "Believes whatever code it is given; does not exist in production."},
)
enumeration(
    Visibility,
    name="Visibility",
    values={"PUBLIC": "Anybody, without logging in.", "MEMBERS": "Its members only."},
)
enumeration(
    Joining,
    name="Joining",
    values={"OPEN": "Whoever wants to.", "INVITATION": "With an invitation code from a leader."},
)
enumeration(
    Role,
    name="Role",
    values={
        "LEADER": "团长: screens what is submitted, invites people.",
        "EXPERT": "专家: vouches for what they know about.",
    },
)


@object_type
class Person(Node):
    """A human being, the same one in every community."""

    row: strawberry.Private[PersonRow]
    nickname: str = field(description="What they are called, 1 to 20 characters.")

    @classmethod
    def of(cls, row: PersonRow) -> Person:
        """The person of a row."""
        return cls(row=row, nickname=row.nickname)

    @batched
    async def avatar(parents: list[Person], info: Info) -> list[Media | None]:  # noqa: N805 - the parents, all at once
        """Their picture; null while there is none that can be shown. I see my own even then."""
        rows = await avatars([parent.row.id for parent in parents])
        return [
            Media.of(row)
            if row and (row.state is MediaState.READY or row.person_id == info.context.person_id)
            else None
            for row in rows
        ]


@object_type
class Community(Node):
    """社区: a neighbourhood with its leaders and residents."""

    row: strawberry.Private[CommunityRow]
    name: str = field(description="Its name, 1 to 40 characters.")
    time_zone: str = field(description="The IANA time zone in which its days, weeks and months are cut.")
    visibility: Visibility = field(description="Who may read what it has published.")
    joining: Joining = field(description="How people become members.")
    created_at: datetime = field(description="When it was founded.")

    @classmethod
    def of(cls, row: CommunityRow) -> Community:
        """The community of a row."""
        return cls(
            row=row,
            name=row.name,
            time_zone=row.time_zone,
            visibility=row.visibility,
            joining=row.joining,
            created_at=row.created_at,
        )


async def communities_of(parents: list[Any], info: Info) -> list[Community]:
    """The community it belongs to."""
    del info
    return [Community.of(row) for row in await queries.communities([parent.row.community_id for parent in parents])]


@object_type
class Member(Node):
    """成员: a person in a community. Points, submissions and standings belong to the member."""

    row: strawberry.Private[MemberRow]
    roles: list[Role] = field(description="What they are there besides a resident.")
    joined_at: datetime = field(description="When they became a member.")

    @classmethod
    def of(cls, row: MemberRow) -> Member:
        """The member of a row."""
        return cls(row=row, roles=row.roles, joined_at=row.joined_at)

    @batched
    async def person(parents: list[Member], info: Info) -> list[Person]:  # noqa: N805 - the parents, all at once
        """Who it is."""
        del info
        return [Person.of(row) for row in await queries.people([parent.row.person_id for parent in parents])]

    community = batched(communities_of)


async def members_by_id(membership_ids: list[int]) -> list[Member]:
    """The member of each id."""
    return [Member.of(row) for row in await queries.members(membership_ids)]


@object_type
class Invitation:
    """A code with which people join a community."""

    id: strawberry.ID = field(description="Its id.")
    code: str = field(description="What people type: eight letters and digits, in any case, dashes and spaces allowed.")
    role: Role | None = field(description="What those who use it become besides residents.")
    expires_at: datetime = field(description="It works before this moment.")
    most_uses: int = field(description="How many people it is for.")
    uses: int = field(description="How many have used it.")

    @classmethod
    def of(cls, row: InvitationRow) -> Invitation:
        """The invitation of a row."""
        return cls(
            id=ids.encode("Invitation", row.id),
            code=row.code,
            role=row.role,
            expires_at=row.expires_at,
            most_uses=row.most_uses,
            uses=row.uses,
        )


@object_type
class AccessToken:
    """What proves who is calling: sent as `Authorization: Bearer …`."""

    token: str = field(description="The token, opaque to clients.")
    expires_at: datetime = field(description="It is good before this moment; log in again then.")
