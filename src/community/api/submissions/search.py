"""Suggestions of tags while one types."""

from __future__ import annotations

from typing import Annotated

from community.api.communities.visible import is_stranger
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.submissions import search


@object_type
class TagQuery:
    """Root field with suggested tags."""

    @query
    async def suggested_tags(
        self,
        info: Info,
        community_id: CommunityId,
        text: Annotated[str, argument("Beginning of a tag, 1 to 20 characters.")],
    ) -> list[str]:
        """Tags of publications that begin with the text, at most 10.

        The most used come first.
        """
        community = await info.context.get_readable_community(community_id)
        for_everyone = await is_stranger(community, info)
        return await search.suggest_tags(community.id, text, for_everyone=for_everyone)
