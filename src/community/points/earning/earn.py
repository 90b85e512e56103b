"""Earning points: one verb for every trigger, by the rule that is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from community.kernel import clock, db, outbox, periods
from community.points import entries, journal, policy
from community.points import rules as levels
from community.points.earning import rules_in_force
from community.points.earning.models import Trigger
from community.points.earning.rules import (
    Definition,
    EarnedByPeriod,
    Facts,
    Needs,
    choose_season_percent,
    compute_amount,
    compute_cap_room,
)
from community.points.earning.rules_in_force import RuleInForce
from community.points.journal import LockedAccount
from community.points.models import EntryKind
from community.points.policy import PolicyRow


class NotEarnedBecause(StrEnum):
    """Why nothing was paid."""

    RULE_OFF = "RULE_OFF"
    CAP_REACHED = "CAP_REACHED"
    NOT_YET_ELIGIBLE = "NOT_YET_ELIGIBLE"
    NOTHING_TO_PAY = "NOTHING_TO_PAY"
    RETURNED = "RETURNED"
    PAID_LATER = "PAID_LATER"
    NOT_INVITED = "NOT_INVITED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cause: points, or why there are none, and from when on there may be (None: nobody can say)."""

    points: int
    because: NotEarnedBecause | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is stored."""
        return {
            "points": self.points,
            "because": self.because and self.because.value,
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Outcome:
        """The outcome that was stored."""
        because, until = stored["because"], stored["until"]
        return cls(stored["points"], because and NotEarnedBecause(because), until and datetime.fromisoformat(until))


@dataclass(frozen=True, slots=True)
class PendingAward:
    """So many points by that rule, what they were reckoned from, and when they were earned (None: now)."""

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
    """What the needs of rules are held against: since when one is a member, and how much of theirs was approved."""

    joined_at: datetime
    approved_submissions: int


_AWARD_AMOUNT = db.Select(
    "SELECT a.amount FROM award a JOIN journal_entry e ON e.id = a.entry_id"
    " WHERE e.community_id = $1 AND e.source_key = $2",
    _AwardAmount,
)


def _build_sum_sql(start: int) -> str:
    within = f"earned_at >= ${start} AND earned_at < ${start + 1}"
    return f"CAST(COALESCE(sum(CASE WHEN {within} THEN amount END), 0) AS BIGINT)"


# What was clawed back still counts: a cap is on what was handed out.
_EARNED = db.Select(
    f"SELECT trigger, {_build_sum_sql(3)} AS day, {_build_sum_sql(5)} AS week, {_build_sum_sql(7)} AS month,"
    " CAST(sum(amount) AS BIGINT) AS lifetime FROM award"
    " WHERE membership_id = $1 AND trigger = ANY($2) AND amount > 0 GROUP BY trigger",
    _EarnedRow,
)
_ELIGIBILITY = db.Select(
    "SELECT m.joined_at, COALESCE(a.approved, 0) AS approved_submissions FROM membership m"
    " LEFT JOIN account a ON a.community_id = m.community_id AND a.membership_id = m.id WHERE m.id = $1",
    Eligibility,
)
_NEW_AWARD = db.Change(
    "INSERT INTO award (community_id, membership_id, entry_id, trigger, rule_id, cause, amount, earned_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    db.Id,
)


@db.transactional
async def earn(
    community_id: int,
    membership_id: int,
    trigger: Trigger,
    *,
    cause: str,
    source_key: str,
    facts: Facts | None = None,
    earned_at: datetime | None = None,
) -> Outcome:
    """Pay a member what a cause is worth by the rule in force, once for the source key.

    The rule, the season, the needs and the caps are those of the moment at which it was earned, now when left out.
    `cause` is the thing that it is paid for, such as `submission:17`: when the thing is removed, everything that was
    paid for it is clawed back. `source_key` tells what is paid for the same cause apart. Whoever pays several members
    in one transaction holds their accounts beforehand (`journal.hold_accounts`).
    """
    account = await journal.lock_account(community_id, membership_id)
    paid = await _AWARD_AMOUNT.first(community_id, source_key)
    if paid is not None:
        return Outcome(paid.amount)
    at = earned_at or clock.now()
    rule = await rules_in_force.get_rule(community_id, trigger, at=at)
    terms = await policy.get_policy(community_id)
    amount, inputs = compute_amount(
        rule.definition, facts or Facts(), percent=await _load_season_percent(community_id, trigger, at)
    )
    may = await _load_allowance(account, rule, terms, at)
    if may.because is not None or amount == 0:
        return Outcome(0, may.because or NotEarnedBecause.NOTHING_TO_PAY, may.until)
    if may.points < amount:
        inputs, amount = inputs | {"before_cap": amount}, may.points
    await pay(account, PendingAward(rule, amount, inputs, at), terms=terms, cause=cause, source_key=source_key)
    return Outcome(amount)


async def pay(account: LockedAccount, award: PendingAward, *, terms: PolicyRow, cause: str, source_key: str) -> None:
    """Put what was earned into an account that is held, with the award that explains it. The key must be a new one.

    However late it is paid, its points last as long as any that are paid now.
    """
    now = clock.now()
    at = award.earned_at or now
    rule = award.rule
    await account.expire_due_lots()
    explanation = {
        "rule": rule.trigger.value, "version": rule.version, "set_by": rule.set_by.value, "inputs": award.inputs
    }  # fmt: skip
    entry = await entries.insert_entry(account.community_id, EntryKind.AWARD, source_key, explanation)
    await account.issue(entry, award.amount, expires_at=terms.compute_expiry(now), adds_growth=True)
    await _NEW_AWARD.one(
        account.community_id, account.membership_id, entry, rule.trigger, rule.id, cause, award.amount, at, now
    )
    await enqueue_board_update(account.community_id, account.membership_id, at)


@db.transactional
async def count_approval(community_id: int, membership_id: int) -> None:
    """Count one more approved submission of a member, which rules may need. The review's, once a submission."""
    account = await journal.lock_account(community_id, membership_id)
    await db.execute("UPDATE account SET approved = approved + 1 WHERE id = $1", account.id)


async def enqueue_board_update(community_id: int, membership_id: int, at: datetime) -> None:
    """Have the boards that hold this moment look again at what the member earned."""
    await outbox.put("leaderboards.drain", community_id=community_id, membership_id=membership_id, at=at.isoformat())


async def _load_season_percent(community_id: int, trigger: Trigger, now: datetime) -> int:
    seasons = await rules_in_force.list_active_seasons(community_id, now)
    return choose_season_percent([row.percent for row in seasons if not row.triggers or trigger.value in row.triggers])


async def _load_allowance(account: LockedAccount, rule: RuleInForce, terms: PolicyRow, now: datetime) -> Outcome:
    terms_of = rule.definition
    standing = await _ELIGIBILITY.one(account.membership_id) if terms_of.needs != Needs() else None
    earned = None
    if terms_of.caps.as_dict():
        (earned,) = await list_earned_by_period(
            account.membership_id, [rule.trigger], now=now, time_zone=terms.time_zone
        )
    return compute_allowance(
        terms_of, growth=account.growth, eligibility=standing, earned=earned, now=now, time_zone=terms.time_zone
    )


UNLIMITED = 2**53


def compute_allowance(
    rule: Definition,
    *,
    growth: int,
    eligibility: Eligibility | None,
    earned: EarnedByPeriod | None,
    now: datetime,
    time_zone: str,
) -> Outcome:
    """How many points a member may earn by a rule now (2^53 where it has no cap), or why none and until when. Pure."""
    if not rule.enabled:
        return Outcome(0, NotEarnedBecause.RULE_OFF)
    if eligibility is not None:
        since = periods.local_date(eligibility.joined_at, time_zone) + timedelta(days=rule.needs.member_days)
        others = eligibility.approved_submissions >= rule.needs.approved_submissions
        others = others and levels.compute_level(growth).number >= rule.needs.level
        begins = periods.midnight(since, time_zone)
        if now < begins or not others:
            return Outcome(0, NotEarnedBecause.NOT_YET_ELIGIBLE, begins if others else None)
    if earned is None:
        return Outcome(UNLIMITED)
    left, until = compute_cap_room(rule.caps, earned, now=now, time_zone=time_zone)
    if left == 0:
        return Outcome(0, NotEarnedBecause.CAP_REACHED, until)
    return Outcome(UNLIMITED if left is None else left)


async def list_earned_by_period(
    membership_id: int, triggers: list[Trigger], *, now: datetime, time_zone: str
) -> list[EarnedByPeriod]:
    """What a member has earned by each trigger in the day, week and month of a moment, and ever, in order."""
    spans = [cut(now, time_zone) for cut in (periods.day, periods.week, periods.month)]
    ends = [moment for span in spans for moment in (span.start, span.end)]
    rows = await _EARNED.all(membership_id, [trigger.value for trigger in triggers], *ends)
    found = {row.trigger: EarnedByPeriod(row.day, row.week, row.month, row.lifetime) for row in rows}
    return [found.get(trigger, EarnedByPeriod(0, 0, 0, 0)) for trigger in triggers]


async def get_eligibility(membership_id: int) -> Eligibility:
    """What the needs of rules are held against for a member."""
    return await _ELIGIBILITY.one(membership_id)
