"""Root fields of the review. Leaders only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.api.preloading import choose_in_list
from community.communities.queries import find_member
from community.kernel.errors import NotFound
from community.kernel.paging import Page, PageRequest
from community.review import queries, queue
from community.review.models import CaseKind, CaseReason, CaseState
from community.review.queries import CASE_ROWS, CaseRow
from community.review.queue import QueueCounts, QueueFilter, QueueMark

_OPEN = [CaseState.OPEN]


@object_type
class ReviewQuery:
    """Root fields of the review."""

    @paged
    async def review_queue(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        *,
        states: Annotated[list[CaseState], argument("Only in these states. Empty means all.")] = _OPEN,
        kinds: Annotated[list[CaseKind] | None, argument("Only of these kinds. Null or empty means all.")] = None,
        reasons: Annotated[list[CaseReason] | None, argument("Only with one of these reasons. Null means all.")] = None,
        marks: Annotated[list[QueueMark] | None, argument("Only with all of these marks. Null means all.")] = None,
        author_id: Annotated[strawberry.ID | None, argument("Only about this member. Null means all.")] = None,
        opened_from: Annotated[datetime | None, argument("Only opened at or after this time. Null for all.")] = None,
        opened_before: Annotated[datetime | None, argument("Only opened before this time. Null for all.")] = None,
        text: Annotated[
            str | None,
            argument(
                "Only open or decided cases with these words, 1 to 50 characters. Null for all."
                " They are searched for in the revision, comment, appeal, complaint and name of the author."
            ),
        ] = None,
    ) -> Page[CaseRow]:
        """Review cases that the viewer may decide: escalated ones, urgent ones, then the oldest.

        A case about the viewer, or about the viewer's earlier decision, is left out. Leaders only.
        """
        member = await info.context.get_member(community_id)
        only = QueueFilter(
            kinds=kinds or (),
            reasons=reasons or (),
            marks=marks or (),
            author_id=None if author_id is None else ids.decode("Member", author_id, path="authorId"),
            opened_from=opened_from,
            opened_before=opened_before,
            text=text,
        )
        preloading = choose_in_list(CASE_ROWS, info)
        return await queue.list_queue(member, request, states=states, only=only, preloading=preloading)

    @query
    async def review_counts(self, info: Info, community_id: CommunityId) -> QueueCounts:
        """Numbers of open cases in the viewer's queue. Leaders only."""
        return await queue.count_queue(await info.context.get_member(community_id))

    @query
    async def review_case(
        self, info: Info, id: Annotated[strawberry.ID, argument("Id of the review case.")]
    ) -> CaseRow:
        """A review case in any state. Leaders only."""
        row = await queries.find_case(ids.decode("ReviewCase", id, path="id"))
        viewer_id = info.context.viewer_id
        member = None if row is None else await find_member(viewer_id, row.community_id)
        if row is None or member is None:
            raise NotFound("review_case", path=("id",))
        return await queries.get_case(member, row.id, path="id")
