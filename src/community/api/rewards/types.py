"""Types of rewards and redemptions, with what each viewer may see."""

from __future__ import annotations

from functools import partial

from community.api.amounts import Points
from community.api.communities.types import load_communities, load_optional_members
from community.api.communities.visible import load_own_and_former_memberships, load_own_memberships, viewer_can
from community.api.context import Info
from community.api.declare import batched, field, object_type, query, related, type_over
from community.api.mutation_errors import MutationError
from community.api.nodes import Node, found_by
from community.api.rewards import kinds as _kinds  # noqa: F401 - the enumerations are declared first
from community.communities import rules as community_rules
from community.communities.queries import MemberRow, get_members
from community.kernel import clock
from community.media.queries import MediaRow, get_by_ids
from community.rewards import queries, rules, viewing
from community.rewards.kinds import (
    OPEN_STATES,
    ProjectState,
    RedemptionState,
    RewardKind,
    RewardState,
)
from community.rewards.listing import RedemptionCountRow
from community.rewards.pick_up import qr, verification
from community.rewards.pick_up.points import find_points, list_points_of_rewards
from community.rewards.pick_up.rules import build_qr_text
from community.rewards.rows import PickUpPointRow, PromiseRow, RedemptionEventRow, RedemptionRow, RewardRow
from community.rewards.special import coupons, slots, trials
from community.rewards.special.coupons import CouponCounts
from community.rewards.special.project_state import list_states


@type_over(RewardRow)
class Reward(Node):
    """奖品: something that members redeem for points."""

    kind = field(description="Kind.")
    state = field(description="State.")
    version = field(description="Version, which rises with each change. A mutation must name it.")
    title = field(description="Title.")
    text = field(description="Description.")
    price: Points = field(description="Points for one piece. 0 only for a trial.")
    opens_at = field(description="Start of the time for redeeming, inclusive. Null means no limit.")
    closes_at = field(description="End of it, exclusive. The deadline of a project. Null means no limit.")
    min_level = field(description="Lowest level of a member who may redeem it. Null means no limit.")
    max_per_person = field(description="Pieces for one person in total. Null means no limit.")
    max_per_period = field(description="Pieces for one person in each period. Null means no limit.")
    period = field(description="Period of that limit, in the time zone of the community. Null without it.")
    collect_days = field(description="Days in which it must be collected. Null means no limit.")
    cancel_hours = field(description="Hours in which the member may cancel. Null means until it is confirmed.")
    needs_preparation = field(description="True if a leader confirms each redemption.")
    review_days = field(description="Days for the promised review. Null if it is no trial.")
    created_at = field(description="Time of creation.")
    updated_at = field(description="Time of the last change.")
    published_at = field(description="Time of the first publication. Null until then.")
    community = batched(load_communities, description="Community that offers it.")
    viewer_can_manage = viewer_can(lambda _, member: _leads(member), "True if the viewer can edit it as a leader.")

    @batched
    async def media(rows: list[RewardRow]) -> list[list[MediaRow]]:
        """Pictures, at most nine, in order."""
        ids = await queries.list_media_of_rewards([row.id for row in rows])
        found = {row.id: row for row in await get_by_ids(sorted({each for some in ids for each in some}))}
        return [[found[each] for each in some] for some in ids]

    @batched
    async def pick_up_points(rows: list[RewardRow]) -> list[list[PickUpPointRow]]:
        """Open pick-up points where it can be collected, at most 20."""
        return await list_points_of_rewards([row.id for row in rows])

    @batched
    async def project_state(rows: list[RewardRow]) -> list[ProjectState | None]:
        """State of a project. Null for other kinds."""
        states = await list_states([row.id for row in rows if row.kind is RewardKind.PROJECT])
        return [states.get(row.id) for row in rows]

    @batched
    async def total(rows: list[RewardRow]) -> list[int | None]:
        """Pieces in total, or the goal of a project in points. Null for a service."""
        return [None if one is None else one.total for one in await queries.list_stocks([row.id for row in rows])]

    @batched
    async def left(rows: list[RewardRow]) -> list[int | None]:
        """Pieces that are left, or missing points of a project. Null for a service."""
        return [None if one is None else one.left for one in await queries.list_stocks([row.id for row in rows])]

    @batched
    async def low_stock_at(rows: list[RewardRow], info: Info) -> list[int | None]:
        """Number of left pieces from which leaders get a notice. Null for no notice, and for all but leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        return [
            row.low_stock_at if _leads(member) else None for row, member in zip(rows, members, strict=True)
        ]  # fmt: skip

    @batched
    async def coupon_codes(rows: list[RewardRow], info: Info) -> list[CouponCounts | None]:
        """Numbers of codes, 0 for other kinds than coupons. Null for all but leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        counts = await coupons.count_codes([row.id for row in rows])
        return [found if _leads(member) else None for member, found in zip(members, counts, strict=True)]

    @batched
    async def viewer_refusal(rows: list[RewardRow], info: Info) -> list[MutationError | None]:
        """Reason why the viewer cannot redeem one piece now. Null if nothing prevents it, and for all but members."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        refusals = await viewing.find_refusals(rows, members)
        return [
            None if refusal is None else MutationError.list_of(refusal, "redemptionReserve")[0] for refusal in refusals
        ]


def _leads(member: MemberRow | None) -> bool:
    return member is not None and community_rules.can_lead(member)


@found_by(RewardRow)
async def find_reward(number: int, info: Info) -> RewardRow | None:
    """Return the reward if the viewer may see it, or None. Raises KeyError or NotFound."""
    (row,) = await queries.get_rewards([number])
    await info.context.find_readable_community(row.community_id)
    if row.state is not RewardState.DRAFT:
        return row
    (member,) = await load_own_memberships([row.community_id], info)
    return row if _leads(member) else None


@type_over(RedemptionEventRow)
class RedemptionEvent:
    """An event in the history of a redemption."""

    kind = field(description="Kind.")
    quantity = field(description="Number of pieces.")
    reason = field(description="Reason that the actor gave. Null without one.")
    created_at = field(description="Time.")
    actor = related(load_optional_members, "actor_id", "Member who did it. Null for the service itself.")
    pick_up_point = related(find_points, "pick_up_point_id", "Pick-up point of a handover. Null for none.")


@object_type
class VerificationCode:
    """核销码: it works until everything of its redemption was handed over."""

    code: str = field(description="Eight letters and digits. Case, dashes and spaces are ignored when it is typed.")
    qr_text: str = field(description="Text of the QR code, at most 32 characters. It is accepted in place of the code.")

    @partial(query, cost=10)
    def qr_svg(self) -> str:
        """QR code as an SVG document."""
        return qr.draw_svg(self.qr_text)

    @partial(query, cost=10)
    def qr_png(self) -> str:
        """QR code as a PNG in a `data:` address, which an image can show."""
        return qr.draw_png(self.qr_text)


def _build_code(row: RedemptionRow, code: str | None) -> VerificationCode | None:
    if code is None:
        return None
    return VerificationCode(code=code, qr_text=build_qr_text(row.community_id, code))


@type_over(RedemptionRow)
class Redemption(Node):
    """兑换: a member's claim to pieces of a reward. The member, the leaders and the helpers of its points see it."""

    kind = field(description="Kind of the reward.")
    state = field(description="State.")
    quantity = field(description="Number of pieces. Of a pledge: points.")
    fulfilled_quantity = field(description="Pieces that were handed over.")
    cancelled_quantity = field(description="Pieces that were cancelled or expired.")
    open_quantity = field(description="Pieces that are neither handed over nor cancelled.")
    price: Points = field(description="Points for one piece at the time of the reservation.")
    is_prize = field(description="True if it is the prize of an event, which costs nothing.")
    is_named = field(description="True if the member agreed to be named as a contributor of the project.")
    cancellable_until = field(description="End of the time for cancelling. Null means until it is confirmed.")
    expires_at = field(description="Time of its expiry. Null if it does not expire.")
    created_at = field(description="Time of the reservation.")
    confirmed_at = field(description="Time from which it is ready. Null until then.")
    ended_at = field(description="Time of its end. Null while it is open.")
    reward = related(queries.get_rewards, "reward_id", "Reward.")
    member = related(get_members, "membership_id", "Member.")
    pick_up_point = related(find_points, "pick_up_point_id", "Chosen pick-up point. Null means any of the reward.")
    slot = related(slots.find_slots, "slot_id", "Appointment time of a service. Null for other kinds.")

    @batched
    async def verification_code(rows: list[RedemptionRow], info: Info) -> list[VerificationCode | None]:
        """核销码: code that the member shows. Null without one, and for everyone but the member."""
        members = await load_own_and_former_memberships([row.community_id for row in rows], info)
        own = [
            row.id for row, member in zip(rows, members, strict=True)
            if member is not None and member.id == row.membership_id
        ]  # fmt: skip
        codes = dict(zip(own, await verification.find_codes(own) if own else [], strict=True))
        return [_build_code(row, codes.get(row.id)) for row in rows]

    @batched
    async def promise(rows: list[RedemptionRow]) -> list[PromiseRow | None]:
        """Promise to review a trial. Null before its handover, and for other kinds."""
        return await trials.find_promises([row.id for row in rows])

    @batched
    async def events(rows: list[RedemptionRow]) -> list[list[RedemptionEventRow]]:
        """History, at most 200 events, oldest first."""
        return await queries.list_events([row.id for row in rows])

    @batched
    async def can_still_cancel(rows: list[RedemptionRow]) -> list[bool]:
        """True if its member can cancel it now."""
        projects = await list_states([row.reward_id for row in rows if row.kind is RewardKind.PROJECT])
        return [
            row.state in OPEN_STATES and projects.get(row.reward_id) is not ProjectState.FUNDED
            and rules.can_cancel(
                is_reserved=row.state is RedemptionState.RESERVED, cancellable_until=row.cancellable_until,
                now=clock.now(),
            )
            for row in rows
        ]  # fmt: skip


@found_by(RedemptionRow)
async def find_redemption(number: int, info: Info) -> RedemptionRow | None:
    """Return the redemption for its member and those who may verify it, or None. Raises KeyError."""
    (row,) = await queries.get_redemptions([number])
    (member,) = await load_own_and_former_memberships([row.community_id], info)
    if member is None:
        return None
    return row if member.id == row.membership_id or await verification.can_verify(member, row) else None


@type_over(RedemptionCountRow)
class RedemptionCount:
    """Redemptions of a reward in one state."""

    state = field(description="State.")
    count = field(description="Number of redemptions.")
    quantity = field(description="Number of their pieces.")
