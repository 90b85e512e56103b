"""Moving points by a service, and correcting accounts by leaders."""

from __future__ import annotations

import hashlib
from typing import Any

import strawberry

from community.api import ids
from community.api.amounts import Points
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import KeyedInput, MutationPayload, mutation, run_mutation_once
from community.api.points.types import Adjustment, PointsHold
from community.communities.models import ServiceScope
from community.communities.queries import MemberRow, require_members
from community.communities.service_tokens import ServiceTokenRow
from community.kernel.idempotency import validate_key
from community.kernel.texts import normalise_text
from community.points import adjustments, holds, spend
from community.points.spend import MovementResult

_MAX_REFERENCE_LENGTH = 64


@input_type
class ServiceInput:
    """A deed of a service that must not happen twice."""

    community_id: strawberry.ID = field(description="The community it happens in.")
    idempotency_key: str = field(
        description="Yours to choose, 1 to 64 ASCII characters, unique in the community: a call that is repeated with"
        " it does nothing twice and answers the same."
    )


@input_type
class PointsSpendInput(ServiceInput):
    """Whose points are spent, and what for."""

    member_id: strawberry.ID = field(description="Whose.")
    amount: Points = field(description="How many points, 1 or more.")
    reference: str = field(description="What for, in the service's words, 1 to 64 characters: an order's number.")


@input_type
class PointsRefundInput(ServiceInput):
    """What is given back."""

    spend_id: strawberry.ID = field(description="The movement that spent or captured the points.")
    amount: Points | None = field(default=None, description="How many points; all that are left of it when left out.")
    reference: str = field(description="Why, in the service's words, 1 to 64 characters.")


@input_type
class PointsFreezeInput(ServiceInput):
    """Whose points are frozen, what for, and how long."""

    member_id: strawberry.ID = field(description="Whose.")
    amount: Points = field(description="How many points, 1 or more.")
    seconds: int = field(description="They come back after so many seconds, 1 to 2592000 (30 days).")
    reference: str = field(description="What for, in the service's words, 1 to 64 characters.")


@input_type
class PointsCaptureInput:
    """Which frozen points are spent. Harmless to repeat: a hold is resolved once."""

    community_id: strawberry.ID = field(description="The community.")
    hold_id: strawberry.ID = field(description="The frozen points.")
    amount: Points | None = field(default=None, description="How many of them; all when left out. The rest comes back.")


@input_type
class PointsReleaseInput:
    """Which frozen points are given back. Harmless to repeat: a hold is resolved once."""

    community_id: strawberry.ID = field(description="The community.")
    hold_id: strawberry.ID = field(description="The frozen points.")


@object_type
class PointsMovement:
    """Points that moved."""

    id: strawberry.ID = field(description="Its id, for a refund.")
    amount: Points = field(description="How many points.")
    balance: Points = field(description="What the account held after it.")

    @classmethod
    def of(cls, moved: MovementResult) -> PointsMovement:
        """What a verb moved."""
        return cls(
            id=ids.encode("Movement", moved.entry_id),
            amount=Points(moved.amount),
            balance=Points(moved.balance),
        )


@object_type
class PointsSpendPayload(MutationPayload):
    """What `pointsSpend` answers."""

    movement: PointsMovement | None = field(default=None, description="What was spent.")


@object_type
class PointsRefundPayload(MutationPayload):
    """What `pointsRefund` answers."""

    movement: PointsMovement | None = field(default=None, description="What came back.")


@object_type
class PointsFreezePayload(MutationPayload):
    """What `pointsFreeze` answers."""

    hold: PointsHold | None = field(default=None, description="The frozen points.")


@object_type
class PointsCapturePayload(MutationPayload):
    """What `pointsCapture` answers."""

    hold: PointsHold | None = field(default=None, description="The frozen points as they are now.")


@object_type
class PointsReleasePayload(MutationPayload):
    """What `pointsRelease` answers."""

    hold: PointsHold | None = field(default=None, description="The frozen points as they are now.")


@input_type
class PointsAdjustInput(KeyedInput):
    """A correction, and why it is made."""

    member_id: strawberry.ID = field(description="Whose account; never one's own.")
    amount: Points = field(description="How many points to add; negative to take them.")
    reason: str = field(description="Why, 1 to 200 characters; the member reads it in the statement.")


@input_type
class AdjustmentApproveInput(KeyedInput):
    """Which correction is made."""

    adjustment_id: strawberry.ID = field(description="The correction that another leader asked for.")


@input_type
class AdjustmentDeclineInput(KeyedInput):
    """Which correction is left unmade."""

    adjustment_id: strawberry.ID = field(description="The correction that waits.")


@object_type
class AdjustmentPayload(MutationPayload):
    """What a correction answers."""

    adjustment: Adjustment | None = field(default=None, description="The correction as it is now.")


@object_type
class PointsAdjustPayload(AdjustmentPayload):
    """What `pointsAdjust` answers."""


@object_type
class AdjustmentApprovePayload(AdjustmentPayload):
    """What `adjustmentApprove` answers."""


@object_type
class AdjustmentDeclinePayload(AdjustmentPayload):
    """What `adjustmentDecline` answers."""


def _build_source_key(input: ServiceInput) -> str:
    # Of the community, not of the token: a service that has a new token repeats its last calls safely. As a digest: a
    # key may hold anything, and the journal keeps it for ever.
    digest = hashlib.sha256(validate_key(input.idempotency_key).encode()).hexdigest()
    return f"service:{digest}"


def _build_inputs(service: ServiceTokenRow, reference: str) -> dict[str, Any]:
    return {
        "service": service.id,
        "reference": normalise_text(reference, max_length=_MAX_REFERENCE_LENGTH, path=("reference",)),
    }


def _get_points_service(info: Info, community_id: str) -> ServiceTokenRow:
    return info.context.get_service(community_id, ServiceScope.MOVE_POINTS)


@object_type
class PointsMutation:
    """Moving points: services spend, freeze and refund on a member's behalf, leaders correct accounts."""

    @mutation
    async def points_spend(self, info: Info, input: PointsSpendInput) -> PointsSpendPayload:
        """Spend a member's points, those that end earliest first. Services only."""
        service = _get_points_service(info, input.community_id)
        member_id = ids.decode("Member", input.member_id, path="memberId")
        await require_members(service.community_id, member_id)
        moved = await spend.spend(
            service.community_id, member_id, amount=input.amount, source_key=_build_source_key(input),
            inputs=_build_inputs(service, input.reference),
        )  # fmt: skip
        return PointsSpendPayload(movement=PointsMovement.of(moved))

    @mutation
    async def points_refund(self, info: Info, input: PointsRefundInput) -> PointsRefundPayload:
        """Give back what was spent, to the lots it came from, with the day on which they end. Services only."""
        service = _get_points_service(info, input.community_id)
        moved = await spend.refund(
            service.community_id, ids.decode("Movement", input.spend_id, path="spendId"), amount=input.amount,
            source_key=_build_source_key(input), inputs=_build_inputs(service, input.reference),
        )  # fmt: skip
        return PointsRefundPayload(movement=PointsMovement.of(moved))

    @mutation
    async def points_freeze(self, info: Info, input: PointsFreezeInput) -> PointsFreezePayload:
        """Freeze a member's points for a while, until they are captured or released. Services only."""
        service = _get_points_service(info, input.community_id)
        member_id = ids.decode("Member", input.member_id, path="memberId")
        await require_members(service.community_id, member_id)
        hold = await holds.freeze(
            service.community_id,
            member_id,
            amount=input.amount,
            lasts_s=input.seconds,
            source_key=_build_source_key(input),
            inputs=_build_inputs(service, input.reference),
        )
        return PointsFreezePayload(hold=PointsHold.of(hold))

    @mutation
    async def points_capture(self, info: Info, input: PointsCaptureInput) -> PointsCapturePayload:
        """Spend frozen points, all or some; the rest comes back. Services only."""
        service = _get_points_service(info, input.community_id)
        hold_id = ids.decode("PointsHold", input.hold_id, path="holdId")
        hold = await holds.capture(service.community_id, hold_id, amount=input.amount)
        return PointsCapturePayload(hold=PointsHold.of(hold))

    @mutation
    async def points_release(self, info: Info, input: PointsReleaseInput) -> PointsReleasePayload:
        """Give frozen points back. Services only."""
        service = _get_points_service(info, input.community_id)
        hold_id = ids.decode("PointsHold", input.hold_id, path="holdId")
        return PointsReleasePayload(hold=PointsHold.of(await holds.release(service.community_id, hold_id)))

    @mutation
    async def points_adjust(self, info: Info, input: PointsAdjustInput) -> PointsAdjustPayload:
        """Correct another member's account: at once up to the community's limit, else when a second person agrees.

        What the same leader made alone for the member within 30 days counts toward the limit.
        """

        async def adjust(actor: MemberRow) -> int:
            member_id = ids.decode("Member", input.member_id, path="memberId")
            return (await adjustments.adjust(actor, member_id, amount=input.amount, reason=input.reason)).id

        member, number = await run_mutation_once(info.context, "pointsAdjust", input, adjust)
        row = await adjustments.get_adjustment(member.community_id, number)
        return PointsAdjustPayload(adjustment=Adjustment.of(row))

    @mutation
    async def adjustment_approve(self, info: Info, input: AdjustmentApproveInput) -> AdjustmentApprovePayload:
        """Make a correction that another leader asked for. Leaders only."""

        async def approve(actor: MemberRow) -> int:
            number = ids.decode("Adjustment", input.adjustment_id, path="adjustmentId")
            return (await adjustments.approve(actor, number)).id

        member, number = await run_mutation_once(info.context, "adjustmentApprove", input, approve)
        row = await adjustments.get_adjustment(member.community_id, number)
        return AdjustmentApprovePayload(adjustment=Adjustment.of(row))

    @mutation
    async def adjustment_decline(self, info: Info, input: AdjustmentDeclineInput) -> AdjustmentDeclinePayload:
        """Leave a correction unmade, for good. Leaders only; whoever asked for it may take it back so."""

        async def decline(actor: MemberRow) -> int:
            number = ids.decode("Adjustment", input.adjustment_id, path="adjustmentId")
            return (await adjustments.decline(actor, number)).id

        member, number = await run_mutation_once(info.context, "adjustmentDecline", input, decline)
        row = await adjustments.get_adjustment(member.community_id, number)
        return AdjustmentDeclinePayload(adjustment=Adjustment.of(row))
