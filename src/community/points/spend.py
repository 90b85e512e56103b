"""Spending points and refunding them.

Spends are the most concurrent calls, so PostgreSQL runs a spend as one statement. That statement may not grant the
spend (a refusal, a repeated call, many small lots). Then the spend runs again with a locked account. SQLite has one
writer at a time and always locks the account. Both paths write the same rows except the idempotency record. A spend in
one statement needs none, because its source key is in the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakValueDictionary

from tortoise.exceptions import IntegrityError

from community.communities import service_access
from community.communities.queries import require_members
from community.kernel import clock, db
from community.kernel.errors import NotFound, require_row
from community.kernel.idempotency import Answer
from community.points import entries, idempotent, journal, rules
from community.points.errors import InDebt, InsufficientPoints, RefundTooLarge, SourceReused
from community.points.idempotent import SENDER, Source
from community.points.kinds import AccountKind, EntryKind

MAX_CONCURRENT_SPENDS_PER_ACCOUNT = 2
"""Spends of one process that may wait for one account's row. Many waiters cost PostgreSQL most of its speed."""

_MAX_LOTS = 16
"""Lots that the one statement reads. A spend that needs more runs with a locked account."""


@dataclass(slots=True)
class MovementResult:
    """A movement of points. `balance` is that of the account after it."""

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

    def is_result_of(self, given: Mapping[str, Any]) -> bool:
        """Return True if a call with this input made this entry."""
        return idempotent.is_same_input(self._get_input(is_all=given["amount"] is None), given)

    def _get_input(self, *, is_all: bool) -> dict[str, Any]:
        # An erased person's entries have no explanation. Then a refund of all and one of that amount are the same.
        inputs = self.explanation.get("inputs", {})
        if self.kind is EntryKind.REFUND:
            amount = None if self.explanation.get("all_of_it", is_all) else self.amount
            return {"spend": self.about_id, "amount": amount, **inputs}
        return {"member": self.membership_id, "amount": self.amount, **inputs}


# The sender's token is locked first with its maker, so that a token that ends meanwhile moves nothing.
# The key is claimed before the account is locked, as everywhere. Each part depends on the part before it. A spend that
# is not granted after the claim inserts a posting without an account. Then NOT NULL fails, and so does the statement.
# The lots are read as of the start of the statement. Another spend may take from them while this one waits for the
# lock. Then a lot would fall below zero, its CHECK fails, and so does the statement.
_TOKEN_OF_OPERATOR, _TOKEN_OF_LEADER = service_access.build_lock_sql("$1", "$9", now="$6")
SPEND_SQL = f"""
WITH token_of_operator AS ({_TOKEN_OF_OPERATOR}), token_of_leader AS ({_TOKEN_OF_LEADER}
), claimed AS (
    INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)
    SELECT $1, 0, '{idempotent.OPERATION}', $7, $8, '{{}}', $6
    FROM account a JOIN membership m ON m.id = a.membership_id
    WHERE a.community_id = $1 AND a.membership_id = $2 AND a.debt = 0 AND a.balance >= $3 AND m.left_at IS NULL
    AND (CAST($9 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM token_of_operator)
        OR EXISTS (SELECT 1 FROM token_of_leader))
    ON CONFLICT (community_id, person_id, operation, key) DO NOTHING RETURNING id
), held AS (
    SELECT account.id FROM account, claimed
    WHERE account.community_id = $1 AND account.membership_id = $2 AND debt = 0 AND balance >= $3
    FOR NO KEY UPDATE OF account
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
    SELECT $1, 'SPEND', $4, $5, $6 FROM claimed LEFT JOIN paid ON TRUE RETURNING id
), moved AS (
    INSERT INTO posting (community_id, entry_id, from_account_id, to_account_id, amount, from_balance, created_at)
    SELECT $1, entry.id, paid.id, paid.spent_id, $3, paid.balance, $6 FROM entry LEFT JOIN paid ON TRUE
    RETURNING id, entry_id, from_balance
), lowered AS (
    UPDATE lot SET remaining = lot.remaining - chosen.taken FROM chosen, moved WHERE lot.id = chosen.id
), recorded AS (
    INSERT INTO lot_movement (community_id, lot_id, posting_id, amount)
    SELECT $1, chosen.id, moved.id, -chosen.taken FROM chosen, moved
)
SELECT entry_id, CAST($3 AS BIGINT) AS amount, from_balance AS balance FROM moved"""

_SPEND = db.Change(SPEND_SQL, MovementResult)
# An expiry or a repayment in the same call has an entry of its own about this one. The balance is that after them.
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


async def spend(community_id: int, membership_id: int, *, amount: int, source: Source) -> MovementResult:
    """Take points from a member, earliest expiry first.

    Idempotent: a call with the same source key and input gets the first answer, also if it was a refusal. The statement
    shows `source.inputs`. Raises NotFound, InsufficientPoints, InDebt, SourceReused and InvalidInput, and then moves
    nothing.
    """
    rules.validate_amount(amount)
    given = {"member": membership_id, "amount": amount, **source.inputs}
    if db.dialect() is db.Dialect.POSTGRES and not db.in_transaction():
        moved = await _spend_in_one_statement(community_id, membership_id, amount, source, given)
        if moved is not None:
            return moved

    async def work() -> Answer:
        return asdict(await _spend_with_lock(community_id, membership_id, amount, source))

    return MovementResult(**await idempotent.run_once(community_id, "spend", source, given, work))


async def _spend_in_one_statement(
    community_id: int, membership_id: int, amount: int, source: Source, given: Mapping[str, Any]
) -> MovementResult | None:
    async with _limit_waiters(community_id, membership_id):
        try:
            return await _SPEND.first(
                community_id, membership_id, amount, source.key, {"inputs": source.inputs}, clock.now(), source.digest,
                idempotent.compute_fingerprint("spend", given), source.inputs.get(SENDER),
            )  # fmt: skip
        except IntegrityError:
            return None  # The spend was not granted, or the source key was used. The statement changed nothing.


@asynccontextmanager
async def _limit_waiters(community_id: int, membership_id: int) -> AsyncIterator[None]:
    key = (community_id, membership_id)
    semaphore = _semaphores.get(key)
    if semaphore is None:
        semaphore = _semaphores[key] = asyncio.Semaphore(MAX_CONCURRENT_SPENDS_PER_ACCOUNT)
    async with semaphore:
        yield


@db.transactional
async def _spend_with_lock(community_id: int, membership_id: int, amount: int, source: Source) -> MovementResult:
    given = {"member": membership_id, "amount": amount, **source.inputs}
    done = await _find_result(community_id, EntryKind.SPEND, source, given)
    if done is not None:
        return done
    await require_members(community_id, membership_id)
    account = await journal.lock_account(community_id, membership_id)
    if account.debt:
        raise InDebt
    await account.expire_due_lots()
    entry = await entries.insert_entry_if_new(community_id, EntryKind.SPEND, source.key, {"inputs": source.inputs})
    if entry is None:
        raise SourceReused
    if await account.take_exactly(entry, amount, into=AccountKind.SPENT) is None:
        raise InsufficientPoints("spend", min=amount, actual=account.balance, path=("amount",))
    return MovementResult(entry, amount, account.balance)


async def _find_result(
    community_id: int, kind: EntryKind, source: Source, given: Mapping[str, Any]
) -> MovementResult | None:
    """Return what this source key moved before, or None. Raises SourceReused if the input was another."""
    done = await _EXISTING_ENTRY.first(community_id, source.key)
    if done is None:
        return None
    if done.kind is not kind or not done.is_result_of(given):
        raise SourceReused
    return MovementResult(done.entry_id, done.amount, done.balance)


@dataclass(slots=True)
class _SpentEntry:
    entry_id: int
    membership_id: int
    posting_id: int


# The points of a capture left the member's lots when they were frozen, under the entry that the capture is about.
_SPENT_ENTRY = db.Select(
    "SELECT e.id AS entry_id, a.membership_id, p.id AS posting_id FROM journal_entry e"
    " JOIN posting p ON p.entry_id = CASE WHEN e.kind = 'CAPTURE' THEN e.about_id ELSE e.id END"
    " JOIN account a ON a.id = p.from_account_id AND a.membership_id IS NOT NULL"
    " WHERE e.community_id = $1 AND e.id = $2 AND e.kind IN ('SPEND', 'CAPTURE')",
    _SpentEntry,
)


async def refund(community_id: int, entry_id: int, *, amount: int | None = None, source: Source) -> MovementResult:
    """Return points that an entry spent or captured.

    None as `amount` returns all that is left.

    Points return to the lots they came from and keep their expiry. Idempotent: a call with the same source key and
    input gets the first answer. Raises NotFound, RefundTooLarge and SourceReused.
    """

    async def work() -> Answer:
        return asdict(await _refund(community_id, entry_id, amount, source))

    given = {"spend": entry_id, "amount": amount, **source.inputs}
    return MovementResult(**await idempotent.run_once(community_id, "refund", source, given, work))


@db.transactional
async def _refund(community_id: int, entry_id: int, amount: int | None, source: Source) -> MovementResult:
    spent = require_row(await _SPENT_ENTRY.first(community_id, entry_id), NotFound("spend"))
    account = await journal.lock_account(community_id, spent.membership_id)
    given = {"spend": entry_id, "amount": amount, **source.inputs}
    done = await _find_result(community_id, EntryKind.REFUND, source, given)
    if done is not None:
        return done
    await account.expire_due_lots()
    left = await journal.list_withdrawals(spent.posting_id)
    wanted = sum(withdrawal.left for withdrawal in left) if amount is None else amount
    chosen, missing = journal.select_withdrawals(left, wanted)
    if missing or not chosen:
        raise RefundTooLarge(path=("amount",))
    explanation = {"inputs": source.inputs, "all_of_it": amount is None}
    entry = await entries.insert_entry(community_id, EntryKind.REFUND, source.key, explanation, about=entry_id)
    await account.return_to_lots(entry, chosen, out_of=AccountKind.SPENT)
    return MovementResult(entry, wanted, account.balance)
