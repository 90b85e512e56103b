"""Mutations of the points bank by services."""

from __future__ import annotations

import hashlib
from typing import Annotated

import strawberry

from community.api import ids
from community.api.amounts import Points
from community.api.context import Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutations import mutation
from community.communities.models import ServiceScope
from community.communities.service_tokens import ServiceTokenRow
from community.kernel import mistakes
from community.kernel.errors import NotFound
from community.kernel.idempotency import validate_key
from community.kernel.texts import normalise_reference
from community.points import holds, movements, rules, spend
from community.points.holds import HoldRow
from community.points.idempotent import SENDER, SERVICE_PREFIX, Source
from community.points.movements import MovementRow


@input_type
class ServiceInput:
    """Input of a service's mutation that runs at most once per idempotency key."""

    idempotency_key: str = field(
        description="Key that you choose, unique in the community, 1 to 64 printable ASCII characters without spaces."
        " A repetition with the same key and input changes nothing and returns the same result."
        " Another member or amount with the same key is refused with SOURCE_REUSED."
    )


@input_type
class PointsSpendInput(ServiceInput):
    """Input for `pointsSpend`, which spends points of a member."""

    member_id: strawberry.ID = field(description="Id of the member.")
    amount: Points = field(description="Number of points, 1 to 1000000000.")
    reference: str = field(description="Reference of the service, such as an order number, 1 to 64 characters.")


@input_type
class PointsRefundInput(ServiceInput):
    """Input for `pointsRefund`, which returns spent points."""

    spend_id: strawberry.ID = field(description="Id of the movement that spent or captured the points.")
    amount: Points | None = field(default=None, description="Number of points. Null returns all that are left.")
    reference: str = field(description="Reference of the service, 1 to 64 characters.")


@input_type
class PointsFreezeInput(ServiceInput):
    """Input for `pointsFreeze`, which freezes points of a member."""

    member_id: strawberry.ID = field(description="Id of the member.")
    amount: Points = field(description="Number of points, 1 to 1000000000.")
    seconds: int = field(description="Seconds until they are returned, 1 to 2592000 (30 days).")
    reference: str = field(description="Reference of the service, 1 to 64 characters.")


def _build_source(service: ServiceTokenRow, input: PointsSpendInput | PointsRefundInput | PointsFreezeInput) -> Source:
    # The key belongs to the community, not to the token. So a service with a new token can repeat its last calls.
    # It is stored as a digest, because it may contain personal data and the journal keeps it permanently.
    with mistakes.collect() as check:
        key = check(validate_key, input.idempotency_key)
        reference = check(normalise_reference, input.reference, path="reference")
    digest = hashlib.sha256(key.encode()).hexdigest()
    return Source(f"{SERVICE_PREFIX}{digest}", {SENDER: service.id, "reference": reference})


async def _require_hold_of_service(service: ServiceTokenRow, hold_id: int) -> None:
    """Raise NotFound for a hold that no service has made, such as a pledge."""
    hold = await holds.get_hold(service.community_id, hold_id)
    if not await movements.is_of_service(service.community_id, hold.entry_id):
        raise NotFound("hold")


def _get_points_service(info: Info) -> ServiceTokenRow:
    return info.context.get_service(ServiceScope.MOVE_POINTS)


@object_type
class PointsMutation:
    """Mutations of the points bank by services."""

    @mutation(movement="Movement of the spending.", balance="Balance of the account after it.")
    async def points_spend(self, info: Info, input: PointsSpendInput) -> tuple[MovementRow | None, Points | None]:
        """Spend points of a member, earliest expiry first. Services only.

        Refuses with INSUFFICIENT_POINTS, IN_DEBT, NOT_FOUND, SOURCE_REUSED, OUT_OF_SCOPE or SERVICES_ONLY.
        """
        service = _get_points_service(info)
        with mistakes.collect() as check:
            member_id = check(ids.decode, "Member", input.member_id, path="memberId")
            source = check(_build_source, service, input)
            check(rules.validate_amount, input.amount)
        result = await spend.spend(service.community_id, member_id, amount=input.amount, source=source)
        (movement,) = await movements.get_movements([result.entry_id])
        return movement, Points(result.balance)

    @mutation(movement="Movement of the refund.", balance="Balance of the account after it.")
    async def points_refund(self, info: Info, input: PointsRefundInput) -> tuple[MovementRow | None, Points | None]:
        """Return spent points to their original lots, with their original expiry. Services only.

        Refuses with REFUND_TOO_LARGE, NOT_FOUND, SOURCE_REUSED, OUT_OF_SCOPE or SERVICES_ONLY.
        """
        service = _get_points_service(info)
        with mistakes.collect() as check:
            spend_id = check(ids.decode, "PointsMovement", input.spend_id, path="spendId")
            source = check(_build_source, service, input)
        if not await movements.is_of_service(service.community_id, spend_id):  # such as the price of a redemption
            raise NotFound("spend")
        result = await spend.refund(service.community_id, spend_id, amount=input.amount, source=source)
        (movement,) = await movements.get_movements([result.entry_id])
        return movement, Points(result.balance)

    @mutation(hold="Frozen points.")
    async def points_freeze(self, info: Info, input: PointsFreezeInput) -> HoldRow | None:
        """Freeze points of a member until they are captured, released or their time ends. Services only.

        Refuses with INSUFFICIENT_POINTS, IN_DEBT, NOT_FOUND, SOURCE_REUSED, OUT_OF_SCOPE or SERVICES_ONLY.
        """
        service = _get_points_service(info)
        with mistakes.collect() as check:
            member_id = check(ids.decode, "Member", input.member_id, path="memberId")
            source = check(_build_source, service, input)
            check(rules.validate_amount, input.amount)
            check(rules.validate_hold_time, input.seconds)
        return await holds.freeze(
            service.community_id, member_id, amount=input.amount, lasts_s=input.seconds, source=source
        )

    @mutation("which spends frozen points", hold="Hold in its new state.")
    async def points_capture(
        self,
        info: Info,
        hold_id: Annotated[strawberry.ID, argument("Id of the frozen points.")],
        amount: Annotated[
            Points | None, argument("Number of points to spend. Null spends all. The rest is returned.")
        ] = None,
    ) -> HoldRow | None:
        """Capture frozen points: spend all or some and return the rest. Services only.

        Refuses with HOLD_RESOLVED, NOT_FOUND, OUT_OF_SCOPE or SERVICES_ONLY.
        Repeating: the same amount changes nothing.
        """
        service = _get_points_service(info)
        number = ids.decode("PointsHold", hold_id, path="holdId")
        await _require_hold_of_service(service, number)
        return await holds.capture(service.community_id, number, amount=amount)

    @mutation("which returns frozen points", hold="Hold in its new state.")
    async def points_release(
        self, info: Info, hold_id: Annotated[strawberry.ID, argument("Id of the frozen points.")]
    ) -> HoldRow | None:
        """Release frozen points. Services only.

        Refuses with HOLD_RESOLVED if they were captured, NOT_FOUND, OUT_OF_SCOPE or SERVICES_ONLY.
        Repeating: changes nothing.
        """
        service = _get_points_service(info)
        number = ids.decode("PointsHold", hold_id, path="holdId")
        await _require_hold_of_service(service, number)
        return await holds.release(service.community_id, number)
