"""How long a community's points last, and how much one leader may correct alone: set by the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.points import rules
from community.points.models import ExpiryPolicy

DEFAULT_ADJUSTMENT_LIMIT = 100
MAX_ROLLING_DAYS = 3_650


@dataclass(slots=True)
class PolicyRow:
    """A community's policy, the default where it has none, and the time zone in which its days are cut."""

    community_id: int
    time_zone: str
    expiry: ExpiryPolicy
    rolling_days: int | None
    adjustment_limit: int

    def compute_expiry(self, earned_at: datetime) -> datetime:
        """When points that are earned at a moment end."""
        return rules.compute_expiry(self.expiry, self.rolling_days, earned_at=earned_at, time_zone=self.time_zone)


_POLICY = db.Select(
    "SELECT c.id AS community_id, c.time_zone, COALESCE(p.expiry, 'END_OF_FOLLOWING_YEAR') AS expiry, p.rolling_days,"
    f" COALESCE(p.adjustment_limit, {DEFAULT_ADJUSTMENT_LIMIT}) AS adjustment_limit"
    " FROM community c LEFT JOIN points_policy p ON p.community_id = c.id WHERE c.id = $1",
    PolicyRow,
)


async def get_policy(community_id: int) -> PolicyRow:
    """The community's policy. Raises NotFound for a community that does not exist."""
    row = await _POLICY.first(community_id)
    if row is None:
        raise NotFound("There is no such community.", path=("communityId",))
    return row


@db.transactional
async def set_policy(
    community_id: int,
    *,
    expiry: ExpiryPolicy,
    rolling_days: int | None,
    adjustment_limit: int = DEFAULT_ADJUSTMENT_LIMIT,
) -> PolicyRow:
    """Change the policy for points that are earned from now on; what has been earned keeps its end.

    The operator's verb. Raises NotFound, InvalidInput.
    """
    await get_policy(community_id)
    if (expiry is ExpiryPolicy.ROLLING_DAYS) != (rolling_days is not None):
        raise InvalidInput("Rolling days, and only they, need a number of days.", path=("rollingDays",))
    if rolling_days is not None and not 1 <= rolling_days <= MAX_ROLLING_DAYS:
        raise InvalidInput(f"Points last 1 to {MAX_ROLLING_DAYS} days.", path=("rollingDays",))
    if not 0 <= adjustment_limit <= rules.MAX_POINTS:
        raise InvalidInput("This is not a number of points.", path=("adjustmentLimit",))
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
