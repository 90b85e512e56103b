"""Claw-back of awards for a removed thing, even if they were spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import clock, db
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.points import entries, journal, policy
from community.points.earning.earn import count_on_boards
from community.points.earning.models import Trigger
from community.points.journal import LockedAccount
from community.points.kinds import AccountKind, EntryKind


@dataclass(slots=True)
class _Award:
    id: int
    membership_id: int
    entry_id: int
    trigger: Trigger
    rule_id: int | None
    cause: str
    amount: int
    earned_at: datetime


@dataclass(slots=True)
class _Lot:
    id: int
    expired: int


_AWARDS = db.Select(
    f"SELECT {db.columns(_Award)} FROM award w"
    " WHERE community_id = $1 AND cause = $2 AND amount > 0 AND NOT EXISTS (SELECT 1 FROM award r"
    " WHERE r.community_id = w.community_id AND r.reverses_id = w.id) ORDER BY id",
    _Award,
)
_LOT = db.Select(
    "SELECT l.id, CAST(COALESCE(-(SELECT sum(m.amount) FROM lot_movement m JOIN posting p ON p.id = m.posting_id"
    " JOIN account a ON a.id = p.to_account_id AND a.kind = 'EXPIRED' WHERE m.lot_id = l.id), 0) AS BIGINT) AS expired"
    " FROM lot l JOIN posting i ON i.community_id = l.community_id AND i.id = l.posting_id WHERE i.entry_id = $1",
    _Lot,
)
_REVERSE = db.Change(
    "INSERT INTO award (community_id, membership_id, entry_id, trigger, rule_id, cause, amount, earned_at, reverses_id,"
    " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
    db.Id,
)


@db.transactional
async def claw_back(community_id: int, cause: str) -> int:
    """Reverse all awards for a cause and return the number of points.

    Points are taken from the award's own lot first, then by earliest expiry. Missing points become a debt, which blocks
    spending and is repaid first. Points of the award that have expired unspent are not taken a second time. The growth
    value never falls. Idempotent: an award is clawed back once.
    """
    awards = await _AWARDS.all(community_id, cause)
    if not awards:
        return 0
    accounts = await journal.lock_accounts(community_id, [award.membership_id for award in awards])
    points_policy = await policy.get_policy(community_id)
    taken = 0
    for award in await _AWARDS.all(community_id, cause):  # Read again under the locks.
        taken += await _claw_back_award(accounts[award.membership_id], award, points_policy.time_zone)
    return taken


async def _claw_back_award(account: LockedAccount, award: _Award, time_zone: str) -> int:
    await account.expire_due_lots()
    now = clock.now()
    lot = await _LOT.one(award.entry_id)
    wanted = award.amount - lot.expired
    inputs: dict[str, Any] = {"awarded": award.amount}
    if lot.expired:
        inputs["ended_before"] = lot.expired
    available = account.balance
    if wanted > available:
        inputs["becomes_debt"] = wanted - available
    entry = await entries.insert_entry(
        account.community_id, EntryKind.CLAW_BACK, f"award:{award.id}:clawed-back", {"inputs": inputs},
        about=award.entry_id,
    )  # fmt: skip
    _, missing = await account.take_available(entry, wanted, into=AccountKind.ISSUANCE, first_lot_id=lot.id)
    if missing:
        await account.add_debt(entry, missing)
    await _REVERSE.one(
        account.community_id, award.membership_id, entry, award.trigger, award.rule_id, award.cause, -award.amount,
        award.earned_at, award.id, now,
    )  # fmt: skip
    await count_on_boards(account, -award.amount, at=award.earned_at, time_zone=time_zone)
    await notify_member(
        account.community_id, award.membership_id, kind=NoticeKind.POINTS_CLAWED_BACK,
        key=f"clawed-back:{award.id}", detail={"points": wanted, "debt": account.debt},
    )  # fmt: skip
    return wanted
