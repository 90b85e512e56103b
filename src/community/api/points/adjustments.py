"""Mutations of adjustments, by leaders."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api.amounts import Points
from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.communities.queries import MemberRow
from community.points import adjustments
from community.points.adjustments import AdjustmentRow


@input_type
class PointsAdjustInput(KeyedThingInput):
    """Input for `pointsAdjust`, which corrects the account of another member."""

    member_id: strawberry.ID = field(description="Id of another member.")
    amount: Points = field(description="Points to add, up to 1000000000. Negative to remove.")
    reason: str = field(description="Reason, 1 to 200 characters. The member reads it in the statement.")


@input_type
class AdjustmentApproveInput(KeyedThingInput):
    """Input for `adjustmentApprove`, which books a pending adjustment."""

    adjustment_id: strawberry.ID = field(description="Id of an adjustment that another leader requested.")


@input_type
class AdjustmentDeclineInput(KeyedThingInput):
    """Input for `adjustmentDecline`, which declines a pending adjustment."""

    adjustment_id: strawberry.ID = field(description="Id of the pending adjustment.")


_CHANGED = "Adjustment in its new state."
_decide = thing_mutation(of=(AdjustmentRow, "adjustment_id"), adjustment=_CHANGED)


@object_type
class AdjustmentMutation:
    """Mutations of adjustments."""

    @thing_mutation(of=(MemberRow, "member_id"), adjustment=_CHANGED)
    def points_adjust(self, input: PointsAdjustInput) -> ThingVerb[AdjustmentRow]:
        """Adjust the account of another member. Leaders only.

        Up to the community's limit it is booked immediately. Above it, a second person must approve. All adjustments of
        the leader for the member within 30 days count.
        Refuses with LEADERS_ONLY, OWN_ACCOUNT, NOT_FOUND or INSUFFICIENT_POINTS.
        """
        return partial(adjustments.adjust, amount=input.amount, reason=input.reason)

    @_decide
    def adjustment_approve(self, input: AdjustmentApproveInput) -> ThingVerb[AdjustmentRow]:
        """Approve an adjustment that another leader requested. Leaders only.

        Refuses with LEADERS_ONLY, OWN_ACCOUNT, ADJUSTMENT_DECIDED, NOT_FOUND or INSUFFICIENT_POINTS.
        """
        return adjustments.approve

    @_decide
    def adjustment_decline(self, input: AdjustmentDeclineInput) -> ThingVerb[AdjustmentRow]:
        """Reject a pending adjustment permanently. Leaders only, the requester included.

        Refuses with LEADERS_ONLY, OWN_ACCOUNT, ADJUSTMENT_DECIDED or NOT_FOUND.
        """
        return adjustments.decline
