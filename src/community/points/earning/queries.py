"""What a member may earn, where they stand with each rule, and what they were paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.points import policy
from community.points.earning import rules_in_force
from community.points.earning.earn import Outcome, compute_allowance, get_eligibility, list_earned_by_period
from community.points.earning.models import Trigger
from community.points.earning.rules import EarnedByPeriod
from community.points.earning.rules_in_force import RuleInForce
from community.points.queries import list_accounts


@dataclass(frozen=True, slots=True)
class RuleProgress:
    """A rule, what the member has earned by it, and what may be earned now: `may.points` is 2^53 without a cap."""

    rule: RuleInForce
    percent: int
    earned: EarnedByPeriod
    allowance: Outcome


async def list_rule_progress(actor: MemberRow) -> list[RuleProgress]:
    """What is paid for what in the member's community at this moment, in the order of the triggers."""
    now = clock.now()
    triggers = list(Trigger)
    rules = await rules_in_force.list_rules(actor.community_id, triggers, at=now)
    terms = await policy.get_policy(actor.community_id)
    (account,) = await list_accounts(actor.community_id, [actor.id])
    standing = await get_eligibility(actor.id)
    earned = await list_earned_by_period(actor.id, triggers, now=now, time_zone=terms.time_zone)
    percents = await _load_season_percents(actor.community_id, now)
    return [
        RuleProgress(
            rule, percents.get(rule.trigger, 100), so_far,
            compute_allowance(rule.definition, growth=account.growth, eligibility=standing, earned=so_far, now=now,
                    time_zone=terms.time_zone),
        )
        for rule, so_far in zip(rules, earned, strict=True)
    ]  # fmt: skip


async def _load_season_percents(community_id: int, now: datetime) -> dict[Trigger, int]:
    percents: dict[Trigger, int] = {}
    for season in await rules_in_force.list_active_seasons(community_id, now):
        for trigger in Trigger:
            if not season.triggers or trigger.value in season.triggers:
                percents[trigger] = max(percents.get(trigger, 100), season.percent)
    return percents


# --- what was paid for ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """What points were paid for, or taken back for: a submission, or what the ordering system called it."""

    submission_id: int | None = None
    reference: str | None = None


@dataclass(slots=True)
class _CauseRow:
    entry_id: int
    trigger: Trigger
    cause: str


@dataclass(slots=True)
class _Reference:
    id: int
    reference: str


# By way of the entries, which know the community that the awards' index begins with.
_CAUSES = db.Select(
    f"SELECT {db.columns(_CauseRow, 'w')} FROM journal_entry e"
    " JOIN award w ON w.community_id = e.community_id AND w.entry_id = e.id WHERE e.id = ANY($1)",
    _CauseRow,
)
_REFERENCES = db.Select(f"SELECT {db.columns(_Reference)} FROM interaction WHERE id = ANY($1)", _Reference)
_REPORTED_TRIGGERS = {Trigger.PURCHASE, Trigger.PICK_UP, Trigger.INTERACTION}


async def list_causes(entry_ids: Sequence[int]) -> list[Cause | None]:
    """What each entry was paid for, or took back, in order; None for what is no award."""
    found = {row.entry_id: row for row in await _CAUSES.all(list(set(entry_ids)))}
    reported = {row.entry_id: _parse_id(row.cause) for row in found.values() if row.trigger in _REPORTED_TRIGGERS}
    references = {row.id: row.reference for row in await _REFERENCES.all(list(set(reported.values())))}

    def cause(row: _CauseRow) -> Cause:
        if row.entry_id in reported:
            return Cause(reference=references.get(reported[row.entry_id]))
        return Cause(submission_id=_parse_id(row.cause)) if row.cause.startswith("submission:") else Cause()

    return [cause(found[entry_id]) if entry_id in found else None for entry_id in entry_ids]


def _parse_id(cause: str) -> int:
    return int(cause.rpartition(":")[2])
