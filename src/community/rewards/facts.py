"""The facts that `rules.decide` needs, for many members and rewards together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from community.communities.time_zones import get_time_zone
from community.kernel import db
from community.points.rules import compute_level
from community.rewards import rules
from community.rewards.kinds import ProjectState, RewardKind
from community.rewards.rows import RewardRow, SlotRow
from community.rewards.rules import Offer, Slot, Taker
from community.rewards.special import project_state


@dataclass(slots=True)
class StockRow:
    """The stock of a reward or of a slot."""

    id: int
    reward_id: int
    slot_id: int | None
    total: int
    taken: int

    @property
    def left(self) -> int:
        """The pieces that are not taken."""
        return self.total - self.taken


@dataclass(slots=True)
class Redeemed:
    """The pieces of a reward that count for a member's limits."""

    reward_id: int
    membership_id: int
    total: int
    in_period: int


@dataclass(slots=True)
class Appointment:
    """A member's appointment. `cancelled_at` is None."""

    membership_id: int
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None = None


@dataclass(slots=True)
class TrialRecord:
    """A member's waiting trials and last broken promise."""

    membership_id: int
    waiting: int
    broken_at: datetime | None


_LOCK_REWARDS = db.Select(
    f"SELECT {db.columns(RewardRow)} FROM reward WHERE community_id = $1 AND id = ANY($2) AND state <> 'DRAFT'"
    " ORDER BY id FOR SHARE",
    RewardRow,
)
STOCK_COLUMNS = db.columns(StockRow)
_STOCK_SQL = (
    f"SELECT {STOCK_COLUMNS} FROM reward_stock WHERE reward_id = ANY($1) AND (slot_id IS NULL OR slot_id = ANY($2))"
)
_STOCK = db.Select(_STOCK_SQL, StockRow)
_LOCK_STOCK = db.Select(f"{_STOCK_SQL} ORDER BY id FOR NO KEY UPDATE", StockRow)
# Cancelled and expired pieces do not count.
_REDEEMED = db.Select(
    "SELECT t.reward_id, t.membership_id, CAST(sum(t.quantity - t.cancelled_quantity) AS BIGINT) AS total,"
    " CAST(sum(CASE WHEN t.created_at >= CAST(part.value->>2 AS TIMESTAMPTZ) THEN t.quantity - t.cancelled_quantity"
    " ELSE 0 END) AS BIGINT) AS in_period"
    " FROM jsonb_array_elements($1) AS part(value) JOIN redemption t ON t.reward_id = CAST(part.value->>0 AS BIGINT)"
    " AND t.membership_id = CAST(part.value->>1 AS BIGINT) GROUP BY t.reward_id, t.membership_id",
    Redeemed,
)
_SLOTS = db.Select(f"SELECT {db.columns(SlotRow)} FROM service_slot WHERE id = ANY($1)", SlotRow)
_APPOINTMENTS = db.Select(
    "SELECT t.membership_id, s.starts_at, s.ends_at, NULL AS cancelled_at FROM redemption t JOIN service_slot s"
    " ON s.id = t.slot_id WHERE t.membership_id = ANY($1) AND t.slot_id IS NOT NULL"
    " AND t.cancelled_quantity < t.quantity AND s.ends_at > $2",
    Appointment,
)

_TRIAL_RECORDS = db.Select(
    "SELECT m.id AS membership_id, CAST((SELECT count(*) FROM redemption t WHERE t.membership_id = m.id"
    " AND t.kind = 'TRIAL' AND t.state IN ('RESERVED', 'CONFIRMED')) + (SELECT count(*) FROM trial_promise p"
    " WHERE p.membership_id = m.id AND p.state = 'OPEN') AS BIGINT) AS waiting,"
    " (SELECT p.resolved_at FROM trial_promise p WHERE p.membership_id = m.id AND p.state = 'BROKEN'"
    " ORDER BY p.resolved_at DESC LIMIT 1) AS broken_at FROM membership m WHERE m.id = ANY($1)",
    TrialRecord,
)


class Offers:
    """The conditions of rewards at one moment, in the time zone of each community."""

    def __init__(
        self,
        now: datetime,
        time_zones: dict[int, str],
        stocks: Iterable[StockRow],
        projects: dict[int, ProjectState],
    ) -> None:
        self.now = now
        self._time_zones = time_zones
        self._projects = projects
        self.stocks = {(row.reward_id, row.slot_id): row for row in stocks}
        self.slots: dict[int, SlotRow] = {}

    def build(self, reward: RewardRow, slot_id: int | None = None) -> Offer:
        """Return the conditions of a reward, or of one of its slots."""
        stock = self.find_stock(reward, slot_id)
        period = self._find_period(reward)
        return Offer(
            reward.kind, reward.state, reward.price, reward.opens_at, reward.closes_at, reward.min_level,
            reward.max_per_person, reward.max_per_period,
            period_end=None if period is None else period[1],
            left=None if stock is None else stock.left,
            slot=None if slot_id is None else self.slots.get(slot_id),
            project=self._projects.get(reward.id),
        )  # fmt: skip

    def find_stock(self, reward: RewardRow, slot_id: int | None) -> StockRow | None:
        """Return the stock of a reward, or of one of its slots, or None."""
        return self.stocks.get((reward.id, slot_id if reward.kind is RewardKind.SERVICE else None))

    def take(self, reward: RewardRow, slot_id: int | None, quantity: int) -> StockRow | None:
        """Count pieces as taken, for the decisions that follow. Return the stock."""
        stock = self.find_stock(reward, slot_id)
        if stock is not None:
            stock.taken += quantity
        return stock

    def get_period_start(self, reward: RewardRow) -> datetime:
        """Return the start of the limit's present period. It is now without such a limit."""
        period = self._find_period(reward)
        return self.now if period is None else period[0]

    def _find_period(self, reward: RewardRow) -> tuple[datetime, datetime] | None:
        if reward.period is None:
            return None
        found = rules.compute_period(reward.period, self.now, self._time_zones[reward.community_id])
        return found.start, found.end


async def lock_rewards(community_id: int, reward_ids: Sequence[int]) -> dict[int, RewardRow]:
    """Lock rewards against changes, and return those that are no drafts by id."""
    return {row.id: row for row in await _LOCK_REWARDS.all(community_id, list(reward_ids))}


async def load_offers(rewards: Sequence[RewardRow], now: datetime, *, slot_ids: Sequence[int] = ()) -> Offers:
    """Read the stock of rewards and of these slots."""
    stocks = await _STOCK.all([row.id for row in rewards], list(slot_ids))
    return Offers(now, await _load_time_zones(rewards), stocks, await _list_project_states(rewards))


async def lock_offers(rewards: Sequence[RewardRow], now: datetime, *, slot_ids: Sequence[int]) -> Offers:
    """Lock the stock of rewards and of these slots. It is the last lock.

    A slot is cancelled under the same lock, so that it is read after it.
    """
    time_zones = await _load_time_zones(rewards)
    stocks = await _LOCK_STOCK.all([row.id for row in rewards], list(slot_ids))
    offers = Offers(now, time_zones, stocks, await _list_project_states(rewards))
    if slot_ids:
        offers.slots = {row.id: row for row in await _SLOTS.all(list(slot_ids))}
    return offers


async def _list_project_states(rewards: Sequence[RewardRow]) -> dict[int, ProjectState]:
    return await project_state.list_states([row.id for row in rewards if row.kind is RewardKind.PROJECT])


async def _load_time_zones(rewards: Sequence[RewardRow]) -> dict[int, str]:
    return {row.community_id: await get_time_zone(row.community_id) for row in rewards if row.period is not None}


async def count_redeemed(pairs: Iterable[tuple[RewardRow, int]], offers: Offers) -> dict[tuple[int, int], Redeemed]:
    """Return what counts for the limits, by reward and member. A reward without limits is left out.

    A member who reserves has locked their account, so that nothing is added meanwhile.
    """
    given = sorted(
        {
            (reward.id, membership_id, db.encode_time(offers.get_period_start(reward)))
            for reward, membership_id in pairs
            if reward.max_per_person is not None or reward.max_per_period is not None
        }
    )
    found = await _REDEEMED.all(json.dumps(given)) if given else []
    return {(row.reward_id, row.membership_id): row for row in found}


async def list_appointments(membership_ids: Iterable[int], now: datetime) -> dict[int, list[Slot]]:
    """Return the appointments of each member that have not ended."""
    found: dict[int, list[Slot]] = {membership_id: [] for membership_id in membership_ids}
    for row in await _APPOINTMENTS.all(sorted(found), now) if found else []:
        found[row.membership_id].append(row)
    return found


async def load_trial_records(pairs: Iterable[tuple[RewardRow, int]]) -> dict[int, TrialRecord]:
    """Return the record of each member who asks for a trial."""
    asking = sorted({membership_id for reward, membership_id in pairs if reward.kind is RewardKind.TRIAL})
    return {row.membership_id: row for row in await _TRIAL_RECORDS.all(asking)} if asking else {}


class Figures(Protocol):
    """The figures of a member's account."""

    balance: int
    debt: int
    growth: int


def build_taker(
    account: Figures,
    redeemed: Redeemed | None,
    trials: TrialRecord | None,
    *,
    spent: int = 0,
    appointments: Sequence[Slot] = (),
) -> Taker:
    """Return the figures that decide. `spent` are points that earlier requests of the same batch take."""
    return Taker(
        compute_level(account.growth).number,
        account.balance - spent,
        account.debt,
        0 if redeemed is None else redeemed.total,
        0 if redeemed is None else redeemed.in_period,
        appointments,
        has_open_trial=trials is not None and trials.waiting > 0,
        broke_promise_at=None if trials is None else trials.broken_at,
    )
