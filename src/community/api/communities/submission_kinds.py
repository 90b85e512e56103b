"""The enumerations of submissions, and the numbers by state."""

from __future__ import annotations

from community.api.declare import declare_enum, field, type_over
from community.submissions.models import FeedOrder, SubmissionKind, SubmissionState
from community.submissions.queries import StateCountRow

declare_enum(
    SubmissionKind,
    values={
        "PRODUCT_REVIEW": "测评: a review of a product.",
        "USAGE_TIP": "技巧: a tip for using something.",
        "RECIPE": "食谱: a recipe.",
        "NEIGHBOURHOOD_STORY": "故事: a story of the neighbourhood.",
        "PHOTOGRAPH": "摄影: a photograph with a text.",
        "LEADER_PLAYBOOK": "团长案例: a leader's case. Only leaders can write it.",
    },
)
declare_enum(
    SubmissionState,
    values={
        "DRAFT": "Visible only to its author.",
        "PENDING_SCREENING": "Sent, and not yet in the review queue.",
        "IN_REVIEW": "Waiting for a leader's decision.",
        "PUBLISHED": "Published in the feed.",
        "RETURNED": "Returned to its author with changes to make.",
        "REJECTED": "Rejected with a reason.",
        "WITHDRAWN": "Withdrawn by its author.",
        "REMOVED": "Removed by a leader with a reason.",
    },
)
declare_enum(
    FeedOrder,
    values={
        "NEWEST": "Newest first, by the time of the first publication.",
        "MOST_LIKED_THIS_WEEK": "Most likes since Monday first, in the community's time zone. Without others.",
        "RECOMMENDED_FIRST": "Those with the recommended mark first, each newest first.",
    },
)


@type_over(StateCountRow)
class SubmissionStateCount:
    """Number of the viewer's submissions in one state."""

    state = field(description="State.")
    count = field(description="Number of submissions, 1 or more.")
