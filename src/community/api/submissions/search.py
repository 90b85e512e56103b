"""The search among published submissions, and suggestions while one types."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities.visible import is_stranger
from community.api.context import Info
from community.api.declare import argument, declare_enum, field, object_type, query, type_over
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.kernel.paging import Page, PageRequest
from community.search.excerpts import EXCERPT_LENGTH, Part
from community.search.tokens import MAX_QUERY_LENGTH
from community.submissions import search
from community.submissions.feed import FeedFilter
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.rules import MAX_TAGS
from community.submissions.search import Hit, SearchOrder

declare_enum(
    SearchOrder,
    name="SearchOrder",
    values={
        "NEWEST": "First published last comes first.",
        "TITLE_FIRST": "Submissions with the first words in their title come first. It looks at the newest 1000.",
    },
)


@type_over(Part)
class TextPart:
    """A part of a text in which the searched words are marked."""

    text = field(description="Text.")
    is_match = field(description="True if it is one of the searched words.")


@type_over(Hit)
class SearchHit:
    """A found submission."""

    title = field(description="Title of the published revision in parts.")
    excerpt = field(description=f"Part of the text with the first match, {EXCERPT_LENGTH} characters, in parts.")

    @query
    def submission(row: strawberry.Parent[Hit]) -> SubmissionRow:
        """Submission."""
        return row.submission


@object_type
class SearchQuery:
    """Root fields of the search."""

    @paged
    async def search(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        text: Annotated[str, argument(f"Words that all occur, 1 to {MAX_QUERY_LENGTH} characters.")],
        *,
        kinds: Annotated[list[SubmissionKind] | None, argument("Only of these kinds. Null or empty means all.")] = None,
        tags: Annotated[
            list[str] | None, argument(f"Only with one of these tags, at most {MAX_TAGS}. Null or empty means all.")
        ] = None,
        author_id: Annotated[strawberry.ID | None, argument("Only by this member. Null means all.")] = None,
        recommended: Annotated[bool, argument("True means only with the recommended mark.")] = False,
        order: Annotated[SearchOrder, argument("Order.")] = SearchOrder.NEWEST,
    ) -> Page[Hit]:
        """Published submissions whose title, text and tags have all words.

        Chinese words are found anywhere, other words by their beginning. Case, width and traditional forms do not
        matter. A word `@name` finds those whose author's nickname has the name. Strangers find what was published for
        everyone.
        """
        community = await info.context.get_readable_community(community_id)
        only = FeedFilter(
            kinds=kinds,
            tags=tags,
            author_id=None if author_id is None else ids.decode("Member", author_id, path="authorId"),
            recommended_only=recommended,
            for_everyone=await is_stranger(community, info),
        )
        return await search.find(community.id, text, request, only=only, order=order)

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
