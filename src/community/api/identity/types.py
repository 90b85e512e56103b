"""People, communities, members and invitations as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from community.accounts import queries as accounts_queries
from community.accounts.models import Platform
from community.accounts.queries import PersonRow
from community.accounts.sessions import SessionRow, SessionTokens
from community.api import ids
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.api.media.types import Media
from community.api.nodes import Node
from community.communities import queries as communities_queries
from community.communities.models import JoiningPolicy, Role, Visibility
from community.communities.profile import CommunityChangeRow
from community.communities.queries import CommunityRow, InvitationRow, MemberRow
from community.media.models import MediaState
from community.media.queries import find_avatars

declare_enum(
    Platform,
    name="Platform",
    values={
        "DEVELOPMENT": "Believes whatever code it is given; does not exist in production.",
        "WECHAT": "微信: the code that `wx.login` gives.",
        "ALIPAY": "支付宝: the code that `my.getAuthCode` gives.",
        "DOUYIN": "抖音: the code that `tt.login` gives.",
    },
)
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
        rows = await find_avatars([parent.row.id for parent in parents])
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
    joining: JoiningPolicy = field(description="How people become members.")
    description: str = field(description="What it says of itself, up to 500 characters; may be empty.")
    announcement: str = field(description="What its leaders want everybody to know now; may be empty.")
    rules: str = field(description="What holds among its members; may be empty.")
    version: int = field(description="Rises with every edit; an edit names the one that it was made on.")
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
            description=row.description,
            announcement=row.announcement,
            rules=row.rules,
            version=row.version,
            created_at=row.created_at,
        )


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
class AccessToken:
    """What proves who is calling: sent as `Authorization: Bearer …`."""

    token: str = field(description="The token, opaque to clients.")
    expires_at: datetime = field(description="It is good before this moment; refresh the session then.")


@object_type
class RefreshToken:
    """What gets the next access token, once: `sessionRefresh` gives another one with it. Keep it to yourself."""

    token: str = field(description="The token, opaque to clients.")
    expires_at: datetime = field(description="The session ends when it has not been refreshed by this moment.")


def to_access_token(opened: SessionTokens) -> AccessToken:
    """The access token of a session that was opened or refreshed."""
    return AccessToken(token=opened.access.token, expires_at=opened.access.expires_at)


def to_refresh_token(opened: SessionTokens) -> RefreshToken:
    """The refresh token of a session that was opened or refreshed."""
    return RefreshToken(token=opened.refresh, expires_at=opened.refresh_expires_at)


@object_type
class Session:
    """A device on which I am logged in."""

    id: strawberry.ID = field(description="Its id.")
    platform: Platform = field(description="Where it logged in from.")
    device: str | None = field(description="What the device called itself.")
    created_at: datetime = field(description="When it logged in.")
    refreshed_at: datetime = field(description="When it last got an access token.")
    expires_at: datetime = field(description="It ends when it has not been refreshed by this moment.")
    current: bool = field(description="Whether this very call is made in it.")

    @classmethod
    def of(cls, row: SessionRow, *, current: int | None) -> Session:
        """The session of a row, seen from the session with the id `current`."""
        return cls(
            id=ids.encode("Session", row.id),
            platform=row.platform,
            device=row.device,
            created_at=row.created_at,
            refreshed_at=row.refreshed_at,
            expires_at=row.expires_at,
            current=row.id == current,
        )


@strawberry.enum(description="Whether a guardian is needed, and has confirmed.")
class GuardianState(Enum):
    """Whether a guardian is needed, and has confirmed."""

    NOT_NEEDED = strawberry.enum_value("NOT_NEEDED", description="Nobody has to confirm.")
    NEEDED = strawberry.enum_value("NEEDED", description="A guardian has to confirm before the person can take part.")
    CONFIRMED = strawberry.enum_value("CONFIRMED", description="A guardian has confirmed.")


@object_type
class LinkedPlatform:
    """A platform that I can log in from."""

    platform: Platform = field(description="Which one.")
    linked_at: datetime = field(description="Since when.")


@object_type
class Phone:
    """My telephone number, as a platform has verified it."""

    masked: str = field(description="The number with its middle left out.")
    bound_at: datetime = field(description="When it was bound.")


@object_type
class Account:
    """What I alone see of myself. How the platforms call me is kept encrypted, and shown to nobody."""

    person: Person = field(description="Who I am to others.")
    born_on: str | None = field(description="My date of birth, YYYY-MM-DD; null when I have stated none.")
    guardian: GuardianState = field(description="Whether a guardian is needed, because I am under 14.")
    wards: list[Person] = field(description="The children for whom I have confirmed.")
    platforms: list[LinkedPlatform] = field(description="The platforms that I can log in from.")
    phone: Phone | None = field(description="My telephone number; null when none is bound.")


@object_type
class GuardianCode:
    """What a child shows to a guardian, who confirms with it."""

    code: str = field(description="The code: eight letters and digits.")
    expires_at: datetime = field(description="It works before this moment.")


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
        changes = [FieldChange(field=name, value=str(value)) for name, value in sorted(row.changes.items())]
        return cls(row=row, version=row.version, changes=changes, created_at=row.created_at)

    @batched
    async def changed_by(parents: list[CommunityChange], info: Info) -> list[Member | None]:  # noqa: N805 - the parents, all at once
        """Who made it; null for the operator."""
        del info
        known = [parent.row.changed_by for parent in parents if parent.row.changed_by is not None]
        found = dict(zip(known, await load_members(known), strict=True))
        return [None if parent.row.changed_by is None else found[parent.row.changed_by] for parent in parents]
