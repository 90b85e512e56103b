"""Types of people, sessions, platforms and phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import strawberry

from community.accounts import access_tokens, logins, sessions
from community.accounts.logins import PlatformLinkRow
from community.accounts.models import Platform
from community.accounts.phones import PhoneRow
from community.accounts.queries import PersonRow
from community.accounts.sessions import SessionRow, SessionTokens
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query, type_over
from community.api.nodes import Node, found_by
from community.api.pages import paged
from community.communities.queries import MemberRow, list_memberships
from community.kernel.paging import Page, PageRequest
from community.media.models import MediaState
from community.media.queries import MediaRow, find_avatars
from community.texts import Language

declare_enum(
    Platform,
    values={
        "DEVELOPMENT": "Development login: accepts every code. Not available in production.",
        "WECHAT": "微信, with the code of `wx.login`.",
        "ALIPAY": "支付宝, with the code of `my.getAuthCode`.",
        "DOUYIN": "抖音, with the code of `tt.login`.",
    },
)
declare_enum(Language, values={"ZH": "Chinese.", "EN": "English."})


def _show_avatar(row: MediaRow | None, info: Info) -> MediaRow | None:
    # An invalid token is refused only where the viewer counts. `login` shows avatars to everyone.
    return row if row and (row.state is MediaState.READY or row.person_id == info.context.person_id) else None


def _carry_avatar(info: Info) -> Callable[[PersonRow], MediaRow | None]:
    ready = MediaState.READY

    def get_avatar(person: PersonRow) -> MediaRow | None:
        row: MediaRow | None = person.loaded["avatar"]
        return row if row is None or row.state is ready else _show_avatar(row, info)

    return get_avatar


@type_over(PersonRow)
class Person(Node):
    """用户: a person, the same in every community."""

    nickname = field(description="Nickname, 1 to 20 characters.")

    @query
    def language(row: strawberry.Parent[PersonRow], info: Info) -> Language | None:
        """Language of sentences. Null follows `Accept-Language`, and for everyone but the viewer."""
        return row.language if row.id == info.context.person_id else None

    @partial(batched, carried=_carry_avatar)
    async def avatar(people: list[PersonRow], info: Info) -> list[MediaRow | None]:
        """Avatar. Null without one that is ready. The viewer also sees their own unfinished one."""
        return [_show_avatar(row, info) for row in await find_avatars([person.id for person in people])]

    @paged
    async def memberships(
        person: strawberry.Parent[PersonRow], info: Info, request: PageRequest
    ) -> Page[MemberRow] | None:
        """Memberships of the viewer, in the order of joining. Null for every other person."""
        if person.id != info.context.person_id:
            return None
        found: Page[MemberRow] = await info.context.load(
            _load_memberships, person, info, first=request.first, after=request.after
        )
        return found


async def _load_memberships(
    people: list[PersonRow], info: Info, *, first: int, after: str | None
) -> list[Page[MemberRow]]:
    """Return the same page for each row of the viewer."""
    return [await list_memberships(info.context.viewer_id, PageRequest(first, after))] * len(people)


@type_over(access_tokens.AccessToken)
class AccessToken:
    """访问令牌: identifies the caller in the header `Authorization: Bearer …`."""

    token = field(description="Opaque token.")
    expires_at = field(description="Time from which it is no longer valid. Call `sessionRefresh` then.")


@object_type
class RefreshToken:
    """刷新令牌: exchanged once, by `sessionRefresh`, for the next pair of tokens. Keep it secret."""

    token: str = field(description="Opaque token.")
    expires_at: datetime = field(description="Time at which the session ends unless it is refreshed before.")


def to_refresh_token(tokens: SessionTokens) -> RefreshToken:
    """Return the refresh token of a new or refreshed session."""
    return RefreshToken(token=tokens.refresh, expires_at=tokens.refresh_expires_at)


@type_over(SessionRow)
class Session(Node):
    """A device on which the viewer is logged in."""

    platform = field(description="Platform of the login.")
    device = field(description="Name of the device, 1 to 60 characters. Null if the login gave none.")
    created_at = field(description="Time of the login.")
    refreshed_at = field(description="Time of the last `login` or `sessionRefresh`.")
    expires_at = field(description="Time at which it ends unless it is refreshed before.")

    @query
    def current(row: strawberry.Parent[SessionRow], info: Info) -> bool:
        """True for the session of this call."""
        return row.id == info.context.session_id


@found_by(SessionRow)
async def find_session(number: int, info: Info) -> SessionRow | None:
    """Return the viewer's active session, or None. Raises Unauthenticated."""
    return await sessions.find_own(info.context.viewer_id, number)


@type_over(PlatformLinkRow)
class LinkedPlatform(Node):
    """A platform from which the viewer can log in."""

    platform = field(description="Platform.")

    @query
    def linked_at(row: strawberry.Parent[PlatformLinkRow]) -> datetime:
        """Time of the linking."""
        return row.created_at


@found_by(PlatformLinkRow)
async def find_linked_platform(number: int, info: Info) -> PlatformLinkRow | None:
    """Return the viewer's own login, or None. Raises Unauthenticated."""
    return next((row for row in await logins.list_links(info.context.viewer_id) if row.id == number), None)


@type_over(PhoneRow)
class Phone:
    """The viewer's telephone number, verified by a platform."""

    masked = field(description="Number with its middle replaced, such as +86 138****1234.")
    bound_at = field(description="Time of the binding.")
