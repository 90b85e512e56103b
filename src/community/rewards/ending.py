"""The end of redemptions: cancellation, withdrawal of the reward, and expiry.

The points of what ends go back into the lots they came from, and the pieces into the stock. A confirmed appointment
that was not verified within a day after its end is missed: it expires without a refund. Each redemption ends in a
transaction of its own: its account is locked first, then it is read again, then the stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities import permissions
from community.communities.permissions import Actor
from community.kernel import clock, db, mistakes
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.row_failures import BEGINNING, run_each, walk
from community.points import holds, spend
from community.points.idempotent import Source
from community.rewards import history, notices, queries, rules
from community.rewards.errors import OwnRedemption, ProjectFunded, RedemptionStateForbids, TooLateToCancel
from community.rewards.history import NewEvent
from community.rewards.kinds import OPEN_STATES, ProjectState, RedemptionEventKind, RedemptionState, RewardKind
from community.rewards.rows import RedemptionRow
from community.rewards.special import coupon_pool, coupons, project_state

_BATCH_SIZE = 100
EXPIRING_HOURS_BEFORE = 24
"""Hours before the expiry at which the owner gets a notice."""


@dataclass(slots=True)
class _DueRow:
    id: int
    community_id: int
    expires_at: datetime


@dataclass(slots=True)
class PaymentRow:
    """The entry that paid a redemption, and the hold of a pledge."""

    entry_id: int
    hold_id: int | None


@dataclass(frozen=True, slots=True)
class Ending:
    """End of pieces: state, actor (None for the service) and reason."""

    state: RedemptionState
    actor_id: int | None = None
    reason: str | None = None


_END = db.Change(
    "UPDATE redemption SET cancelled_quantity = cancelled_quantity + $3,"
    " state = CASE WHEN fulfilled_quantity + cancelled_quantity + $3 < quantity THEN state ELSE $4 END,"
    " ended_at = CASE WHEN fulfilled_quantity + cancelled_quantity + $3 < quantity THEN NULL"
    " ELSE CAST($5 AS TIMESTAMPTZ) END"
    " WHERE community_id = $1 AND id = $2 AND state IN ('RESERVED', 'CONFIRMED')"
    " AND fulfilled_quantity + cancelled_quantity + $3 <= quantity"
    f" RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)
_GIVE_BACK_STOCK = db.Change(
    "UPDATE reward_stock SET taken = taken - $3 WHERE reward_id = $1"
    " AND COALESCE(slot_id, 0) = COALESCE(CAST($2 AS BIGINT), 0) RETURNING id",
    db.Id,
)
_PAYMENT = db.Select(
    "SELECT e.id AS entry_id, h.id AS hold_id FROM journal_entry e LEFT JOIN points_hold h"
    " ON h.community_id = e.community_id AND h.entry_id = e.id WHERE e.community_id = $1 AND e.source_key = $2",
    PaymentRow,
)
_DUE = db.Select(
    f"SELECT {db.columns(_DueRow)} FROM redemption WHERE state IN ('RESERVED', 'CONFIRMED')"
    " AND expires_at IS NOT NULL AND expires_at <= $3 AND (expires_at, id) > ($1, $2)"
    f" ORDER BY expires_at, id LIMIT {_BATCH_SIZE}",
    _DueRow,
)
_OPEN_OF_REWARD = db.Select(
    "SELECT id FROM redemption WHERE reward_id = $1 AND id > $2 AND id <= $3 AND state IN ('RESERVED', 'CONFIRMED')"
    f" ORDER BY id LIMIT {_BATCH_SIZE}",
    db.Id,
)


@db.transactional
async def cancel(actor: Actor, redemption_id: int, *, quantity: int | None = None) -> RedemptionRow:
    """Cancel pieces of the actor's own redemption, all open ones if `quantity` is None. Return the redemption.

    A former member may cancel too. Raises NotFound, InvalidInput, RedemptionStateForbids, TooLateToCancel and
    ProjectFunded.
    """
    member = await permissions.lock_current_or_former_member(actor)
    row = await history.lock(member.community_id, redemption_id)
    if row.membership_id != member.id:
        raise NotFound("redemption")
    now = clock.now()
    is_reserved = row.state is RedemptionState.RESERVED
    if row.state not in OPEN_STATES:
        raise RedemptionStateForbids(row.state.value.lower())
    if not rules.can_cancel(is_reserved=is_reserved, cancellable_until=row.cancellable_until, now=now):
        raise TooLateToCancel
    return await _end(row, _choose_quantity(row, quantity), Ending(RedemptionState.CANCELLED, member.id))


@db.transactional
async def cancel_by_leader(
    actor: Actor, redemption_id: int, *, reason: str, quantity: int | None = None
) -> RedemptionRow:
    """Cancel pieces of another member's redemption as a leader.

    None as `quantity` cancels all open pieces. The member reads the reason. A coupon whose codes were shown is
    cancelled as a whole, and its codes are voided. Return the redemption. Raises LeadersOnly, NotFound, InvalidInput,
    OwnRedemption, RedemptionStateForbids and ProjectFunded.
    """
    leader = await permissions.lock_leader(actor)
    row = await history.lock(leader.community_id, redemption_id)
    if row.membership_id == leader.id:
        raise OwnRedemption
    if await history.is_of_erased(row):
        raise RedemptionStateForbids("erased")
    is_shown = row.kind is RewardKind.COUPON and row.state is RedemptionState.FULFILLED
    if is_shown:
        row = await coupons.undo_showing(row, leader.id)
    if row.state not in OPEN_STATES:
        raise RedemptionStateForbids(row.state.value.lower())
    with mistakes.collect() as check:
        reason = check(rules.normalise_reason, reason)
        chosen = check(_choose_quantity, row, quantity, is_whole=is_shown)
    return await _end(row, chosen, Ending(RedemptionState.CANCELLED, leader.id, reason))


async def expire_due() -> int:
    """Expire every open redemption that was not collected in time, and return their number.

    A redemption that fails is logged, and the others expire. Raises RowsFailed at the end.
    """
    now = clock.now()
    due = walk(lambda *last: _DUE.all(*last, now), BEGINNING, 0, by="expires_at id")
    return await run_each("redemption", due, lambda row: _expire(row.community_id, row.id))


@db.transactional
async def _expire(community_id: int, redemption_id: int) -> bool:
    row = await history.lock(community_id, redemption_id)
    if row.state not in OPEN_STATES or row.expires_at is None or row.expires_at > clock.now():
        return False
    await _end(row, row.open_quantity, Ending(RedemptionState.EXPIRED))
    return True


async def announce_expiring() -> int:
    """Notify the owners of redemptions that expire within a day. Return the number of redemptions.

    Idempotent: an owner is notified once per redemption and time.
    """
    count, now = 0, clock.now()
    until = now + timedelta(hours=EXPIRING_HOURS_BEFORE)
    async for row in walk(lambda *last: _DUE.all(*last, until), now, 0, by="expires_at id"):
        await _announce_expiring(row)
        count += 1
    return count


@db.transactional
async def _announce_expiring(due: _DueRow) -> None:
    row = await history.lock(due.community_id, due.id)
    # An appointment is not collected. It expires a day after its end.
    if row.state is RedemptionState.CONFIRMED and row.kind in rules.IS_COLLECTED and row.expires_at is not None:
        await notices.announce_expiring(row, row.expires_at)


async def cancel_all(community_id: int, reward_id: int, up_to_id: int, actor_id: int) -> int:
    """Cancel the open redemptions of a withdrawn reward up to this id. Return their number.

    Idempotent. Each redemption is a transaction of its own. Raises RowsFailed at the end.
    """
    ending = Ending(RedemptionState.CANCELLED, actor_id)
    found = walk(lambda last: _OPEN_OF_REWARD.all(reward_id, last, up_to_id), 0)
    return await run_each("redemption", found, lambda each: end_if_open(community_id, each.id, ending))


@db.transactional
async def end_if_open(community_id: int, redemption_id: int, ending: Ending) -> bool:
    """End the open pieces of a redemption. Return False if it has ended, or if its project is funded."""
    row = await history.lock(community_id, redemption_id)
    if row.state not in OPEN_STATES or await _is_promised(row):
        return False
    await _end(row, row.open_quantity, ending)
    return True


def _choose_quantity(row: RedemptionRow, quantity: int | None, *, is_whole: bool = False) -> int:
    chosen = row.open_quantity if quantity is None else quantity
    if not 1 <= chosen <= row.open_quantity:
        raise InvalidInput("quantity", min=1, max=row.open_quantity, actual=chosen, path=("quantity",))
    # The hold of a pledge is released as a whole.
    if chosen < row.open_quantity and (is_whole or row.kind is RewardKind.PROJECT):
        raise InvalidInput("quantity_whole", min=row.open_quantity, actual=chosen, path=("quantity",))
    return chosen


async def _end(row: RedemptionRow, quantity: int, ending: Ending) -> RedemptionRow:
    """End so many pieces of a locked redemption: state, history, refund, stock and notice."""
    if await _is_promised(row):
        raise ProjectFunded
    now = clock.now()
    ended = await _END.one(row.community_id, row.id, quantity, ending.state, now)
    kind = RedemptionEventKind(ending.state.value)
    event_id = await history.add(row, NewEvent(kind, quantity, ending.actor_id, reason=ending.reason))
    # The place of a missed appointment was kept, so that its points are used. One that no leader has confirmed could
    # not take place.
    is_missed = kind is RedemptionEventKind.EXPIRED and row.kind is RewardKind.SERVICE and row.confirmed_at is not None
    if not is_missed:
        await _refund(row, quantity, event_id)
    await _GIVE_BACK_STOCK.first(row.reward_id, row.slot_id, quantity)
    if row.kind is RewardKind.COUPON:
        await coupon_pool.return_codes(row.reward_id, row.id, quantity)
    if is_missed:
        await notices.announce_missed(row, event_id=event_id)
        return ended
    await notices.announce_ended(row, ending.state, is_own=ending.actor_id == row.membership_id, event_id=event_id,
                                 points=row.price * quantity)  # fmt: skip
    return ended


async def _is_promised(row: RedemptionRow) -> bool:
    """Lock the project of a pledge, and return True if it is funded."""
    return row.kind is RewardKind.PROJECT and await project_state.lock(row.reward_id) is ProjectState.FUNDED


async def get_payment(row: RedemptionRow) -> PaymentRow:
    """Return the payment of a redemption that costs points."""
    return await _PAYMENT.one(row.community_id, f"redemption:{row.id}")


async def _refund(row: RedemptionRow, quantity: int, event_id: int) -> None:
    if not row.price:
        return
    payment = await get_payment(row)
    if payment.hold_id is not None:
        await holds.release(row.community_id, payment.hold_id)
        return
    inputs = {"reward": row.reward_id, "redemption": row.id, "quantity": quantity}
    source = Source(f"redemption_event:{event_id}", inputs)
    await spend.refund(row.community_id, payment.entry_id, amount=row.price * quantity, source=source)
