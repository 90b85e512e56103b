"""Verbs of the points bank."""

from __future__ import annotations

from dataclasses import dataclass

from community.kernel import clock, db, outbox
from community.points.models import EntryKind
from community.points.rules import Priced


@dataclass(slots=True)
class _Id:
    id: int


@dataclass(slots=True)
class _Balance:
    balance: int


_NEW_ENTRY = db.Change(
    "INSERT INTO journal_entry (community_id, kind, source_key, explanation, created_at) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (community_id, source_key) DO NOTHING RETURNING id",
    _Id,
)
_MEMBER_ACCOUNT = db.Select("SELECT id FROM account WHERE community_id = $1 AND membership_id = $2", _Id)
_ISSUANCE_ACCOUNT = db.Select(
    "SELECT id FROM account WHERE community_id = $1 AND kind = 'ISSUANCE' AND membership_id IS NULL", _Id
)
_CREDIT = db.Change("UPDATE account SET balance = balance + $2 WHERE id = $1 RETURNING balance", _Balance)


@db.transactional
async def award(community_id: int, membership_id: int, *, source_key: str, priced: Priced) -> bool:
    """Pay a member what was earned, once: whether this call paid it, and not an earlier one with the same source key.

    `source_key` names the cause within the community, such as `submission:17:approved`.
    """
    now = clock.now()
    entry = await _NEW_ENTRY.first(community_id, EntryKind.AWARD, source_key, priced.explanation, now)
    if entry is None:
        return False
    issuance = await _issuance_account(community_id)
    account = await _member_account(community_id, membership_id)
    # The balance is changed before the posting is written, so that an account's postings are numbered as they commit.
    after = await _CREDIT.one(account, priced.amount)
    await db.execute(
        "INSERT INTO posting"
        " (community_id, entry_id, from_account_id, to_account_id, amount, to_balance, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        community_id, entry.id, issuance, account, priced.amount, after.balance, now,
    )  # fmt: skip
    await outbox.put("leaderboards.drain", community_id=community_id, membership_id=membership_id, at=now.isoformat())
    return True


async def _member_account(community_id: int, membership_id: int) -> int:
    found = await _MEMBER_ACCOUNT.first(community_id, membership_id)
    if found is None:
        await db.execute(
            "INSERT INTO account (community_id, kind, membership_id, balance) VALUES ($1, 'MEMBER', $2, 0)"
            " ON CONFLICT (community_id, membership_id) DO NOTHING",
            community_id, membership_id,
        )  # fmt: skip
        found = await _MEMBER_ACCOUNT.one(community_id, membership_id)
    return found.id


async def _issuance_account(community_id: int) -> int:
    found = await _ISSUANCE_ACCOUNT.first(community_id)
    if found is None:
        await db.execute(
            "INSERT INTO account (community_id, kind) VALUES ($1, 'ISSUANCE')"
            " ON CONFLICT (community_id, kind) WHERE membership_id IS NULL DO NOTHING",
            community_id,
        )  # fmt: skip
        found = await _ISSUANCE_ACCOUNT.one(community_id)
    return found.id
