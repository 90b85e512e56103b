"""Types of communities, members and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from community.accounts import queries as accounts_queries
from community.api import ids
from community.api.accounts.types import Person
from community.api.communities.settings import declare_setting_fields
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.api.nodes import Node
from community.communities import queries as communities_queries
from community.communities.models import Role
from community.communities.profile import CommunityChangeRow
from community.communities.queries import CommunityRow, InvitationRow, MemberRow
from community.communities.settings import SETTINGS, JoiningPolicy, Visibility, format_value

declare_enum(
    Visibility,
    name="Visibility",
    values={"PUBLIC": "Everyone, without login.", "MEMBERS": "Members only."},
)


declare_enum(
    JoiningPolicy,
    name="Joining",
    values={"OPEN": "Every person can join.", "INVITATION": "Only with an invitation code of a leader."},
)


declare_enum(
    Role,
    name="Role",
    values={
        "LEADER": "团长: reviews submissions and invites people.",
        "EXPERT": "专家: a member with a verified profession.",
    },
)


@object_type
@declare_setting_fields
class Community(Node):
    """社区: a neighbourhood with its leaders and residents."""

    row: strawberry.Private[CommunityRow]
    version: int = field(description="Version, which rises with each edit. An edit must name it.")
    created_at: datetime = field(description="Time of foundation.")

    @classmethod
    def of(cls, row: CommunityRow) -> Community:
        """Return the community of a row."""
        settings: dict[str, Any] = {name: getattr(row, name) for name in SETTINGS}
        return cls(row=row, version=row.version, created_at=row.created_at, **settings)


async def load_communities(parents: list[Any], info: Info) -> list[Community]:
    """Return the community of each parent, in order."""
    del info
    return [
        Community.of(row)
        for row in await communities_queries.get_communities([parent.row.community_id for parent in parents])
    ]


@object_type
class Member(Node):
    """成员: a person in a community. Points, submissions and leaderboard entries belong to the member."""

    row: strawberry.Private[MemberRow]
    roles: list[Role] = field(description="Roles. Empty for a resident.")
    joined_at: datetime = field(description="Time of the last joining.")
    left_at: datetime | None = field(description="Time of leaving. Null for a current member.")

    @classmethod
    def of(cls, row: MemberRow) -> Member:
        """Return the member of a row."""
        return cls(row=row, roles=row.roles, joined_at=row.joined_at, left_at=row.left_at)

    @batched
    async def person(parents: list[Member], info: Info) -> list[Person]:
        """Person."""
        del info
        return [
            Person.of(row) for row in await accounts_queries.get_people([parent.row.person_id for parent in parents])
        ]

    community = batched(load_communities, description="Community that it belongs to.")


async def load_members(membership_ids: list[int]) -> list[Member]:
    """Return the member of each membership id, in order."""
    return [Member.of(row) for row in await communities_queries.get_members(membership_ids)]


async def load_optional_members(membership_ids: Sequence[int | None]) -> list[Member | None]:
    """Return the member of each membership id, in order. None where the id is None."""
    members = iter(await load_members([number for number in membership_ids if number is not None]))
    return [None if number is None else next(members) for number in membership_ids]


@object_type
class Invitation:
    """邀请: a code for joining a community."""

    id: strawberry.ID = field(description="Opaque id.")
    code: str = field(description="Eight letters and digits. Case, dashes and spaces are ignored when it is typed.")
    role: Role | None = field(description="Role that it gives. Null for none.")
    expires_at: datetime = field(description="Time from which it is no longer valid.")
    most_uses: int = field(description="Maximum number of uses.")
    uses: int = field(description="Number of uses so far.")

    @classmethod
    def of(cls, row: InvitationRow) -> Invitation:
        """Return the invitation of a row."""
        return cls(
            id=ids.encode("Invitation", row.id),
            code=row.code,
            role=row.role,
            expires_at=row.expires_at,
            most_uses=row.most_uses,
            uses=row.uses,
        )


@object_type
class FieldChange:
    """One changed value of a community."""

    field: str = strawberry.field(description="Name of the field of `Community`.")
    value: str = strawberry.field(description="New value.")


@object_type
class CommunityChange:
    """One edit of a community's profile or settings. The first is its founding."""

    row: strawberry.Private[CommunityChangeRow]
    version: int = field(description="Version of the community after the edit.")
    changes: list[FieldChange] = field(description="Changed values. Empty if their writer was erased.")
    created_at: datetime = field(description="Time of the edit.")

    @classmethod
    def of(cls, row: CommunityChangeRow) -> CommunityChange:
        """Return the change of a row."""
        changes = [FieldChange(field=name, value=format_value(value)) for name, value in sorted(row.changes.items())]
        return cls(row=row, version=row.version, changes=changes, created_at=row.created_at)

    @batched
    async def changed_by(parents: list[CommunityChange], info: Info) -> list[Member | None]:
        """Member who made it. Null for the operator."""
        del info
        return await load_optional_members([parent.row.changed_by for parent in parents])
