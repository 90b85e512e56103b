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
        "DEVELOPMENT": "Development login: accepts every code. Not available in production.",
        "WECHAT": "微信, with the code of `wx.login`.",
        "ALIPAY": "支付宝, with the code of `my.getAuthCode`.",
        "DOUYIN": "抖音, with the code of `tt.login`.",
    },
)


@object_type
class Person(Node):
    """用户: a person, the same in every community."""

    row: strawberry.Private[PersonRow]
    nickname: str = field(description="Nickname, 1 to 20 characters.")

    @classmethod
    def of(cls, row: PersonRow) -> Person:
        """Return the person of a row."""
        return cls(row=row, nickname=row.nickname)

    @batched
    async def avatar(parents: list[Person], info: Info) -> list[Media | None]:
        """Avatar. Null without one that is ready. The viewer also sees their own unfinished one."""
        rows = await find_avatars([parent.row.id for parent in parents])
        return [
            Media.of(row)
            if row and (row.state is MediaState.READY or row.person_id == info.context.person_id)
            else None
            for row in rows
        ]


@object_type
class AccessToken:
    """访问令牌: identifies the caller in the header `Authorization: Bearer …`."""

    token: str = field(description="Opaque token.")
    expires_at: datetime = field(description="Time from which it is no longer valid. Call `sessionRefresh` then.")


@object_type
class RefreshToken:
    """刷新令牌: exchanged once, by `sessionRefresh`, for the next pair of tokens. Keep it secret."""

    token: str = field(description="Opaque token.")
    expires_at: datetime = field(description="Time at which the session ends unless it is refreshed before.")


def to_access_token(tokens: SessionTokens) -> AccessToken:
    """Return the access token of a new or refreshed session."""
    return AccessToken(token=tokens.access.token, expires_at=tokens.access.expires_at)


def to_refresh_token(tokens: SessionTokens) -> RefreshToken:
    """Return the refresh token of a new or refreshed session."""
    return RefreshToken(token=tokens.refresh, expires_at=tokens.refresh_expires_at)


@object_type
class Session:
    """A device on which the viewer is logged in."""

    id: strawberry.ID = field(description="Opaque id.")
    platform: Platform = field(description="Platform of the login.")
    device: str | None = field(description="Name of the device, 1 to 60 characters. Null if the login gave none.")
    created_at: datetime = field(description="Time of the login.")
    refreshed_at: datetime = field(description="Time of the last `login` or `sessionRefresh`.")
    expires_at: datetime = field(description="Time at which it ends unless it is refreshed before.")
    current: bool = field(description="True for the session of this call.")

    @classmethod
    def of(cls, row: SessionRow, *, current: int | None) -> Session:
        """Return the session of a row. `current` is the id of the caller's session."""
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
    """A platform from which the viewer can log in."""

    platform: Platform = field(description="Platform.")
    linked_at: datetime = field(description="Time of the linking.")


@object_type
class Phone:
    """The viewer's telephone number, verified by a platform."""

    masked: str = field(description="Number with its middle replaced, such as +86 138****1234.")
    bound_at: datetime = field(description="Time of the binding.")
