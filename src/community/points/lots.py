"""Movements of lots, and the end of those that are due. One statement per table, however many lots there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

from community.kernel import clock, db
from community.points.entries import ensure_community_account
from community.points.kinds import AccountKind, EntryKind


class AccountOfLots(Protocol):
    """A locked account of a member."""

    id: int
    community_id: int
    balance: int


@dataclass(frozen=True, slots=True)
class LotPart:
    """Points that a posting returns to a lot. Below 0 it takes them.

    `returns_id` is the movement that took them.
    """

    lot_id: int
    posting_id: int
    amount: int
    returns_id: int | None = None


@dataclass(slots=True)
class _DueLot:
    id: int
    account_id: int
    remaining: int
    expires_at: datetime
    last_movement_id: int


@dataclass(slots=True)
class _NewEntry:
    id: int
    source_key: str


@dataclass(slots=True)
class _NewPosting:
    id: int
    entry_id: int


_NUMBER = "CAST(part.value->>{} AS BIGINT)"
_PARTS = "FROM jsonb_array_elements($1) AS part(value)"
_MOVE_LOTS = f"UPDATE lot SET remaining = remaining + {_NUMBER.format(1)} {_PARTS} WHERE lot.id = {_NUMBER.format(0)}"
_NEW_MOVEMENTS = (
    "INSERT INTO lot_movement (community_id, lot_id, posting_id, amount, returns_id)"
    f" SELECT $2, {_NUMBER.format(0)}, {_NUMBER.format(2)}, {_NUMBER.format(1)}, {_NUMBER.format(3)} {_PARTS}"
)
_DUE_LOTS = db.Select(
    "SELECT l.id, l.account_id, l.remaining, l.expires_at,"
    " COALESCE((SELECT max(m.id) FROM lot_movement m WHERE m.lot_id = l.id), 0) AS last_movement_id FROM lot l"
    " WHERE l.account_id = ANY($1) AND l.remaining > 0 AND l.expires_at <= $2"
    " ORDER BY l.account_id, l.expires_at, l.id",
    _DueLot,
)
_NEW_ENTRIES = db.Change(
    "INSERT INTO journal_entry (community_id, kind, source_key, explanation, created_at)"
    f" SELECT $2, $4, part.value->>0, part.value->1, $3 {_PARTS} RETURNING id, source_key",
    _NewEntry,
)
_NEW_POSTINGS = db.Change(
    "INSERT INTO posting (community_id, entry_id, from_account_id, to_account_id, amount, from_balance, created_at)"
    f" SELECT $2, {_NUMBER.format(0)}, {_NUMBER.format(1)}, $3, {_NUMBER.format(2)}, {_NUMBER.format(3)}, $4"
    f" {_PARTS} ORDER BY {_NUMBER.format(0)} RETURNING id, entry_id",
    _NewPosting,
)
_SAVE_BALANCES = f"UPDATE account SET balance = {_NUMBER.format(1)} {_PARTS} WHERE account.id = {_NUMBER.format(0)}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A posting out of a member's account, with the balance after it."""

    entry_id: int
    account_id: int
    amount: int
    balance: int


async def insert_entries(community_id: int, kind: EntryKind, entries: dict[str, dict[str, object]]) -> dict[str, int]:
    """Insert entries with new source keys, each with its explanation. Return their ids by source key."""
    given = json.dumps(list(entries.items()))
    return {row.source_key: row.id for row in await _NEW_ENTRIES.all(given, community_id, clock.now(), kind)}


async def insert_outgoing(community_id: int, into: AccountKind, postings: Sequence[Outgoing]) -> dict[int, int]:
    """Insert postings into an account of the community, and store the balances. Return their ids by entry."""
    target = await ensure_community_account(community_id, into)
    given = json.dumps([(each.entry_id, each.account_id, each.amount, each.balance) for each in postings])
    made = await _NEW_POSTINGS.all(given, community_id, target, clock.now())
    balances = {each.account_id: each.balance for each in postings}
    await db.execute(_SAVE_BALANCES, json.dumps(list(balances.items())))
    return {posting.entry_id: posting.id for posting in made}


async def move_lots(community_id: int, parts: Sequence[LotPart]) -> None:
    """Take points from lots or return them, and record the movements."""
    sums: dict[int, int] = {}  # An update from a list would change a lot that is in it twice only once.
    for part in parts:
        sums[part.lot_id] = sums.get(part.lot_id, 0) + part.amount
    await db.execute(_MOVE_LOTS, json.dumps(list(sums.items())))
    moved = json.dumps([(part.lot_id, part.amount, part.posting_id, part.returns_id) for part in parts])
    await db.execute(_NEW_MOVEMENTS, moved, community_id)


async def expire_due_lots(accounts: Iterable[AccountOfLots]) -> dict[int, int]:
    """Expire the due lots of locked accounts of one community. Return the points by account.

    Idempotent: an expired lot is emptied once. Accounts without due lots are left out.
    """
    by_id = {account.id: account for account in accounts}
    now = clock.now()
    due = await _DUE_LOTS.all(list(by_id), now)
    if not due:
        return {}
    groups = [list(group) for _, group in groupby(due, key=lambda lot: (lot.account_id, lot.expires_at))]
    community_id = by_id[due[0].account_id].community_id
    entry_ids = await insert_entries(community_id, EntryKind.EXPIRY, dict(map(_describe_entry, groups)))
    postings, expired = [], dict.fromkeys((lot.account_id for lot in due), 0)
    for group in groups:
        account, amount = by_id[group[0].account_id], sum(lot.remaining for lot in group)
        account.balance -= amount
        expired[account.id] += amount
        postings.append(Outgoing(entry_ids[_build_key(group)], account.id, amount, account.balance))
    posting_ids = await insert_outgoing(community_id, AccountKind.EXPIRED, postings)
    parts = [
        LotPart(lot.id, posting_ids[posting.entry_id], -lot.remaining)
        for group, posting in zip(groups, postings, strict=True)
        for lot in group
    ]
    await move_lots(community_id, parts)
    return expired


def _build_key(group: Sequence[_DueLot]) -> str:
    # A lot that was emptied before may have received points since. The last movement makes the key unique.
    last_id = max(lot.last_movement_id for lot in group)
    return f"account:{group[0].account_id}:ended:{group[0].expires_at.isoformat()}:{last_id}"


def _describe_entry(group: Sequence[_DueLot]) -> tuple[str, dict[str, object]]:
    explanation: dict[str, object] = {"inputs": {"ended_at": group[0].expires_at.isoformat()}}
    return _build_key(group), explanation
