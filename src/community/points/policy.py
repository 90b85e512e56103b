"""Points policy of a community: expiry and the limit for corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.communities.profile import lock_community
from community.kernel import audit, clock, db, mistakes
from community.kernel.errors import InvalidInput, NotFound, require_row
from community.points import rules
from community.points.kinds import ExpiryPolicy

DEFAULT_ADJUSTMENT_LIMIT = 100


@dataclass(slots=True)
class PolicyRow:
    """A community's policy, or the default, and the community's time zone.

    `rolling_days` is None unless `expiry` is ROLLING_DAYS.
    """

    community_id: int
    time_zone: str
    expiry: ExpiryPolicy
    rolling_days: int | None
    adjustment_limit: int

    def compute_expiry(self, earned_at: datetime) -> datetime:
        """Return the moment at which points that are earned at `earned_at` expire."""
        return rules.compute_expiry(self.expiry, self.rolling_days, earned_at=earned_at, time_zone=self.time_zone)


_POLICY = db.Select(
    "SELECT c.id AS community_id, c.time_zone, COALESCE(p.expiry, 'END_OF_FOLLOWING_YEAR') AS expiry, p.rolling_days,"
    f" COALESCE(p.adjustment_limit, {DEFAULT_ADJUSTMENT_LIMIT}) AS adjustment_limit"
    " FROM community c LEFT JOIN points_policy p ON p.community_id = c.id WHERE c.id = $1",
    PolicyRow,
)


async def get_policy(community_id: int) -> PolicyRow:
    """Return the community's policy. Raises NotFound if there is no such community."""
    return require_row(await _POLICY.first(community_id), NotFound("community"))


@db.transactional
async def set_policy(
    community_id: int,
    *,
    expiry: ExpiryPolicy | None = None,
    rolling_days: int | None = None,
    adjustment_limit: int | None = None,
) -> PolicyRow:
    """Change a community's policy, for the operator. None keeps the present value.

    `rolling_days` is given with ROLLING_DAYS and only with it. Points that were already earned keep their expiry.
    Raises NotFound and InvalidInput.
    """
    with mistakes.collect() as check:
        if (expiry is ExpiryPolicy.ROLLING_DAYS) != (rolling_days is not None):
            check.add(InvalidInput("rolling_days_missing", path=("rollingDays",)))
        if rolling_days is not None:
            check(rules.validate_rolling_days, rolling_days)
        if adjustment_limit is not None:
            check(rules.validate_adjustment_limit, adjustment_limit)
    # The lock puts two concurrent changes in order, so that each keeps what the other has set.
    await lock_community(community_id)
    before = await get_policy(community_id)
    if expiry is None:
        expiry, rolling_days = before.expiry, before.rolling_days
    if adjustment_limit is None:
        adjustment_limit = before.adjustment_limit
    await db.execute(
        "INSERT INTO points_policy (community_id, expiry, rolling_days, adjustment_limit, updated_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community_id) DO UPDATE SET expiry = excluded.expiry,"
        " rolling_days = excluded.rolling_days, adjustment_limit = excluded.adjustment_limit,"
        " updated_at = excluded.updated_at",
        community_id, expiry, rolling_days, adjustment_limit, clock.now(),
    )  # fmt: skip
    await audit.record(
        community_id, None, "points.policy", subject="community", subject_id=community_id,
        expiry=expiry.value, rolling_days=rolling_days, adjustment_limit=adjustment_limit,
    )  # fmt: skip
    return await get_policy(community_id)
