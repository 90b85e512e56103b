"""Figures of leaders in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from community.api.context import Info
from community.api.declare import argument, field, object_type, query, related, type_over
from community.api.nodes import CommunityId
from community.communities.queries import get_members
from community.review import figures
from community.review.figures import MAX_DAYS, CriterionFigures, LeaderFigures


@type_over(CriterionFigures)
class ReviewCriterionFigures:
    """Figures of the scores of one criterion."""

    mean = field(description="Mean in hundredths: 425 stands for 4.25.")
    spread = field(description="Standard deviation in hundredths.")


@type_over(LeaderFigures)
class ReviewLeaderFigures:
    """Figures of one leader's decisions in a period. Scores are those that the leader gave."""

    decided = field(description="Number of decisions.")
    approved = field(description="Number of approvals.")
    returned = field(description="Number of returns.")
    rejected = field(description="Number of rejections.")
    overturned = field(description="Number of decisions that an appeal has reversed.")
    overturned_actions = field(
        description="Number of removals, hidings of comments and sanctions of the period that an appeal has reversed."
        " It counts those after a report too."
    )
    opinions = field(description="Number of first approvals of cases that another leader then decided.")
    median_s = field(
        description="Median time from the opening of a case to its decision, in seconds. Null without a decision."
    )
    median_from_claim_s = field(
        description="Median time from the leader's claim to the decision, in seconds. Null without a claim."
    )
    authenticity = field(description="Scores of 真实性: authenticity. Null without an approval.")
    usefulness = field(description="Scores of 实用性: usefulness. Null without an approval.")
    resonance = field(description="Scores of 情感共鸣: resonance. Null without an approval.")
    leader = related(get_members, "membership_id", "Leader, also a former one.")


@object_type
class FiguresQuery:
    """Root field of the figures of leaders."""

    @query
    async def review_figures(
        self,
        info: Info,
        community_id: CommunityId,
        since: Annotated[datetime, argument("Beginning of the period.")],
        until: Annotated[
            datetime | None, argument(f"End of the period, at most {MAX_DAYS} days later. Null for now.")
        ] = None,
    ) -> list[LeaderFigures]:
        """Figures of each leader who decided in a period, most decisions first. Leaders only.

        Apart from `overturnedActions`, they are about decisions on revisions. They look at the newest 100,000 of the
        period.
        """
        member = await info.context.get_member(community_id)
        return await figures.list_figures(member, since=since, until=until)
