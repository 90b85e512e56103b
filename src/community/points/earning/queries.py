"""Reads of earning: a member's progress and the causes of entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.points import policy
from community.points.earning import rules_in_force
from community.points.earning.earn import Outcome, compute_allowance, get_eligibility, list_earned_by_period
from community.points.earning.interactions import TRIGGERS
from community.points.earning.models import Trigger
from community.points.earning.rules import EarnedByPeriod
from community.points.earning.rules_in_force import RuleInForce


@dataclass(frozen=True, slots=True)
class RuleProgress:
    """A rule, the points earned by it, and those still allowed.

    `percent` is that of the season. Without a cap `allowance.points` is UNLIMITED.
    """

    rule: RuleInForce
    percent: int
    earned: EarnedByPeriod
    allowance: Outcome


async def list_rule_progress(actor: MemberRow) -> list[RuleProgress]:
    """Return the member's progress with every rule in force, by trigger."""
    now = clock.now()
    triggers = list(Trigger)
    rules = await rules_in_force.list_rules(actor.community_id, triggers, at=now)
    points_policy = await policy.get_policy(actor.community_id)
    eligibility = await get_eligibility(actor.id)
    earned = await list_earned_by_period(actor.id, triggers, now=now, time_zone=points_policy.time_zone)
    percents = await rules_in_force.list_season_percents(actor.community_id, triggers, at=now)
    return [
        RuleProgress(
            rule, percent, so_far,
            compute_allowance(
                rule.definition, eligibility=eligibility, earned=so_far, now=now, time_zone=points_policy.time_zone
            ),
        )
        for rule, percent, so_far in zip(rules, percents, earned, strict=True)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """Cause of an award or claw-back.

    It is a submission's id, or a reference of the ordering system. Both are None for other causes.
    """

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


# The statement joins the entries to get the community id, with which the index of the awards begins.
_CAUSES = db.Select(
    f"SELECT {db.columns(_CauseRow, 'w')} FROM journal_entry e"
    " JOIN award w ON w.community_id = e.community_id AND w.entry_id = e.id WHERE e.id = ANY($1)",
    _CauseRow,
)
_REFERENCES = db.Select(f"SELECT {db.columns(_Reference)} FROM interaction WHERE id = ANY($1)", _Reference)
_REPORTED_TRIGGERS = set(TRIGGERS.values())


async def list_causes(entry_ids: Sequence[int]) -> list[Cause | None]:
    """Return the cause of each entry, in order. None for an entry that is no award or claw-back."""
    found = {row.entry_id: row for row in await _CAUSES.all(list(set(entry_ids)))}
    reported = {row.entry_id: _parse_id(row.cause) for row in found.values() if row.trigger in _REPORTED_TRIGGERS}
    references = {row.id: row.reference for row in await _REFERENCES.all(list(set(reported.values())))}

    def build_cause(row: _CauseRow) -> Cause:
        if row.entry_id in reported:
            return Cause(reference=references.get(reported[row.entry_id]))
        return Cause(submission_id=_parse_id(row.cause)) if row.cause.startswith("submission:") else Cause()

    return [build_cause(found[entry_id]) if entry_id in found else None for entry_id in entry_ids]


def _parse_id(cause: str) -> int:
    return int(cause.rpartition(":")[2])
