"""打卡: daily check-in with a streak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from community.communities import permissions
from community.communities.permissions import Actor
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, periods
from community.points import journal, policy
from community.points.earning.earn import EarnRequest, Outcome, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import Facts


@dataclass(slots=True)
class CheckInResult:
    """A check-in on a day of the community. `streak` counts the days in a row.

    `is_new` is False if the member had checked in today.
    """

    day: date
    streak: int
    is_new: bool
    outcome: Outcome


@dataclass(slots=True)
class _CheckInRow:
    streak: int
    outcome: dict[str, Any]


_BY_DAY = db.Select(
    f"SELECT {db.columns(_CheckInRow)} FROM check_in WHERE community_id = $1 AND membership_id = $2 AND day = $3",
    _CheckInRow,
)


@db.transactional
async def record_check_in(actor: Actor) -> CheckInResult:
    """Record that the member checks in today, and pay for it.

    Idempotent: a second call on the same day has no effect and gets the first answer. Raises NotAMember,
    ConsentMissing and GuardianNeeded.
    """
    actor = await permissions.lock_member(actor)
    await consents.require_consent(actor.person_id, ConsentPurpose.SERVICE)
    await journal.lock_account(actor.community_id, actor.id)  # Of two concurrent calls, the second sees the first.
    points_policy = await policy.get_policy(actor.community_id)
    now = clock.now()
    today = periods.local_date(now, points_policy.time_zone)
    day = today.isoformat()
    known = await _BY_DAY.first(actor.community_id, actor.id, day)
    if known is not None:
        return CheckInResult(today, known.streak, is_new=False, outcome=Outcome.from_json(known.outcome))
    before = await _BY_DAY.first(actor.community_id, actor.id, (today - timedelta(days=1)).isoformat())
    streak = 1 if before is None else before.streak + 1
    key = f"check-in:{actor.id}:{day}"
    request = EarnRequest(Trigger.CHECK_IN, cause=key, source_key=key, facts=Facts(streak=streak))
    outcome = await earn(actor.community_id, actor.id, request)
    await db.execute(
        "INSERT INTO check_in (community_id, membership_id, day, streak, outcome, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        actor.community_id, actor.id, day, streak, outcome.as_json(), now,
    )  # fmt: skip
    return CheckInResult(today, streak, is_new=True, outcome=outcome)
