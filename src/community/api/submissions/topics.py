"""Topics and tags of the week: types, root fields and mutations."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities import visible
from community.api.communities.types import load_communities
from community.api.context import Info
from community.api.declare import argument, batched, field, object_type, query, type_over
from community.api.mutations import ThingVerb, Verb, community_mutation, thing_mutation
from community.api.nodes import CommunityId, Node, found_by
from community.api.pages import paged
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.kernel.errors import NotFound, require_row
from community.kernel.paging import Page, PageRequest
from community.media.queries import MediaRow
from community.media.queries import get_by_ids as get_pictures
from community.submissions.rules import MAX_TAG_LENGTH
from community.submissions.topics import queries, service
from community.submissions.topics.queries import TagCountRow, TopicCountRow, TopicRow
from community.submissions.topics.rules import MAX_DAYS, MAX_DESCRIPTION_LENGTH, TopicContent, TopicPlan


async def _load_counts(rows: list[TopicRow], info: Info) -> list[TopicCountRow]:
    communities = await info.context.load_once(load_communities, rows, info)
    strangers = {row.id for row, one in zip(rows, communities, strict=True) if await visible.is_stranger(one, info)}
    found: dict[int, TopicCountRow] = {}
    for for_everyone in (True, False):
        asked = [row.id for row in rows if (row.id in strangers) is for_everyone]
        found |= await queries.count(asked, for_everyone=for_everyone) if asked else {}
    return [found[row.id] for row in rows]


def _can_manage(row: TopicRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and can_lead(viewer) and not row.has_ended


@type_over(TopicRow)
class Topic(Node):
    """话题: a tag that a leader recommends for some days. `feed` with `topicId` has its publications."""

    tag = field(description="Tag, which is its name.")
    description = field(description="Description. May be empty.")
    version = field(description="Version, which rises with each change. An edit must name it.")
    starts_at = field(description="Time of the beginning.")
    ends_at = field(description="Time of the end. It is no longer part of it.")
    has_ended = field(description="True from the end on.")
    created_at = field(description="Time of creation.")
    community = batched(load_communities, description="Community that it belongs to.")
    viewer_can_manage = visible.viewer_can(_can_manage, "True if the viewer may call `topicEdit` and `topicClose`.")

    @batched
    async def picture(rows: list[TopicRow]) -> list[MediaRow | None]:
        """Picture. Null without one."""
        numbers = await queries.list_picture_ids([row.id for row in rows])
        found = iter(await get_pictures([number for number in numbers if number is not None]))
        return [None if number is None else next(found) for number in numbers]

    @batched
    async def contribution_count(rows: list[TopicRow], info: Info) -> list[int]:
        """Number of its publications, up to 1000."""
        return [row.contributions for row in await info.context.load_once(_load_counts, rows, info)]

    @batched
    async def author_count(rows: list[TopicRow], info: Info) -> list[int]:
        """Number of the authors of its publications."""
        return [row.authors for row in await info.context.load_once(_load_counts, rows, info)]


@found_by(TopicRow)
async def find_topic(number: int, info: Info) -> TopicRow | None:
    """Return the topic if the viewer may read its community, or None. Raises NotFound."""
    row = await queries.find_topic(number)
    if row is not None:
        await info.context.find_readable_community(row.community_id)
    return row


@type_over(TagCountRow)
class PopularTag:
    """A tag with the number of publications that have it."""

    tag = field(description="Tag.")
    count = field(description="Number of publications.")


@object_type
class TopicQuery:
    """Root fields about topics."""

    @query
    async def topic(self, info: Info, id: Annotated[strawberry.ID, argument("Id of the topic.")]) -> TopicRow:
        """A topic of a community that the viewer may read."""
        return require_row(await find_topic(ids.decode("Topic", id, path="id"), info), NotFound("topic"))

    @paged
    async def topics(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        past: Annotated[bool, argument("True means those that have ended, the last first.")] = False,
    ) -> Page[TopicRow]:
        """Topics of a community that have not ended, the next end first."""
        community = await info.context.get_readable_community(community_id)
        return await queries.list_topics(community.id, request, past=past)

    @query
    async def popular_tags(self, info: Info, community_id: CommunityId) -> list[TagCountRow]:
        """Tags of most publications of the last seven days, at most 20."""
        community = await info.context.get_readable_community(community_id)
        return await queries.list_popular_tags(community.id, for_everyone=await visible.is_stranger(community, info))


_DESCRIPTION = f"Description, at most {MAX_DESCRIPTION_LENGTH} characters. May be empty."
_LAST_DAY = f"Last day, in the community's time zone, at most {MAX_DAYS} days after the first."


def _read_content(description: str, media_id: str | None, last_day: date) -> TopicContent:
    number = None if media_id is None else ids.decode("Media", media_id, path="mediaId")
    return TopicContent(description, last_day, number)


_change = partial(thing_mutation, of=(TopicRow, "topic_id"), topic="Topic in its new state.")


@object_type
class TopicMutation:
    """Mutations of topics. Leaders only."""

    @community_mutation("which opens a topic", topic="Topic.")
    def topic_open(
        self,
        *,
        tag: Annotated[str, argument(f"Tag, one word of 1 to {MAX_TAG_LENGTH} characters.")],
        description: Annotated[str, argument(_DESCRIPTION)] = "",
        media_id: Annotated[strawberry.ID | None, argument("Picture of the viewer. Null for none.")] = None,
        first_day: Annotated[
            date | None, argument("First day, in the community's time zone. Null starts it immediately.")
        ] = None,
        last_day: Annotated[date, argument(_LAST_DAY)],
    ) -> Verb[TopicRow]:
        """Open a topic. Publications with its tag belong to it from its beginning to its end.

        Refuses with LEADERS_ONLY, TOPIC_EXISTS, NOT_FOUND, MEDIA_REFUSED or STORAGE_FULL.
        """
        content = _read_content(description, media_id, last_day)
        return partial(service.open_topic, plan=TopicPlan(tag, content, first_day))

    @_change("which replaces description, picture and last day of a topic")
    def topic_edit(
        self,
        *,
        version: Annotated[int, argument("Version that you read.")],
        description: Annotated[str, argument(_DESCRIPTION)] = "",
        media_id: Annotated[strawberry.ID | None, argument("Picture. Null for none.")] = None,
        last_day: Annotated[date, argument(_LAST_DAY)],
    ) -> ThingVerb[TopicRow]:
        """Edit a topic that has not ended.

        Refuses with LEADERS_ONLY, STALE_VERSION, NOT_FOUND, MEDIA_REFUSED or STORAGE_FULL.
        """
        return partial(service.edit_topic, version=version, content=_read_content(description, media_id, last_day))

    @_change("which ends a topic now")
    def topic_close(self) -> ThingVerb[TopicRow]:
        """End a topic now. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return service.close_topic
