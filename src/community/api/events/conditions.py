"""Rules of events, and checks of entries against them."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import batched, field, related, type_over
from community.api.events import kinds as _kinds  # noqa: F401 - the enumerations are declared first
from community.api.mutation_errors import MutationError
from community.events.conditions import ConditionCheck
from community.events.contents import EventRules
from community.rewards.queries import find_rewards


@type_over(EventRules)
class EventConditions:
    """Rules of an event: conditions of entries and votes, and numbers of prizes. Null does not limit."""

    submission_kinds = field(description="Accepted kinds of submissions. Empty means all.")
    entries_per_member = field(description="Largest number of entries of one member.")
    min_pixels = field(description="Least length of the longer side of each picture, in pixels.")
    captured_from = field(description="First day on which pictures were captured.")
    captured_until = field(description="Last day on which pictures were captured.")
    only_new = field(description="True if no picture may have been published before the event opened.")
    entrant_since = field(description="Last day on which a member who enters may have joined.")
    voter_since = field(description="Last day on which a member who votes may have joined.")
    votes_per_day = field(description="Votes of one member on one day of the community.")
    votes_in_total = field(description="Votes of one member in the whole event. An entry gets at most one of them.")
    gold_prizes = field(description="Number of prizes of the first tier.")
    silver_prizes = field(description="Number of prizes of the second tier.")
    bronze_prizes = field(description="Number of prizes of the third tier.")
    drawn_prizes = field(description="Number of prizes that are drawn. Each member without another has one chance.")
    drawn_value = field(description="Value of the largest drawn prize in yuan. Null without a draw.")
    badge_tiers = field(description="Tiers whose prizes give a badge.")
    gold_reward = related(find_rewards, "gold_reward_id", "Reward of each prize of the first tier. Null for none.")
    silver_reward = related(find_rewards, "silver_reward_id", "Reward of each prize of the second tier. Null for none.")
    bronze_reward = related(find_rewards, "bronze_reward_id", "Reward of each prize of the third tier. Null for none.")
    drawn_reward = related(find_rewards, "drawn_reward_id", "Reward of each drawn prize. Null for none.")
    capacity = field(description="Places of an activity.")
    starts_at = field(description="Beginning of an activity. Null for other kinds.")
    needs_submission = field(description="True if each check-in of a challenge needs a published submission.")
    make_up_days = field(description="Days of a challenge for which a member may check in later.")
    tries = field(description="Tries of a member at each question of riddles.")
    paid_answers = field(description="Number of first right answers to each question that are paid.")
    jury_criteria = field(description="Criteria of the jury, each of which gets 1 to 10 points. Empty without a jury.")
    jury_weight = field(description="Weight of the jury in per cent. Null without a jury.")
    jury_quorum = field(description="Jurors who must score an entry. Null without a jury.")


@type_over(ConditionCheck)
class EntryCheck:
    """A condition of an event, for one submission of the viewer."""

    condition = field(description="Condition.")
    is_flagged = field(description="True if it is met, and a leader looks at it.")

    @batched
    async def refusal(rows: list[ConditionCheck], info: Info) -> list[MutationError | None]:
        """Refusal of `entryCreate`. Null if the condition is met."""
        del info
        return [None if row.refusal is None else MutationError.list_of(row.refusal, "entryCreate")[0] for row in rows]
