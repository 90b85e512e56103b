"""Root fields of the inbox."""

from __future__ import annotations

from typing import Annotated

from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.kernel.paging import Page, PageRequest
from community.notices import queries
from community.notices.models import NoticeKind
from community.notices.queries import NoticeRow


@object_type
class NoticeQuery:
    """Root fields of the inbox."""

    @paged
    async def notices(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        kinds: Annotated[list[NoticeKind] | None, argument("Only of these kinds. Null or empty means all.")] = None,
    ) -> Page[NoticeRow]:
        """The viewer's notices in a community, newest first. A former member reads them too."""
        member = await info.context.get_current_or_former_member(community_id)
        return await queries.list_inbox(member, request, kinds=kinds or ())
