"""Root fields about submissions."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import object_type, query
from community.api.nodes import CommunityId
from community.api.pages import After, Connection, First, build_connection
from community.api.submissions.types import can_read_submission
from community.kernel.paging import DEFAULT_PAGE, PageRequest
from community.submissions import queries
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import FeedFilter, SubmissionRow


@object_type
class SubmissionQuery:
    """Root fields about submissions."""

    @query
    async def feed(
        self,
        info: Info,
        community_id: CommunityId,
        *,
        kind: Annotated[
            SubmissionKind | None, strawberry.argument(description="Only of this kind. Null means all.")
        ] = None,
        tag: Annotated[str | None, strawberry.argument(description="Only with this tag. Null means all.")] = None,
        author_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only by this member. Null means all.")
        ] = None,
        recommended: Annotated[
            bool, strawberry.argument(description="True means only with the recommended mark.")
        ] = False,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[SubmissionRow]:
        """Published submissions of a community, newest first."""
        community = await info.context.get_readable_community(community_id)
        author = None if author_id is None else ids.decode("Member", author_id, path="authorId")
        only = FeedFilter(kind=kind, tag=tag, author_id=author, recommended_only=recommended)
        request = PageRequest(first, after)
        return build_connection(await queries.list_feed(community.id, request, only=only), request)

    @query
    async def submission(
        self,
        info: Info,
        community_id: CommunityId,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the submission.")],
    ) -> SubmissionRow:
        """A submission: a published one, the viewer's own, or for leaders one in review."""
        community = await info.context.get_readable_community(community_id)
        row = await queries.find(community.id, ids.decode("Submission", id, path="id"))
        if row is None or not await can_read_submission(row, info):
            raise queries.make_not_found(path="id")
        return row

    @query
    async def my_submissions(
        self,
        info: Info,
        community_id: CommunityId,
        state: Annotated[
            SubmissionState | None, strawberry.argument(description="Only in this state. Null means all.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[SubmissionRow]:
        """The viewer's submissions in a community, in every state, newest first."""
        member = await info.context.get_member(community_id)
        request = PageRequest(first, after)
        page = await queries.list_own(member.community_id, member.id, request, state=state)
        return build_connection(page, request)
