"""Publishing of earning rules and seasons.

The operator publishes for all communities or one, a leader for their own community and within limits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.profile import lock_community
from community.kernel import audit, clock, db, mistakes
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.points import policy
from community.points.earning.leader_limits import check_leader_limits
from community.points.earning.models import ALL_COMMUNITIES, Trigger
from community.points.earning.rules import Definition
from community.points.earning.rules_in_force import (
    EDITION_COLUMNS,
    FIRST_VERSION,
    SEASON_COLUMNS,
    SEASON_END,
    EditionRow,
    SeasonRow,
    get_operator_rule,
)
from community.points.earning.season_rules import (
    LEADER_WINDOW,
    SeasonPlan,
    SeasonSpan,
    check_leader_season,
    check_leader_window,
    check_season,
    normalise_season_name,
)

_MAX_LEAD_TIME = timedelta(days=366)

_PUBLISH = db.Change(
    "INSERT INTO earning_rule (community_id, trigger, version, definition, effective_from, published_by, created_at)"
    " SELECT $1, $2, COALESCE(max(version), $7) + 1, $3, $4, $5, $6 FROM earning_rule"
    " WHERE community_id = $1 AND trigger = $2"
    f" ON CONFLICT (community_id, trigger, version) DO NOTHING RETURNING {EDITION_COLUMNS}",
    EditionRow,
)
_NEW_SEASON = db.Change(
    "INSERT INTO season (community_id, name, percent, triggers, starts_at, ends_at, created_by, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {SEASON_COLUMNS}",
    SeasonRow,
)
_CANCEL_SQL = "UPDATE season SET cancelled_at = $2 WHERE id = $1 AND cancelled_at IS NULL AND ends_at > $2"
_CANCEL = db.Change(f"{_CANCEL_SQL} AND community_id = $3 RETURNING {SEASON_COLUMNS}", SeasonRow)
_CANCEL_ANY = db.Change(f"{_CANCEL_SQL} RETURNING {SEASON_COLUMNS}", SeasonRow)


@dataclass(slots=True)
class _SeasonSpanRow:
    starts_at: datetime
    ends_at: datetime


# A season that was cancelled before it began does not count. One that was cancelled later lasted until then.
_LEADER_SEASON_SPANS = db.Select(
    f"SELECT starts_at, COALESCE({SEASON_END}, ends_at) AS ends_at FROM season WHERE community_id = $1"
    f" AND created_by IS NOT NULL AND ends_at > $2 AND ({SEASON_END} IS NULL OR {SEASON_END} > starts_at) ORDER BY id",
    _SeasonSpanRow,
)


@db.transactional
async def publish_as_leader(
    actor: Actor, trigger: Trigger, *, definition: Definition | None, effective_from: datetime | None = None
) -> EditionRow:
    """Publish a new version of the community's own rule. None as definition returns to the operator's rule.

    Raises LeadersOnly, InvalidInput if it exceeds a leader's limits, and Conflict if another person published now.
    """
    actor = await permissions.lock_leader(actor)
    if definition is not None:
        operators = await get_operator_rule(actor.community_id, trigger, at=effective_from or clock.now())
        with mistakes.collect() as check:
            check(validate_effective_from, effective_from, clock.now())
            check(check_leader_limits, definition, operators.definition, switched_off=operators.switched_off)
    return await _publish(actor.community_id, actor.id, trigger, definition, effective_from)


@db.transactional
async def publish_as_operator(
    trigger: Trigger,
    *,
    definition: Definition | None,
    effective_from: datetime | None = None,
    community_id: int | None = None,
) -> EditionRow:
    """Publish a new version of the operator's rule.

    It is for one community, or for all communities without their own if `community_id` is None.

    None as definition returns one community to the rule for all, and the rule for all to the built-in rule. Leaders'
    limits do not apply. Raises InvalidInput, NotFound and Conflict.
    """
    if community_id is None:
        return await _publish(ALL_COMMUNITIES, None, trigger, definition, effective_from)
    await policy.get_policy(community_id)
    return await _publish(community_id, None, trigger, definition, effective_from)


async def _publish(
    community_id: int, actor_id: int | None, trigger: Trigger, definition: Definition | None, wanted: datetime | None
) -> EditionRow:
    now = clock.now()
    effective_from = validate_effective_from(wanted, now)
    before = FIRST_VERSION if community_id == ALL_COMMUNITIES else 0
    stored = None if definition is None else definition.as_json()
    row = await _PUBLISH.first(community_id, trigger, stored, effective_from, actor_id, now, before)
    if row is None:
        raise Conflict("rule")
    await audit.record_about(
        row, "earning_rule.publish", by=actor_id, trigger=trigger.value, version=row.version,
        effective_from=effective_from.isoformat(), steps_back=definition is None,
    )  # fmt: skip
    return row


def validate_effective_from(wanted: datetime | None, now: datetime) -> datetime:
    """Return the start of an edition, now if it is None. Raises InvalidInput."""
    if wanted is None:
        return now
    if not now <= wanted <= now + _MAX_LEAD_TIME:
        raise InvalidInput("effective_from", path=("effectiveFrom",))
    return wanted


@db.transactional
async def open_season(actor: Actor, plan: SeasonPlan) -> SeasonRow:
    """Open a leader's season for their community.

    It pays up to three times the points for up to 31 days. All leaders' seasons of a community last up to 93 days in
    any 365. Raises LeadersOnly, InvalidInput and SeasonsUsedUp.
    """
    actor = await permissions.lock_leader(actor)
    with mistakes.collect() as check:
        check(check_leader_season, plan)
        check(check_season, plan, now=clock.now())
    await lock_community(actor.community_id)  # Of two concurrent calls, the second counts the season of the first.
    others = await _LEADER_SEASON_SPANS.all(actor.community_id, plan.starts_at - LEADER_WINDOW)
    check_leader_window(plan.span, [SeasonSpan(row.starts_at, row.ends_at) for row in others])
    return await _open_season(actor.community_id, actor.id, plan)


@db.transactional
async def open_season_as_operator(plan: SeasonPlan) -> SeasonRow:
    """Open the operator's season for all communities, of up to 366 days. Raises InvalidInput."""
    check_season(plan, now=clock.now())
    return await _open_season(ALL_COMMUNITIES, None, plan)


async def _open_season(community_id: int, actor_id: int | None, plan: SeasonPlan) -> SeasonRow:
    row = await _NEW_SEASON.one(
        community_id, normalise_season_name(plan.name), plan.percent,
        json.dumps(sorted({trigger.value for trigger in plan.triggers})), plan.starts_at, plan.ends_at, actor_id,
        clock.now(),
    )  # fmt: skip
    await audit.record_about(
        row, "season.open", by=actor_id, percent=plan.percent, starts_at=plan.starts_at.isoformat(),
        ends_at=plan.ends_at.isoformat(),
    )  # fmt: skip
    return row


@db.transactional
async def cancel_season(actor: Actor, season_id: int) -> SeasonRow:
    """End a season of the community now. Points that it has paid stay. Raises LeadersOnly and NotFound."""
    actor = await permissions.lock_leader(actor)
    return await _record_cancellation(await _CANCEL.first(season_id, clock.now(), actor.community_id), actor.id)


@db.transactional
async def cancel_season_as_operator(season_id: int) -> SeasonRow:
    """End any season now, as the operator. Points that it has paid stay. Raises NotFound."""
    return await _record_cancellation(await _CANCEL_ANY.first(season_id, clock.now()), None)


async def _record_cancellation(row: SeasonRow | None, actor_id: int | None) -> SeasonRow:
    if row is None:
        raise NotFound("season")
    await audit.record_about(row, "season.cancel", by=actor_id)
    return row
