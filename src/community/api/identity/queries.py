"""Root fields about people and communities."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.accounts import logins, phones, sessions
from community.accounts import queries as accounts_queries
from community.api.context import Info
from community.api.declare import object_type, query
from community.api.identity.types import (
    Account,
    Community,
    CommunityChange,
    GuardianState,
    LinkedPlatform,
    Member,
    Person,
    Phone,
    Session,
)
from community.api.nodes import CommunityId
from community.api.pages import After, Connection, First, build_connection
from community.communities import profile
from community.communities import queries as communities_queries
from community.consent import guardians
from community.consent.guardians import PrivatePersonRow
from community.kernel.errors import Unauthenticated
from community.kernel.paging import DEFAULT_PAGE, PageRequest


@object_type
class IdentityQuery:
    """Who is asking, and where they belong."""

    @query
    async def me(self, info: Info) -> Person | None:
        """Who the access token names; null without one."""
        if info.context.person_id is None:
            return None
        row = await accounts_queries.find_person(info.context.person_id)
        if row is None:
            raise Unauthenticated
        return Person.of(row)

    @query
    async def memberships(self, info: Info, first: First = DEFAULT_PAGE, after: After = None) -> Connection[Member]:
        """The communities that I belong to, in the order of joining."""
        request = PageRequest(first, after)
        return build_connection(
            await communities_queries.list_memberships(info.context.viewer_id, request), request, Member.of
        )

    @query
    async def community(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Community:
        """A community that I may read."""
        return Community.of(await info.context.get_readable_community(id, path="id"))

    @query
    async def membership(
        self,
        info: Info,
        community_id: Annotated[strawberry.ID, strawberry.argument(description="The community.")],
    ) -> Member:
        """Myself as a member of a community."""
        return Member.of(await info.context.get_member(community_id))

    @query
    async def account(self, info: Info) -> Account:
        """What I alone see of myself."""
        person_id = info.context.viewer_id
        row = await guardians.find_private(person_id)
        if row is None:
            raise Unauthenticated
        wards = await guardians.list_dependants(person_id)
        me, *children = await accounts_queries.get_people([person_id, *wards])
        phone = await phones.find(info.context.settings, person_id)
        return Account(
            person=Person.of(me),
            born_on=row.born_on,
            guardian=_to_guardian_state(row),
            wards=[Person.of(child) for child in children],
            platforms=[
                LinkedPlatform(platform=link.platform, linked_at=link.created_at)
                for link in await logins.list_links(person_id)
            ],
            phone=None if phone is None else Phone(masked=phone.masked, bound_at=phone.bound_at),
        )

    @query
    async def sessions(self, info: Info, first: First = DEFAULT_PAGE, after: After = None) -> Connection[Session]:
        """The devices on which I am logged in, the newest login first."""
        request, current = PageRequest(first, after), info.context.session_id
        page = await sessions.list_own(info.context.viewer_id, request)
        return build_connection(page, request, lambda row: Session.of(row, current=current))

    @query
    async def community_history(
        self, info: Info, community_id: CommunityId, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[CommunityChange]:
        """Every edit of a community's profile and settings, newest first. Leaders only."""
        actor, request = await info.context.get_member(community_id), PageRequest(first, after)
        return build_connection(await profile.list_changes(actor, request), request, CommunityChange.of)


def _to_guardian_state(row: PrivatePersonRow) -> GuardianState:
    if row.needs_guardian:
        return GuardianState.NEEDED
    return GuardianState.CONFIRMED if row.guardian_confirmed_at is not None else GuardianState.NOT_NEEDED
