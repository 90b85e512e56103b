"""Types of communities, members and invitations."""

from __future__ import annotations

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
    values={"PUBLIC": "Anybody, without logging in.", "MEMBERS": "Its members only."},
)


declare_enum(
    JoiningPolicy,
    name="Joining",
    values={"OPEN": "Whoever wants to.", "INVITATION": "With an invitation code from a leader."},
)


declare_enum(
    Role,
    name="Role",
    values={
        "LEADER": "团长: screens what is submitted, invites people.",
        "EXPERT": "专家: vouches for what they know about.",
    },
)


@object_type
@declare_setting_fields
class Community(Node):
    """社区: a neighbourhood with its leaders and residents."""

    row: strawberry.Private[CommunityRow]
    version: int = field(description="Rises with every edit; an edit names the one that it was made on.")
    created_at: datetime = field(description="When it was founded.")

    @classmethod
    def of(cls, row: CommunityRow) -> Community:
        """The community of a row."""
        settings: dict[str, Any] = {name: getattr(row, name) for name in SETTINGS}
        return cls(row=row, version=row.version, created_at=row.created_at, **settings)


async def load_communities(parents: list[Any], info: Info) -> list[Community]:
    """The community it belongs to."""
    del info
    return [
        Community.of(row)
        for row in await communities_queries.get_communities([parent.row.community_id for parent in parents])
    ]


@object_type
class Member(Node):
    """成员: a person in a community. Points, submissions and leaderboard entries belong to the member."""

    row: strawberry.Private[MemberRow]
    roles: list[Role] = field(description="What they are there besides a resident.")
    joined_at: datetime = field(description="When they became a member.")
    left_at: datetime | None = field(description="When they left; null while they are a member.")

    @classmethod
    def of(cls, row: MemberRow) -> Member:
        """The member of a row."""
        return cls(row=row, roles=row.roles, joined_at=row.joined_at, left_at=row.left_at)

    @batched
    async def person(parents: list[Member], info: Info) -> list[Person]:  # noqa: N805 - the parents, all at once
        """Who it is."""
        del info
        return [
            Person.of(row) for row in await accounts_queries.get_people([parent.row.person_id for parent in parents])
        ]

    community = batched(load_communities)


async def load_members(membership_ids: list[int]) -> list[Member]:
    """The member of each id."""
    return [Member.of(row) for row in await communities_queries.get_members(membership_ids)]


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
class FieldChange:
    """One value of a community that was changed."""

    field: str = strawberry.field(description="Its name, as in `Community`.")
    value: str = strawberry.field(description="What it was changed to.")


@object_type
class CommunityChange:
    """One edit of a community's profile or settings; the first is its founding."""

    row: strawberry.Private[CommunityChangeRow]
    version: int = field(description="The version that it made.")
    changes: list[FieldChange] = field(description="What was changed; empty when its writer has been erased since.")
    created_at: datetime = field(description="When it was made.")

    @classmethod
    def of(cls, row: CommunityChangeRow) -> CommunityChange:
        """The change of a row."""
        changes = [FieldChange(field=name, value=format_value(value)) for name, value in sorted(row.changes.items())]
        return cls(row=row, version=row.version, changes=changes, created_at=row.created_at)

    @batched
    async def changed_by(parents: list[CommunityChange], info: Info) -> list[Member | None]:  # noqa: N805 - the parents, all at once
        """Who made it; null for the operator."""
        del info
        known = [parent.row.changed_by for parent in parents if parent.row.changed_by is not None]
        found = dict(zip(known, await load_members(known), strict=True))
        return [None if parent.row.changed_by is None else found[parent.row.changed_by] for parent in parents]
