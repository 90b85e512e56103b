"""Expiry of lots, and notices about it.

No caller depends on these jobs. An expired lot cannot be spent, also before a job has emptied it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from community.kernel import clock, db, periods
from community.kernel.row_failures import RowFailures
from community.notices.models import NoticeKind
from community.notices.queries import list_by_key_prefix
from community.notices.service import notify_member, notify_members
from community.points import journal, lots

ANNOUNCE_DAYS_BEFORE = (7, 30)
"""Days before the expiry of points at which their owner gets a notice, the last notice first."""

_BATCH_SIZE = 200


@dataclass(slots=True)
class _DueLot:
    expires_at: datetime
    account_id: int


@dataclass(slots=True)
class ExpiringPoints:
    """Points of a member that expire at the same moment."""

    community_id: int
    membership_id: int
    account_id: int
    expires_at: datetime
    time_zone: str
    points: int


_DUE = db.Select(
    "SELECT expires_at, account_id FROM lot WHERE remaining > 0 AND expires_at <= $3"
    " AND (expires_at, account_id) > ($1, $2) ORDER BY expires_at, account_id"
    f" LIMIT {_BATCH_SIZE}",
    _DueLot,
)
_EXPIRING = db.Select(
    "SELECT a.community_id, a.membership_id, l.account_id, l.expires_at, c.time_zone,"
    " CAST(sum(l.remaining) AS BIGINT) AS points FROM lot l JOIN account a ON a.id = l.account_id"
    " JOIN community c ON c.id = a.community_id WHERE l.remaining > 0 AND l.expires_at <= $3"
    " AND (l.expires_at, l.account_id) > ($1, $2)"
    " GROUP BY a.community_id, a.membership_id, l.account_id, l.expires_at, c.time_zone"
    f" ORDER BY l.expires_at, l.account_id LIMIT {_BATCH_SIZE}",
    ExpiringPoints,
)


async def expire_due_lots() -> int:
    """Expire every due lot, notify its owner and return the points.

    Idempotent: each lot expires once, however often and late this runs. Each step is a transaction of some accounts. An
    account that fails is logged, and the others expire. Raises RowsFailed at the end.
    """
    points, failures, now = 0, RowFailures(), clock.now()
    last = (datetime.min.replace(tzinfo=UTC), 0)
    while due := await _DUE.all(*last, now):
        points += await _expire_accounts(sorted({lot.account_id for lot in due}), failures)
        last = (due[-1].expires_at, due[-1].account_id)
    failures.raise_if_any()
    return points


async def _expire_accounts(account_ids: Sequence[int], failures: RowFailures) -> int:
    try:
        return await _expire_together(account_ids)
    except Exception:  # noqa: BLE001 - one of the accounts is wrong or locked, and each is tried alone
        points = 0
        for account_id in account_ids:
            with failures.skip(f"account {account_id}"):
                points += await _expire_together([account_id])
        return points


@db.transactional
async def _expire_together(account_ids: Sequence[int]) -> int:
    accounts = await journal.lock_accounts_by_id(account_ids)
    accounts.sort(key=lambda account: account.community_id)  # The sort is stable, and the locks are taken.
    points, now = 0, clock.now()
    for community_id, group in groupby(accounts, key=lambda account: account.community_id):
        members = {account.id: account.membership_id for account in group}
        expired = await lots.expire_due_lots([account for account in accounts if account.id in members])
        await notify_members(
            community_id, kind=NoticeKind.POINTS_EXPIRED, key=f"points-ended:{now.isoformat()}",
            details={members[account_id]: {"points": amount} for account_id, amount in expired.items()},
        )  # fmt: skip
        points += sum(expired.values())
    return points


async def announce_expiring() -> int:
    """Notify members of points that expire within 30 and within 7 days.

    Return the number of pairs of account and expiry that were examined. A member is notified again, at most once per
    day of the community, if more points will expire than the last notice said. A pair that fails is logged, and the
    others are examined. Raises RowsFailed at the end.
    """
    failures, now = RowFailures(), clock.now()
    last, count = (now, 0), 0
    while found := await _EXPIRING.all(*last, now + timedelta(days=max(ANNOUNCE_DAYS_BEFORE))):
        for expiring in found:
            with failures.skip(f"account {expiring.account_id}"):
                await _announce_expiring(expiring, now)
        count += len(found)
        last = (found[-1].expires_at, found[-1].account_id)
    failures.raise_if_any()
    return count


async def _announce_expiring(expiring: ExpiringPoints, now: datetime) -> None:
    days = next(days for days in ANNOUNCE_DAYS_BEFORE if expiring.expires_at <= now + timedelta(days=days))
    expires_at = expiring.expires_at.isoformat()
    key = f"points-ending:{expires_at}:{days}"
    earlier = await list_by_key_prefix(expiring.community_id, expiring.membership_id, key)
    today = periods.local_date(now, expiring.time_zone)
    ends_on = periods.local_date(expiring.expires_at, expiring.time_zone)
    if max((notice.detail["points"] for notice in earlier), default=0) < expiring.points:
        await notify_member(
            expiring.community_id, expiring.membership_id, kind=NoticeKind.POINTS_EXPIRING,
            key=f"{key}:{today.isoformat()}",
            detail={"points": expiring.points, "ends_at": expires_at, "ends_on": ends_on.isoformat()},
        )  # fmt: skip
