"""核销: handing over what a member redeemed, by its verification code.

A verification moves no points, because the reservation spent them. It takes the same lock as every change of a
redemption (`rewards/history.py`). So of a verification and a cancellation at the same time, one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.rewards import history, queries, rules
from community.rewards.errors import OwnRedemption
from community.rewards.history import NewEvent
from community.rewards.kinds import RedemptionEventKind, RedemptionState, RewardKind
from community.rewards.pick_up import points
from community.rewards.pick_up.errors import (
    CodeInvalid,
    CodeUsed,
    NothingToUndo,
    OtherPoint,
    UndoTooLate,
    VerifiersOnly,
)
from community.rewards.pick_up.rules import UNDO_WINDOW, read_typed_code
from community.rewards.rows import RedemptionEventRow, RedemptionRow
from community.rewards.special import trials


@dataclass(frozen=True, slots=True)
class Handover:
    """A request to hand over pieces.

    None as `quantity` is all that is left. None as `point_id` is for what no pick-up point is named for.
    """

    code: str
    quantity: int | None = None
    point_id: int | None = None


@dataclass(slots=True)
class _CodeRow:
    id: int
    code: str | None


_BY_CODE = db.Select("SELECT id FROM redemption WHERE community_id = $1 AND code = $2", db.Id)
_CODES = db.Select(f"SELECT {db.columns(_CodeRow)} FROM redemption WHERE id = ANY($1)", _CodeRow)
_POINTS_OF_REWARD = db.Select("SELECT pick_up_point_id AS id FROM reward_pick_up_point WHERE reward_id = $1", db.Id)
_FULFIL = db.Change(
    "UPDATE redemption SET fulfilled_quantity = fulfilled_quantity + $3,"
    " state = CASE WHEN fulfilled_quantity + cancelled_quantity + $3 = quantity THEN 'FULFILLED' ELSE state END,"
    " ended_at = CASE WHEN fulfilled_quantity + cancelled_quantity + $3 = quantity"
    " THEN CAST($4 AS TIMESTAMPTZ) END"
    " WHERE community_id = $1 AND id = $2 AND state = 'CONFIRMED' AND (expires_at IS NULL OR expires_at > $4)"
    f" AND fulfilled_quantity + cancelled_quantity + $3 <= quantity RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)
_UNDO = db.Change(
    "UPDATE redemption SET fulfilled_quantity = fulfilled_quantity - $3, state = 'CONFIRMED', ended_at = NULL"
    f" WHERE community_id = $1 AND id = $2 RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)
_LAST_HANDOVER = db.Select(
    f"SELECT {db.columns(RedemptionEventRow, 'e')} FROM redemption_event e WHERE e.redemption_id = $1"
    " AND e.kind = 'FULFILLED' AND NOT EXISTS (SELECT 1 FROM redemption_event u WHERE u.about_id = e.id)"
    " ORDER BY e.id DESC LIMIT 1",
    RedemptionEventRow,
)


async def find_codes(redemption_ids: Sequence[int]) -> list[str | None]:
    """Return the verification code of each redemption, in order. None if it has none.

    Only its owner may see it.
    """
    rows = db.in_order(await _CODES.all(list(redemption_ids)), redemption_ids)
    return [row.code for row in rows]


async def preview(member: MemberRow, typed: str) -> RedemptionRow:
    """Return the redemption of a code, before anything is handed over.

    Raises VerifiersOnly for everyone but leaders and present helpers, CodeInvalid, OtherPoint and OwnRedemption.
    What is collected at no pick-up point is for leaders only.
    """
    appointments = [] if member.is_leader else await points.list_appointments(member)
    if not member.is_leader and not appointments:
        raise VerifiersOnly
    row = await queries.get_redemption(member.community_id, await _get_id(member, typed))
    if not member.is_leader:
        possible = await _list_points(row)
        if not possible:
            raise VerifiersOnly
        if all(each.pick_up_point_id not in possible for each in appointments):
            raise OtherPoint(path=("code",))
    if row.membership_id == member.id:
        raise OwnRedemption
    return row


@db.transactional
async def verify(actor: Actor, handover: Handover) -> RedemptionRow:
    """Record the handover of pieces of a redemption by its code, and return it.

    Raises VerifiersOnly, CodeInvalid, OwnRedemption, CodeUsed, OtherPoint, InvalidInput, and NotFound for a pick-up
    point.
    """
    verifier = await permissions.lock_member(actor)
    await _require_verifier(verifier, handover.point_id)
    row = await history.lock(verifier.community_id, await _get_id(verifier, handover.code))
    if row.membership_id == verifier.id:
        raise OwnRedemption
    await _require_point(row, handover.point_id, verifier)
    if row.state is not RedemptionState.CONFIRMED:
        raise CodeUsed(row.state.value.lower(), path=("code",))
    quantity = row.open_quantity if handover.quantity is None else handover.quantity
    if not 1 <= quantity <= row.open_quantity:
        raise InvalidInput("handover", min=1, max=row.open_quantity, actual=quantity, path=("quantity",))
    done = await _FULFIL.first(row.community_id, row.id, quantity, clock.now())
    if done is None:  # The job that expires it has not run yet.
        raise CodeUsed("expired", path=("code",))
    event = NewEvent(RedemptionEventKind.FULFILLED, quantity, verifier.id, pick_up_point_id=handover.point_id)
    await _record(done, event, "redemption.verify")
    if done.kind is RewardKind.TRIAL:
        await trials.begin(done)
    return done


@db.transactional
async def undo(actor: Actor, redemption_id: int, *, reason: str) -> RedemptionRow:
    """Undo the last handover of a redemption within 15 minutes, and return it.

    The code works again. The verifier and leaders may do it. Raises NotFound for others, VerifiersOnly for a former
    helper, OwnRedemption, NothingToUndo, UndoTooLate and InvalidInput.
    """
    verifier = await permissions.lock_member(actor)
    row = await history.lock(verifier.community_id, redemption_id)
    last = await _LAST_HANDOVER.first(row.id)
    if not verifier.is_leader:
        if last is None or last.actor_id != verifier.id:
            raise NotFound("redemption")
        await _require_verifier(verifier, last.pick_up_point_id)
    if row.membership_id == verifier.id:
        raise OwnRedemption
    reason = rules.normalise_reason(reason)
    if last is None or row.kind not in rules.HAS_CODE:  # What the owner has read cannot be taken back.
        raise NothingToUndo
    if await history.is_of_erased(row):
        raise NothingToUndo("erased")
    if clock.now() >= last.created_at + UNDO_WINDOW:
        raise UndoTooLate
    undone = await _UNDO.one(row.community_id, row.id, last.quantity)
    event = NewEvent(
        RedemptionEventKind.UNDONE, last.quantity, verifier.id,
        pick_up_point_id=last.pick_up_point_id, about_id=last.id, reason=reason,
    )  # fmt: skip
    await _record(undone, event, "redemption.undo")
    if undone.kind is RewardKind.TRIAL and not undone.fulfilled_quantity:
        await trials.end_undone(undone)
    return undone


async def can_verify(member: MemberRow, row: RedemptionRow) -> bool:
    """Return True if a present member may hand over this redemption of another member."""
    if row.membership_id == member.id or member.left_at is not None:
        return False
    if member.is_leader:
        return True
    appointed = {each.pick_up_point_id for each in await points.list_appointments(member)}
    return bool(appointed) and not appointed.isdisjoint(await _list_points(row))


async def _get_id(verifier: MemberRow, typed: str) -> int:
    code = read_typed_code(typed, community_id=verifier.community_id)
    found = None if code is None else await _BY_CODE.first(verifier.community_id, code)
    if found is None:
        raise CodeInvalid(path=("code",))
    return found.id


async def _require_verifier(verifier: MemberRow, point_id: int | None) -> None:
    """Raise VerifiersOnly unless the member leads or helps at the point."""
    if verifier.is_leader:
        return
    appointments = await points.list_appointments(verifier)
    if point_id is None or all(each.pick_up_point_id != point_id for each in appointments):
        raise VerifiersOnly


async def _require_point(row: RedemptionRow, point_id: int | None, verifier: MemberRow) -> None:
    """Raise OtherPoint unless the redemption may be collected at the point.

    The redemption may name one, else its reward names some. If neither does, a leader may name any, or none.
    """
    if point_id is not None:
        await points.get_point(row.community_id, point_id)
    possible = await _list_points(row)
    if not possible and not verifier.is_leader:
        raise VerifiersOnly
    if possible and point_id not in possible:
        raise OtherPoint("needed" if point_id is None else None, path=("pickUpPointId",))


async def _list_points(row: RedemptionRow) -> list[int]:
    """Return the pick-up point of a redemption, else those of its reward."""
    if row.pick_up_point_id is not None:
        return [row.pick_up_point_id]
    return [each.id for each in await _POINTS_OF_REWARD.all(row.reward_id)]


async def _record(row: RedemptionRow, event: NewEvent, action: str) -> None:
    await history.add(row, event)
    await audit.record_about(row, action, by=event.actor_id, quantity=event.quantity)
