"""The search among published submissions and comments."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.conversation.threads import find_viewer
from community.api.declare import argument, declare_enum, field, object_type, query, type_over
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.conversation import search
from community.conversation.queries import CommentRow
from community.conversation.search import Hit, Searched, SearchFilter, SearchOrder
from community.kernel.paging import Page, PageRequest
from community.search.excerpts import EXCERPT_LENGTH, Part
from community.search.tokens import MAX_QUERY_LENGTH
from community.submissions.feed import FeedFilter
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.rules import MAX_TAGS

declare_enum(
    SearchOrder,
    name="SearchOrder",
    values={
        "NEWEST": "First published last comes first.",
        "TITLE_FIRST": "Submissions with the first words in their title come first. It looks at the newest 1000.",
    },
)
declare_enum(
    Searched,
    values={"SUBMISSION": "Published submissions.", "COMMENT": "Published comments and replies."},
)


@type_over(Part)
class TextPart:
    """A part of a text in which the searched words are marked."""

    text = field(description="Text.")
    is_match = field(description="True if it is one of the searched words.")


@type_over(Hit)
class SearchHit:
    """A found submission or comment."""

    title = field(description="Title of the submission in parts. That of a comment's hit has matches only by chance.")
    excerpt = field(
        description=f"Part of the text of what was found, with the first match, {EXCERPT_LENGTH} characters, in parts."
    )

    @query
    def submission(row: strawberry.Parent[Hit]) -> SubmissionRow:
        """Submission that was found, or under which the comment is."""
        return row.submission

    @query
    def comment(row: strawberry.Parent[Hit]) -> CommentRow | None:
        """Comment that was found. Null for a submission."""
        return row.comment


@object_type
class SearchQuery:
    """Root field of the search."""

    @paged
    async def search(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        text: Annotated[str, argument(f"Words that all occur, 1 to {MAX_QUERY_LENGTH} characters.")],
        *,
        among: Annotated[Searched | None, argument("Only things of this kind. Null means all.")] = None,
        kinds: Annotated[
            list[SubmissionKind] | None, argument("Only submissions of these kinds. Null or empty means all.")
        ] = None,
        tags: Annotated[
            list[str] | None,
            argument(f"Only submissions with one of these tags, at most {MAX_TAGS}. Null or empty means all."),
        ] = None,
        author_id: Annotated[strawberry.ID | None, argument("Only by this member. Null means all.")] = None,
        recommended: Annotated[bool, argument("True means only submissions with the recommended mark.")] = False,
        order: Annotated[SearchOrder, argument("Order.")] = SearchOrder.NEWEST,
    ) -> Page[Hit]:
        """Published submissions and comments with all words in title, text, tags or author.

        Chinese words are found anywhere, other words by their beginning. Case, width and traditional forms do not
        matter. A word of two or more characters also finds what authors wrote whose nickname begins with it. A word
        `@name` finds only what authors wrote whose nickname has the name. Strangers find what was published for
        everyone.
        """
        community = await info.context.get_readable_community(community_id)
        feed = FeedFilter(
            kinds=kinds,
            tags=tags,
            author_id=None if author_id is None else ids.decode("Member", author_id, path="authorId"),
            recommended_only=recommended,
        )
        viewer = await find_viewer(community.id, info)
        return await search.find(community.id, text, request, viewer, only=SearchFilter(feed, among), order=order)
