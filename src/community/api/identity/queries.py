"""Root fields about people and communities."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.identity.types import Community, Member, Person
from community.api.pages import After, Connection, First, connected
from community.identity import queries
from community.kernel.errors import Unauthenticated
from community.kernel.paging import DEFAULT, PageRequest


@object_type
class IdentityQuery:
    """Who is asking, and where they belong."""

    @query
    async def me(self, info: Info) -> Person | None:
        """Who the access token names; null without one."""
        if info.context.person_id is None:
            return None
        row = await queries.find_person(info.context.person_id)
        if row is None:
            raise Unauthenticated
        return Person.of(row)

    @query
    async def memberships(self, info: Info, first: First = DEFAULT, after: After = None) -> Connection[Member]:
        """The communities that I belong to, in the order of joining."""
        request = PageRequest(first, after)
        return connected(await queries.memberships(info.context.viewer_id, request), request, Member.of)

    @query
    async def community(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Community:
        """A community that I may read."""
        return Community.of(await info.context.readable(id, path="id"))

    @query
    async def membership(
        self,
        info: Info,
        community_id: Annotated[strawberry.ID, strawberry.argument(description="The community.")],
    ) -> Member:
        """Myself as a member of a community."""
        return Member.of(await info.context.member(community_id))
