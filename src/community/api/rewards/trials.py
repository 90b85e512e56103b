"""Promises to review a trial in the graph."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.context import Caller
from community.api.declare import field, input_type, object_type, type_over
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.rewards import queries
from community.rewards.rows import PromiseRow, RedemptionRow
from community.rewards.special import trials


@type_over(PromiseRow)
class TrialPromise:
    """A member's promise to review a trial. It begins when the trial is handed over."""

    state = field(description="State.")
    due_at = field(description="Time until which the review must be sent.")
    resolved_at = field(description="Time at which it was kept or broken. Null while it is open.")


@input_type
class TrialReviewNameInput(KeyedThingInput):
    """Input for `trialReviewName`, which names the review of a trial."""

    redemption_id: strawberry.ID = field(description="Id of the redemption of the trial.")
    submission_id: strawberry.ID = field(
        description="Id of the viewer's product review, which waits for a decision or is published."
    )


@object_type
class TrialMutation:
    """Mutation about trials."""

    @thing_mutation(
        of=(RedemptionRow, "redemption_id"),
        unknown=queries.make_unknown_redemption,
        redemption="Redemption with its promise.",
    )
    def trial_review_name(self, input: TrialReviewNameInput) -> ThingVerb[RedemptionRow]:
        """Name the review of the viewer's own trial. Its publication keeps the promise.

        Refuses with NOT_FOUND or INVALID_INPUT.
        """
        submission_id = ids.decode("Submission", input.submission_id, path="submissionId")

        async def name_review(actor: Caller, redemption_id: int) -> RedemptionRow:
            promise = await trials.name_review(actor, redemption_id, submission_id=submission_id)
            return await queries.get_redemption(promise.community_id, promise.redemption_id)

        return name_review
