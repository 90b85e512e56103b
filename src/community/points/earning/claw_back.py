"""Claw-back of awards for a removed thing, and its reversal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
from community.points.policy import PolicyRow


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
    amount: int
    expired: int


def _build_last_sql(condition: str) -> str:
    """Return SQL for the awards of a cause that nothing reverses."""
    return (
        f"SELECT {db.columns(_Award)} FROM award w WHERE community_id = $1 AND cause = $2 AND {condition}"
        " AND NOT EXISTS (SELECT 1 FROM award r WHERE r.community_id = w.community_id AND r.reverses_id = w.id)"
        " ORDER BY id"
    )


_AWARDS = db.Select(_build_last_sql("amount > 0"), _Award)
_CLAW_BACKS = db.Select(_build_last_sql("amount < 0"), _Award)
_TAKEN = db.Select(
    "SELECT CAST(COALESCE(sum(amount), 0) AS BIGINT) AS count FROM posting WHERE entry_id = $1", db.Count
)
_LOT = db.Select(
    "SELECT l.id, l.amount, CAST(COALESCE(-(SELECT sum(m.amount) FROM lot_movement m"
    " JOIN posting p ON p.id = m.posting_id"
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
    return await _reverse_all(_AWARDS, community_id, cause, _claw_back_award)


@db.transactional
async def restore(community_id: int, cause: str) -> int:
    """Reverse the claw-backs for a cause, because its thing is public again. Return the number of points.

    Each member gets the points that were taken, as one lot that expires like points earned now. A debt is repaid first.
    The growth value did not fall, and does not rise. Idempotent: a claw-back is reversed once.
    """
    return await _reverse_all(_CLAW_BACKS, community_id, cause, _restore_award)


async def _reverse_all(
    found: db.Select[_Award],
    community_id: int,
    cause: str,
    reverse: Callable[[LockedAccount, _Award, PolicyRow], Awaitable[int]],
) -> int:
    awards = await found.all(community_id, cause)
    if not awards:
        return 0
    accounts = await journal.lock_accounts(community_id, [award.membership_id for award in awards])
    points_policy = await policy.get_policy(community_id)
    moved = 0
    for award in await found.all(community_id, cause):  # Read again under the locks.
        moved += await reverse(accounts[award.membership_id], award, points_policy)
    return moved


async def _claw_back_award(account: LockedAccount, award: _Award, points_policy: PolicyRow) -> int:
    del points_policy  # Only a restoration issues points, which end by the policy.
    await account.expire_due_lots()
    # The reversal of a claw-back has no lot if nothing was left to take.
    lot = await _LOT.first(award.entry_id) or _Lot(0, 0, 0)
    wanted = lot.amount - lot.expired
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
    await _record(account, award, entry)
    await notify_member(
        account.community_id, award.membership_id, kind=NoticeKind.POINTS_CLAWED_BACK,
        key=f"clawed-back:{award.id}", detail={"points": wanted, "debt": account.debt},
    )  # fmt: skip
    return wanted


async def _restore_award(account: LockedAccount, claw_back: _Award, points_policy: PolicyRow) -> int:
    await account.expire_due_lots()
    points = (await _TAKEN.one(claw_back.entry_id)).count
    entry = await entries.insert_entry(
        account.community_id, EntryKind.RESTORATION, f"award:{claw_back.id}:restored",
        {"inputs": {"awarded": -claw_back.amount}}, about=claw_back.entry_id,
    )  # fmt: skip
    if points:
        await account.issue(entry, points, expires_at=points_policy.compute_expiry(clock.now()))
    await _record(account, claw_back, entry)
    await notify_member(
        account.community_id, claw_back.membership_id, kind=NoticeKind.POINTS_RESTORED,
        key=f"restored:{claw_back.id}", detail={"points": points, "debt": account.debt},
    )  # fmt: skip
    return points


async def _record(account: LockedAccount, award: _Award, entry: int) -> None:
    """Insert the reversal of an award or claw-back, and count it on the boards."""
    await _REVERSE.one(
        account.community_id, award.membership_id, entry, award.trigger, award.rule_id, award.cause, -award.amount,
        award.earned_at, award.id, clock.now(),
    )  # fmt: skip
    await count_on_boards(account, -award.amount, at=award.earned_at)
