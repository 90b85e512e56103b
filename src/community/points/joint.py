"""Points of many members that one transaction takes together, with one statement per table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import clock, db
from community.points import lots
from community.points.journal import LockedAccount
from community.points.kinds import AccountKind, EntryKind
from community.points.lots import LotPart, Outgoing
from community.points.rules import allocate


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Points to take from a locked account. The source key is new, and `inputs` explain the entry."""

    account: LockedAccount
    amount: int
    source_key: str
    inputs: Mapping[str, Any]


@dataclass(slots=True)
class _Lot:
    id: int
    account_id: int
    remaining: int


# Of each account only the lots that its points come from.
_LOTS = db.Select(
    "SELECT live.id, live.account_id, live.remaining FROM (SELECT l.id, l.account_id, l.remaining, l.expires_at,"
    " CAST(sum(l.remaining) OVER (PARTITION BY l.account_id ORDER BY l.expires_at, l.id) AS BIGINT) - l.remaining"
    " AS before FROM lot l WHERE l.account_id = ANY($2) AND l.remaining > 0 AND l.expires_at > $3) AS live"
    " JOIN jsonb_array_elements($1) AS part(value) ON CAST(part.value->>0 AS BIGINT) = live.account_id"
    " WHERE live.before < CAST(part.value->>1 AS BIGINT) ORDER BY live.account_id, live.expires_at, live.id",
    _Lot,
)
_NEW_HOLDS = (
    "INSERT INTO points_hold (community_id, membership_id, entry_id, amount, state, expires_at, created_at)"
    " SELECT $2, CAST(part.value->>0 AS BIGINT), CAST(part.value->>1 AS BIGINT), CAST(part.value->>2 AS BIGINT),"
    " 'OPEN', CAST(part.value->>3 AS TIMESTAMPTZ), $3 FROM jsonb_array_elements($1) AS part(value)"
)


async def spend_together(community_id: int, withdrawals: Sequence[Withdrawal]) -> None:
    """Spend points of accounts that the transaction has locked and that have them. Due lots have expired already."""
    await _take(community_id, withdrawals, EntryKind.SPEND, AccountKind.SPENT)


async def freeze_together(community_id: int, withdrawals: Sequence[tuple[Withdrawal, datetime]]) -> None:
    """Freeze points as `spend_together` spends them, each until its time."""
    taken = [withdrawal for withdrawal, _ in withdrawals]
    entries = await _take(community_id, taken, EntryKind.HOLD, AccountKind.HELD)
    given = [
        (each.account.membership_id, entries[each.source_key], each.amount, db.encode_time(until))
        for each, until in withdrawals
    ]
    await db.execute(_NEW_HOLDS, json.dumps(given), community_id, clock.now())


async def _take(
    community_id: int, withdrawals: Sequence[Withdrawal], kind: EntryKind, into: AccountKind
) -> dict[str, int]:
    """Move the points, and return the ids of the entries by source key. Raises RuntimeError if a lot lacks points."""
    entries = await lots.insert_entries(
        community_id, kind, {each.source_key: {"inputs": dict(each.inputs)} for each in withdrawals}
    )
    needed: dict[int, int] = defaultdict(int)
    postings = []
    for each in withdrawals:
        needed[each.account.id] += each.amount
        each.account.balance -= each.amount
        postings.append(Outgoing(entries[each.source_key], each.account.id, each.amount, each.account.balance))
    live: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for lot in await _LOTS.all(json.dumps(list(needed.items())), list(needed), clock.now()):
        live[lot.account_id].append((lot.id, lot.remaining))
    posting_ids = await lots.insert_outgoing(community_id, into, postings)
    parts = []
    for posting in postings:
        chosen, missing = allocate(live[posting.account_id], posting.amount)
        if missing:
            raise RuntimeError(f"account {posting.account_id} has fewer points in its lots than its balance")
        used = {part.id: part.amount for part in chosen}
        live[posting.account_id] = [(id_, left - used.get(id_, 0)) for id_, left in live[posting.account_id]]
        parts += [LotPart(part.id, posting_ids[posting.entry_id], -part.amount) for part in chosen]
    await lots.move_lots(community_id, parts)
    return entries
