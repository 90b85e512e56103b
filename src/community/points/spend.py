"""Spending points, and giving back what was spent.

A spend is what most people do at the same moment, so PostgreSQL does it in one statement; whatever that statement does
not simply grant (a refusal, a repeated call, many small lots) is looked at again with the account held. SQLite, where
one writer is alone anyway, goes the second way at once. Both ways write the same rows, but for the record of the key:
what is granted in one statement has its source key in the journal, and needs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakValueDictionary

from tortoise.exceptions import IntegrityError

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.idempotency import Answer
from community.points import entries, idempotent, journal
from community.points.errors import InDebt, InsufficientPoints, RefundTooLarge, SourceReused
from community.points.models import AccountKind, EntryKind
from community.points.rules import MAX_POINTS

MAX_CONCURRENT_SPENDS_PER_ACCOUNT = 2
_MAX_LOTS = 16


@dataclass(slots=True)
class MovementResult:
    """What moved: the entry, how many points, and the balance after it."""

    entry_id: int
    amount: int
    balance: int


@dataclass(slots=True)
class _ExistingEntry:
    entry_id: int
    kind: EntryKind
    membership_id: int
    amount: int
    balance: int
    explanation: dict[str, Any]
    about_id: int | None


# Every arm stands on the one before it, and the first change on `enough`: all of it happens, or nothing. The account is
# held first. The lots are read as they were when the statement began: where another spend has taken from them while
# this one waited for the account, a lot would fall below zero, which its CHECK refuses, and all of this with it.
SPEND_SQL = f"""
WITH held AS (
    SELECT id FROM account WHERE community_id = $1 AND membership_id = $2 AND debt = 0 AND balance >= $3
    AND NOT EXISTS (SELECT 1 FROM idempotency_record
        WHERE community_id = $1 AND person_id = 0 AND operation = 'points.spend' AND key = $7)
    FOR NO KEY UPDATE
), live AS (
    SELECT id, remaining, expires_at FROM lot
    WHERE account_id = (SELECT id FROM held) AND remaining > 0 AND expires_at > $6
    ORDER BY expires_at, id LIMIT {_MAX_LOTS}
), chosen AS (
    SELECT id, LEAST(remaining, $3 - before) AS taken FROM (
        SELECT id, remaining, CAST(sum(remaining) OVER (ORDER BY expires_at, id) AS BIGINT) - remaining AS before
        FROM live
    ) AS counted WHERE before < $3
), enough AS (
    SELECT held.id AS account_id, spent.id AS spent_id FROM held, account AS spent
    WHERE spent.community_id = $1 AND spent.kind = 'SPENT' AND spent.membership_id IS NULL
    AND (SELECT sum(taken) FROM chosen) = $3
), paid AS (
    UPDATE account SET balance = balance - $3 FROM enough WHERE account.id = enough.account_id
    RETURNING account.id, account.balance, enough.spent_id
), entry AS (
    INSERT INTO journal_entry (community_id, kind, source_key, explanation, created_at)
    SELECT $1, 'SPEND', $4, $5, $6 FROM paid RETURNING id
), moved AS (
    INSERT INTO posting (community_id, entry_id, from_account_id, to_account_id, amount, from_balance, created_at)
    SELECT $1, entry.id, paid.id, paid.spent_id, $3, paid.balance, $6 FROM paid, entry
    RETURNING id, entry_id, from_balance
), lowered AS (
    UPDATE lot SET remaining = lot.remaining - chosen.taken FROM chosen, moved WHERE lot.id = chosen.id
), recorded AS (
    INSERT INTO lot_movement (community_id, lot_id, posting_id, amount)
    SELECT $1, chosen.id, moved.id, -chosen.taken FROM chosen, moved
)
SELECT entry_id, CAST($3 AS BIGINT) AS amount, from_balance AS balance FROM moved"""

_SPEND = db.Change(SPEND_SQL, MovementResult)
# What followed at once (points that end as they come back, a debt that is repaid) has entries about this one.
_EXISTING_ENTRY = db.Select(
    "SELECT e.id AS entry_id, e.kind, a.membership_id, p.amount, (SELECT COALESCE(q.from_balance, q.to_balance)"
    " FROM posting q JOIN journal_entry x ON x.id = q.entry_id WHERE a.id IN (q.from_account_id, q.to_account_id)"
    " AND (x.id = e.id OR (x.about_id = e.id AND x.kind IN ('EXPIRY', 'REPAYMENT'))) ORDER BY q.id DESC LIMIT 1)"
    " AS balance, e.explanation, e.about_id FROM journal_entry e JOIN posting p ON p.entry_id = e.id"
    " JOIN account a ON a.id IN (p.from_account_id, p.to_account_id) AND a.membership_id IS NOT NULL"
    " WHERE e.community_id = $1 AND e.source_key = $2",
    _ExistingEntry,
)

_semaphores: WeakValueDictionary[tuple[int, int], asyncio.Semaphore] = WeakValueDictionary()


async def spend(
    community_id: int, membership_id: int, *, amount: int, source_key: str, inputs: dict[str, Any]
) -> MovementResult:
    """Take points from a member, those that end earliest first, once for the source key.

    The same key for the same thing answers what it answered the first time, a refusal too. `inputs` say in the
    statement what for. Raises InsufficientPoints, InDebt, SourceReused, InvalidInput; nothing has moved then.
    """
    if not 1 <= amount <= MAX_POINTS:
        raise InvalidInput("This is not a number of points.", path=("amount",))
    if db.dialect() is db.Dialect.POSTGRES and not db.in_transaction():
        moved = await _spend_in_one_statement(community_id, membership_id, amount, source_key, {"inputs": inputs})
        if moved is not None:
            return moved

    async def work() -> Answer:
        return asdict(await _spend_with_lock(community_id, membership_id, amount, source_key, inputs))

    given = {"member": membership_id, "amount": amount, **inputs}
    return MovementResult(**await idempotent.run_once(community_id, "spend", source_key, given, work))


async def _spend_in_one_statement(
    community_id: int, membership_id: int, amount: int, source_key: str, explanation: dict[str, Any]
) -> MovementResult | None:
    async with _limit_waiters(community_id, membership_id):
        try:
            return await _SPEND.first(
                community_id,
                membership_id,
                amount,
                source_key,
                explanation,
                clock.now(),
                idempotent.hash_source_key(source_key),
            )
        except IntegrityError:
            return None  # the source key has been used, or a lot has: nothing of this statement stands


@asynccontextmanager
async def _limit_waiters(community_id: int, membership_id: int) -> AsyncIterator[None]:
    """Let few of this process's spends wait for one account's row: many waiters cost PostgreSQL most of its speed."""
    key = (community_id, membership_id)
    gate = _semaphores.get(key)
    if gate is None:
        gate = _semaphores[key] = asyncio.Semaphore(MAX_CONCURRENT_SPENDS_PER_ACCOUNT)
    async with gate:
        yield


@db.transactional
async def _spend_with_lock(
    community_id: int, membership_id: int, amount: int, source_key: str, inputs: dict[str, Any]
) -> MovementResult:
    account = await journal.lock_account(community_id, membership_id)
    done = await _EXISTING_ENTRY.first(community_id, source_key)
    if done is not None:
        return _replay(done, EntryKind.SPEND, membership_id, amount, {"inputs": inputs})
    if account.debt:
        raise InDebt
    await account.expire_due_lots()
    entry = await entries.insert_entry(community_id, EntryKind.SPEND, source_key, {"inputs": inputs})
    if await account.take_exactly(entry, amount, into=AccountKind.SPENT) is None:
        raise InsufficientPoints(f"This costs {amount} points, and there are {account.balance}.", path=("amount",))
    return MovementResult(entry, amount, account.balance)


@dataclass(slots=True)
class _SpentEntry:
    entry_id: int
    membership_id: int
    posting_id: int


# A capture's points were taken from the member's lots when they were frozen, under the entry that it is about.
_SPENT_ENTRY = db.Select(
    "SELECT e.id AS entry_id, a.membership_id, p.id AS posting_id FROM journal_entry e"
    " JOIN posting p ON p.entry_id = CASE WHEN e.kind = 'CAPTURE' THEN e.about_id ELSE e.id END"
    " JOIN account a ON a.id = p.from_account_id AND a.membership_id IS NOT NULL"
    " WHERE e.community_id = $1 AND e.id = $2 AND e.kind IN ('SPEND', 'CAPTURE')",
    _SpentEntry,
)


async def refund(
    community_id: int, entry_id: int, *, amount: int | None = None, source_key: str, inputs: dict[str, Any]
) -> MovementResult:
    """Give back what an entry spent or captured, all that is left of it or `amount`, once for the source key.

    Points go back to the lots they came from, and keep the day on which they end. Raises NotFound, RefundTooLarge,
    SourceReused.
    """

    async def work() -> Answer:
        return asdict(await _refund(community_id, entry_id, amount, source_key, inputs))

    given = {"spend": entry_id, "amount": amount, **inputs}
    return MovementResult(**await idempotent.run_once(community_id, "refund", source_key, given, work))


@db.transactional
async def _refund(
    community_id: int, entry_id: int, amount: int | None, source_key: str, inputs: dict[str, Any]
) -> MovementResult:
    spent = await _SPENT_ENTRY.first(community_id, entry_id)
    if spent is None:
        raise NotFound("Nothing was spent under this id.", path=("spendId",))
    account = await journal.lock_account(community_id, spent.membership_id)
    explanation = {"inputs": inputs, "all_of_it": amount is None}
    done = await _EXISTING_ENTRY.first(community_id, source_key)
    if done is not None:
        asked = done.amount if amount is None else amount
        return _replay(done, EntryKind.REFUND, spent.membership_id, asked, explanation, about=entry_id)
    await account.expire_due_lots()
    left = await journal.list_withdrawals(spent.posting_id)
    wanted = sum(taking.left for taking in left) if amount is None else amount
    chosen, missing = journal.select_withdrawals(left, wanted)
    if missing or not chosen:
        raise RefundTooLarge(path=("amount",))
    entry = await entries.insert_entry(community_id, EntryKind.REFUND, source_key, explanation, about=entry_id)
    await account.return_to_lots(entry, chosen, out_of=AccountKind.SPENT)
    return MovementResult(entry, wanted, account.balance)


def _replay(
    done: _ExistingEntry,
    kind: EntryKind,
    membership_id: int,
    amount: int,
    explanation: dict[str, Any],
    *,
    about: int | None = None,
) -> MovementResult:
    if (done.kind, done.membership_id, done.amount, done.about_id) != (kind, membership_id, amount, about):
        raise SourceReused
    whole = done.explanation.get("all_of_it") == explanation.get("all_of_it")
    if not whole or not idempotent.is_same_input(done.explanation["inputs"], explanation["inputs"]):
        raise SourceReused
    return MovementResult(done.entry_id, done.amount, done.balance)
