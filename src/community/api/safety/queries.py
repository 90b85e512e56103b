"""Root fields of word lists and the screening. Leaders only."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.kernel.paging import Page, PageRequest
from community.safety import lists
from community.safety.lists import WordListRow
from community.safety.preview import MAX_PREVIEW_LENGTH, Preview, preview

_PREVIEW_COST = 500
"""A text may need some tenths of a second."""


@object_type
class SafetyQuery:
    """Root fields of word lists and the screening."""

    @query
    async def word_list(self, info: Info, community_id: CommunityId) -> WordListRow | None:
        """Current edition of a community's word list. Null if there is none. Leaders only."""
        return await lists.find_current(await info.context.get_member(community_id))

    @paged
    async def word_list_editions(
        self, info: Info, request: PageRequest, community_id: CommunityId
    ) -> Page[WordListRow]:
        """Editions of a community's word list, newest first. Leaders only."""
        return await lists.list_editions(await info.context.get_member(community_id), request)

    @partial(query, cost=_PREVIEW_COST)
    async def screening_preview(
        self,
        info: Info,
        community_id: CommunityId,
        text: Annotated[str, argument(f"Text of several lines, 1 to {MAX_PREVIEW_LENGTH} characters.")],
    ) -> Preview:
        """Result of the screening of a text, with the community's and the operator's words. Leaders only."""
        return await preview(await info.context.get_member(community_id), text)
