"""The whole graph, composed from the parts of each domain."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from community.api import ids
from community.api.accounts.mutations import AccountsMutation
from community.api.accounts.people import PersonMutation
from community.api.accounts.queries import AccountsQuery
from community.api.amounts import POINTS_SCALAR, Points
from community.api.communities.mutations import CommunitiesMutation
from community.api.communities.queries import CommunitiesQuery
from community.api.communities.service_tokens import ServiceTokenMutation, ServiceTokenQuery
from community.api.consent.mutations import ConsentMutation
from community.api.consent.queries import ConsentQuery
from community.api.context import Info
from community.api.datetimes import DATETIME_SCALAR
from community.api.declare import field, object_type, query_type
from community.api.earning.mutations import EarningMutation
from community.api.earning.queries import EarningQuery
from community.api.edge.schema import GuardedSchema
from community.api.leaderboards.queries import LeaderboardQuery
from community.api.media.mutations import MediaMutation
from community.api.media.queries import MediaQuery
from community.api.media.types import UPLOAD_SCALAR, Upload
from community.api.nodes import Node
from community.api.notices.mutations import NoticeMutation
from community.api.notices.queries import NoticeQuery
from community.api.points.adjustments import AdjustmentMutation
from community.api.points.mutations import PointsMutation
from community.api.points.queries import PointsQuery
from community.api.privacy.mutations import PrivacyMutation
from community.api.privacy.queries import PrivacyQuery
from community.api.review.mutations import ReviewMutation
from community.api.review.queries import ReviewQuery
from community.api.submissions.mutations import SubmissionMutation
from community.api.submissions.queries import SubmissionQuery
from community.api.submissions.types import can_read_submission
from community.communities import queries as communities_queries
from community.kernel.errors import Refusal
from community.media import queries as media_queries
from community.review import queries as review_queries
from community.submissions import queries as submissions_queries


async def _find_community(number: int, info: Info) -> ids.HasId | None:
    return await communities_queries.get_readable_community(info.context.person_id, number)


async def _find_person(number: int, info: Info) -> ids.HasId | None:
    return await communities_queries.find_visible_person(info.context.viewer_id, number)


async def _find_member(number: int, info: Info) -> ids.HasId | None:
    (row,) = await communities_queries.get_members([number])
    await communities_queries.get_readable_community(info.context.person_id, row.community_id)
    return row


async def _find_submission(number: int, info: Info) -> ids.HasId | None:
    (row,) = await submissions_queries.get_by_ids([number])
    await communities_queries.get_readable_community(info.context.person_id, row.community_id)
    return row if await can_read_submission(row, info) else None


async def _find_review_case(number: int, info: Info) -> ids.HasId | None:
    row = await review_queries.find_case(number)
    if row is None:
        return None
    member = await communities_queries.get_member(info.context.viewer_id, row.community_id)
    return await review_queries.get_case(member, number)


async def _find_media(number: int, info: Info) -> ids.HasId | None:
    (row,) = await media_queries.find_own(info.context.viewer_id, [number])
    return row


_FINDERS = {
    "Community": _find_community,
    "Person": _find_person,
    "Member": _find_member,
    "Media": _find_media,
    "Submission": _find_submission,
    "ReviewCase": _find_review_case,
}


async def _find_node(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Global id of any thing.")]
) -> ids.HasId | None:
    kind, number = ids.split(id, path="id")
    find = _FINDERS.get(kind)
    if find is None:
        return None
    try:
        return await find(number, info)
    except (Refusal, KeyError):
        return None


@query_type
class Query(
    AccountsQuery,
    ConsentQuery,
    CommunitiesQuery,
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
    """Queries. Every list has a limit.

    A refusal is an error with a code. It makes its own root field null, and the other fields stay.
    A response of more than 2,000,000 bytes is refused with the code `RESPONSE_TOO_LARGE`.
    """

    node = field(
        resolver=_find_node,
        graphql_type=Node | None,
        description="The community, person, member, submission, review case or own picture with this id."
        " Null for things that the viewer may not see.",
    )


@object_type
class Mutation(
    AccountsMutation,
    PersonMutation,
    ConsentMutation,
    CommunitiesMutation,
    ServiceTokenMutation,
    NoticeMutation,
    MediaMutation,
    SubmissionMutation,
    ReviewMutation,
    PointsMutation,
    AdjustmentMutation,
    EarningMutation,
    PrivacyMutation,
):
    """Mutations. Each returns a payload. If `errors` is not empty, nothing was changed."""


_SCALARS: dict[object, ScalarDefinition] = {Upload: UPLOAD_SCALAR, datetime: DATETIME_SCALAR, Points: POINTS_SCALAR}


def build_schema() -> GuardedSchema:
    """Build the executable schema."""
    return GuardedSchema(Query, Mutation, config=StrawberryConfig(scalar_map=_SCALARS))


def print_schema() -> str:
    """Return the schema as text in alphabetical order."""
    # Never executed: sorting creates every type again, and enumerations then pass strings to the resolvers.
    return (
        GuardedSchema(Query, Mutation, config=StrawberryConfig(scalar_map=_SCALARS, sort_schema=True)).as_str() + "\n"
    )


def read_released_schema() -> str:
    """Return the text of `schema.graphql`, from the wheel or beside the sources."""
    packaged = files("community") / "schema.graphql"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "schema.graphql").read_text(encoding="utf-8")
