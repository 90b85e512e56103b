"""Mutations of rewards and redemptions."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.amounts import Points
from community.api.context import Caller, Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutation_inputs import Version
from community.api.mutations import (
    KeyedThingInput,
    ThingVerb,
    Verb,
    community_mutation,
    mutation,
    thing_mutation,
)
from community.api.nodes import find_community_id, find_readable
from community.communities.errors import NotAMember
from community.kernel import db, idempotency, mistakes
from community.kernel.errors import NotFound
from community.rewards import catalogue, confirming, ending, queries, redeem
from community.rewards.grants import Order
from community.rewards.kinds import LimitPeriod, RewardKind
from community.rewards.rows import RedemptionRow, RewardRow
from community.rewards.rules import MAX_MEDIA, MAX_POINTS_OF_REWARD, RewardContent, normalise_reward, validate_stock


@input_type
class RewardContentInput:
    """Content of a reward. A limit that is left out is none."""

    title: str = field(description="Title, 1 to 60 characters.")
    text: str = field(description="Description, 1 to 2000 characters, with line breaks.")
    price: Points = field(description="Points for one piece. 1 for a project. 0 only for a trial.")
    opens_at: datetime | None = field(default=None, description="Start of the time for redeeming. Null for no limit.")
    closes_at: datetime | None = field(
        default=None, description="End of the time for redeeming, exclusive. A project needs it. Null for no limit."
    )
    min_level: int | None = field(default=None, description="Lowest level of a member. Null for no limit.")
    max_per_person: int | None = field(default=None, description="Pieces for one person. Null for no limit.")
    max_per_period: int | None = field(
        default=None, description="Pieces for one person in each period. Null for no limit."
    )
    period: LimitPeriod | None = field(default=None, description="Period of that limit. Null without it.")
    collect_days: int | None = field(default=None, description="Days in which it must be collected. Null for no limit.")
    cancel_hours: int | None = field(
        default=None, description="Hours in which the member may cancel. Null means until it is confirmed."
    )
    needs_preparation: bool = field(default=False, description="True if a leader confirms each redemption.")
    low_stock_at: int | None = field(
        default=None, description="Number of left pieces from which leaders get a notice. Null for none."
    )
    review_days: int | None = field(default=None, description="Days for the review of a trial. Null for other kinds.")
    media_ids: list[strawberry.ID] = field(
        default_factory=list, description=f"Ids of the viewer's pictures in order, at most {MAX_MEDIA}."
    )
    pick_up_point_ids: list[strawberry.ID] = field(
        default_factory=list,
        description=f"Ids of the pick-up points where it can be collected, at most {MAX_POINTS_OF_REWARD}.",
    )

    def to_content(self, kind: RewardKind) -> RewardContent:
        """Return the content of a reward of this kind. Raises InvalidInput with all mistakes."""
        given = {name: value for name, value in vars(self).items() if name not in {"media_ids", "pick_up_point_ids"}}
        with mistakes.collect() as check:
            media_ids = [check(ids.decode, "Media", each, path="content.mediaIds") for each in self.media_ids]
            point_ids = [
                check(ids.decode, "PickUpPoint", each, path="content.pickUpPointIds") for each in self.pick_up_point_ids
            ]
            given |= {"media_ids": tuple(media_ids), "pick_up_point_ids": tuple(point_ids)}
            return check(normalise_reward, kind, RewardContent(**given))


@input_type
class RewardChangeInput(KeyedThingInput):
    """Input of a mutation that changes one version of a reward."""

    reward_id: strawberry.ID = field(description="Id of the reward.")
    version: int = field(description="Version that you read. If it has changed, nothing is done.")


@input_type
class RedemptionReserveInput(KeyedThingInput):
    """Input for `redemptionReserve`, which reserves pieces of a reward and pays for them."""

    reward_id: strawberry.ID = field(description="Id of the reward.")
    quantity: int = field(default=1, description="Number of pieces, or the points of a pledge.")
    pick_up_point_id: strawberry.ID | None = field(
        default=None, description="Id of the pick-up point where it is collected. Null means any of the reward."
    )
    slot_id: strawberry.ID | None = field(
        default=None, description="Id of the slot of a service. Null for other kinds."
    )
    is_named: bool = field(default=False, description="True if a project may name you as a contributor.")


_change = partial(thing_mutation, of=(RewardRow, "reward_id"), reward="Reward in its new state.")
_change_redemption = partial(
    thing_mutation,
    of=(RedemptionRow, "redemption_id"),
    redemption="Redemption in its new state.",
)


@object_type
class RewardMutation:
    """Mutations of rewards and redemptions."""

    @community_mutation("which writes a draft of a reward", reward="New draft.")
    def reward_create(
        self,
        kind: Annotated[RewardKind, argument("Kind. It never changes.")],
        content: Annotated[RewardContentInput, argument("Content.")],
        stock: Annotated[
            int | None, argument("Number of pieces, or the goal of a project in points. Null for coupons and services.")
        ] = None,
    ) -> Verb[RewardRow]:
        """Write a draft of a reward. Leaders only.

        Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND, MEDIA_REFUSED or STORAGE_FULL.
        """

        async def create(actor: Caller) -> RewardRow:
            with mistakes.collect() as check:
                checked = check(content.to_content, kind)
                check(validate_stock, kind, stock)
            return await catalogue.create(actor, kind=kind, content=checked, stock=stock)

        return create

    @_change("which replaces the content of a reward")
    def reward_edit(
        self,
        version: Version,
        content: Annotated[RewardContentInput, argument("Whole content. What is left out has no limit.")],
    ) -> ThingVerb[RewardRow]:
        """Replace the content of a reward. Leaders only. What is reserved keeps its price and times.

        Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND, MEDIA_REFUSED, STORAGE_FULL or STALE_VERSION.
        """

        async def edit(actor: Caller, reward_id: int) -> RewardRow:
            kind = (await queries.get_reward(actor.community_id, reward_id)).kind
            return await catalogue.edit(actor, reward_id, version=version, content=content.to_content(kind))

        return edit

    @_change("which offers a reward")
    def reward_publish(self, version: Version) -> ThingVerb[RewardRow]:
        """Offer a draft or withdrawn reward. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, REWARD_STATE_FORBIDS or STALE_VERSION.
        """
        return partial(catalogue.publish, version=version)

    @_change("which stops offering a reward")
    def reward_withdraw(
        self,
        version: Version,
        cancel_redemptions: Annotated[
            bool, argument("True also cancels its open redemptions and gives the points back. False keeps them.")
        ],
    ) -> ThingVerb[RewardRow]:
        """Stop offering a reward. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, REWARD_STATE_FORBIDS or STALE_VERSION.
        """
        return partial(catalogue.withdraw, version=version, is_cancelling=cancel_redemptions)

    @_change("which sets the number of pieces of a reward")
    def reward_stock_set(
        self, total: Annotated[int, argument("Number of all pieces, including those that are taken.")]
    ) -> ThingVerb[RewardRow]:
        """Set the number of pieces of a reward. Leaders only.

        Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND, REWARD_STATE_FORBIDS or STALE_VERSION.
        """
        return partial(catalogue.set_stock, total=total)

    @mutation(redemption="New redemption.")
    async def redemption_reserve(self, info: Info, input: RedemptionReserveInput) -> RedemptionRow:
        """Reserve pieces of a reward, and pay for them with points.

        Conditions are checked in this order: window, slot, level, earlier trials, limits, other appointments, stock,
        points. Refuses with REWARD_NOT_OPEN, SLOT_CLOSED, SLOT_OVERLAPS, LEVEL_TOO_LOW, TRIAL_PROMISE_OPEN,
        TRIAL_PROMISE_BROKEN, LIMIT_REACHED, SOLD_OUT, IN_DEBT, INSUFFICIENT_POINTS, INVALID_INPUT, NOT_FOUND,
        CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        with mistakes.collect() as check:
            number = check(ids.decode, "Reward", input.reward_id, path="rewardId")
            point = (
                None
                if input.pick_up_point_id is None
                else check(ids.decode, "PickUpPoint", input.pick_up_point_id, path="pickUpPointId")
            )
            slot = None if input.slot_id is None else check(ids.decode, "ServiceSlot", input.slot_id, path="slotId")
            check(idempotency.validate_key, input.idempotency_key)
        actor = Caller(info.context.viewer_id, await find_community_id(RewardRow, number))
        order = Order(number, input.quantity, slot_id=slot, pick_up_point_id=point, is_named=input.is_named)
        try:
            made = await redeem.reserve(actor, order, key=input.idempotency_key, session_id=info.context.session_id)
        except NotAMember:
            raise NotFound("reward") from None
        return await find_readable(RedemptionRow, db.Id(made), info)  # type: ignore[return-value]  # null after leaving

    @_change_redemption("which cancels the viewer's redemption")
    def redemption_cancel(
        self, quantity: Annotated[int | None, argument("Number of pieces. Null means all that are open.")] = None
    ) -> ThingVerb[RedemptionRow]:
        """Cancel the viewer's redemption. The points go back to where they came from.

        Refuses with NOT_FOUND, INVALID_INPUT, REDEMPTION_STATE_FORBIDS, PROJECT_FUNDED or TOO_LATE_TO_CANCEL.
        """
        return partial(ending.cancel, quantity=quantity)

    @_change_redemption(
        "which cancels the redemption of a member",
        of=(RedemptionRow, "redemption_id", "Id of the redemption of another member."),
    )
    def redemption_cancel_for(
        self,
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the member reads.")],
        quantity: Annotated[int | None, argument("Number of pieces. Null means all that are open.")] = None,
    ) -> ThingVerb[RedemptionRow]:
        """Cancel the redemption of another member. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, INVALID_INPUT, OWN_REDEMPTION, PROJECT_FUNDED or REDEMPTION_STATE_FORBIDS.
        """
        return partial(ending.cancel_by_leader, reason=reason, quantity=quantity)

    @_change_redemption(
        "which says that a redemption is ready",
        of=(RedemptionRow, "redemption_id", "Id of a reserved redemption of another member."),
    )
    def redemption_confirm(self) -> ThingVerb[RedemptionRow]:
        """Confirm that a reserved redemption can be collected. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_REDEMPTION or REDEMPTION_STATE_FORBIDS.
        """
        return confirming.confirm
