"""Expiry of lots, and notices about it.

No caller depends on these jobs. An expired lot cannot be spent, also before a job has emptied it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.kernel import clock, db, periods
from community.notices.models import NoticeKind
from community.notices.queries import list_by_key_prefix
from community.notices.service import notify_member
from community.points import journal

ANNOUNCE_DAYS_BEFORE = (7, 30)
"""Days before the expiry of points at which their owner gets a notice, the last notice first."""

_BATCH_SIZE = 200


@dataclass(slots=True)
class _DueAccount:
    community_id: int
    membership_id: int


@dataclass(slots=True)
class ExpiringPoints:
    """Points of a member that expire at the same moment."""

    community_id: int
    membership_id: int
    account_id: int
    expires_at: datetime
    time_zone: str
    points: int


_DUE_ACCOUNTS = db.Select(
    f"SELECT DISTINCT {db.columns(_DueAccount, 'a')} FROM lot l JOIN account a ON a.id = l.account_id"
    f" WHERE l.remaining > 0 AND l.expires_at <= $1 LIMIT {_BATCH_SIZE}",
    _DueAccount,
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

    Idempotent: each lot expires once, however often and late this runs.
    """
    points = 0
    while due := await _DUE_ACCOUNTS.all(clock.now()):
        for account in due:
            points += await _expire_lots(account.community_id, account.membership_id)
    return points


@db.transactional
async def _expire_lots(community_id: int, membership_id: int) -> int:
    account = await journal.lock_account(community_id, membership_id)
    points = await account.expire_due_lots()
    if points:
        now = clock.now()
        await notify_member(
            community_id, membership_id, kind=NoticeKind.POINTS_EXPIRED,
            key=f"points-ended:{now.isoformat()}", detail={"points": points},
        )  # fmt: skip
    return points


async def announce_expiring() -> int:
    """Notify members of points that expire within 30 and within 7 days.

    Return the number of pairs of account and expiry that were examined. A member is notified again, at most once per
    day of the community, if more points will expire than the last notice said.
    """
    now = clock.now()
    last, count = (now, 0), 0
    while found := await _EXPIRING.all(*last, now + timedelta(days=max(ANNOUNCE_DAYS_BEFORE))):
        for expiring in found:
            await _announce_expiring(expiring, now)
        count += len(found)
        last = (found[-1].expires_at, found[-1].account_id)
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
