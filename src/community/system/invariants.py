"""All invariants that `community audit` checks, by room."""

from __future__ import annotations

from community.communities import models as communities
from community.communities.invariants import INVARIANTS as COMMUNITIES
from community.conversation.invariants import INVARIANTS as CONVERSATION
from community.kernel.derived_invariants import derive_invariants
from community.kernel.tables import Table
from community.leaderboards import models as leaderboards
from community.leaderboards.invariants import INVARIANTS as LEADERBOARDS
from community.media.invariants import INVARIANTS as MEDIA
from community.points import models as points
from community.points.earning import models as earning
from community.points.earning.invariants import INVARIANTS as EARNING
from community.points.invariants import INVARIANTS as POINTS
from community.points.policy_invariants import INVARIANTS as POLICIES
from community.review import models as review
from community.review.appeals import models as appeals
from community.review.appeals.invariants import INVARIANTS as APPEALS
from community.review.invariants import INVARIANTS as REVIEW
from community.review.screening import models as screening
from community.review.screening.invariants import INVARIANTS as SCREENING
from community.rewards import models as rewards
from community.rewards.invariants import INVARIANTS as REWARDS
from community.rewards.pick_up import models as pick_up
from community.rewards.special import models as special_rewards
from community.rewards.special.invariants import INVARIANTS as SPECIAL_REWARDS
from community.rewards.special.promise_invariants import INVARIANTS as PROMISES
from community.submissions import models as submissions
from community.submissions.invariants import INVARIANTS as SUBMISSIONS
from community.submissions.reactions import models as reactions
from community.submissions.topics import models as topics

BOOKS = {
    module.__name__
    for module in (
        *(
            communities,
            points,
            earning,
            submissions,
            reactions,
            topics,
            rewards,
            pick_up,
            special_rewards,
            review,
            screening,
            appeals,
            leaderboards,
        ),
    )
}

DERIVED = tuple(derive_invariants(Table.__subclasses__(), of=BOOKS))
INVARIANTS = (
    *POINTS, *EARNING, *POLICIES, *MEDIA, *SUBMISSIONS, *REWARDS, *SPECIAL_REWARDS, *PROMISES, *REVIEW, *SCREENING,
    *CONVERSATION, *APPEALS, *LEADERBOARDS,
    *COMMUNITIES, *DERIVED,
)  # fmt: skip
