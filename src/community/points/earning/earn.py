"""Earning points by the rule in force: one verb for every trigger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from community.kernel import clock, db, periods
from community.points import entries, journal, policy
from community.points.earning import rules_in_force
from community.points.earning.models import Trigger
from community.points.earning.rules import (
    ROUNDING,
    Definition,
    EarnedByPeriod,
    Facts,
    Needs,
    compute_amount,
    compute_cap_room,
)
from community.points.earning.rules_in_force import RuleInForce
from community.points.journal import LockedAccount
from community.points.kinds import EntryKind
from community.points.policy import PolicyRow
from community.points.rules import compute_level
from community.scores import scores
from community.scores.models import BoardKind
from community.scores.scores import BoardSource

POINTS_SOURCE = BoardSource(BoardKind.POINTS, "SELECT community_id, membership_id, amount, earned_at AS at FROM award")
"""Name of the effect that updates the leaderboards."""

UNLIMITED = 2**53
"""Number of points that stands for no cap. It exceeds every amount that can be earned."""


class NotEarnedBecause(StrEnum):
    """Reason why a rule paid nothing."""

    RULE_OFF = "RULE_OFF"
    CAP_REACHED = "CAP_REACHED"
    NOT_YET_ELIGIBLE = "NOT_YET_ELIGIBLE"
    NOTHING_TO_PAY = "NOTHING_TO_PAY"
    RETURNED = "RETURNED"
    PAID_LATER = "PAID_LATER"
    NOT_INVITED = "NOT_INVITED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Points that were earned, or the reason why there are none.

    `until` is the moment from which the rule may pay again. None if that is unknown.
    """

    points: int
    because: NotEarnedBecause | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the outcome in its stored form."""
        return {
            "points": self.points,
            "because": self.because and self.because.value,
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Outcome:
        """Return the outcome from its stored form."""
        because, until = stored["because"], stored["until"]
        return cls(stored["points"], because and NotEarnedBecause(because), until and datetime.fromisoformat(until))


@dataclass(frozen=True, slots=True)
class EarnRequest:
    """Input of `earn`.

    `cause` is the thing that is paid for, such as `submission:17`. Removing the thing claws back everything that was
    paid for it. `source_key` is unique per payment. It differs between two payments for one cause. `earned_at` decides
    which rule, season, needs and caps apply. None is now.
    """

    trigger: Trigger
    cause: str
    source_key: str
    facts: Facts = field(default_factory=Facts)
    earned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PendingAward:
    """Points to pay by a rule, with the inputs that explain them. `earned_at` of None is now."""

    rule: RuleInForce
    amount: int
    inputs: dict[str, Any]
    earned_at: datetime | None = None


@dataclass(slots=True)
class _AwardAmount:
    amount: int


@dataclass(slots=True)
class _EarnedRow:
    trigger: Trigger
    day: int
    week: int
    month: int
    lifetime: int


@dataclass(slots=True)
class Eligibility:
    """Figures of a member that the needs of rules are compared with."""

    joined_at: datetime
    approved_submissions: int
    growth: int


_AWARD_AMOUNT = db.Select(
    "SELECT a.amount FROM award a JOIN journal_entry e ON e.community_id = a.community_id AND e.id = a.entry_id"
    " WHERE e.community_id = $1 AND e.source_key = $2",
    _AwardAmount,
)


def _build_sum_sql(start: int) -> str:
    within = f"earned_at >= ${start} AND earned_at < ${start + 1}"
    return f"CAST(COALESCE(sum(CASE WHEN {within} THEN amount END), 0) AS BIGINT)"


# Points that were clawed back still count, because a cap limits what was paid.
_EARNED = db.Select(
    f"SELECT trigger, {_build_sum_sql(3)} AS day, {_build_sum_sql(5)} AS week, {_build_sum_sql(7)} AS month,"
    " CAST(sum(amount) AS BIGINT) AS lifetime FROM award"
    " WHERE membership_id = $1 AND trigger = ANY($2) AND reverses_id IS NULL GROUP BY trigger",
    _EarnedRow,
)
_ELIGIBILITY = db.Select(
    "SELECT m.joined_at, COALESCE(a.approved, 0) AS approved_submissions, COALESCE(a.growth, 0) AS growth"
    " FROM membership m"
    " LEFT JOIN account a ON a.community_id = m.community_id AND a.membership_id = m.id WHERE m.id = $1",
    Eligibility,
)
_NEW_AWARD = db.Change(
    "INSERT INTO award (community_id, membership_id, entry_id, trigger, rule_id, cause, amount, earned_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    db.Id,
)


@db.transactional
async def earn(community_id: int, membership_id: int, request: EarnRequest) -> Outcome:
    """Pay a member for a cause by the rule in force.

    Idempotent: a second call with the same source key has no effect. A caller that pays several members in one
    transaction locks their accounts first, with one call of `journal.lock_accounts`.
    """
    account = await journal.lock_account(community_id, membership_id)
    paid = await _AWARD_AMOUNT.first(community_id, request.source_key)
    if paid is not None:
        return Outcome(paid.amount)
    trigger, at = request.trigger, request.earned_at or clock.now()
    rule = await rules_in_force.get_rule(community_id, trigger, at=at)
    points_policy = await policy.get_policy(community_id)
    (percent,) = await rules_in_force.list_season_percents(community_id, [trigger], at=at)
    amount, inputs = compute_amount(rule.definition, request.facts, percent=percent)
    allowance = await _load_allowance(membership_id, rule, points_policy, at)
    if allowance.because is not None or amount == 0:
        return Outcome(0, allowance.because or NotEarnedBecause.NOTHING_TO_PAY, allowance.until)
    if allowance.points < amount:
        inputs, amount = inputs | {"before_cap": amount}, allowance.points
    award = PendingAward(rule, amount, inputs, at)
    await pay(account, award, points_policy=points_policy, cause=request.cause, source_key=request.source_key)
    return Outcome(amount)


async def pay(
    account: LockedAccount, award: PendingAward, *, points_policy: PolicyRow, cause: str, source_key: str
) -> None:
    """Pay an award into a locked account. The source key must be new.

    The points last as long as points that are earned now, also if they were earned earlier.
    """
    now = clock.now()
    at = award.earned_at or now
    rule = award.rule
    await account.expire_due_lots()
    explanation = {
        "rule": rule.trigger.value, "version": rule.version, "set_by": rule.set_by.value, "rounding": ROUNDING,
        "inputs": award.inputs,
    }  # fmt: skip
    entry = await entries.insert_entry(account.community_id, EntryKind.AWARD, source_key, explanation)
    await account.award(entry, award.amount, expires_at=points_policy.compute_expiry(now))
    await _NEW_AWARD.one(
        account.community_id, account.membership_id, entry, rule.trigger, rule.id, cause, award.amount, at, now
    )
    await count_on_boards(account, award.amount, at=at)


@db.transactional
async def count_approval(community_id: int, membership_id: int) -> None:
    """Add 1 to a member's approved submissions, which rules may need. Called once per submission."""
    account = await journal.lock_account(community_id, membership_id)
    await db.execute("UPDATE account SET approved = approved + 1 WHERE id = $1", account.id)


async def count_on_boards(account: LockedAccount, amount: int, *, at: datetime) -> None:
    """Add points to the member's sums, and enqueue the update of the boards."""
    await scores.count(BoardKind.POINTS, account.community_id, account.membership_id, amount, at=at)


async def _load_allowance(membership_id: int, rule: RuleInForce, points_policy: PolicyRow, now: datetime) -> Outcome:
    definition = rule.definition
    eligibility = await get_eligibility(membership_id) if definition.needs != Needs() else None
    earned = None
    if definition.caps.as_dict():
        (earned,) = await list_earned_by_period(
            membership_id, [rule.trigger], now=now, time_zone=points_policy.time_zone
        )
    return compute_allowance(
        definition, eligibility=eligibility, earned=earned, now=now, time_zone=points_policy.time_zone
    )


def compute_allowance(
    rule: Definition,
    *,
    eligibility: Eligibility | None,
    earned: EarnedByPeriod | None,
    now: datetime,
    time_zone: str,
) -> Outcome:
    """Return the points that a member may earn by a rule now. Pure.

    Without a cap they are UNLIMITED. `eligibility` may be None for a rule without needs, `earned` without caps.
    """
    if not rule.enabled:
        return Outcome(0, NotEarnedBecause.RULE_OFF)
    if eligibility is not None:
        first_day = periods.local_date(eligibility.joined_at, time_zone) + timedelta(days=rule.needs.member_days)
        begins = periods.midnight(first_day, time_zone)
        meets_others = (
            eligibility.approved_submissions >= rule.needs.approved_submissions
            and compute_level(eligibility.growth).number >= rule.needs.level
        )
        if now < begins or not meets_others:
            return Outcome(0, NotEarnedBecause.NOT_YET_ELIGIBLE, begins if meets_others else None)
    if earned is None:
        return Outcome(UNLIMITED)
    left, until = compute_cap_room(rule.caps, earned, now=now, time_zone=time_zone)
    if left == 0:
        return Outcome(0, NotEarnedBecause.CAP_REACHED, until)
    return Outcome(UNLIMITED if left is None else left)


async def list_earned_by_period(
    membership_id: int, triggers: list[Trigger], *, now: datetime, time_zone: str
) -> list[EarnedByPeriod]:
    """Return what a member has earned by each trigger, in order."""
    current = [cut(now, time_zone) for cut in (periods.day, periods.week, periods.month)]
    ends = [moment for period in current for moment in (period.start, period.end)]
    rows = await _EARNED.all(membership_id, [trigger.value for trigger in triggers], *ends)
    found = {row.trigger: EarnedByPeriod(row.day, row.week, row.month, row.lifetime) for row in rows}
    return [found.get(trigger, EarnedByPeriod(0, 0, 0, 0)) for trigger in triggers]


async def get_eligibility(membership_id: int) -> Eligibility:
    """Return a member's figures for the needs of rules."""
    return await _ELIGIBILITY.one(membership_id)
