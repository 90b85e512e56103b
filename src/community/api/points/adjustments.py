"""Mutations of adjustments, by leaders."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from community.api.amounts import Points
from community.api.declare import argument, object_type
from community.api.mutations import ThingVerb, thing_mutation
from community.communities.queries import MemberRow
from community.points import adjustments
from community.points.adjustments import AdjustmentRow

_CHANGED = "Adjustment in its new state."
_decide = partial(thing_mutation, of=(AdjustmentRow, "adjustment_id"), adjustment=_CHANGED)


@object_type
class AdjustmentMutation:
    """Mutations of adjustments."""

    @thing_mutation(
        "which corrects the account of another member",
        of=(MemberRow, "member_id", "Id of another member."),
        adjustment=_CHANGED,
    )
    def points_adjust(
        self,
        amount: Annotated[Points, argument("Points to add, up to 1000000000. Negative to remove.")],
        reason: Annotated[str, argument("Reason, 1 to 200 characters. The member reads it in the statement.")],
    ) -> ThingVerb[AdjustmentRow]:
        """Adjust the account of another member. Leaders only.

        Up to the community's limit it is booked immediately. Above it, a second person must approve. All adjustments of
        the leader for the member within 30 days count.
        Refuses with LEADERS_ONLY, OWN_ACCOUNT, NOT_FOUND or INSUFFICIENT_POINTS.
        """
        return partial(adjustments.adjust, amount=amount, reason=reason)

    @_decide(
        "which books a pending adjustment",
        of=(AdjustmentRow, "adjustment_id", "Id of an adjustment that another leader requested."),
    )
    def adjustment_approve(self) -> ThingVerb[AdjustmentRow]:
        """Approve an adjustment that another leader requested. Leaders only.

        Refuses with LEADERS_ONLY, OWN_ACCOUNT, ADJUSTMENT_DECIDED, NOT_FOUND or INSUFFICIENT_POINTS.
        """
        return adjustments.approve

    @_decide(
        "which declines a pending adjustment", of=(AdjustmentRow, "adjustment_id", "Id of the pending adjustment.")
    )
    def adjustment_decline(self) -> ThingVerb[AdjustmentRow]:
        """Reject a pending adjustment permanently. Leaders only, the requester included.

        Refuses with LEADERS_ONLY, OWN_ACCOUNT, ADJUSTMENT_DECIDED or NOT_FOUND.
        """
        return adjustments.decline
