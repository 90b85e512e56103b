"""Journal entries, postings and the community's own accounts."""

from __future__ import annotations

from typing import Any

from community.kernel import clock, db
from community.points.kinds import AccountKind, EntryKind

_COMMUNITY_ACCOUNT = db.Select(
    "SELECT id FROM account WHERE community_id = $1 AND kind = $2 AND membership_id IS NULL", db.Id
)
_NEW_ENTRY = db.Change(
    "INSERT INTO journal_entry (community_id, kind, source_key, explanation, about_id, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (community_id, source_key) DO NOTHING RETURNING id",
    db.Id,
)
_NEW_POSTING = db.Change(
    "INSERT INTO posting (community_id, entry_id, from_account_id, to_account_id, amount, from_balance, to_balance,"
    " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    db.Id,
)


async def ensure_community_account(community_id: int, kind: AccountKind) -> int:
    """Return the id of the community's own account of this kind. Open it if there is none."""
    found = await _COMMUNITY_ACCOUNT.first(community_id, kind)
    if found is None:
        await db.execute(
            "INSERT INTO account (community_id, kind) VALUES ($1, $2)"
            " ON CONFLICT (community_id, kind) WHERE membership_id IS NULL DO NOTHING",
            community_id, kind,
        )  # fmt: skip
        found = await _COMMUNITY_ACCOUNT.one(community_id, kind)
    return found.id


async def insert_entry_if_new(
    community_id: int, kind: EntryKind, source_key: str, explanation: dict[str, Any], *, about: int | None = None
) -> int | None:
    """Insert a journal entry and return its id.

    Return None if its source key was used.
    """
    row = await _NEW_ENTRY.first(community_id, kind, source_key, explanation, about, clock.now())
    return None if row is None else row.id


async def insert_entry(
    community_id: int, kind: EntryKind, source_key: str, explanation: dict[str, Any], *, about: int | None = None
) -> int:
    """Insert a journal entry with a new source key. Return its id.

    The caller holds the lock on the account and has looked for the key. Raises RuntimeError if the key was used.
    """
    entry = await insert_entry_if_new(community_id, kind, source_key, explanation, about=about)
    if entry is None:
        raise RuntimeError(f"the journal entry {source_key} is there already")
    return entry


async def move_points(community_id: int, entry_id: int, source: AccountKind, target: AccountKind, amount: int) -> None:
    """Move points between two of the community's own accounts."""
    await insert_posting(
        community_id,
        entry_id,
        from_account_id=await ensure_community_account(community_id, source),
        to_account_id=await ensure_community_account(community_id, target),
        amount=amount,
    )


async def insert_posting(
    community_id: int,
    entry_id: int,
    *,
    from_account_id: int,
    to_account_id: int,
    amount: int,
    from_balance: int | None = None,
    to_balance: int | None = None,
) -> int:
    """Insert a posting and return its id.

    The balances are those after it, None for an account that stores no balance. The caller updates the stored balances.
    """
    row = await _NEW_POSTING.one(
        community_id, entry_id, from_account_id, to_account_id, amount, from_balance, to_balance, clock.now()
    )
    return row.id
