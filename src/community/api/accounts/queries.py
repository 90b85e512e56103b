"""Root fields about the viewer and their sessions."""

from __future__ import annotations

from community.accounts import queries, sessions
from community.accounts.queries import PersonRow
from community.accounts.sessions import SessionRow
from community.api.context import Info
from community.api.declare import object_type, query
from community.api.pages import paged
from community.kernel.errors import Unauthenticated, require_row
from community.kernel.paging import Page, PageRequest


@object_type
class AccountsQuery:
    """Root fields about the viewer and their sessions."""

    @query
    async def me(self, info: Info) -> PersonRow | None:
        """The person of the access token. Null without a token."""
        if info.context.person_id is None:
            return None
        return require_row(await queries.find_person(info.context.person_id), Unauthenticated())

    @paged
    async def sessions(self, info: Info, request: PageRequest) -> Page[SessionRow]:
        """The viewer's active sessions, newest login first."""
        return await sessions.list_own(info.context.viewer_id, request)
