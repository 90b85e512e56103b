"""打卡: once a day, with a streak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from community.identity.queries import MemberRow
from community.kernel import clock, db, periods
from community.points import policy
from community.points.earning.earn import Outcome, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import Facts


@dataclass(slots=True)
class CheckedIn:
    """A check-in: the day of the community's, the days in a row, whether it was the first today, and what it earned."""

    day: str
    streak: int
    is_new: bool
    outcome: Outcome


@dataclass(slots=True)
class _Streak:
    streak: int


_STREAK = db.Select("SELECT streak FROM check_in WHERE community_id = $1 AND membership_id = $2 AND day = $3", _Streak)
_NEW = db.Change(
    "INSERT INTO check_in (community_id, membership_id, day, streak, created_at) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (community_id, membership_id, day) DO NOTHING RETURNING streak",
    _Streak,
)


@db.transactional
async def check_in(actor: MemberRow) -> CheckedIn:
    """Note that the member is here today. A second time today changes nothing and answers the same."""
    terms = await policy.get_policy(actor.community_id)
    now = clock.now()
    today = periods.local_date(now, terms.time_zone)
    yesterday = (today - timedelta(days=1)).isoformat()
    before = await _STREAK.first(actor.community_id, actor.id, yesterday)
    streak = 1 if before is None else before.streak + 1
    day = today.isoformat()
    is_new = await _NEW.first(actor.community_id, actor.id, day, streak, now) is not None
    key = f"check-in:{actor.id}:{day}"
    outcome = await earn(
        actor.community_id, actor.id, Trigger.CHECK_IN, cause=key, source_key=key, facts=Facts(streak=streak)
    )
    return CheckedIn(day, streak, is_new, outcome)
