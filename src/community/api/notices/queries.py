"""Root fields of the inbox."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.nodes import CommunityId
from community.api.pages import After, Connection, First, build_connection
from community.kernel.paging import DEFAULT_PAGE, PageRequest
from community.notices import queries
from community.notices.queries import NoticeRow


@object_type
class NoticeQuery:
    """Root fields of the inbox."""

    @query
    async def notices(
        self, info: Info, community_id: CommunityId, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[NoticeRow]:
        """The viewer's notices in a community, newest first."""
        member = await info.context.get_member(community_id)
        request = PageRequest(first, after)
        return build_connection(await queries.list_inbox(member, request), request)
