"""Promises to review a trial in the graph."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller
from community.api.declare import argument, field, object_type, type_over
from community.api.mutations import ThingVerb, thing_mutation
from community.rewards import queries
from community.rewards.rows import PromiseRow, RedemptionRow
from community.rewards.special import trials


@type_over(PromiseRow)
class TrialPromise:
    """A member's promise to review a trial. It begins when the trial is handed over."""

    state = field(description="State.")
    due_at = field(description="Time until which the review must be sent.")
    resolved_at = field(description="Time at which it was kept or broken. Null while it is open.")


@object_type
class TrialMutation:
    """Mutation about trials."""

    @thing_mutation(
        "which names the review of a trial",
        of=(RedemptionRow, "redemption_id", "Id of the redemption of the trial."),
        redemption="Redemption with its promise.",
    )
    def trial_review_name(
        self,
        submission_id: Annotated[
            strawberry.ID, argument("Id of the viewer's product review, which waits for a decision or is published.")
        ],
    ) -> ThingVerb[RedemptionRow]:
        """Name the review of the viewer's own trial. Its publication keeps the promise.

        Refuses with NOT_FOUND or INVALID_INPUT.
        """
        number = ids.decode("Submission", submission_id, path="submissionId")

        async def name_review(actor: Caller, redemption_id: int) -> RedemptionRow:
            promise = await trials.name_review(actor, redemption_id, submission_id=number)
            return await queries.get_redemption(promise.community_id, promise.redemption_id)

        return name_review
