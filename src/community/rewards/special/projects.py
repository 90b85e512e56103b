"""共建项目: pledges are captured at the goal, or released at the deadline.

The pledge that reaches the goal makes the project FUNDED in its own transaction. A job does the rest in transactions of
one pledge each, so that it can be stopped at any time. A former, suspended or erased member's pledge counts as well.
Erasure takes back a pledge of an open project.
"""

from __future__ import annotations

from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.row_failures import RowFailures, walk
from community.points import holds
from community.rewards import ending, history, notices, queries
from community.rewards.ending import Ending
from community.rewards.errors import RedemptionStateForbids
from community.rewards.history import NewEvent
from community.rewards.kinds import ProjectState, RedemptionEventKind, RedemptionState, RewardKind
from community.rewards.rows import RedemptionRow
from community.rewards.special import project_state

_BATCH_SIZE = 100


@dataclass(slots=True)
class _ProjectRow:
    id: int
    community_id: int
    reward_id: int
    state: ProjectState


_COLUMNS = db.columns(_ProjectRow, "p")
_DUE = db.Select(
    f"SELECT {_COLUMNS} FROM project p JOIN reward r ON r.id = p.reward_id WHERE p.settled_at IS NULL"
    " AND p.state = 'OPEN' AND p.id > $1 AND r.published_at IS NOT NULL AND r.closes_at <= $2"
    f" ORDER BY p.id LIMIT {_BATCH_SIZE}",
    _ProjectRow,
)
_UNSETTLED = db.Select(
    f"SELECT {_COLUMNS} FROM project p WHERE p.settled_at IS NULL AND p.state <> 'OPEN' AND p.id > $1"
    f" ORDER BY p.id LIMIT {_BATCH_SIZE}",
    _ProjectRow,
)
_PLEDGES = db.Select(
    "SELECT id FROM redemption WHERE reward_id = $1 AND id > $2 AND state = 'RESERVED'"
    f" ORDER BY id LIMIT {_BATCH_SIZE}",
    db.Id,
)
_CAPTURE = db.Change(
    "UPDATE redemption SET state = 'FULFILLED', fulfilled_quantity = quantity, confirmed_at = $3, ended_at = $3"
    " WHERE community_id = $1 AND id = $2 AND state = 'RESERVED' RETURNING id",
    db.Id,
)
_SETTLE = db.Change(
    "UPDATE project SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL AND state <> 'OPEN' AND NOT EXISTS"
    " (SELECT 1 FROM redemption t WHERE t.reward_id = project.reward_id AND t.state = 'RESERVED') RETURNING id",
    db.Id,
)
_SET_NAMED = db.Change(
    f"UPDATE redemption SET is_named = $3 WHERE community_id = $1 AND id = $2 RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)


@db.transactional
async def set_named(actor: Actor, redemption_id: int, *, is_named: bool) -> RedemptionRow:
    """Set if the wall of contributors names the member, and return the pledge.

    A name can be added until the pledge is settled, and removed at any time. A former member may call it too. Raises
    NotFound, InvalidInput and RedemptionStateForbids.
    """
    member = await permissions.lock_current_or_former_member(actor)
    row = await history.lock(member.community_id, redemption_id)
    if row.membership_id != member.id:
        raise NotFound("redemption")
    if row.kind is not RewardKind.PROJECT:
        raise InvalidInput("named", path=("isNamed",))
    if is_named and row.state is not RedemptionState.RESERVED:
        raise RedemptionStateForbids(row.state.value.lower())
    return await _SET_NAMED.one(row.community_id, row.id, is_named)


async def settle_due() -> int:
    """Fail projects at their deadline, and settle the pledges of resolved ones.

    Return the number of settled pledges. What fails is logged, and the others are settled. Raises RowsFailed at the
    end.
    """
    count, failures, now = 0, RowFailures(), clock.now()
    due = walk(lambda last: _DUE.all(last, now), 0)
    await failures.run_each("project", due, lambda project: project_state.fail(project.reward_id, now))
    async for project in walk(_UNSETTLED.all, 0):
        count += await _settle(project, failures)
    failures.raise_if_any()
    return count


async def _settle(project: _ProjectRow, failures: RowFailures) -> int:
    async def settle(pledge: db.Id) -> bool:
        if project.state is ProjectState.FUNDED:
            return await _capture(project.community_id, pledge.id)
        return await ending.end_if_open(project.community_id, pledge.id, Ending(RedemptionState.EXPIRED))

    pledges = walk(lambda last: _PLEDGES.all(project.reward_id, last), 0)
    count = await failures.run_each("pledge", pledges, settle)
    await _SETTLE.first(project.id, clock.now())
    return count


@db.transactional
async def _capture(community_id: int, redemption_id: int) -> bool:
    row = await history.lock(community_id, redemption_id)
    if row.state is not RedemptionState.RESERVED:
        return False
    payment = await ending.get_payment(row)
    assert payment.hold_id is not None  # a pledge is paid by a hold
    await holds.capture(community_id, payment.hold_id)
    await _CAPTURE.one(community_id, row.id, clock.now())
    await history.add(row, NewEvent(RedemptionEventKind.FULFILLED, row.quantity))
    await notices.announce_funded(row)
    return True
