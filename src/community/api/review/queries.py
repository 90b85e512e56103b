"""Root fields of the review. Leaders only."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.api.preloading import choose_in_list
from community.communities.queries import find_member
from community.kernel.paging import Page, PageRequest
from community.review import queries
from community.review.models import CaseKind, CaseState
from community.review.queries import CASE_ROWS, CaseRow

_OPEN = [CaseState.OPEN]
_ALL: list[CaseKind] = []


@object_type
class ReviewQuery:
    """Root fields of the review."""

    @paged
    async def review_queue(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        states: Annotated[list[CaseState], argument("Only in these states. Empty means all.")] = _OPEN,
        kinds: Annotated[list[CaseKind], argument("Only of these kinds. Empty means all.")] = _ALL,
    ) -> Page[CaseRow]:
        """Review cases that the viewer may decide: escalated ones, urgent ones, then the oldest.

        A case about the viewer, or about the viewer's earlier decision, is left out. Leaders only.
        """
        member = await info.context.get_member(community_id)
        preloading = choose_in_list(CASE_ROWS, info)
        return await queries.list_queue(member, request, states=states, kinds=kinds, preloading=preloading)

    @query
    async def review_case(
        self, info: Info, id: Annotated[strawberry.ID, argument("Id of the review case.")]
    ) -> CaseRow:
        """A review case in any state. Leaders only."""
        row = await queries.find_case(ids.decode("ReviewCase", id, path="id"))
        viewer_id = info.context.viewer_id
        member = None if row is None else await find_member(viewer_id, row.community_id)
        if row is None or member is None:
            raise queries.make_not_found(path="id")
        return await queries.get_case(member, row.id, path="id")
