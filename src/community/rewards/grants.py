"""Writing of granted redemptions together: rows, history, payment, stock, notices."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from community.kernel import codes, db, outbox
from community.points import joint
from community.points.journal import LockedAccount
from community.rewards import notices, rules
from community.rewards.facts import StockRow
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.rows import RewardRow, SlotRow
from community.rewards.special import coupon_pool, project_state

HOLD_MARGIN = timedelta(days=3650)
"""Time that the hold of a pledge outlasts its project. Only the project resolves it, however late the job runs."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a member. A service needs a slot. `is_named` is for a pledge."""

    reward_id: int
    quantity: int = 1
    slot_id: int | None = None
    pick_up_point_id: int | None = None
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A granted order, with the locked account and the locked stock. A prize has a key, and costs nothing."""

    order: Order
    reward: RewardRow
    account: LockedAccount
    stock: StockRow | None
    slot: SlotRow | None = None
    prize_key: str | None = None

    @property
    def is_ready(self) -> bool:
        """True if the pieces can be handed over immediately."""
        return not self.reward.needs_preparation and self.reward.kind is not RewardKind.PROJECT

    @property
    def is_coupon(self) -> bool:
        """True if the pieces are codes."""
        return self.reward.kind is RewardKind.COUPON

    @property
    def price(self) -> int:
        """The points of one piece."""
        return 0 if self.prize_key is not None else self.reward.price

    @property
    def cost(self) -> int:
        """The points of all pieces."""
        return self.price * self.order.quantity

    def is_low_after(self, taken: Mapping[int, int]) -> bool:
        """Return True if the stock has become low by what was taken of it."""
        low, stock = self.reward.low_stock_at, self.stock
        return low is not None and stock is not None and stock.left <= low < stock.left + taken[stock.id]


_CELL = "part.value->>{}"
_NUMBER = "CAST(part.value->>{} AS BIGINT)"
_TIME = "CAST(part.value->>{} AS TIMESTAMPTZ)"
_EACH = "FROM jsonb_array_elements($1) AS part(value)"
_NEW = db.Change(
    "INSERT INTO redemption (community_id, reward_id, membership_id, kind, state, quantity, price, code,"
    " pick_up_point_id, slot_id, is_named, cancellable_until, expires_at, confirmed_at, created_at, prize_key)"
    f" SELECT $2, {_NUMBER.format(0)}, {_NUMBER.format(1)}, {_CELL.format(2)}, {_CELL.format(3)}, {_NUMBER.format(4)},"
    f" {_NUMBER.format(5)}, {_CELL.format(6)}, {_NUMBER.format(7)}, {_NUMBER.format(8)}, {_NUMBER.format(9)} = 1,"
    f" {_TIME.format(10)}, {_TIME.format(11)}, {_TIME.format(12)}, $3, {_CELL.format(13)} {_EACH}"
    f" ORDER BY {_NUMBER.format(14)}"
    " RETURNING id",
    db.Id,
)
_NEW_EVENTS = (
    "INSERT INTO redemption_event (community_id, redemption_id, kind, quantity, actor_id, created_at)"
    f" SELECT $2, {_NUMBER.format(0)}, 'RESERVED', {_NUMBER.format(1)}, {_NUMBER.format(2)}, $3 {_EACH}"
    f" ORDER BY {_NUMBER.format(0)}"
)
_TAKE = db.Change(
    f"UPDATE reward_stock SET taken = taken + {_NUMBER.format(1)} {_EACH}"
    f" WHERE reward_stock.id = {_NUMBER.format(0)} AND taken + {_NUMBER.format(1)} <= total RETURNING id",
    db.Id,
)


async def write(community_id: int, granted: Sequence[Grant], now: datetime) -> list[int]:
    """Write granted orders and return the ids of their redemptions, in order."""
    rows = [_describe(grant, now, position) for position, grant in enumerate(granted)]
    # Ids are given in the order of the rows.
    ids = sorted(row.id for row in await _NEW.all(json.dumps(rows), community_id, now))
    numbered = list(zip(ids, granted, strict=True))
    events = [(id_, grant.order.quantity, grant.account.membership_id) for id_, grant in numbered]
    await db.execute(_NEW_EVENTS, json.dumps(events), community_id, now)
    await _pay(community_id, numbered)
    await _take_stock(granted)
    coupons = [(grant.reward.id, id_, grant.order.quantity) for id_, grant in numbered if grant.is_coupon]
    await coupon_pool.take(coupons)
    projects = {grant.reward.id for grant in granted if grant.reward.kind is RewardKind.PROJECT}
    if projects:
        await project_state.fund_reached(sorted(projects), now)
    announced = [
        notices.Announced(id_, grant.account.membership_id, grant.cost, grant.is_ready) for id_, grant in numbered
    ]
    await notices.announce_reserved(community_id, announced)
    return ids


def _describe(grant: Grant, now: datetime, position: int) -> tuple[Any, ...]:
    reward, order = grant.reward, grant.order
    state = RedemptionState.CONFIRMED if grant.is_ready else RedemptionState.RESERVED
    # A pledge can be taken back until its project is resolved.
    is_pledge = reward.kind is RewardKind.PROJECT
    hours = None if is_pledge else reward.cancel_hours
    cancellable_until = None if hours is None else now + timedelta(hours=hours)
    # The time to collect begins when the pieces are ready.
    expires_at = (
        rules.add_days(now, reward.collect_days) if grant.is_ready and reward.kind in rules.IS_COLLECTED else None
    )
    if grant.slot is not None:
        cancellable_until = grant.slot.starts_at - timedelta(hours=reward.cancel_hours or 0)
        expires_at = grant.slot.ends_at + rules.VERIFY_SLOT_WITHIN
    return (
        reward.id, grant.account.membership_id, reward.kind.value, state.value, order.quantity, grant.price,
        codes.generate_checked_code() if reward.kind in rules.HAS_CODE else None,
        order.pick_up_point_id, order.slot_id, int(order.is_named),
        *(None if time is None else db.encode_time(time)
          for time in (cancellable_until, expires_at, now if grant.is_ready else None)),
        grant.prize_key, position,
    )  # fmt: skip


async def _pay(community_id: int, numbered: Sequence[tuple[int, Grant]]) -> None:
    """Spend the points of each redemption. A pledge freezes them."""
    spends, holds = [], []
    for id_, grant in numbered:
        if not grant.cost:
            continue
        inputs = {"reward": grant.reward.id, "redemption": id_, "quantity": grant.order.quantity}
        withdrawal = joint.Withdrawal(grant.account, grant.cost, f"redemption:{id_}", inputs)
        if grant.reward.kind is RewardKind.PROJECT:
            assert grant.reward.closes_at is not None  # a CHECK of the table
            holds.append((withdrawal, grant.reward.closes_at + HOLD_MARGIN))
        else:
            spends.append(withdrawal)
    if spends:
        await joint.spend_together(community_id, spends)
    if holds:
        await joint.freeze_together(community_id, holds)


async def _take_stock(granted: Sequence[Grant]) -> None:
    taken: dict[int, int] = defaultdict(int)
    for grant in granted:
        if grant.stock is not None:
            taken[grant.stock.id] += grant.order.quantity
    if taken and len(await _TAKE.all(json.dumps(list(taken.items())))) < len(taken):
        raise RuntimeError("the stock has changed under its lock")
    rewards = {grant.reward.id: grant for grant in granted if grant.stock is not None}
    for reward_id, grant in rewards.items():
        if grant.is_low_after(taken):
            await outbox.put("effects.announce_low_stock", reward_id=reward_id)
