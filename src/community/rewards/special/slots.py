"""Slots of services, which leaders offer with places, and cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.kernel import audit, clock, db, mistakes, outbox
from community.kernel.errors import Conflict, InvalidInput, NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.row_failures import run_each, walk
from community.rewards import ending, queries
from community.rewards.ending import Ending
from community.rewards.errors import SlotClosed, TooManySlots
from community.rewards.facts import STOCK_COLUMNS, StockRow
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.rows import RewardRow, SlotRow
from community.rewards.special import slot_times

MAX_COMING = 500
"""Slots of one service that have not started."""
_BATCH_SIZE = 100

_COLUMNS = db.columns(SlotRow)
_ONE = db.Select(f"SELECT {_COLUMNS} FROM service_slot WHERE community_id = $1 AND id = $2", SlotRow)
_BY_IDS = db.Select(f"SELECT {_COLUMNS} FROM service_slot WHERE id = ANY($1)", SlotRow)
_COMING = Listing(
    f"SELECT {_COLUMNS} FROM service_slot WHERE reward_id = $1 AND cancelled_at IS NULL", SlotRow,
    by={"starts_at": datetime, "id": int},
)  # fmt: skip
_ALL = Listing(
    f"SELECT {_COLUMNS} FROM service_slot WHERE reward_id = $1", SlotRow, by={"starts_at": datetime, "id": int},
    newest_first=True,
)  # fmt: skip
_STOCKS = db.Select(f"SELECT {STOCK_COLUMNS} FROM reward_stock WHERE slot_id = ANY($1)", StockRow)
# The lock keeps two leaders from exceeding the number of coming slots together.
_LOCK_REWARD = db.Select(
    f"SELECT {queries.REWARD_COLUMNS} FROM reward WHERE community_id = $1 AND id = $2 FOR NO KEY UPDATE", RewardRow
)
_COUNT_COMING = db.Select(
    "SELECT count(*) AS count FROM service_slot WHERE reward_id = $1 AND starts_at > $2 AND cancelled_at IS NULL",
    db.Count,
)
_CREATE = db.Change(
    "INSERT INTO service_slot (community_id, reward_id, version, starts_at, ends_at, created_at)"
    f" VALUES ($1, $2, 1, $3, $4, $5) RETURNING {_COLUMNS}",
    SlotRow,
)
_NEW_STOCK = "INSERT INTO reward_stock (community_id, reward_id, slot_id, total) VALUES ($1, $2, $3, $4)"
_TOUCH = db.Change(
    "UPDATE service_slot SET version = version + 1 WHERE community_id = $1 AND id = $2 AND version = $3"
    f" AND cancelled_at IS NULL RETURNING {_COLUMNS}",
    SlotRow,
)
_CANCEL = db.Change(
    "UPDATE service_slot SET version = version + 1, cancelled_at = $4 WHERE community_id = $1 AND id = $2"
    f" AND version = $3 AND cancelled_at IS NULL RETURNING {_COLUMNS}",
    SlotRow,
)
_SET_CAPACITY = db.Change("UPDATE reward_stock SET total = $2 WHERE slot_id = $1 AND taken <= $2 RETURNING id", db.Id)
_LOCK_STOCK = db.Select(f"SELECT {STOCK_COLUMNS} FROM reward_stock WHERE slot_id = $1 FOR NO KEY UPDATE", StockRow)
_OPEN_OF_SLOT = db.Select(
    "SELECT id FROM redemption WHERE slot_id = $1 AND id > $2 AND state IN ('RESERVED', 'CONFIRMED')"
    f" ORDER BY id LIMIT {_BATCH_SIZE}",
    db.Id,
)


@db.transactional
async def create(actor: Actor, reward_id: int, *, starts_at: str, ends_at: str, capacity: int) -> SlotRow:
    """Offer a slot of a service, and return it.

    The times are as in `slot_times.read_times`. Raises LeadersOnly, NotFound, InvalidInput and TooManySlots.
    """
    leader = await permissions.lock_leader(actor)
    reward = require_row(await _LOCK_REWARD.first(leader.community_id, reward_id), NotFound("reward"))
    if reward.kind is not RewardKind.SERVICE:
        raise InvalidInput("no_service", path=("rewardId",))
    now = clock.now()
    time_zone = await get_time_zone(reward.community_id)
    with mistakes.collect() as check:
        check(slot_times.validate_capacity, capacity)
        times = check(slot_times.read_times, starts_at, ends_at, time_zone=time_zone, now=now)
    coming = (await _COUNT_COMING.one(reward.id, now)).count
    if coming >= MAX_COMING:
        raise TooManySlots("coming", max=MAX_COMING, actual=coming)
    row = await _CREATE.one(reward.community_id, reward.id, times.starts_at, times.ends_at, now)
    await db.execute(_NEW_STOCK, row.community_id, row.reward_id, row.id, capacity)
    await _record(leader, row, "slot.create", capacity=capacity)
    return row


@db.transactional
async def set_capacity(actor: Actor, slot_id: int, *, version: int, capacity: int) -> SlotRow:
    """Set the number of places of a slot, taken ones included. Return the slot.

    Raises LeadersOnly, NotFound, SlotClosed, InvalidInput for fewer than are taken, and Conflict if the slot has
    another version.
    """
    leader = await permissions.lock_leader(actor)
    slot_times.validate_capacity(capacity)
    found = await get_slot(leader.community_id, slot_id)
    row = _require_changed(found, await _TOUCH.first(found.community_id, found.id, version))
    if await _SET_CAPACITY.first(row.id, capacity) is None:
        (stock,) = await list_stocks([row.id])
        slot_times.validate_capacity(capacity, least=max(1, stock.taken))
        raise Conflict(path=("capacity",))
    await _record(leader, row, "slot.capacity", capacity=capacity)
    return row


@db.transactional
async def cancel(actor: Actor, slot_id: int, *, version: int) -> SlotRow:
    """Cancel a slot, and return it. A job cancels its redemptions with a refund.

    Raises LeadersOnly, NotFound, SlotClosed, and Conflict if the slot has another version.
    """
    leader = await permissions.lock_leader(actor)
    found = await get_slot(leader.community_id, slot_id)
    row = _require_changed(found, await _CANCEL.first(found.community_id, found.id, version, clock.now()))
    # A reservation reads the slot under this lock, so that none is made after the cancellation.
    await _LOCK_STOCK.one(row.id)
    await outbox.put(
        "effects.cancel_slot_redemptions", community_id=row.community_id, slot_id=row.id, actor_id=leader.id
    )
    await _record(leader, row, "slot.cancel")
    return row


async def cancel_redemptions(community_id: int, slot_id: int, actor_id: int) -> int:
    """Cancel the open redemptions of a cancelled slot, and return their number.

    Idempotent. Each redemption is a transaction of its own. Raises RowsFailed at the end.
    """
    ended = Ending(RedemptionState.CANCELLED, actor_id)
    found = walk(lambda last: _OPEN_OF_SLOT.all(slot_id, last), 0)
    return await run_each("redemption", found, lambda each: ending.end_if_open(community_id, each.id, ended))


async def get_slot(community_id: int, slot_id: int) -> SlotRow:
    """Return a slot of the community, cancelled ones included. Raises NotFound."""
    return require_row(await _ONE.first(community_id, slot_id), NotFound("slot"))


async def find_slots(slot_ids: Sequence[int | None]) -> list[SlotRow | None]:
    """Return the slot of each id, in order. None for None."""
    wanted = list({slot_id for slot_id in slot_ids if slot_id is not None})
    return db.in_order_or_none(await _BY_IDS.all(wanted) if wanted else [], slot_ids)


async def list_coming(reward: RewardRow, request: PageRequest) -> Page[SlotRow]:
    """Return a page of the coming slots of a service, the earliest first."""
    return await _COMING.page(request, reward.id, filters=[("starts_at > {}", clock.now())])


async def list_all(reward: RewardRow, request: PageRequest) -> Page[SlotRow]:
    """Return a page of all slots of a service, the latest first. The caller checks that it is for a leader."""
    return await _ALL.page(request, reward.id)


async def list_stocks(slot_ids: Sequence[int]) -> list[StockRow]:
    """Return the places of each slot, in order."""
    found = {row.slot_id: row for row in await _STOCKS.all(list(set(slot_ids)))}
    return [found[slot_id] for slot_id in slot_ids]


def _require_changed(found: SlotRow, changed: SlotRow | None) -> SlotRow:
    if changed is not None:
        return changed
    if found.cancelled_at is not None:
        raise SlotClosed("cancelled", path=("slotId",))
    raise Conflict(path=("version",))


async def _record(leader: MemberRow, row: SlotRow, action: str, **detail: int) -> None:
    await audit.record(row.community_id, leader.id, action, subject="slot", subject_id=row.id, **detail)
