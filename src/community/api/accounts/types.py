"""Types of people, sessions, platforms and phones."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.accounts.models import Platform
from community.accounts.queries import PersonRow
from community.accounts.sessions import SessionRow, SessionTokens
from community.api import ids
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.api.media.types import Media
from community.api.nodes import Node
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
