"""Notices about redemptions, each once per redemption and occasion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import list_leader_ids
from community.notices.models import NoticeKind
from community.notices.service import notify_each, notify_member, notify_members
from community.rewards import queries
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.rows import RedemptionRow


@dataclass(frozen=True, slots=True)
class Announced:
    """A new redemption, for its notice."""

    redemption_id: int
    membership_id: int
    points: int
    is_ready: bool


async def announce_reserved(community_id: int, announced: Sequence[Announced]) -> None:
    """Notify each member of the new redemption. Its code is ready, or it waits."""
    ready = [each for each in announced if each.is_ready]
    waiting = [each for each in announced if not each.is_ready]
    if ready:
        await notify_each(
            community_id,
            kind=NoticeKind.REDEMPTION_READY,
            details={
                (each.membership_id, f"redemption:{each.redemption_id}:ready"): {
                    "redemption": each.redemption_id, "points": each.points
                }
                for each in ready
            },
        )  # fmt: skip
    if waiting:
        await notify_each(
            community_id,
            kind=NoticeKind.REDEMPTION_RESERVED,
            details={
                (each.membership_id, f"redemption:{each.redemption_id}:reserved"): {
                    "redemption": each.redemption_id, "points": each.points
                }
                for each in waiting
            },
        )  # fmt: skip


async def announce_ready(row: RedemptionRow) -> None:
    """Notify the owner that a leader has prepared the redemption."""
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.REDEMPTION_READY, key=f"redemption:{row.id}:ready",
        detail={"redemption": row.id, "points": row.price * row.open_quantity},
    )  # fmt: skip


async def announce_low_stock(reward_id: int) -> None:
    """Notify the leaders if few pieces of a reward are left.

    They are notified once per total stock. It is a job, so that the hot row is not kept locked for it.
    """
    (reward,), (stock,) = await queries.get_rewards([reward_id]), await queries.list_stocks([reward_id])
    if stock is None or reward.low_stock_at is None or stock.left > reward.low_stock_at:
        return
    leaders = await list_leader_ids(reward.community_id)
    await notify_members(
        reward.community_id, kind=NoticeKind.REWARD_LOW_STOCK, key=f"reward:{reward.id}:low:{stock.total}",
        details={leader_id: {"reward": reward.id, "left": stock.left} for leader_id in leaders},
    )  # fmt: skip


async def announce_expiring(row: RedemptionRow, expires_at: datetime) -> None:
    """Notify the owner once that the time to collect ends soon."""
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.REDEMPTION_EXPIRING,
        key=f"redemption:{row.id}:expiring:{expires_at.isoformat()}",
        detail={"redemption": row.id, "ends_at": expires_at.isoformat()},
    )  # fmt: skip


async def announce_missed(row: RedemptionRow, *, event_id: int) -> None:
    """Notify the owner that an appointment has expired without a refund."""
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.REDEMPTION_MISSED, key=f"redemption_event:{event_id}",
        detail={"redemption": row.id},
    )  # fmt: skip


async def announce_ended(
    row: RedemptionRow, state: RedemptionState, *, is_own: bool, event_id: int, points: int
) -> None:
    """Notify the owner that pieces were cancelled or expired."""
    key = f"redemption_event:{event_id}"
    if state is RedemptionState.EXPIRED and row.kind is RewardKind.PROJECT:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.PROJECT_FAILED, key=key,
            detail={"redemption": row.id, "points": points},
        )  # fmt: skip
    elif state is RedemptionState.EXPIRED:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.REDEMPTION_EXPIRED, key=key,
            detail={"redemption": row.id, "points": points},
        )  # fmt: skip
    elif is_own:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.REDEMPTION_REFUNDED, key=key,
            detail={"redemption": row.id, "points": points},
        )  # fmt: skip
    else:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.REDEMPTION_CANCELLED, key=key,
            detail={"redemption": row.id, "points": points},
        )  # fmt: skip


async def announce_funded(row: RedemptionRow) -> None:
    """Notify the owner of a pledge that its project has reached the goal."""
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.PROJECT_FUNDED, key=f"redemption:{row.id}:funded",
        detail={"redemption": row.id, "points": row.quantity},
    )  # fmt: skip
