"""Members' accounts, locked for a transaction, and movements of their lots.

Every verb that moves a member's points locks the account first (`lock_accounts`, in the order of ids). Then it inserts
a journal entry, whose source key is unique, and moves points under it. So the ids of an account's postings follow the
order of their commits, and each posting stores the balance after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from community.kernel import clock, db
from community.points import lots
from community.points.entries import ensure_community_account, insert_entry, insert_posting, move_points
from community.points.kinds import AccountKind, EntryKind
from community.points.rules import Allocation, allocate

LOT_BATCH_SIZE = 100


@dataclass(slots=True)
class Withdrawal:
    """Points that a posting took from a lot. `left` is the part that was not returned yet."""

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
    """A member's account, locked until the transaction ends, with its current figures."""

    id: int
    community_id: int
    membership_id: int
    balance: int
    debt: int
    growth: int

    async def award(self, entry_id: int, amount: int, *, expires_at: datetime) -> int:
        """Issue earned points, which also raise the growth value. Return the posting's id."""
        self.growth += amount
        return await self.issue(entry_id, amount, expires_at=expires_at)

    async def issue(self, entry_id: int, amount: int, *, expires_at: datetime) -> int:
        """Put new points into the account as one lot. Return the posting's id.

        A debt is repaid from them first.
        """
        repaid = min(self.debt, amount)
        before = self.balance
        await self._save(balance=before + amount - repaid, debt=self.debt - repaid)
        posting = await self._post_incoming(entry_id, amount, out_of=AccountKind.ISSUANCE, before=before)
        lot = await _NEW_LOT.one(self.community_id, self.id, posting, amount, expires_at)
        if repaid:
            await self._repay(entry_id, [Allocation(lot.id, repaid)], before=before + amount)
        return posting

    async def take_available(
        self, entry_id: int, amount: int, *, into: AccountKind, first_lot_id: int | None = None
    ) -> tuple[int | None, int]:
        """Take up to `amount` points, earliest expiry first.

        The lot `first_lot_id` precedes all others. Return the posting's id (None if nothing was taken) and the number
        of points that are missing.
        """
        parts, missing = await self._choose_lots(amount, first_lot_id=first_lot_id)
        if not parts:
            return None, missing
        return await self._take(entry_id, parts, into=into), missing

    async def take_exactly(self, entry_id: int, amount: int, *, into: AccountKind) -> int | None:
        """Take `amount` points and return the posting's id.

        Take nothing and return None if the account has fewer.
        """
        parts, missing = await self._choose_lots(amount, first_lot_id=None)
        return None if missing else await self._take(entry_id, parts, into=into)

    async def return_to_lots(self, entry_id: int, withdrawals: Sequence[Withdrawal], *, out_of: AccountKind) -> int:
        """Return points to the lots they came from.

        Each withdrawal returns its `left` points. The result is the posting's id. Points of a lot that has expired
        expire immediately, under an entry of their own that says so. A debt is repaid from the rest first.
        """
        now = clock.now()
        total = sum(withdrawal.left for withdrawal in withdrawals)
        expired = [Allocation(one.lot_id, one.left) for one in withdrawals if one.expires_at <= now]
        live = sorted(
            (withdrawal for withdrawal in withdrawals if withdrawal.expires_at > now),
            key=lambda withdrawal: (withdrawal.expires_at, withdrawal.lot_id),
        )
        kept = sum(withdrawal.left for withdrawal in live)
        repaid = min(self.debt, kept)
        before = self.balance
        await self._save(balance=before + kept - repaid, debt=self.debt - repaid)
        posting = await self._post_incoming(entry_id, total, out_of=out_of, before=before)
        returned = [lots.LotPart(one.lot_id, posting, one.left, one.movement_id) for one in withdrawals]
        await lots.move_lots(self.community_id, returned)
        if expired:
            key = f"entry:{entry_id}:ended"
            inputs = {"because": "LOT_EXPIRED"}
            entry = await insert_entry(self.community_id, EntryKind.EXPIRY, key, {"inputs": inputs}, about=entry_id)
            await self._post_outgoing(entry, expired, into=AccountKind.EXPIRED, before=before + total)
        if repaid:
            parts, _ = allocate([(withdrawal.lot_id, withdrawal.left) for withdrawal in live], repaid)
            await self._repay(entry_id, parts, before=before + kept)
        return posting

    async def add_debt(self, entry_id: int, amount: int) -> None:
        """Add a debt for clawed-back points that were already spent. The community's DEBT account lends them."""
        await self._save(balance=self.balance, debt=self.debt + amount)
        await move_points(self.community_id, entry_id, AccountKind.DEBT, AccountKind.ISSUANCE, amount)

    async def expire_due_lots(self) -> int:
        """Expire due lots and return the number of points.

        Idempotent: an expired lot is emptied once.
        """
        return (await lots.expire_due_lots([self])).get(self.id, 0)

    async def _choose_lots(self, amount: int, *, first_lot_id: int | None) -> tuple[list[Allocation], int]:
        now = clock.now()
        live = await _LIVE_LOTS.all(self.id, now)
        if len(live) == LOT_BATCH_SIZE and (first_lot_id is not None or sum(lot.remaining for lot in live) < amount):
            live = await _ALL_LIVE_LOTS.all(self.id, now)
        live.sort(key=lambda lot: lot.id != first_lot_id)  # The sort is stable, so the other lots keep their order.
        return allocate([(lot.id, lot.remaining) for lot in live], amount)

    async def _take(self, entry_id: int, parts: Sequence[Allocation], *, into: AccountKind) -> int:
        before = self.balance
        await self._save(balance=before - sum(part.amount for part in parts), debt=self.debt)
        return await self._post_outgoing(entry_id, parts, into=into, before=before)

    async def _repay(self, entry_id: int, parts: Sequence[Allocation], *, before: int) -> None:
        key = f"entry:{entry_id}:repayment"
        entry = await insert_entry(
            self.community_id, EntryKind.REPAYMENT, key, {"inputs": {"debt_left": self.debt}}, about=entry_id
        )
        await self._post_outgoing(entry, parts, into=AccountKind.DEBT, before=before)

    async def _post_incoming(self, entry_id: int, amount: int, *, out_of: AccountKind, before: int) -> int:
        return await insert_posting(
            self.community_id,
            entry_id,
            from_account_id=await ensure_community_account(self.community_id, out_of),
            to_account_id=self.id,
            amount=amount,
            to_balance=before + amount,
        )

    async def _post_outgoing(
        self, entry_id: int, parts: Sequence[Allocation], *, into: AccountKind, before: int
    ) -> int:
        amount = sum(part.amount for part in parts)
        posting = await insert_posting(
            self.community_id,
            entry_id,
            from_account_id=self.id,
            to_account_id=await ensure_community_account(self.community_id, into),
            amount=amount,
            from_balance=before - amount,
        )
        await lots.move_lots(self.community_id, [lots.LotPart(part.id, posting, -part.amount) for part in parts])
        return posting

    async def _save(self, *, balance: int, debt: int) -> None:
        self.balance, self.debt = balance, debt
        await db.execute(
            "UPDATE account SET balance = $2, debt = $3, growth = $4 WHERE id = $1", self.id, balance, debt, self.growth
        )


_LOCK_ACCOUNTS = db.Select(
    f"SELECT {db.columns(LockedAccount)} FROM account"
    " WHERE community_id = $1 AND membership_id = ANY($2) ORDER BY id FOR NO KEY UPDATE",
    LockedAccount,
)
_LOCK_BY_ID = db.Select(
    f"SELECT {db.columns(LockedAccount)} FROM account WHERE id = ANY($1) AND membership_id IS NOT NULL"
    " ORDER BY id FOR NO KEY UPDATE",
    LockedAccount,
)
_NEW_LOT = db.Change(
    "INSERT INTO lot (community_id, account_id, posting_id, amount, remaining, expires_at)"
    " VALUES ($1, $2, $3, $4, $4, $5) RETURNING id",
    db.Id,
)
_LIVE = (
    f"SELECT {db.columns(_Lot)} FROM lot WHERE account_id = $1 AND remaining > 0 AND expires_at > $2"
    " ORDER BY expires_at, id"
)
_LIVE_LOTS = db.Select(f"{_LIVE} LIMIT {LOT_BATCH_SIZE}", _Lot)
_ALL_LIVE_LOTS = db.Select(_LIVE, _Lot)
_WITHDRAWALS = db.Select(
    "SELECT m.id AS movement_id, m.lot_id, CAST(-m.amount - COALESCE((SELECT sum(r.amount) FROM lot_movement r"
    " WHERE r.returns_id = m.id), 0) AS BIGINT) AS left, l.expires_at"
    " FROM posting p JOIN lot_movement m ON m.community_id = p.community_id AND m.posting_id = p.id"
    " JOIN lot l ON l.id = m.lot_id WHERE p.id = $1 AND m.amount < 0"
    " ORDER BY l.expires_at DESC, l.id DESC",
    Withdrawal,
)


async def lock_accounts(community_id: int, membership_ids: Iterable[int]) -> dict[int, LockedAccount]:
    """Lock the accounts of these members until the end of the transaction. Open those that are missing.

    A transaction locks all its accounts in one call, in the order of their ids, so that no two transactions deadlock.
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


async def lock_accounts_by_id(account_ids: Sequence[int]) -> list[LockedAccount]:
    """Lock members' accounts until the end of the transaction, in the order of ids."""
    return await _LOCK_BY_ID.all(list(account_ids))


async def lock_account(community_id: int, membership_id: int) -> LockedAccount:
    """Lock one member's account until the end of the transaction. Open it if it is missing."""
    return (await lock_accounts(community_id, [membership_id]))[membership_id]


async def list_withdrawals(posting_id: int) -> list[Withdrawal]:
    """Return what a posting took and nothing has returned, latest expiry first."""
    return [withdrawal for withdrawal in await _WITHDRAWALS.all(posting_id) if withdrawal.left > 0]


def select_withdrawals(withdrawals: Sequence[Withdrawal], amount: int) -> tuple[list[Withdrawal], int]:
    """Return the first withdrawals that make up `amount`, and the missing points.

    The last withdrawal may be partial.
    """
    parts, missing = allocate([(withdrawal.movement_id, withdrawal.left) for withdrawal in withdrawals], amount)
    chosen = {part.id: part.amount for part in parts}
    return [
        replace(withdrawal, left=chosen[withdrawal.movement_id])
        for withdrawal in withdrawals
        if withdrawal.movement_id in chosen
    ], missing
