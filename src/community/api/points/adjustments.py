"""Mutations of adjustments, by leaders."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api.amounts import Points
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import KeyedThingInput, MutationPayload, mutation, run_thing_mutation_once
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


@object_type
class AdjustmentPayload(MutationPayload):
    """Result of a mutation of an adjustment."""

    adjustment: AdjustmentRow | None = field(default=None, description="Adjustment in its new state.")


@object_type
class PointsAdjustPayload(AdjustmentPayload):
    """Result of `pointsAdjust`."""


@object_type
class AdjustmentApprovePayload(AdjustmentPayload):
    """Result of `adjustmentApprove`."""


@object_type
class AdjustmentDeclinePayload(AdjustmentPayload):
    """Result of `adjustmentDecline`."""


_OF_ADJUSTMENT = (AdjustmentRow, "adjustment_id")


@object_type
class AdjustmentMutation:
    """Mutations of adjustments."""

    @mutation
    async def points_adjust(self, info: Info, input: PointsAdjustInput) -> PointsAdjustPayload:
        """Adjust the account of another member. Leaders only.

        Up to the community's limit it is booked immediately. Above it, a second person must approve. All adjustments of
        the leader for the member within 30 days count.
        Refuses with LEADERS_ONLY, OWN_ACCOUNT, NOT_FOUND or INSUFFICIENT_POINTS.
        """
        verb = partial(adjustments.adjust, amount=input.amount, reason=input.reason)
        row = await run_thing_mutation_once(
            info, "pointsAdjust", input, verb, of=(MemberRow, "member_id"), returns=AdjustmentRow
        )
        return PointsAdjustPayload(adjustment=row)

    @mutation
    async def adjustment_approve(self, info: Info, input: AdjustmentApproveInput) -> AdjustmentApprovePayload:
        """Approve an adjustment that another leader requested. Leaders only.

        Refuses with LEADERS_ONLY, OWN_ACCOUNT, ADJUSTMENT_DECIDED, NOT_FOUND or INSUFFICIENT_POINTS.
        """
        row = await run_thing_mutation_once(
            info, "adjustmentApprove", input, adjustments.approve, of=_OF_ADJUSTMENT, returns=AdjustmentRow
        )
        return AdjustmentApprovePayload(adjustment=row)

    @mutation
    async def adjustment_decline(self, info: Info, input: AdjustmentDeclineInput) -> AdjustmentDeclinePayload:
        """Reject a pending adjustment permanently. Leaders only, the requester included.

        Refuses with LEADERS_ONLY, OWN_ACCOUNT, ADJUSTMENT_DECIDED or NOT_FOUND.
        """
        row = await run_thing_mutation_once(
            info, "adjustmentDecline", input, adjustments.decline, of=_OF_ADJUSTMENT, returns=AdjustmentRow
        )
        return AdjustmentDeclinePayload(adjustment=row)
