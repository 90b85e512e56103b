"""What a member may earn: every rule that is in force, and where the member stands with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.identity.queries import MemberRow
from community.kernel import clock
from community.points import policy
from community.points.earning import catalogue
from community.points.earning.catalogue import RuleInForce
from community.points.earning.earn import Outcome, allowed, earned_by, standing_of
from community.points.earning.models import Trigger
from community.points.earning.rules import Earned
from community.points.queries import accounts


@dataclass(frozen=True, slots=True)
class Chance:
    """A rule, what the member has earned by it, and what may be earned now: `may.points` is 2^53 without a cap."""

    rule: RuleInForce
    percent: int
    earned: Earned
    may: Outcome


async def chances(actor: MemberRow) -> list[Chance]:
    """What is paid for what in the member's community at this moment, in the order of the triggers."""
    now = clock.now()
    triggers = list(Trigger)
    rules = await catalogue.rules_in_force(actor.community_id, triggers, at=now)
    terms = await policy.get_policy(actor.community_id)
    (account,) = await accounts(actor.community_id, [actor.id])
    standing = await standing_of(actor.id)
    earned = await earned_by(actor.id, triggers, now=now, time_zone=terms.time_zone)
    percents = await _percents(actor.community_id, now)
    return [
        Chance(
            rule, percents.get(rule.trigger, 100), so_far,
            allowed(rule.definition, growth=account.growth, standing=standing, earned=so_far, now=now,
                    time_zone=terms.time_zone),
        )
        for rule, so_far in zip(rules, earned, strict=True)
    ]  # fmt: skip


async def _percents(community_id: int, now: datetime) -> dict[Trigger, int]:
    percents: dict[Trigger, int] = {}
    for season in await catalogue.seasons_at(community_id, now):
        for trigger in Trigger:
            if not season.triggers or trigger.value in season.triggers:
                percents[trigger] = max(percents.get(trigger, 100), season.percent)
    return percents
