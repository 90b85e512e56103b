"""Publishing earning rules and seasons: the operator's for all communities, a leader's within limits for their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities.permissions import require_leader
from community.communities.profile import lock_community
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.texts import normalise_text
from community.points import policy
from community.points.earning.models import ALL_COMMUNITIES, Trigger
from community.points.earning.rules import Definition, check_leader_limits
from community.points.earning.rules_in_force import (
    EDITION_COLUMNS,
    FIRST_VERSION,
    SEASON_COLUMNS,
    EditionRow,
    SeasonRow,
    get_operator_rule,
)
from community.points.earning.season_rules import LEADER_WINDOW, check_leader_season, check_leader_window, check_season

MAX_NAME_LENGTH = 40
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


# What was called off before it began was no season; what was called off later lasted until then.
_LEADER_SEASON_SPANS = db.Select(
    "SELECT starts_at, COALESCE(cancelled_at, ends_at) AS ends_at FROM season WHERE community_id = $1"
    " AND created_by IS NOT NULL AND ends_at > $2 AND (cancelled_at IS NULL OR cancelled_at > starts_at) ORDER BY id",
    _SeasonSpanRow,
)


@db.transactional
async def publish_as_leader(
    actor: MemberRow, trigger: Trigger, *, definition: Definition | None, effective_from: datetime | None = None
) -> EditionRow:
    """A new version of the community's own rule, or a step back to the operator's (no definition).

    Raises LeadersOnly, InvalidInput for what goes beyond a leader's limits, Conflict when somebody else published at
    the same moment.
    """
    require_leader(actor)
    if definition is not None:
        operators = await get_operator_rule(actor.community_id, trigger, at=effective_from or clock.now())
        check_leader_limits(definition, operators.definition, switched_off=operators.switched_off)
    return await _publish(actor.community_id, actor.id, trigger, definition, effective_from)


@db.transactional
async def publish_as_operator(
    trigger: Trigger,
    *,
    definition: Definition | None,
    effective_from: datetime | None = None,
    community_id: int | None = None,
) -> EditionRow:
    """A new version of the rule for all communities that have none of their own, or for one community.

    Without a definition a community steps back to the rule for all, and the rule for all to what is built in. No
    leader's limit binds what the operator publishes. Raises InvalidInput, NotFound, Conflict.
    """
    if community_id is None:
        return await _publish(ALL_COMMUNITIES, None, trigger, definition, effective_from)
    await policy.get_policy(community_id)
    return await _publish(community_id, None, trigger, definition, effective_from)


async def _publish(
    community_id: int, actor_id: int | None, trigger: Trigger, definition: Definition | None, wanted: datetime | None
) -> EditionRow:
    now = clock.now()
    effective_from = _validate_effective_from(wanted, now)
    before = FIRST_VERSION if community_id == ALL_COMMUNITIES else 0
    stored = None if definition is None else definition.as_json()
    row = await _PUBLISH.first(community_id, trigger, stored, effective_from, actor_id, now, before)
    if row is None:
        raise Conflict("Somebody else has published a version of this rule meanwhile.")
    await audit.record(
        community_id, actor_id, "earning_rule.publish", subject="earning_rule", subject_id=row.id,
        trigger=trigger.value, version=row.version, effective_from=effective_from.isoformat(),
        steps_back=definition is None,
    )  # fmt: skip
    return row


def _validate_effective_from(wanted: datetime | None, now: datetime) -> datetime:
    if wanted is None:
        return now
    if not now <= wanted <= now + _MAX_LEAD_TIME:
        raise InvalidInput("A rule begins now or within a year: what was earned stays earned.", path=("effectiveFrom",))
    return wanted


@db.transactional
async def open_season(
    actor: MemberRow,
    *,
    name: str,
    percent: int,
    starts_at: datetime,
    ends_at: datetime,
    triggers: Sequence[Trigger] = (),
) -> SeasonRow:
    """A leader's season for their community: up to three times the points, for up to 31 days, 93 days of any 365.

    Raises LeadersOnly, InvalidInput, SeasonsUsedUp.
    """
    require_leader(actor)
    span = (starts_at, ends_at)
    check_leader_season(span, percent)
    check_season(span, percent, now=clock.now())
    await lock_community(actor.community_id)  # of two leaders at once, the second sees what the first has opened
    others = await _LEADER_SEASON_SPANS.all(actor.community_id, starts_at - LEADER_WINDOW)
    check_leader_window(span, [(row.starts_at, row.ends_at) for row in others])
    return await _open_season(
        actor.community_id, actor.id, name=name, percent=percent, span=span, triggers=triggers
    )  # fmt: skip


@db.transactional
async def open_season_as_operator(
    *, name: str, percent: int, starts_at: datetime, ends_at: datetime, triggers: Sequence[Trigger] = ()
) -> SeasonRow:
    """The operator's season for all communities, of up to 366 days. Raises InvalidInput."""
    check_season((starts_at, ends_at), percent, now=clock.now())
    return await _open_season(
        ALL_COMMUNITIES, None, name=name, percent=percent, span=(starts_at, ends_at), triggers=triggers
    )


async def _open_season(
    community_id: int,
    actor_id: int | None,
    *,
    name: str,
    percent: int,
    span: tuple[datetime, datetime],
    triggers: Sequence[Trigger],
) -> SeasonRow:
    row = await _NEW_SEASON.one(
        community_id, normalise_text(name, max_length=MAX_NAME_LENGTH, path=("name",)), percent,
        json.dumps(sorted({trigger.value for trigger in triggers})), *span, actor_id, clock.now(),
    )  # fmt: skip
    await audit.record(
        community_id, actor_id, "season.open", subject="season", subject_id=row.id, percent=percent,
        starts_at=span[0].isoformat(), ends_at=span[1].isoformat(),
    )  # fmt: skip
    return row


@db.transactional
async def cancel_season(actor: MemberRow, season_id: int) -> SeasonRow:
    """End a season of the community's from this moment on; what it has paid stays. Raises LeadersOnly, NotFound."""
    require_leader(actor)
    return await _record_cancellation(await _CANCEL.first(season_id, clock.now(), actor.community_id), actor.id)


@db.transactional
async def cancel_season_as_operator(season_id: int) -> SeasonRow:
    """End any season from this moment on, a leader's or one for all communities; what it has paid stays.

    The operator's verb. Raises NotFound.
    """
    return await _record_cancellation(await _CANCEL_ANY.first(season_id, clock.now()), None)


async def _record_cancellation(row: SeasonRow | None, actor_id: int | None) -> SeasonRow:
    if row is None:
        raise NotFound("There is no such season to come or under way.", path=("seasonId",))
    await audit.record(row.community_id, actor_id, "season.cancel", subject="season", subject_id=row.id)
    return row
