"""Slots of services in the graph."""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeAlias

import strawberry

from community.api.context import Info
from community.api.declare import argument, batched, field, input_type, object_type, related, type_over
from community.api.mutation_inputs import Version
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.api.nodes import Node, found_by
from community.api.pages import paged
from community.api.rewards.queries import get_led_reward, get_seen_reward
from community.api.rewards.types import find_reward
from community.kernel.paging import Page, PageRequest
from community.rewards import queries
from community.rewards.rows import RewardRow, SlotRow
from community.rewards.special import slots

ServiceId: TypeAlias = Annotated[strawberry.ID, argument("Id of the service.")]


@type_over(SlotRow)
class ServiceSlot(Node):
    """时段: an appointment time of a service."""

    version = field(description="Version, which rises with each change. A mutation must name it.")
    starts_at = field(description="Start. Until then it can be booked.")
    ends_at = field(description="End, which does not belong to it.")
    cancelled_at = field(description="Time of its cancellation. Null unless it was cancelled.")
    created_at = field(description="Time of creation.")
    reward = related(queries.get_rewards, "reward_id", "Service.")

    @batched
    async def capacity(rows: list[SlotRow]) -> list[int]:
        """Number of places."""
        return [stock.total for stock in await slots.list_stocks([row.id for row in rows])]

    @batched
    async def left(rows: list[SlotRow]) -> list[int]:
        """Number of places that are left."""
        return [stock.left for stock in await slots.list_stocks([row.id for row in rows])]


@found_by(SlotRow)
async def find_slot(number: int, info: Info) -> SlotRow | None:
    """Return the slot if the viewer may see its reward, or None. Raises KeyError or NotFound."""
    (row,) = await slots.find_slots([number])
    return row if row is not None and await find_reward(row.reward_id, info) is not None else None


@object_type
class SlotQuery:
    """Root fields about slots."""

    @paged
    async def coming_slots(self, info: Info, request: PageRequest, reward_id: ServiceId) -> Page[SlotRow]:
        """Slots of a service to come, the earliest first. Without cancelled ones."""
        return await slots.list_coming(await get_seen_reward(info, reward_id), request)

    @paged
    async def service_slots(self, info: Info, request: PageRequest, reward_id: ServiceId) -> Page[SlotRow]:
        """All slots of a service for leaders, the latest first. With past and cancelled ones."""
        return await slots.list_all(await get_led_reward(info, reward_id), request)


@input_type
class SlotChangeInput(KeyedThingInput):
    """Input of a mutation that changes one version of a slot."""

    slot_id: strawberry.ID = field(description="Id of the slot.")
    version: int = field(description="Version that you read. If it has changed, nothing is done.")


_change = partial(thing_mutation, of=(SlotRow, "slot_id"), slot="Slot in its new state.")


@object_type
class SlotMutation:
    """Mutations of slots."""

    @thing_mutation(
        "which offers a slot of a service",
        of=(RewardRow, "reward_id", "Id of the service."),
        slot="New slot.",
    )
    def slot_create(
        self,
        starts_at: Annotated[
            str, argument("Start in local time of the community, such as `2027-03-01T09:00`, or with an offset.")
        ],
        ends_at: Annotated[str, argument("End, at most 168 hours later, in the same form.")],
        capacity: Annotated[int, argument("Number of places, 1 to 10000.")],
    ) -> ThingVerb[SlotRow]:
        """Offer a slot of a service. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, INVALID_INPUT or TOO_MANY_SLOTS.
        """
        return partial(slots.create, starts_at=starts_at, ends_at=ends_at, capacity=capacity)

    @_change("which sets the number of places of a slot")
    def slot_capacity_set(
        self, version: Version, capacity: Annotated[int, argument("Number of places, including those that are taken.")]
    ) -> ThingVerb[SlotRow]:
        """Set the number of places of a slot. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, INVALID_INPUT, SLOT_CLOSED or STALE_VERSION.
        """
        return partial(slots.set_capacity, version=version, capacity=capacity)

    @_change("which cancels a slot")
    def slot_cancel(self, version: Version) -> ThingVerb[SlotRow]:
        """Cancel a slot. Its redemptions are cancelled, and the points given back. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, SLOT_CLOSED or STALE_VERSION.
        """
        return partial(slots.cancel, version=version)
