"""Root fields about communities and members."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.accounts import attempts
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.communities import blocks, invitations, member_list, names, profile
from community.communities.invitations import InvitationPreview
from community.communities.member_list import MemberFilter, MemberOrder
from community.communities.models import Role
from community.communities.profile import CommunityChangeRow
from community.communities.queries import CommunityRow, InvitationRow, MemberRow
from community.kernel.paging import Page, PageRequest


@object_type
class CommunitiesQuery:
    """Root fields about communities and members."""

    @query
    async def community(
        self, info: Info, id: Annotated[strawberry.ID, argument("Id of the community.")]
    ) -> CommunityRow:
        """A community. Public ones can be read without login, others by their members."""
        return await info.context.get_readable_community(id, path="id")

    @query
    async def membership(self, info: Info, community_id: CommunityId) -> MemberRow:
        """The viewer as a member of a community."""
        return await info.context.get_member(community_id)

    @paged
    async def invitations(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[InvitationRow]:
        """Invitation codes of a community, ended ones included, newest first. Leaders only."""
        return await invitations.list_all(await info.context.get_member(community_id), request)

    @paged
    async def members(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        search: Annotated[str | None, argument("Part of the nickname, 1 to 20 characters. Null means all.")] = None,
        roles: Annotated[list[Role] | None, argument("Only with one of these roles. Null means all.")] = None,
        sanctioned: Annotated[bool, argument("True means only with a sanction in force.")] = False,
        former: Annotated[bool, argument("True means only those who left or were removed.")] = False,
        order: Annotated[MemberOrder, argument("Order.")] = MemberOrder.NEWEST,
    ) -> Page[MemberRow]:
        """Members of a community, current ones unless `former` is true. Leaders only."""
        only = MemberFilter(search, roles, sanctioned, former)
        return await member_list.list_members(
            await info.context.get_member(community_id), request, only=only, order=order
        )

    @query
    async def suggested_members(
        self,
        info: Info,
        community_id: CommunityId,
        text: Annotated[str, argument("Part of a nickname, 1 to 20 characters.")],
    ) -> list[MemberRow]:
        """Members whose nickname has the text, at most 10, for mentions. Those that begin with it come first.

        The viewer, and members who are blocked in either direction, are left out.
        """
        viewer = await info.context.get_member(community_id)
        wanted = names.normalise_search(text, path="text")
        found = await names.find_members(viewer.community_id, wanted, limit=2 * names.MAX_SUGGESTIONS)
        blocked = await blocks.list_blocked_between(viewer, [row.id for row in found])
        return [row for row in found if row.id not in blocked | {viewer.id}][: names.MAX_SUGGESTIONS]

    @query
    async def invitation_preview(
        self, info: Info, invitation_code: Annotated[str, argument("Invitation code of a leader.")]
    ) -> InvitationPreview:
        """The community and role of an invitation code. Refuses with INVITATION_INVALID or TOO_MANY_ATTEMPTS."""
        async with attempts.limit_attempts(info.context.settings, "invitation", str(info.context.viewer_id)):
            return await invitations.preview(invitation_code)

    @paged
    async def community_history(
        self, info: Info, request: PageRequest, community_id: CommunityId
    ) -> Page[CommunityChangeRow]:
        """Edits of a community's profile and settings, newest first. Leaders only."""
        return await profile.list_changes(await info.context.get_member(community_id), request)
