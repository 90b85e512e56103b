"""Publishing earning rules and seasons: the operator's for all communities, a leader's within limits for their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from community.identity.errors import LeadersOnly
from community.identity.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.texts import plain
from community.points.earning.catalogue import (
    COLUMNS,
    FIRST_VERSION,
    SEASON_COLUMNS,
    EditionRow,
    SeasonRow,
    rules_in_force,
)
from community.points.earning.models import EVERYWHERE, Trigger
from community.points.earning.rules import Definition, within_leaders_limits

LEADERS_MOST_PERCENT = 300
LEADERS_LONGEST = timedelta(days=31)
MOST_PERCENT = 1_000
NAME_LENGTH = 40
_AHEAD = timedelta(days=366)

_PUBLISH = db.Change(
    "INSERT INTO earning_rule (community_id, trigger, version, definition, effective_from, published_by, created_at)"
    " SELECT $1, $2, COALESCE(max(version), $7) + 1, $3, $4, $5, $6 FROM earning_rule"
    " WHERE community_id = $1 AND trigger = $2"
    f" ON CONFLICT (community_id, trigger, version) DO NOTHING RETURNING {COLUMNS}",
    EditionRow,
)
_NEW_SEASON = db.Change(
    "INSERT INTO season (community_id, name, percent, triggers, starts_at, ends_at, created_by, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {SEASON_COLUMNS}",
    SeasonRow,
)
_CANCEL = db.Change(
    "UPDATE season SET cancelled_at = $3 WHERE community_id = $1 AND id = $2 AND cancelled_at IS NULL AND ends_at > $3"
    f" RETURNING {SEASON_COLUMNS}",
    SeasonRow,
)


@db.transactional
async def publish_as_leader(
    actor: MemberRow, trigger: Trigger, *, definition: Definition | None, effective_from: datetime | None = None
) -> EditionRow:
    """A new version of the community's own rule, or a step back to the operator's (no definition).

    Raises LeadersOnly, InvalidInput for what goes beyond a leader's limits, Conflict when somebody else published at
    the same moment.
    """
    if not actor.is_leader:
        raise LeadersOnly
    if definition is not None:
        (operators,) = await rules_in_force(EVERYWHERE, [trigger], at=effective_from or clock.now())
        within_leaders_limits(definition, operators.definition)
    return await _publish(actor.community_id, actor.id, trigger, definition, effective_from)


@db.transactional
async def publish_as_operator(
    trigger: Trigger, *, definition: Definition | None, effective_from: datetime | None = None
) -> EditionRow:
    """A new version of the rule for all communities that have none of their own. Raises InvalidInput, Conflict."""
    return await _publish(EVERYWHERE, None, trigger, definition, effective_from)


async def _publish(
    community_id: int, actor_id: int | None, trigger: Trigger, definition: Definition | None, wanted: datetime | None
) -> EditionRow:
    now = clock.now()
    effective_from = _in_the_future(wanted, now)
    before = FIRST_VERSION if community_id == EVERYWHERE else 0
    stored = None if definition is None else definition.as_json()
    row = await _PUBLISH.first(community_id, trigger, stored, effective_from, actor_id, now, before)
    if row is None:
        raise Conflict("Somebody else has published a version of this rule meanwhile.")
    await audit.record(
        community_id, actor_id, "earning_rule.publish", subject="earning_rule", subject_id=row.id,
        trigger=trigger.value, version=row.version, effective_from=effective_from.isoformat(),
    )  # fmt: skip
    return row


def _in_the_future(wanted: datetime | None, now: datetime) -> datetime:
    if wanted is None:
        return now
    if not now <= wanted <= now + _AHEAD:
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
    """A leader's season for their community: up to three times the points, for up to 31 days.

    Raises LeadersOnly, InvalidInput.
    """
    if not actor.is_leader:
        raise LeadersOnly
    if percent > LEADERS_MOST_PERCENT:
        raise InvalidInput(f"A leader's season pays at most {LEADERS_MOST_PERCENT} percent.", path=("percent",))
    if ends_at - starts_at > LEADERS_LONGEST:
        raise InvalidInput(f"A leader's season lasts at most {LEADERS_LONGEST.days} days.", path=("endsAt",))
    return await _open_season(
        actor.community_id, actor.id, name=name, percent=percent, span=(starts_at, ends_at), triggers=triggers
    )


@db.transactional
async def open_season_everywhere(
    *, name: str, percent: int, starts_at: datetime, ends_at: datetime, triggers: Sequence[Trigger] = ()
) -> SeasonRow:
    """The operator's season for all communities. Raises InvalidInput."""
    return await _open_season(
        EVERYWHERE, None, name=name, percent=percent, span=(starts_at, ends_at), triggers=triggers
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
    now = clock.now()
    if not 100 < percent <= MOST_PERCENT:  # noqa: PLR2004 - a season pays more
        raise InvalidInput(f"A season pays 101 to {MOST_PERCENT} percent.", path=("percent",))
    if span[0] >= span[1] or span[1] <= now:
        raise InvalidInput("A season ends after it begins, and in the future.", path=("endsAt",))
    row = await _NEW_SEASON.one(
        community_id, plain(name, most=NAME_LENGTH, path=("name",)), percent,
        json.dumps(sorted({trigger.value for trigger in triggers})), *span, actor_id, now,
    )  # fmt: skip
    await audit.record(
        community_id, actor_id, "season.open", subject="season", subject_id=row.id, percent=percent,
        starts_at=span[0].isoformat(), ends_at=span[1].isoformat(),
    )  # fmt: skip
    return row


@db.transactional
async def cancel_season(actor: MemberRow, season_id: int) -> SeasonRow:
    """End a season of the community's from this moment on; what it has paid stays. Raises LeadersOnly, NotFound."""
    if not actor.is_leader:
        raise LeadersOnly
    row = await _CANCEL.first(actor.community_id, season_id, clock.now())
    if row is None:
        raise NotFound("There is no such season to come or under way.", path=("seasonId",))
    await audit.record(actor.community_id, actor.id, "season.cancel", subject="season", subject_id=season_id)
    return row
