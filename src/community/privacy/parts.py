"""The rooms that keep data about persons. A new room adds its `personal.py` and a line here."""

from __future__ import annotations

from community.accounts import personal as accounts
from community.communities import personal as communities
from community.consent import personal as consent
from community.conversation import personal as conversation
from community.events import personal as events
from community.experts import personal as experts
from community.kernel.personal import Part
from community.leaderboards import personal as leaderboards
from community.media import personal as media
from community.notices import personal as notices
from community.points import personal as points
from community.privacy import personal as privacy
from community.review import personal as review
from community.review.appeals import personal as appeals
from community.rewards import personal as rewards
from community.safety import personal as safety
from community.submissions import personal as submissions

PARTS: tuple[Part, ...] = (
    privacy.PART,
    rewards.PART,
    experts.PART,
    events.PART,
    conversation.PART,
    submissions.PART,
    review.PART,
    appeals.PART,
    leaderboards.PART,
    safety.PART,
    media.PART,
    points.PART,
    notices.PART,
    # The rooms below come last: the others may still read the memberships and the person.
    communities.PART,
    consent.PART,
    accounts.PART,
)
