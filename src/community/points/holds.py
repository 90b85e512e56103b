"""冻结: points set aside until it is certain what becomes of them. A hold is resolved once, whoever comes first.

Points that were frozen in time may be captured after their lot has ended: they were promised. Released, they go back
to their lot, and end at once if it has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.idempotency import Answer
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.points import entries, idempotent, journal
from community.points.errors import HoldResolved, InDebt, InsufficientPoints, SourceReused
from community.points.journal import LockedAccount
from community.points.models import AccountKind, EntryKind, Hold, HoldState
from community.points.rules import MAX_POINTS

MAX_HOLD_S = 30 * 86_400
_BATCH_SIZE = 200


@row_of(Hold, computed=("posting_id", "capture_id"))
@dataclass(slots=True)
class HoldRow:
    """Frozen points; `posting_id` is the posting that took them, `capture_id` the entry that spent them."""

    id: int
    community_id: int
    membership_id: int
    entry_id: int
    posting_id: int
    amount: int
    captured: int
    state: HoldState
    expires_at: datetime
    created_at: datetime
    resolved_at: datetime | None
    capture_id: int | None


@dataclass(slots=True)
class _HoldKey:
    id: int
    community_id: int


@dataclass(slots=True)
class _ExplanationRow:
    explanation: dict[str, Any]


COLUMNS = db.columns(HoldRow, "h", posting_id="p.id", capture_id="c.id")
_FROM = (
    f"SELECT {COLUMNS} FROM points_hold h JOIN posting p ON p.entry_id = h.entry_id"
    " LEFT JOIN journal_entry c ON c.about_id = h.entry_id AND c.kind = 'CAPTURE'"
)
_ONE = db.Select(f"{_FROM} WHERE h.community_id = $1 AND h.id = $2", HoldRow)
_BY_SOURCE = db.Select(
    f"{_FROM} JOIN journal_entry e ON e.id = h.entry_id WHERE e.community_id = $1 AND e.source_key = $2", HoldRow
)
_EXPLANATION = db.Select("SELECT explanation FROM journal_entry WHERE id = $1", _ExplanationRow)
_NEW = db.Change(
    "INSERT INTO points_hold (community_id, membership_id, entry_id, amount, state, expires_at, created_at)"
    " VALUES ($1, $2, $3, $4, 'OPEN', $5, $6) RETURNING id",
    db.Id,
)
_RESOLVE = db.Change(
    "UPDATE points_hold SET state = $3, captured = $4, resolved_at = $5"
    " WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING id",
    db.Id,
)
_DUE = db.Select(
    f"SELECT {db.columns(_HoldKey)} FROM points_hold WHERE state = 'OPEN' AND expires_at <= $1"
    f" ORDER BY expires_at, id LIMIT {_BATCH_SIZE}",
    _HoldKey,
)


async def get_hold(community_id: int, hold_id: int) -> HoldRow:
    """A hold of that community. Raises NotFound."""
    row = await _ONE.first(community_id, hold_id)
    if row is None:
        raise NotFound("There are no such frozen points.", path=("holdId",))
    return row


_OPEN = Listing(
    f"{_FROM} WHERE h.community_id = $1 AND h.membership_id = $2 AND h.state = 'OPEN'", HoldRow, by={"h.id": int}
)


async def list_open_holds(actor: MemberRow, request: PageRequest) -> Page[HoldRow]:
    """The member's points that are frozen now, the oldest first."""
    return await _OPEN.page(request, actor.community_id, actor.id)


async def freeze(
    community_id: int, membership_id: int, *, amount: int, lasts_s: int, source_key: str, inputs: dict[str, Any]
) -> HoldRow:
    """Set points aside for `lasts_s` seconds, once for the source key; a refusal is answered again too.

    Raises InsufficientPoints, InDebt, SourceReused, InvalidInput; nothing has moved then.
    """
    if not 1 <= amount <= MAX_POINTS:
        raise InvalidInput("This is not a number of points.", path=("amount",))
    if not 1 <= lasts_s <= MAX_HOLD_S:
        raise InvalidInput(f"Points are frozen for 1 to {MAX_HOLD_S} seconds.", path=("seconds",))

    async def work() -> Answer:
        return {"id": await _freeze(community_id, membership_id, amount, lasts_s, source_key=source_key, inputs=inputs)}

    given = {"member": membership_id, "amount": amount, "seconds": lasts_s, **inputs}
    done = await idempotent.run_once(community_id, "freeze", source_key, given, work)
    return await get_hold(community_id, done["id"])


@db.transactional
async def _freeze(
    community_id: int, membership_id: int, amount: int, lasts_s: int, *, source_key: str, inputs: dict[str, Any]
) -> int:
    account = await journal.lock_account(community_id, membership_id)
    done = await _BY_SOURCE.first(community_id, source_key)
    if done is not None:
        lasts = done.expires_at - done.created_at
        if (done.membership_id, done.amount, lasts) != (membership_id, amount, timedelta(seconds=lasts_s)):
            raise SourceReused
        if not idempotent.is_same_input((await _EXPLANATION.one(done.entry_id)).explanation["inputs"], inputs):
            raise SourceReused
        return done.id
    if account.debt:
        raise InDebt
    await account.expire_due_lots()
    now = clock.now()
    entry = await entries.insert_entry_if_new(community_id, EntryKind.HOLD, source_key, {"inputs": inputs})
    if entry is None:
        raise SourceReused
    if await account.take_exactly(entry, amount, into=AccountKind.HELD) is None:
        raise InsufficientPoints(f"This freezes {amount} points, and there are {account.balance}.", path=("amount",))
    hold = await _NEW.one(community_id, membership_id, entry, amount, now + timedelta(seconds=lasts_s), now)
    return hold.id


@db.transactional
async def capture(community_id: int, hold_id: int, *, amount: int | None = None) -> HoldRow:
    """Spend what was frozen, all of it or `amount`; the rest is released. Again with the same amount: the same answer.

    Raises NotFound, InvalidInput, HoldResolved when it was resolved otherwise, or its time is over.
    """
    hold = await get_hold(community_id, hold_id)
    wanted = hold.amount if amount is None else amount
    if not 1 <= wanted <= hold.amount:
        raise InvalidInput(f"Of {hold.amount} frozen points, 1 to {hold.amount} can be captured.", path=("amount",))
    account = await journal.lock_account(community_id, hold.membership_id)
    hold = await get_hold(community_id, hold_id)
    if hold.state is HoldState.CAPTURED and hold.captured == wanted:
        return hold
    if hold.expires_at <= clock.now():
        raise HoldResolved("The time of these frozen points is over.")
    await _resolve(hold, HoldState.CAPTURED, captured=wanted)
    entry = await _insert_entry(hold, EntryKind.CAPTURE, "captured", captured=wanted)
    await entries.move_points(community_id, entry, AccountKind.HELD, AccountKind.SPENT, wanted)
    if wanted < hold.amount:
        await _return_points(account, hold, hold.amount - wanted, because=HoldState.CAPTURED)
    return await get_hold(community_id, hold_id)


@db.transactional
async def release(community_id: int, hold_id: int) -> HoldRow:
    """Give back what was frozen. Again: the same answer. Raises NotFound, HoldResolved when it was captured."""
    hold = await get_hold(community_id, hold_id)
    account = await journal.lock_account(community_id, hold.membership_id)
    hold = await get_hold(community_id, hold_id)
    if hold.state in {HoldState.RELEASED, HoldState.TIMED_OUT}:
        return hold
    await _resolve(hold, HoldState.RELEASED)
    await _return_points(account, hold, hold.amount, because=HoldState.RELEASED)
    return await get_hold(community_id, hold_id)


async def time_out_due_holds() -> int:
    """Give back what was frozen and never resolved, now that its time is over; how many holds that were."""
    count = 0
    while due := await _DUE.all(clock.now()):
        for where in due:
            count += await _time_out(where.community_id, where.id)
    return count


@db.transactional
async def _time_out(community_id: int, hold_id: int) -> bool:
    hold = await get_hold(community_id, hold_id)
    account = await journal.lock_account(community_id, hold.membership_id)
    if (await get_hold(community_id, hold_id)).state is not HoldState.OPEN:
        return False
    await _resolve(hold, HoldState.TIMED_OUT)
    await _return_points(account, hold, hold.amount, because=HoldState.TIMED_OUT)
    return True


async def _resolve(hold: HoldRow, state: HoldState, *, captured: int = 0) -> None:
    if await _RESOLVE.first(hold.community_id, hold.id, state, captured, clock.now()) is None:
        raise HoldResolved


async def _insert_entry(hold: HoldRow, kind: EntryKind, what: str, **inputs: Any) -> int:
    explanation: dict[str, Any] = {"inputs": {"frozen": hold.amount, **inputs}}
    return await entries.insert_entry(
        hold.community_id, kind, f"hold:{hold.id}:{what}", explanation, about=hold.entry_id
    )


async def _return_points(account: LockedAccount, hold: HoldRow, amount: int, *, because: HoldState) -> None:
    await account.expire_due_lots()
    entry = await _insert_entry(hold, EntryKind.RELEASE, "released", because=because.value)
    returned, _ = journal.select_withdrawals(await journal.list_withdrawals(hold.posting_id), amount)
    await account.return_to_lots(entry, returned, out_of=AccountKind.HELD)
