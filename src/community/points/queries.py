"""Reading the books: balances, statements, and what was earned in a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from community.kernel import db
from community.kernel.paging import Page, PageRequest
from community.points.models import EntryKind


@dataclass(slots=True)
class _BalanceRow:
    membership_id: int
    balance: int


@dataclass(slots=True)
class StatementRow:
    """One line of a member's statement: `amount` is signed, `balance` is what the account held after it."""

    id: int
    kind: EntryKind
    amount: int
    balance: int
    source_key: str
    explanation: dict[str, Any]
    created_at: datetime


@dataclass(slots=True)
class Earned:
    """What a member earned in a time, and the last posting that it counts."""

    membership_id: int
    points: int
    last_posting_id: int


_BALANCES = db.Select(
    "SELECT membership_id, balance FROM account WHERE community_id = $1 AND membership_id = ANY($2)", _BalanceRow
)


async def balances(community_id: int, membership_ids: Sequence[int]) -> list[int]:
    """The balance of each member, in order; 0 for one who has no account yet."""
    found = {row.membership_id: row.balance for row in await _BALANCES.all(community_id, list(membership_ids))}
    return [found.get(membership_id, 0) for membership_id in membership_ids]


@lru_cache
def _statement(limit: int, *, after: bool) -> db.Select[StatementRow]:
    beyond = " AND p.id < $3" if after else ""

    def side(account: str, sign: str, balance: str) -> str:
        return (
            f"SELECT * FROM (SELECT p.id, e.kind, {sign}p.amount AS amount, p.{balance} AS balance, e.source_key,"
            " e.explanation, p.created_at FROM posting p JOIN journal_entry e ON e.id = p.entry_id"
            f" JOIN account a ON a.id = p.{account} WHERE a.community_id = $1 AND a.membership_id = $2{beyond}"
            f" ORDER BY p.id DESC LIMIT {limit}) AS {account}_side"
        )

    both = f"{side('to_account_id', '', 'to_balance')} UNION ALL {side('from_account_id', '-', 'from_balance')}"
    return db.Select(f"SELECT * FROM ({both}) AS line ORDER BY id DESC LIMIT {limit}", StatementRow)


async def statement(community_id: int, membership_id: int, request: PageRequest) -> Page[StatementRow]:
    """Every movement of a member's points, newest first."""
    key = request.key(int) or ()
    rows = await _statement(request.limit, after=bool(key)).all(community_id, membership_id, *key)
    return request.page(rows, lambda row: (row.id,))


@lru_cache
def _earned(*, of_members: bool) -> db.Select[Earned]:
    chosen = " AND a.membership_id = ANY($4)" if of_members else ""
    return db.Select(
        "SELECT a.membership_id, CAST(sum(p.amount) AS BIGINT), max(p.id)"
        " FROM posting p JOIN account a ON a.id = p.to_account_id JOIN account f ON f.id = p.from_account_id"
        " WHERE p.community_id = $1 AND p.created_at >= $2 AND p.created_at < $3 AND f.kind = 'ISSUANCE'"
        f" AND a.membership_id IS NOT NULL{chosen} GROUP BY a.membership_id",
        Earned,
    )


async def earned(
    community_id: int, *, start: datetime, end: datetime, membership_ids: Sequence[int] | None = None
) -> list[Earned]:
    """What members earned from `start` up to but not including `end`; of these members, or of all who earned.

    The later `last_posting_id` of two answers for one member and time is the newer answer: an account's postings are
    numbered in the order of their commits.
    """
    if membership_ids is None:
        return await _earned(of_members=False).all(community_id, start, end)
    return await _earned(of_members=True).all(community_id, start, end, list(membership_ids))


@dataclass(slots=True)
class _AccountId:
    id: int


_WRONG = db.Select(
    "SELECT a.id FROM account a WHERE a.kind = 'MEMBER' AND a.balance <>"
    " COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.to_account_id = a.id), 0)"
    " - COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.from_account_id = a.id), 0) ORDER BY a.id LIMIT 20",
    _AccountId,
)


async def wrong_balances() -> list[int]:
    """The ids of accounts, twenty at most, whose balance is not the sum of their postings. For the operator."""
    return [row.id for row in await _WRONG.all()]
