"""Root fields about communities and members."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.accounts import attempts
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.communities import invitations, profile
from community.communities.invitations import InvitationPreview
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
    async def membership(
        self, info: Info, community_id: Annotated[strawberry.ID, argument("Id of the community.")]
    ) -> MemberRow:
        """The viewer as a member of a community."""
        return await info.context.get_member(community_id)

    @paged
    async def invitations(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[InvitationRow]:
        """Invitation codes of a community, ended ones included, newest first. Leaders only."""
        return await invitations.list_all(await info.context.get_member(community_id), request)

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
