"""The whole graph, composed from the parts of each domain."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from community.api.accounts.mutations import AccountsMutation
from community.api.accounts.people import PersonMutation
from community.api.accounts.queries import AccountsQuery
from community.api.amounts import POINTS_SCALAR, Points
from community.api.communities.blocks import BlocksMutation, BlocksQuery
from community.api.communities.mutations import CommunitiesMutation
from community.api.communities.queries import CommunitiesQuery
from community.api.communities.sanctions import SanctionsMutation
from community.api.communities.service_tokens import ServiceTokenMutation, ServiceTokenQuery
from community.api.communities.trail import TrailQuery
from community.api.communities.trust import TrustMutation, TrustQuery
from community.api.consent.mutations import ConsentMutation
from community.api.consent.queries import ConsentQuery
from community.api.conversation.moderation import CommentModerationMutation
from community.api.conversation.mutations import CommentMutation
from community.api.conversation.search import SearchQuery
from community.api.datetimes import DATE_SCALAR, DATETIME_SCALAR
from community.api.declare import field, object_type, query_type
from community.api.earning.mutations import EarningMutation
from community.api.earning.queries import EarningQuery
from community.api.edge.schema import GuardedSchema
from community.api.events.calendar import CalendarMutation, CalendarQuery
from community.api.events.jury import JuryMutation
from community.api.events.mutations import EventMutation
from community.api.events.queries import EventQuery
from community.api.events.task_mutations import EventTaskMutation
from community.api.experts.mutations import ExpertMutation
from community.api.experts.queries import ExpertQuery
from community.api.leaderboards.queries import LeaderboardQuery
from community.api.media.mutations import MediaMutation
from community.api.media.queries import MediaQuery
from community.api.media.types import UPLOAD_SCALAR, Upload
from community.api.nodes import Node, find_node
from community.api.notices.announcements import AnnouncementMutation, AnnouncementQuery
from community.api.notices.messages import MessageMutation
from community.api.notices.mutations import NoticeMutation
from community.api.notices.queries import NoticeQuery
from community.api.points.adjustments import AdjustmentMutation
from community.api.points.mutations import PointsMutation
from community.api.points.queries import PointsQuery
from community.api.privacy.mutations import PrivacyMutation
from community.api.privacy.queries import PrivacyQuery
from community.api.review.appeals import AppealMutation, AppealQuery
from community.api.review.bulk import BulkReviewMutation
from community.api.review.complaints import ComplaintMutation, ComplaintQuery
from community.api.review.figures import FiguresQuery
from community.api.review.mutations import ReviewMutation
from community.api.review.opinions import TwoPersonMutation
from community.api.review.queries import ReviewQuery
from community.api.review.templates import ReasonTemplateMutation
from community.api.rewards.coupons import CouponMutation
from community.api.rewards.mutations import RewardMutation
from community.api.rewards.pick_up import PickUpMutation, PickUpQuery
from community.api.rewards.projects import ProjectMutation, ProjectQuery
from community.api.rewards.queries import RewardQuery
from community.api.rewards.slots import SlotMutation, SlotQuery
from community.api.rewards.trials import TrialMutation
from community.api.rewards.verification import VerificationMutation, VerificationQuery
from community.api.safety.mutations import SafetyMutation
from community.api.safety.queries import SafetyQuery
from community.api.submissions.favourites import FavouriteMutation, FavouriteQuery
from community.api.submissions.mutations import SubmissionMutation
from community.api.submissions.queries import SubmissionQuery
from community.api.submissions.search import TagQuery
from community.api.submissions.topics import TopicMutation, TopicQuery


@query_type
class Query(
    AccountsQuery,
    ConsentQuery,
    CommunitiesQuery,
    BlocksQuery,
    ServiceTokenQuery,
    TrustQuery,
    TrailQuery,
    NoticeQuery,
    AnnouncementQuery,
    MediaQuery,
    SafetyQuery,
    SubmissionQuery,
    SearchQuery,
    TagQuery,
    FavouriteQuery,
    TopicQuery,
    ExpertQuery,
    EventQuery,
    CalendarQuery,
    RewardQuery,
    ReviewQuery,
    FiguresQuery,
    ComplaintQuery,
    AppealQuery,
    PointsQuery,
    EarningQuery,
    PickUpQuery,
    VerificationQuery,
    ProjectQuery,
    SlotQuery,
    LeaderboardQuery,
    PrivacyQuery,
):
    """Queries. Every list has a limit.

    A refusal is an error with a code. It makes its own root field null, and the other fields stay.
    A response of more than 2,000,000 bytes is refused with the code `RESPONSE_TOO_LARGE`.
    """

    node = field(
        resolver=find_node,
        graphql_type=Node | None,
        description="The thing with this id. Null for things that the viewer may not see.",
    )


@object_type
class Mutation(
    AccountsMutation,
    PersonMutation,
    ConsentMutation,
    CommunitiesMutation,
    SanctionsMutation,
    TrustMutation,
    BlocksMutation,
    ServiceTokenMutation,
    MessageMutation,
    NoticeMutation,
    AnnouncementMutation,
    MediaMutation,
    SafetyMutation,
    SubmissionMutation,
    CommentMutation,
    FavouriteMutation,
    CommentModerationMutation,
    TopicMutation,
    ExpertMutation,
    EventMutation,
    CalendarMutation,
    EventTaskMutation,
    JuryMutation,
    RewardMutation,
    ReviewMutation,
    BulkReviewMutation,
    ReasonTemplateMutation,
    TwoPersonMutation,
    AppealMutation,
    ComplaintMutation,
    PointsMutation,
    AdjustmentMutation,
    EarningMutation,
    PickUpMutation,
    VerificationMutation,
    ProjectMutation,
    TrialMutation,
    CouponMutation,
    SlotMutation,
    PrivacyMutation,
):
    """Mutations. Each returns a payload. If `errors` is not empty, nothing was changed."""


_SCALARS: dict[object, ScalarDefinition] = {
    Upload: UPLOAD_SCALAR,
    date: DATE_SCALAR,
    datetime: DATETIME_SCALAR,
    Points: POINTS_SCALAR,
}


@cache
def build_schema() -> GuardedSchema:
    """Return the executable schema, which is built once in a process."""
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
