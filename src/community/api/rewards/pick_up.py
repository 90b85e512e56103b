"""Pick-up points and their helpers in the graph."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities import visible
from community.api.communities.types import load_optional_members
from community.api.context import Caller, Info
from community.api.declare import argument, batched, field, object_type, query, related, type_over
from community.api.mutation_inputs import Version
from community.api.mutations import ThingVerb, Verb, community_mutation, thing_mutation
from community.api.nodes import CommunityId, Node, found_by, get_member_of
from community.api.pages import paged
from community.communities.permissions import require_leader
from community.kernel.paging import Page, PageRequest
from community.rewards.pick_up import points, rules
from community.rewards.rows import HelperRow, PickUpPointRow


@type_over(HelperRow)
class PickUpHelper(Node):
    """A member who may verify redemptions at one pick-up point."""

    appointed_at = field(description="Time of the appointment.")
    ended_at = field(description="Time of its end by a leader. Null before. It also ends when the member leaves.")

    member = related(load_optional_members, "membership_id", "Member who helps.")
    appointed_by = related(load_optional_members, "appointed_by", "Leader who appointed the member.")
    pick_up_point = related(points.find_points, "pick_up_point_id", "Pick-up point.")


@type_over(PickUpPointRow)
class PickUpPoint(Node):
    """自提点: a place where members collect what they redeemed."""

    version = field(description="Version, which rises with each change.")
    name = field(description="Name, at most 40 characters.")
    address = field(description="Address, at most 120 characters.")
    opening_hours = field(description="Opening hours as text, at most 200 characters.")
    created_at = field(description="Time of creation.")
    updated_at = field(description="Time of the last change.")
    closed_at = field(description="Time from which no new redemption can choose it. Null while it is open.")

    @batched
    async def helpers(rows: list[PickUpPointRow], info: Info) -> list[list[HelperRow] | None]:
        """Present helpers, at most 20. Null for everyone but leaders."""
        own = await visible.load_own_memberships([row.community_id for row in rows], info)
        led = [row for row, viewer in zip(rows, own, strict=True) if viewer is not None and viewer.is_leader]
        found = dict(zip([row.id for row in led], await points.list_helpers(led) if led else [], strict=True))
        return [found.get(row.id) for row in rows]


@found_by(PickUpPointRow)
async def find_pick_up_point(number: int, info: Info) -> PickUpPointRow | None:
    """Return the pick-up point, closed ones included, for a reader of its community. Raises NotFound."""
    (row,) = await points.find_points([number])
    if row is not None:
        await info.context.find_readable_community(row.community_id)
    return row


@found_by(HelperRow)
async def find_pick_up_helper(number: int, info: Info) -> HelperRow:
    """Return the appointment for the helper or a leader. Raises NotFound, LeadersOnly."""
    member = await get_member_of(HelperRow, number, info)
    row = await points.get_helper(member.community_id, number)
    if row.membership_id != member.id:
        require_leader(member)
    return row


@object_type
class PickUpQuery:
    """Root fields of pick-up points."""

    @paged
    async def pick_up_points(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[PickUpPointRow]:
        """Open pick-up points of a community, oldest first."""
        return await points.list_points((await info.context.get_readable_community(community_id)).id, request)

    @query
    async def my_appointments(self, info: Info, community_id: CommunityId) -> list[HelperRow]:
        """Present appointments of the viewer to verify at a pick-up point."""
        return await points.list_appointments(await info.context.get_member(community_id))


_change_point = partial(
    thing_mutation,
    of=(PickUpPointRow, "pick_up_point_id", "Id of the pick-up point."),
    pick_up_point="Pick-up point in its new state.",
)


@object_type
class PickUpMutation:
    """Mutations of pick-up points. Leaders only."""

    @community_mutation("which creates a pick-up point", pick_up_point="New pick-up point.")
    def pick_up_point_create(
        self,
        name: Annotated[str, argument("Name, 1 to 40 characters.")],
        address: Annotated[str, argument("Address, 1 to 120 characters.")],
        opening_hours: Annotated[str, argument("Opening hours as text, 1 to 200 characters.")],
    ) -> Verb[PickUpPointRow]:
        """Create a pick-up point. Refuses with LEADERS_ONLY or TOO_MANY_PICK_UP_POINTS."""

        async def create(actor: Caller) -> PickUpPointRow:
            content = rules.normalise_point(name, address, opening_hours)
            return await points.create_point(actor, content)

        return create

    @_change_point("which replaces the words of a pick-up point")
    def pick_up_point_edit(
        self,
        version: Version,
        name: Annotated[str, argument("Name, 1 to 40 characters.")],
        address: Annotated[str, argument("Address, 1 to 120 characters.")],
        opening_hours: Annotated[str, argument("Opening hours as text, 1 to 200 characters.")],
    ) -> ThingVerb[PickUpPointRow]:
        """Replace the words of an open pick-up point.

        Refuses with LEADERS_ONLY, NOT_FOUND, STALE_VERSION or PICK_UP_POINT_CLOSED.
        """

        async def edit(actor: Caller, point_id: int) -> PickUpPointRow:
            content = rules.normalise_point(name, address, opening_hours)
            return await points.edit_point(actor, point_id, version=version, content=content)

        return edit

    @_change_point("which closes a pick-up point")
    def pick_up_point_close(self) -> ThingVerb[PickUpPointRow]:
        """Close a pick-up point for new redemptions. Those that name it can still be collected there.

        Refuses with LEADERS_ONLY or NOT_FOUND.
        """
        return points.close_point

    @thing_mutation(
        "which appoints a member to verify at a pick-up point",
        of=(PickUpPointRow, "pick_up_point_id", "Id of the pick-up point."),
        pick_up_helper="Appointment, or the present one of the member.",
    )
    def pick_up_helper_appoint(
        self, member_id: Annotated[strawberry.ID, argument("Id of the member.")]
    ) -> ThingVerb[HelperRow]:
        """Appoint a member to verify redemptions at a pick-up point. It ends when the member leaves.

        Refuses with LEADERS_ONLY, NOT_FOUND, PICK_UP_POINT_CLOSED or TOO_MANY_HELPERS.
        """
        return partial(points.appoint, member_id=ids.decode("Member", member_id, path="memberId"))

    @thing_mutation(
        "which ends an appointment",
        of=(HelperRow, "pick_up_helper_id", "Id of the appointment."),
        pick_up_helper="Ended appointment.",
    )
    def pick_up_helper_dismiss(self) -> ThingVerb[HelperRow]:
        """End the appointment of a helper. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return points.dismiss
