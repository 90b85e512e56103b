"""Root fields about experts."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities import visible
from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.experts import queries
from community.experts.queries import EndorsementRow
from community.kernel.paging import Page, PageRequest
from community.submissions.feed import FeedFilter
from community.submissions.queries import SubmissionRow


@object_type
class ExpertQuery:
    """Root fields about experts."""

    @paged
    async def my_endorsements(
        self, info: Info, request: PageRequest, community_id: CommunityId
    ) -> Page[EndorsementRow]:
        """The viewer's endorsements in a community, in every state, newest first. Also after leaving it."""
        return await queries.list_of_member(await info.context.get_current_or_former_member(community_id), request)

    @paged
    async def endorsement_queue(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        credential_id: Annotated[strawberry.ID, argument("Current credential of the viewer.")],
        requested: Annotated[bool, argument("True means only those for which a leader asked.")] = False,
    ) -> Page[SubmissionRow]:
        """Publications in the scope of a credential that the viewer can endorse, newest first."""
        member = await info.context.get_member(community_id)
        number = ids.decode("Credential", credential_id, path="credentialId")
        community = await info.context.get_readable_community(community_id)
        held = await queries.get_current_credential(member, number)
        only = FeedFilter(
            kinds=held.kinds, tags=held.tags, further=queries.list_waiting_filters(member, requested_only=requested)
        )
        return await visible.list_feed(community, request, info, only=only)
