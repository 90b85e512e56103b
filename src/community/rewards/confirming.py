"""Confirmation of redemptions that a leader has prepared."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.kernel import clock, db
from community.rewards import history, notices, queries, rules
from community.rewards.errors import OwnRedemption, RedemptionStateForbids
from community.rewards.history import NewEvent
from community.rewards.kinds import RedemptionEventKind, RedemptionState, RewardKind
from community.rewards.rows import RedemptionRow

_CONFIRM = db.Change(
    "UPDATE redemption SET state = 'CONFIRMED', confirmed_at = $3, expires_at = $4"
    f" WHERE community_id = $1 AND id = $2 AND state = 'RESERVED' RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)


@db.transactional
async def confirm(actor: Actor, redemption_id: int) -> RedemptionRow:
    """Confirm that a reserved redemption can be collected, and return it.

    From now on the code can be used, and the time to collect begins. Raises LeadersOnly, NotFound, OwnRedemption and
    RedemptionStateForbids.
    """
    leader = await permissions.lock_leader(actor)
    row = await history.lock(leader.community_id, redemption_id)
    if row.membership_id == leader.id:
        raise OwnRedemption
    if row.state is not RedemptionState.RESERVED or row.kind is RewardKind.PROJECT:
        raise RedemptionStateForbids(row.state.value.lower())
    now = clock.now()
    reward = await queries.get_reward(row.community_id, row.reward_id)
    expires_at = rules.add_days(now, reward.collect_days) if row.kind in rules.IS_COLLECTED else row.expires_at
    confirmed = await _CONFIRM.one(row.community_id, row.id, now, expires_at)
    await history.add(row, NewEvent(RedemptionEventKind.CONFIRMED, row.open_quantity, leader.id))
    await notices.announce_ready(confirmed)
    return confirmed
