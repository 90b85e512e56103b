"""What every verb of the points bank is made of: members' accounts, held for the transaction, and their lots.

Whoever moves a member's points holds the account first (`hold_accounts`, in the order of their ids), then writes an
entry, which happens once by its source key, and moves points under it. The postings of an account are therefore
numbered in the order of their commits, and each one carries the balance after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from community.kernel import clock, db
from community.points.entries import ensure_community_account, insert_entry, insert_posting
from community.points.models import AccountKind, EntryKind
from community.points.rules import Allocation, allocate

LOT_BATCH_SIZE = 100


@dataclass(slots=True)
class Withdrawal:
    """What a posting took out of a lot and has not been given back yet."""

    movement_id: int
    lot_id: int
    left: int
    expires_at: datetime


@dataclass(slots=True)
class _Lot:
    id: int
    remaining: int
    expires_at: datetime


@dataclass(slots=True)
class LockedAccount:
    """A member's account, held until the end of the transaction; the figures are those of this moment."""

    id: int
    community_id: int
    membership_id: int
    balance: int
    debt: int
    growth: int

    async def issue(
        self,
        entry_id: int,
        amount: int,
        *,
        expires_at: datetime,
        adds_growth: bool,
        out_of: AccountKind = AccountKind.ISSUANCE,
    ) -> int:
        """Put new points into the account as a lot of their own; a debt is repaid from them first. The posting's id."""
        repaid = min(self.debt, amount)
        before = self.balance
        await self._save(
            balance=before + amount - repaid, debt=self.debt - repaid, growth=self.growth + amount * adds_growth
        )
        source = await ensure_community_account(self.community_id, out_of)
        posting = await insert_posting(self.community_id, entry_id, source, self.id, amount, to_balance=before + amount)
        lot = await _NEW_LOT.one(self.community_id, self.id, posting, amount, expires_at)
        if repaid:
            await self._repay(entry_id, [Allocation(lot.id, repaid)], before=before + amount)
        return posting

    async def take_available(
        self, entry_id: int, amount: int, *, into: AccountKind, first_lot_id: int | None = None
    ) -> tuple[int | None, int]:
        """Take points out of live lots, the lot `first` before all others and then those that end earliest.

        The posting's id (None when there was nothing to take), and how much could not be taken.
        """
        parts, missing = await self._choose_lots(amount, first_lot_id=first_lot_id)
        if not parts:
            return None, missing
        return await self._take(entry_id, parts, into=into), missing

    async def take_exactly(self, entry_id: int, amount: int, *, into: AccountKind) -> int | None:
        """Take so many points, or none at all: the posting's id, or None."""
        parts, missing = await self._choose_lots(amount, first_lot_id=None)
        return None if missing else await self._take(entry_id, parts, into=into)

    async def return_to_lots(self, entry_id: int, withdrawals: Sequence[Withdrawal], *, out_of: AccountKind) -> int:
        """Give points back to the lots that they were taken from, `left` of each; the posting's id.

        What belongs to a lot that has ended meanwhile ends at once, under an entry of its own that says so. Of the
        rest a debt is repaid first.
        """
        now = clock.now()
        total = sum(taking.left for taking in withdrawals)
        ended = [Allocation(taking.lot_id, taking.left) for taking in withdrawals if taking.expires_at <= now]
        live = sorted(
            (taking for taking in withdrawals if taking.expires_at > now), key=lambda it: (it.expires_at, it.lot_id)
        )
        kept = sum(taking.left for taking in live)
        repaid = min(self.debt, kept)
        before = self.balance
        await self._save(balance=before + kept - repaid, debt=self.debt - repaid, growth=self.growth)
        source = await ensure_community_account(self.community_id, out_of)
        posting = await insert_posting(self.community_id, entry_id, source, self.id, total, to_balance=before + total)
        for taking in withdrawals:
            await db.execute(_MOVE_LOT, taking.lot_id, taking.left)
            await db.execute(_NEW_MOVEMENT, self.community_id, taking.lot_id, posting, taking.left, taking.movement_id)
        if ended:
            key = f"entry:{entry_id}:ended"
            inputs = {"because": "the lots these points came from had ended before they were given back"}
            entry = await insert_entry(self.community_id, EntryKind.EXPIRY, key, {"inputs": inputs}, about=entry_id)
            await self._post_allocations(entry, ended, into=AccountKind.EXPIRED, before=before + total)
        if repaid:
            parts, _ = allocate([(taking.lot_id, taking.left) for taking in live], repaid)
            await self._repay(entry_id, parts, before=before + kept)
        return posting

    async def add_debt(self, entry_id: int, amount: int) -> None:
        """Have the member owe points that must be given back and are not there; the community lends them."""
        await self._save(balance=self.balance, debt=self.debt + amount, growth=self.growth)
        lender = await ensure_community_account(self.community_id, AccountKind.DEBT)
        await insert_posting(
            self.community_id,
            entry_id,
            lender,
            await ensure_community_account(self.community_id, AccountKind.ISSUANCE),
            amount,
        )

    async def expire_due_lots(self) -> int:
        """Take out what has ended, whoever comes to it first; how much that was."""
        now = clock.now()
        ended = 0
        by_end: dict[datetime, list[_Lot]] = {}
        for lot in await _DUE_LOTS.all(self.id, now):
            by_end.setdefault(lot.expires_at, []).append(lot)
        for end, lots in by_end.items():
            # What is in a lot that was emptied before has moved since: the last movement tells the two endings apart.
            last = await _LAST_MOVEMENT.one([lot.id for lot in lots])
            key = f"account:{self.id}:ended:{end.isoformat()}:{last.id}"
            explanation = {"inputs": {"ended_at": end.isoformat()}}
            entry = await insert_entry(self.community_id, EntryKind.EXPIRY, key, explanation)
            parts = [Allocation(lot.id, lot.remaining) for lot in lots]
            await self._take(entry, parts, into=AccountKind.EXPIRED)
            ended += sum(part.amount for part in parts)
        return ended

    async def _choose_lots(self, amount: int, *, first_lot_id: int | None) -> tuple[list[Allocation], int]:
        now = clock.now()
        lots = await _LIVE_LOTS.all(self.id, now)
        if len(lots) == LOT_BATCH_SIZE and (first_lot_id is not None or sum(lot.remaining for lot in lots) < amount):
            lots = await _ALL_LIVE_LOTS.all(self.id, now)
        lots.sort(key=lambda lot: lot.id != first_lot_id)  # stable: the others stay in their order
        return allocate([(lot.id, lot.remaining) for lot in lots], amount)

    async def _take(self, entry_id: int, parts: Sequence[Allocation], *, into: AccountKind) -> int:
        before = self.balance
        await self._save(balance=before - sum(part.amount for part in parts), debt=self.debt, growth=self.growth)
        return await self._post_allocations(entry_id, parts, into=into, before=before)

    async def _repay(self, entry_id: int, parts: Sequence[Allocation], *, before: int) -> None:
        key = f"entry:{entry_id}:repayment"
        entry = await insert_entry(
            self.community_id, EntryKind.REPAYMENT, key, {"inputs": {"debt_left": self.debt}}, about=entry_id
        )
        await self._post_allocations(entry, parts, into=AccountKind.DEBT, before=before)

    async def _post_allocations(
        self, entry_id: int, parts: Sequence[Allocation], *, into: AccountKind, before: int
    ) -> int:
        amount = sum(part.amount for part in parts)
        target = await ensure_community_account(self.community_id, into)
        posting = await insert_posting(
            self.community_id, entry_id, self.id, target, amount, from_balance=before - amount
        )
        for part in parts:
            await db.execute(_MOVE_LOT, part.id, -part.amount)
            await db.execute(_NEW_MOVEMENT, self.community_id, part.id, posting, -part.amount, None)
        return posting

    async def _save(self, *, balance: int, debt: int, growth: int) -> None:
        self.balance, self.debt, self.growth = balance, debt, growth
        await db.execute(
            "UPDATE account SET balance = $2, debt = $3, growth = $4 WHERE id = $1", self.id, balance, debt, growth
        )


_LOCK_ACCOUNTS = db.Select(
    f"SELECT {db.columns(LockedAccount)} FROM account"
    " WHERE community_id = $1 AND membership_id = ANY($2) ORDER BY id FOR NO KEY UPDATE",
    LockedAccount,
)
_NEW_LOT = db.Change(
    "INSERT INTO lot (community_id, account_id, posting_id, amount, remaining, expires_at)"
    " VALUES ($1, $2, $3, $4, $4, $5) RETURNING id",
    db.Id,
)
_MOVE_LOT = "UPDATE lot SET remaining = remaining + $2 WHERE id = $1"
_NEW_MOVEMENT = (
    "INSERT INTO lot_movement (community_id, lot_id, posting_id, amount, returns_id) VALUES ($1, $2, $3, $4, $5)"
)
_LIVE = (
    f"SELECT {db.columns(_Lot)} FROM lot WHERE account_id = $1 AND remaining > 0 AND expires_at > $2"
    " ORDER BY expires_at, id"
)
_LIVE_LOTS = db.Select(f"{_LIVE} LIMIT {LOT_BATCH_SIZE}", _Lot)
_ALL_LIVE_LOTS = db.Select(_LIVE, _Lot)
_DUE_LOTS = db.Select(
    f"SELECT {db.columns(_Lot)} FROM lot WHERE account_id = $1 AND remaining > 0 AND expires_at <= $2"
    " ORDER BY expires_at, id",
    _Lot,
)
_LAST_MOVEMENT = db.Select("SELECT COALESCE(max(id), 0) AS id FROM lot_movement WHERE lot_id = ANY($1)", db.Id)
_WITHDRAWALS = db.Select(
    "SELECT m.id AS movement_id, m.lot_id, CAST(-m.amount - COALESCE((SELECT sum(r.amount) FROM lot_movement r"
    " WHERE r.returns_id = m.id), 0) AS BIGINT) AS left, l.expires_at"
    " FROM lot_movement m JOIN lot l ON l.id = m.lot_id WHERE m.posting_id = $1 AND m.amount < 0"
    " ORDER BY l.expires_at DESC, l.id DESC",
    Withdrawal,
)


async def lock_accounts(community_id: int, membership_ids: Iterable[int]) -> dict[int, LockedAccount]:
    """The accounts of these members, opened where they have none, held until the end of the transaction.

    All accounts that a transaction touches are held by one call, in the order of their ids: so two transactions never
    wait for one another.
    """
    wanted = sorted(set(membership_ids))
    found = {row.membership_id: row for row in await _LOCK_ACCOUNTS.all(community_id, wanted)}
    missing = [membership_id for membership_id in wanted if membership_id not in found]
    if not missing:
        return found
    for membership_id in missing:
        await db.execute(
            "INSERT INTO account (community_id, kind, membership_id, balance) VALUES ($1, 'MEMBER', $2, 0)"
            " ON CONFLICT (community_id, membership_id) DO NOTHING",
            community_id, membership_id,
        )  # fmt: skip
    return {row.membership_id: row for row in await _LOCK_ACCOUNTS.all(community_id, wanted)}


async def lock_account(community_id: int, membership_id: int) -> LockedAccount:
    """One member's account, as `hold_accounts`."""
    return (await lock_accounts(community_id, [membership_id]))[membership_id]


async def list_withdrawals(posting_id: int) -> list[Withdrawal]:
    """What a posting took and has not been given back, from the lots that end last to those that end first."""
    return [taking for taking in await _WITHDRAWALS.all(posting_id) if taking.left > 0]


def select_withdrawals(withdrawals: Sequence[Withdrawal], amount: int) -> tuple[list[Withdrawal], int]:
    """The first takings that make an amount, the last of them in part, and what they do not make of it."""
    parts, missing = allocate([(taking.movement_id, taking.left) for taking in withdrawals], amount)
    chosen = {part.id: part.amount for part in parts}
    return [
        replace(taking, left=chosen[taking.movement_id]) for taking in withdrawals if taking.movement_id in chosen
    ], missing
