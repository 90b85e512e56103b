"""What ends by the calendar: lots that are over, and word of it beforehand.

Nobody waits for these jobs: a lot that is over cannot be spent, whether it has been taken out of the books or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.kernel import clock, db
from community.notices import service as notices
from community.notices.models import NoticeKind
from community.notices.queries import list_by_key_prefix
from community.points import journal

ANNOUNCE_DAYS_BEFORE = (7, 30)
"""How long before the end of points their owner is told, the last time and the first."""

_BATCH_SIZE = 200


@dataclass(slots=True)
class _DueAccount:
    community_id: int
    membership_id: int


@dataclass(slots=True)
class ExpiringPoints:
    """Points of a member that end at a moment."""

    community_id: int
    membership_id: int
    account_id: int
    expires_at: datetime
    points: int


_DUE_ACCOUNTS = db.Select(
    f"SELECT DISTINCT {db.columns(_DueAccount, 'a')} FROM lot l JOIN account a ON a.id = l.account_id"
    f" WHERE l.remaining > 0 AND l.expires_at <= $1 LIMIT {_BATCH_SIZE}",
    _DueAccount,
)
_EXPIRING = db.Select(
    "SELECT a.community_id, a.membership_id, l.account_id, l.expires_at, CAST(sum(l.remaining) AS BIGINT) AS points"
    " FROM lot l JOIN account a ON a.id = l.account_id WHERE l.remaining > 0 AND l.expires_at <= $3"
    " AND (l.expires_at, l.account_id) > ($1, $2) GROUP BY a.community_id, a.membership_id, l.account_id, l.expires_at"
    f" ORDER BY l.expires_at, l.account_id LIMIT {_BATCH_SIZE}",
    ExpiringPoints,
)


async def expire_due_lots() -> int:
    """Take every lot that is over out of the books, and tell its owner; how many points those were.

    Each ends once, however often and however late this runs.
    """
    ended = 0
    while due := await _DUE_ACCOUNTS.all(clock.now()):
        for account in due:
            ended += await _expire_lots(account.community_id, account.membership_id)
    return ended


@db.transactional
async def _expire_lots(community_id: int, membership_id: int) -> int:
    account = await journal.lock_account(community_id, membership_id)
    ended = await account.expire_due_lots()
    if ended:
        now = clock.now()
        await notices.notify_member(
            community_id, membership_id, kind=NoticeKind.POINTS_EXPIRED,
            key=f"points-ended:{now.isoformat()}", detail={"points": ended},
        )  # fmt: skip
    return ended


async def announce_expiring() -> int:
    """Tell everybody whose points end within thirty days, and again within seven; how many endings were looked at.

    Who was told of fewer points than will end is told again, once a day at most.
    """
    now = clock.now()
    last, count = (now, 0), 0
    while endings := await _EXPIRING.all(*last, now + timedelta(days=max(ANNOUNCE_DAYS_BEFORE))):
        for ending in endings:
            await _announce_expiring(ending, now)
        count += len(endings)
        last = (endings[-1].expires_at, endings[-1].account_id)
    return count


async def _announce_expiring(ending: ExpiringPoints, now: datetime) -> None:
    days = next(days for days in ANNOUNCE_DAYS_BEFORE if ending.expires_at <= now + timedelta(days=days))
    at = ending.expires_at.isoformat()
    about = f"points-ending:{at}:{days}"
    told = [row.detail["points"] for row in await list_by_key_prefix(ending.community_id, ending.membership_id, about)]
    if max(told, default=0) < ending.points:
        await notices.notify_member(
            ending.community_id, ending.membership_id, kind=NoticeKind.POINTS_EXPIRING,
            key=f"{about}:{now.date().isoformat()}", detail={"points": ending.points, "ends_at": at},
        )  # fmt: skip
