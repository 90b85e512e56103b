"""The search among published comments."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.conversation.threads import find_viewer
from community.api.declare import argument, field, object_type, query, type_over
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.conversation import search
from community.conversation.queries import CommentRow
from community.conversation.search import CommentHit
from community.kernel.paging import Page, PageRequest
from community.search.excerpts import EXCERPT_LENGTH
from community.search.tokens import MAX_QUERY_LENGTH


@type_over(CommentHit)
class CommentSearchHit:
    """A found comment."""

    excerpt = field(description=f"Part of the text with the first match, {EXCERPT_LENGTH} characters, in parts.")

    @query
    def comment(row: strawberry.Parent[CommentHit]) -> CommentRow:
        """Comment."""
        return row.comment


@object_type
class CommentQuery:
    """Root fields about comments."""

    @paged
    async def comment_search(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        text: Annotated[str, argument(f"Words that all occur, 1 to {MAX_QUERY_LENGTH} characters.")],
    ) -> Page[CommentHit]:
        """Published comments whose text has all words, the newest first. Words are found as by `search`."""
        community = await info.context.get_readable_community(community_id)
        return await search.find(community.id, text, request, await find_viewer(community.id, info))
