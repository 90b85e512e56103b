"""The whole graph, put together from the domains' parts."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from community.api import ids
from community.api.amounts import POINTS, Points
from community.api.context import Info
from community.api.declare import object_type, query
from community.api.earning.mutations import EarningMutation
from community.api.earning.queries import EarningQuery
from community.api.edge.schema import GuardedSchema
from community.api.identity.mutations import IdentityMutation
from community.api.identity.queries import IdentityQuery
from community.api.identity.service_tokens import ServiceTokenMutation, ServiceTokenQuery
from community.api.identity.types import Community, Member, Person
from community.api.leaderboards.queries import LeaderboardQuery
from community.api.media.mutations import MediaMutation
from community.api.media.queries import MediaQuery
from community.api.media.types import UPLOAD, Media, Upload
from community.api.moments import MOMENT
from community.api.nodes import Node
from community.api.notices.mutations import NoticeMutation
from community.api.notices.queries import NoticeQuery
from community.api.points.mutations import PointsMutation
from community.api.points.queries import PointsQuery
from community.api.privacy.mutations import PrivacyMutation
from community.api.privacy.queries import PrivacyQuery
from community.api.review.mutations import ReviewMutation
from community.api.review.queries import ReviewQuery
from community.api.review.types import ReviewCase
from community.api.submissions.mutations import SubmissionMutation
from community.api.submissions.queries import SubmissionQuery
from community.api.submissions.types import Submission, readable
from community.identity import queries as identity
from community.kernel.errors import Refusal
from community.media import queries as media
from community.review import queries as review
from community.submissions import queries as submissions


@object_type
class Query(
    IdentityQuery,
    ServiceTokenQuery,
    NoticeQuery,
    MediaQuery,
    SubmissionQuery,
    ReviewQuery,
    PointsQuery,
    EarningQuery,
    LeaderboardQuery,
    PrivacyQuery,
):
    """What can be read. A refusal is an error with a code; nothing is ever read without a limit."""

    @query
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of anything.")]
    ) -> Node | None:
        """The community, person, member, submission, review case or picture of mine with this id.

        Null for what I may not see.
        """
        kind, number = ids.split(id, path="id")
        find = _FINDERS.get(kind)
        if find is None:
            return None
        try:
            return await find(number, info)
        except (Refusal, KeyError):
            return None


@object_type
class Mutation(
    IdentityMutation,
    ServiceTokenMutation,
    NoticeMutation,
    MediaMutation,
    SubmissionMutation,
    ReviewMutation,
    PointsMutation,
    EarningMutation,
    PrivacyMutation,
):
    """What can be done. Every answer is a payload; a refusal is in its `errors`, and then nothing was changed."""


async def _community(number: int, info: Info) -> Node | None:
    return Community.of(await identity.get_readable_community(info.context.person_id, number))


async def _person(number: int, info: Info) -> Node | None:
    row = await identity.find_acquaintance(info.context.viewer_id, number)
    return None if row is None else Person.of(row)


async def _member(number: int, info: Info) -> Node | None:
    (row,) = await identity.members([number])
    await identity.get_readable_community(info.context.person_id, row.community_id)
    return Member.of(row)


async def _submission(number: int, info: Info) -> Node | None:
    (row,) = await submissions.by_ids([number])
    await identity.get_readable_community(info.context.person_id, row.community_id)
    return Submission.of(row) if await readable(row, info) else None


async def _review_case(number: int, info: Info) -> Node | None:
    row = await review.find_case(number)
    if row is None:
        return None
    member = await identity.get_member(info.context.viewer_id, row.community_id)
    return ReviewCase.of(await review.get_case(member, number))


async def _media(number: int, info: Info) -> Node | None:
    (row,) = await media.mine(info.context.viewer_id, [number])
    return None if row is None else Media.of(row)


_FINDERS = {
    "Community": _community,
    "Person": _person,
    "Member": _member,
    "Media": _media,
    "Submission": _submission,
    "ReviewCase": _review_case,
}
_SCALARS: dict[object, ScalarDefinition] = {Upload: UPLOAD, datetime: MOMENT, Points: POINTS}


def build() -> GuardedSchema:
    """The executable schema."""
    return GuardedSchema(Query, Mutation, config=StrawberryConfig(scalar_map=_SCALARS))


def printed() -> str:
    """The schema as text, its parts in alphabetical order."""
    # Never executed: sorting makes every type anew, and the enumerations then hand strings to the resolvers.
    return (
        GuardedSchema(Query, Mutation, config=StrawberryConfig(scalar_map=_SCALARS, sort_schema=True)).as_str() + "\n"
    )


def released() -> str:
    """The schema that this version was released with: `schema.graphql`, beside the sources or inside the wheel."""
    packaged = files("community") / "schema.graphql"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "schema.graphql").read_text(encoding="utf-8")
