"""Content of an event, as leaders send it."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from community.api import ids
from community.api.declare import field, input_type
from community.api.events import kinds as _kinds  # noqa: F401 - the enumerations are declared first
from community.events import contents
from community.events.contents import EventContent, EventRules
from community.events.kinds import EventKind, JuryCriterion, PrizeTier
from community.kernel import mistakes
from community.submissions.models import SubmissionKind

_REWARD = "Id of the reward of each prize of the"
_PRIZE = "A published coupon or goods. Null for none."
_LAST_DAY = "Day of the community. Null does not limit."


@input_type
class EventRulesInput:
    """Rules of an event. A limit that is left out is none."""

    submission_kinds: list[SubmissionKind] = field(
        default_factory=list, description="Accepted kinds of submissions, at most 6. Empty means all."
    )
    entries_per_member: int = field(
        default=1, description=f"Largest number of entries of one member, 1 to {contents.MAX_ENTRIES_PER_MEMBER}."
    )
    min_pixels: int | None = field(
        default=None, description="Least length of the longer side of each picture, in pixels. Null does not limit."
    )
    captured_from: date | None = field(default=None, description=f"First day of capture. {_LAST_DAY}")
    captured_until: date | None = field(default=None, description=f"Last day of capture. {_LAST_DAY}")
    only_new: bool = field(
        default=False, description="True if no picture may have been published before the event opened."
    )
    entrant_since: date | None = field(
        default=None, description=f"Last day on which a member who enters may have joined. {_LAST_DAY}"
    )
    voter_since: date | None = field(
        default=None, description=f"Last day on which a member who votes may have joined. {_LAST_DAY}"
    )
    votes_per_day: int = field(default=1, description=f"Votes of one member on one day, 1 to {contents.MAX_VOTES}.")
    votes_in_total: int = field(default=1, description=f"Votes of one member in total, 1 to {contents.MAX_VOTES}.")
    gold_prizes: int = field(default=0, description=f"Prizes of the first tier, at most {contents.MAX_PRIZES}.")
    silver_prizes: int = field(default=0, description=f"Prizes of the second tier, at most {contents.MAX_PRIZES}.")
    bronze_prizes: int = field(default=0, description=f"Prizes of the third tier, at most {contents.MAX_PRIZES}.")
    drawn_prizes: int = field(
        default=0, description=f"Prizes that are drawn among those without another, at most {contents.MAX_PRIZES}."
    )
    drawn_value: int | None = field(
        default=None,
        description=f"Value of the largest drawn prize in yuan, 1 to {contents.MAX_DRAWN_VALUE}. Null without a draw.",
    )
    gold_reward_id: strawberry.ID | None = field(default=None, description=f"{_REWARD} first tier. {_PRIZE}")
    silver_reward_id: strawberry.ID | None = field(default=None, description=f"{_REWARD} second tier. {_PRIZE}")
    bronze_reward_id: strawberry.ID | None = field(default=None, description=f"{_REWARD} third tier. {_PRIZE}")
    drawn_reward_id: strawberry.ID | None = field(default=None, description=f"{_REWARD} draw. {_PRIZE}")
    badge_tiers: list[PrizeTier] = field(
        default_factory=list, description="Tiers whose prizes give a badge, at most 4. Empty means none."
    )
    capacity: int | None = field(
        default=None,
        description=f"Places of an activity, 1 to {contents.MAX_PLACES}. Null for no limit and other kinds.",
    )
    starts_at: datetime | None = field(
        default=None, description="Beginning of an activity, which is its end of signing up. Null for other kinds."
    )
    needs_submission: bool = field(
        default=False, description="True if each check-in of a challenge needs a published submission."
    )
    make_up_days: int = field(
        default=0,
        description=f"Days of a challenge for which a member may check in later, at most {contents.MAX_MAKE_UP_DAYS}.",
    )
    tries: int = field(
        default=1, description=f"Tries of a member at each question of riddles, 1 to {contents.MAX_TRIES}."
    )
    paid_answers: int = field(
        default=0,
        description=f"Number of first right answers to each question that are paid, at most"
        f" {contents.MAX_PAID_ANSWERS:,}.",
    )
    jury_criteria: list[JuryCriterion] = field(
        default_factory=list,
        description="Criteria of a jury, at most 5. Empty means none. A jury needs `judgingAt`.",
    )
    jury_weight: int | None = field(
        default=None, description="Weight of the jury in per cent, 1 to 100. Null without a jury."
    )
    jury_quorum: int | None = field(
        default=None,
        description=f"Jurors who must score an entry, 1 to {contents.MAX_QUORUM}. Null without a jury.",
    )


@input_type
class EventContentInput:
    """Content of an event."""

    title: str = field(description=f"Title, 1 to {contents.MAX_TITLE_LENGTH} characters.")
    text: str = field(description=f"Description, 1 to {contents.MAX_TEXT_LENGTH} characters, with line breaks.")
    opens_at: datetime = field(description="Time from which members enter.")
    voting_at: datetime | None = field(
        default=None, description="Time from which members vote. Null for kinds without a vote."
    )
    judging_at: datetime | None = field(
        default=None, description="Time from which leaders judge. A story call needs it. Null for none."
    )
    closes_at: datetime = field(
        description=f"Time of the result, at most {contents.MAX_EVENT_DAYS} days after it opens."
    )
    rules: EventRulesInput = field(description="Rules.")

    def to_content(self, kind: EventKind) -> EventContent:
        """Return the content of an event of this kind. Raises InvalidInput with all mistakes if an id is wrong."""
        lists = ("submission_kinds", "jury_criteria", "badge_tiers")
        given = vars(self.rules) | {name: tuple(getattr(self.rules, name)) for name in lists}
        with mistakes.collect() as check:
            for tier in (tier.value.lower() for tier in PrizeTier):
                number, path = given[f"{tier}_reward_id"], f"content.rules.{tier}RewardId"
                given[f"{tier}_reward_id"] = None if number is None else check(ids.decode, "Reward", number, path=path)
            content = EventContent(**vars(self) | {"rules": EventRules(**given)})
            if check.has_mistakes():
                check(contents.normalise_event, kind, content)
        return content
