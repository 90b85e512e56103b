"""What ends by the calendar: lots that are over, and word of it beforehand.

Nobody waits for these jobs: a lot that is over cannot be spent, whether it has been taken out of the books or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.kernel import clock, db
from community.notices import service as notices
from community.notices.models import NoticeKind
from community.notices.queries import told_under
from community.points import journal

ANNOUNCED_DAYS = (7, 30)
"""How long before the end of points their owner is told, the last time and the first."""

_AT_ONCE = 200


@dataclass(slots=True)
class _Due:
    community_id: int
    membership_id: int


@dataclass(slots=True)
class Ending:
    """Points of a member that end at a moment."""

    community_id: int
    membership_id: int
    account_id: int
    expires_at: datetime
    points: int


_DUE = db.Select(
    f"SELECT DISTINCT {db.columns(_Due, 'a')} FROM lot l JOIN account a ON a.id = l.account_id"
    f" WHERE l.remaining > 0 AND l.expires_at <= $1 LIMIT {_AT_ONCE}",
    _Due,
)
_ENDINGS = db.Select(
    "SELECT a.community_id, a.membership_id, l.account_id, l.expires_at, CAST(sum(l.remaining) AS BIGINT) AS points"
    " FROM lot l JOIN account a ON a.id = l.account_id WHERE l.remaining > 0 AND l.expires_at <= $3"
    " AND (l.expires_at, l.account_id) > ($1, $2) GROUP BY a.community_id, a.membership_id, l.account_id, l.expires_at"
    f" ORDER BY l.expires_at, l.account_id LIMIT {_AT_ONCE}",
    Ending,
)


async def end_due() -> int:
    """Take every lot that is over out of the books, and tell its owner; how many points those were.

    Each ends once, however often and however late this runs.
    """
    ended = 0
    while due := await _DUE.all(clock.now()):
        for account in due:
            ended += await _end(account.community_id, account.membership_id)
    return ended


@db.transactional
async def _end(community_id: int, membership_id: int) -> int:
    account = await journal.hold_account(community_id, membership_id)
    ended = await account.end_due()
    if ended:
        now = clock.now()
        await notices.tell(
            community_id, membership_id, kind=NoticeKind.POINTS_EXPIRED,
            key=f"points-ended:{now.isoformat()}", detail={"points": ended},
        )  # fmt: skip
    return ended


async def announce() -> int:
    """Tell everybody whose points end within thirty days, and again within seven; how many endings were looked at.

    Who was told of fewer points than will end is told again, once a day at most.
    """
    now = clock.now()
    last, count = (now, 0), 0
    while endings := await _ENDINGS.all(*last, now + timedelta(days=max(ANNOUNCED_DAYS))):
        for ending in endings:
            await _announce(ending, now)
        count += len(endings)
        last = (endings[-1].expires_at, endings[-1].account_id)
    return count


async def _announce(ending: Ending, now: datetime) -> None:
    days = next(days for days in ANNOUNCED_DAYS if ending.expires_at <= now + timedelta(days=days))
    at = ending.expires_at.isoformat()
    about = f"points-ending:{at}:{days}"
    told = [row.detail["points"] for row in await told_under(ending.community_id, ending.membership_id, about)]
    if max(told, default=0) < ending.points:
        await notices.tell(
            ending.community_id, ending.membership_id, kind=NoticeKind.POINTS_EXPIRING,
            key=f"{about}:{now.date().isoformat()}", detail={"points": ending.points, "ends_at": at},
        )  # fmt: skip
