"""Root fields about submissions."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities import visible
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.api.preloading import choose_in_list
from community.api.submissions.reactions import record_view
from community.api.submissions.types import get_visible_submission
from community.experts.queries import list_feed_filters
from community.kernel.paging import Page, PageRequest
from community.submissions import queries
from community.submissions.feed import FeedFilter
from community.submissions.models import FeedOrder, SubmissionKind, SubmissionState
from community.submissions.queries import StateCountRow, SubmissionRow
from community.submissions.related import OWN_ROWS
from community.submissions.rules import MAX_TAGS
from community.submissions.topics.queries import get_topic


@object_type
class SubmissionQuery:
    """Root fields about submissions."""

    @paged
    async def feed(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        *,
        kinds: Annotated[list[SubmissionKind] | None, argument("Only of these kinds. Null or empty means all.")] = None,
        tags: Annotated[
            list[str] | None, argument(f"Only with one of these tags, at most {MAX_TAGS}. Null or empty means all.")
        ] = None,
        author_id: Annotated[strawberry.ID | None, argument("Only by this member. Null means all.")] = None,
        topic_id: Annotated[strawberry.ID | None, argument("Only of this topic, by its tag. Null means all.")] = None,
        recommended: Annotated[bool, argument("True means only with the recommended mark.")] = False,
        endorsed: Annotated[bool, argument("True means only with a current endorsement of an expert.")] = False,
        order: Annotated[FeedOrder, argument("Order.")] = FeedOrder.NEWEST,
    ) -> Page[SubmissionRow]:
        """Published submissions of a community. Strangers see those that were published for everyone."""
        community = await info.context.get_readable_community(community_id)
        author = None if author_id is None else ids.decode("Member", author_id, path="authorId")
        only = FeedFilter(
            kinds=kinds,
            tags=tags,
            author_id=author,
            recommended_only=recommended,
            further=list_feed_filters(endorsed_only=endorsed),
        )
        if topic_id is not None:
            topic = await get_topic(community.id, ids.decode("Topic", topic_id, path="topicId"))
            only = replace(only, with_tag=topic.tag, since=topic.starts_at, until=topic.ends_at)
        return await visible.list_feed(community, request, info, only=only, order=order)

    @query
    async def submission(
        self, info: Info, id: Annotated[strawberry.ID, argument("Id of the submission.")]
    ) -> SubmissionRow:
        """A submission: a published one, the viewer's own, or for leaders one in review."""
        number = ids.decode("Submission", id, path="id")
        row = await get_visible_submission(number, info, path="id")
        await record_view(row, info)
        return row

    @paged
    async def my_submissions(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        states: Annotated[
            list[SubmissionState] | None, argument("Only in these states. Null or empty means all.")
        ] = None,
    ) -> Page[SubmissionRow]:
        """The viewer's submissions in a community, in every state, newest first. Also after leaving it."""
        member = await info.context.get_current_or_former_member(community_id)
        preloading = choose_in_list(OWN_ROWS, info, member.person_id)
        return await queries.list_own(member.community_id, member.id, request, states=states, preloading=preloading)

    @query
    async def my_submission_counts(self, info: Info, community_id: CommunityId) -> list[StateCountRow]:
        """Number of the viewer's submissions in each state that has any."""
        member = await info.context.get_current_or_former_member(community_id)
        return await queries.count_own_by_state(member.community_id, member.id)
