"""冻结: points set aside until capture, release or time-out.

A hold is resolved once. Frozen points may be captured after their lot has expired, because they were promised. Released
points return to their lot, and expire immediately if the lot has expired.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from community.communities.queries import MemberRow, require_members
from community.kernel import clock, db, mistakes
from community.kernel.errors import InvalidInput, NotFound, require_row
from community.kernel.idempotency import Answer
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.row_failures import BEGINNING, run_each, walk
from community.kernel.tables import row_of
from community.points import entries, idempotent, journal, rules
from community.points.errors import HoldResolved, InDebt, InsufficientPoints, SourceReused
from community.points.idempotent import Source
from community.points.journal import LockedAccount
from community.points.kinds import AccountKind, EntryKind, HoldState
from community.points.models import Hold

_BATCH_SIZE = 200


@row_of(Hold, computed=("posting_id", "capture_id"))
class HoldRow:
    """Frozen points. `posting_id` is the posting that took them.

    `capture_id` is the entry that spent them, None if none did.
    """

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
    expires_at: datetime


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
    f"{_FROM} JOIN journal_entry e ON e.community_id = h.community_id AND e.id = h.entry_id"
    " WHERE e.community_id = $1 AND e.source_key = $2",
    HoldRow,
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
    f"SELECT {db.columns(_HoldKey)} FROM points_hold WHERE state = 'OPEN' AND expires_at <= $3"
    f" AND (expires_at, id) > ($1, $2) ORDER BY expires_at, id LIMIT {_BATCH_SIZE}",
    _HoldKey,
)


async def get_hold(community_id: int, hold_id: int) -> HoldRow:
    """Return a hold of the community. Raises NotFound."""
    return require_row(await _ONE.first(community_id, hold_id), NotFound("hold"))


_OPEN = Listing(
    f"{_FROM} WHERE h.community_id = $1 AND h.membership_id = $2 AND h.state = 'OPEN'", HoldRow, by={"h.id": int}
)


async def list_open_holds(actor: MemberRow, request: PageRequest) -> Page[HoldRow]:
    """Return the member's open holds, oldest first."""
    return await _OPEN.page(request, actor.community_id, actor.id)


async def freeze(community_id: int, membership_id: int, *, amount: int, lasts_s: int, source: Source) -> HoldRow:
    """Freeze points of a member for `lasts_s` seconds.

    Idempotent: a call with the same source key and input gets the first answer, also if it was a refusal. Raises
    NotFound, InsufficientPoints, InDebt, SourceReused and InvalidInput, and then moves nothing.
    """
    with mistakes.collect() as check:
        check(rules.validate_amount, amount)
        check(rules.validate_hold_time, lasts_s)

    async def work() -> Answer:
        return {"id": await _freeze(community_id, membership_id, amount, lasts_s, source)}

    given = {"member": membership_id, "amount": amount, "seconds": lasts_s, **source.inputs}
    done = await idempotent.run_once(community_id, "freeze", source, given, work)
    return await get_hold(community_id, done["id"])


@db.transactional
async def _freeze(community_id: int, membership_id: int, amount: int, lasts_s: int, source: Source) -> int:
    done = await _BY_SOURCE.first(community_id, source.key)
    if done is not None:
        given = {"member": membership_id, "amount": amount, "seconds": lasts_s, **source.inputs}
        if not idempotent.is_same_input(await _load_input(done), given):
            raise SourceReused
        return done.id
    await require_members(community_id, membership_id)
    account = await journal.lock_account(community_id, membership_id)
    if account.debt:
        raise InDebt
    await account.expire_due_lots()
    now = clock.now()
    entry = await entries.insert_entry_if_new(community_id, EntryKind.HOLD, source.key, {"inputs": source.inputs})
    if entry is None:
        raise SourceReused
    if await account.take_exactly(entry, amount, into=AccountKind.HELD) is None:
        raise InsufficientPoints("hold", min=amount, actual=account.balance, path=("amount",))
    hold = await _NEW.one(community_id, membership_id, entry, amount, now + timedelta(seconds=lasts_s), now)
    return hold.id


async def _load_input(hold: HoldRow) -> dict[str, Any]:
    """Return the input of the call that made this hold."""
    explanation = (await _EXPLANATION.one(hold.entry_id)).explanation
    lasts_s = (hold.expires_at - hold.created_at).total_seconds()
    inputs = explanation.get("inputs", {})  # An erased person's entries have no explanation.
    return {"member": hold.membership_id, "amount": hold.amount, "seconds": lasts_s, **inputs}


@db.transactional
async def capture(community_id: int, hold_id: int, *, amount: int | None = None) -> HoldRow:
    """Spend frozen points, all if `amount` is None. The rest is released.

    Idempotent: a second call with the same amount has no effect. Raises NotFound, InvalidInput, and HoldResolved if the
    hold was resolved otherwise or timed out.
    """
    hold, account = await _lock_hold(community_id, hold_id)
    wanted = hold.amount if amount is None else amount
    if not 1 <= wanted <= hold.amount:
        raise InvalidInput("capture", min=1, max=hold.amount, actual=wanted, path=("amount",))
    if hold.state is HoldState.CAPTURED and hold.captured == wanted:
        return hold
    if hold.expires_at <= clock.now():
        raise HoldResolved("expired")
    await _resolve(hold, HoldState.CAPTURED, captured=wanted)
    entry = await _insert_entry(hold, EntryKind.CAPTURE, "captured", captured=wanted)
    await entries.move_points(community_id, entry, AccountKind.HELD, AccountKind.SPENT, wanted)
    if wanted < hold.amount:
        await _return_points(account, hold, hold.amount - wanted, because=HoldState.CAPTURED)
    return await get_hold(community_id, hold_id)


@db.transactional
async def release(community_id: int, hold_id: int) -> HoldRow:
    """Return frozen points to the member.

    Idempotent: a second call has no effect. Raises NotFound, and HoldResolved if they were captured.
    """
    hold, account = await _lock_hold(community_id, hold_id)
    if hold.state in {HoldState.RELEASED, HoldState.TIMED_OUT}:
        return hold
    await _resolve(hold, HoldState.RELEASED)
    await _return_points(account, hold, hold.amount, because=HoldState.RELEASED)
    return await get_hold(community_id, hold_id)


async def time_out_due_holds() -> int:
    """Time out every open hold that is due, and return their number.

    A hold that fails is logged, and the others are timed out. Raises RowsFailed at the end.
    """
    now = clock.now()
    due = walk(lambda *last: _DUE.all(*last, now), BEGINNING, 0, by="expires_at id")
    return await run_each("hold", due, lambda hold: _time_out(hold.community_id, hold.id))


@db.transactional
async def _time_out(community_id: int, hold_id: int) -> bool:
    hold, account = await _lock_hold(community_id, hold_id)
    if hold.state is not HoldState.OPEN:
        return False
    await _resolve(hold, HoldState.TIMED_OUT)
    await _return_points(account, hold, hold.amount, because=HoldState.TIMED_OUT)
    return True


async def _lock_hold(community_id: int, hold_id: int) -> tuple[HoldRow, LockedAccount]:
    """Lock a hold's account, then read the hold again.

    Another call may have resolved it while this one waited for the lock.
    """
    account = await journal.lock_account(community_id, (await get_hold(community_id, hold_id)).membership_id)
    return await get_hold(community_id, hold_id), account


async def _resolve(hold: HoldRow, state: HoldState, *, captured: int = 0) -> None:
    if await _RESOLVE.first(hold.community_id, hold.id, state, captured, clock.now()) is None:
        raise HoldResolved


async def _insert_entry(hold: HoldRow, kind: EntryKind, key_suffix: str, **inputs: Any) -> int:
    explanation: dict[str, Any] = {"inputs": {"frozen": hold.amount, **inputs}}
    return await entries.insert_entry(
        hold.community_id, kind, f"hold:{hold.id}:{key_suffix}", explanation, about=hold.entry_id
    )


async def _return_points(account: LockedAccount, hold: HoldRow, amount: int, *, because: HoldState) -> None:
    await account.expire_due_lots()
    entry = await _insert_entry(hold, EntryKind.RELEASE, "released", because=because.value)
    returned, _ = journal.select_withdrawals(await journal.list_withdrawals(hold.posting_id), amount)
    await account.return_to_lots(entry, returned, out_of=AccountKind.HELD)
