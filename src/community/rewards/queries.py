"""Reads of rewards and redemptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel import db
from community.kernel.errors import NotFound, require_row
from community.rewards.facts import STOCK_COLUMNS, StockRow
from community.rewards.rows import RedemptionEventRow, RedemptionRow, RewardRow

MAX_EVENTS = 200
REWARD_COLUMNS = db.columns(RewardRow)
REDEMPTION_COLUMNS = db.columns(RedemptionRow)


@dataclass(slots=True)
class _PlaceRow:
    reward_id: int
    pick_up_point_id: int


@dataclass(slots=True)
class _RewardMediaRow:
    reward_id: int
    media_id: int


_REWARD = db.Select(f"SELECT {REWARD_COLUMNS} FROM reward WHERE community_id = $1 AND id = $2", RewardRow)
_REWARDS = db.Select(f"SELECT {REWARD_COLUMNS} FROM reward WHERE id = ANY($1)", RewardRow)
_REDEMPTIONS = db.Select(f"SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE id = ANY($1)", RedemptionRow)
_EVENTS = db.Select(
    f"SELECT {db.columns(RedemptionEventRow, 'e')} FROM redemption_event e WHERE e.redemption_id = ANY($1)"
    " ORDER BY e.redemption_id, e.id",
    RedemptionEventRow,
)
_REDEMPTION = db.Select(
    f"SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE community_id = $1 AND id = $2", RedemptionRow
)
_OPEN_PLACES = db.Select(
    "SELECT a.reward_id, a.pick_up_point_id FROM reward_pick_up_point a JOIN pick_up_point p"
    " ON p.id = a.pick_up_point_id WHERE a.reward_id = ANY($1) AND p.closed_at IS NULL",
    _PlaceRow,
)


_MEDIA = db.Select("SELECT media_id AS id FROM reward_media WHERE reward_id = $1 ORDER BY position", db.Id)
_MEDIA_OF_REWARDS = db.Select(
    "SELECT reward_id, media_id FROM reward_media WHERE reward_id = ANY($1) ORDER BY reward_id, position",
    _RewardMediaRow,
)
_USED_MEDIA = db.Select("SELECT media_id AS id FROM media_use WHERE subject = 'REWARD' AND subject_id = $1", db.Id)
_STOCKS = db.Select(f"SELECT {STOCK_COLUMNS} FROM reward_stock WHERE reward_id = ANY($1) AND slot_id IS NULL", StockRow)


async def get_reward(community_id: int, reward_id: int) -> RewardRow:
    """Return the reward of this community in any state. Raises NotFound."""
    return require_row(await _REWARD.first(community_id, reward_id), NotFound("reward"))


async def get_rewards(reward_ids: Sequence[int]) -> list[RewardRow]:
    """Return the reward of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _REWARDS.all(list(set(reward_ids))), reward_ids)


async def find_rewards(reward_ids: Sequence[int | None]) -> list[RewardRow | None]:
    """Return the reward of each id, in order. None for None, and for an unknown id."""
    wanted = list({reward_id for reward_id in reward_ids if reward_id is not None})
    return db.in_order_or_none(await _REWARDS.all(wanted) if wanted else [], reward_ids)


async def find_redemptions(redemption_ids: Sequence[int | None]) -> list[RedemptionRow | None]:
    """Return the redemption of each id, in order. None for None."""
    wanted = [redemption_id for redemption_id in redemption_ids if redemption_id is not None]
    return db.in_order_or_none(await _REDEMPTIONS.all(wanted) if wanted else [], redemption_ids)


async def get_redemption(community_id: int, redemption_id: int) -> RedemptionRow:
    """Return the redemption of this community. Raises NotFound."""
    return require_row(await _REDEMPTION.first(community_id, redemption_id), NotFound("redemption"))


async def list_open_places(reward_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return pairs of reward and pick-up point, for points that are not closed."""
    return {(row.reward_id, row.pick_up_point_id) for row in await _OPEN_PLACES.all(list(reward_ids))}


async def list_media_ids(reward_id: int) -> list[int]:
    """Return the ids of a reward's pictures, in order."""
    return [row.id for row in await _MEDIA.all(reward_id)]


async def list_used_media_ids(reward_id: int) -> set[int]:
    """Return the ids of the pictures that a reward uses already, by any uploader."""
    return {row.id for row in await _USED_MEDIA.all(reward_id)}


async def list_stocks(reward_ids: Sequence[int]) -> list[StockRow | None]:
    """Return the stock of each reward, in order. None for one without a stock of its own."""
    return db.in_order_or_none(await _STOCKS.all(list(reward_ids)), reward_ids, by="reward_id")


async def get_redemptions(redemption_ids: Sequence[int]) -> list[RedemptionRow]:
    """Return the redemption of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _REDEMPTIONS.all(list(set(redemption_ids))), redemption_ids)


async def list_events(redemption_ids: Sequence[int]) -> list[list[RedemptionEventRow]]:
    """Return the first 200 events of each redemption, in order."""
    rows = await _EVENTS.all(list(redemption_ids))
    return [found[:MAX_EVENTS] for found in db.group(rows, redemption_ids, by="redemption_id")]


async def list_media_of_rewards(reward_ids: Sequence[int]) -> list[list[int]]:
    """Return the ids of the pictures of each reward, in order."""
    return db.group_values(await _MEDIA_OF_REWARDS.all(list(reward_ids)), reward_ids, by="reward_id", of="media_id")
