"""The state of a co-building project.

It changes only under the lock of its stock, the last lock of a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import db, outbox
from community.rewards.kinds import ProjectState


@dataclass(slots=True)
class _StateRow:
    reward_id: int
    state: ProjectState


_NEW = "INSERT INTO project (community_id, reward_id, state) VALUES ($1, $2, 'OPEN')"
_STATES = db.Select("SELECT reward_id, state FROM project WHERE reward_id = ANY($1)", _StateRow)
_LOCK_STOCK = db.Select(
    "SELECT id FROM reward_stock WHERE reward_id = $1 AND slot_id IS NULL ORDER BY id FOR NO KEY UPDATE", db.Id
)
_FUND = db.Change(
    "UPDATE project SET state = 'FUNDED', resolved_at = $2 WHERE reward_id = ANY($1) AND state = 'OPEN'"
    " AND EXISTS (SELECT 1 FROM reward_stock s WHERE s.reward_id = project.reward_id AND s.slot_id IS NULL"
    " AND s.taken = s.total) RETURNING id",
    db.Id,
)
_FAIL = db.Change(
    "UPDATE project SET state = 'FAILED', resolved_at = $2 WHERE reward_id = $1 AND state = 'OPEN' RETURNING id", db.Id
)


async def create(community_id: int, reward_id: int) -> None:
    """Open the project of a new reward."""
    await db.execute(_NEW, community_id, reward_id)


async def list_states(reward_ids: Sequence[int]) -> dict[int, ProjectState]:
    """Return the states of the projects among these rewards."""
    return {row.reward_id: row.state for row in await _STATES.all(list(reward_ids))} if reward_ids else {}


async def lock(reward_id: int) -> ProjectState:
    """Lock the stock of a project, and return its state as of now."""
    await _LOCK_STOCK.one(reward_id)
    return (await _STATES.one([reward_id])).state


async def fund_reached(reward_ids: Sequence[int], now: datetime) -> None:
    """Mark those projects as funded whose last point has arrived. Their stock is locked. A job settles them."""
    if await _FUND.all(list(reward_ids), now):
        await outbox.put("effects.settle_projects")


@db.transactional
async def fail(reward_id: int, now: datetime) -> bool:
    """Mark an open project as failed. Return False if it was resolved before."""
    await _LOCK_STOCK.one(reward_id)
    return await _FAIL.first(reward_id, now) is not None
