"""Root fields of the inbox."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import object_type
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.kernel.paging import Page, PageRequest
from community.notices import queries
from community.notices.queries import NoticeRow


@object_type
class NoticeQuery:
    """Root fields of the inbox."""

    @paged
    async def notices(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[NoticeRow]:
        """The viewer's notices in a community, newest first. A former member reads them too."""
        return await queries.list_inbox(await info.context.get_current_or_former_member(community_id), request)
