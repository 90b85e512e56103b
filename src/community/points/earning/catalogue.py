"""The earning rules and seasons in force, and their editions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.points.earning.models import EVERYWHERE, Trigger
from community.points.earning.rules import BUILT_IN, Definition, definition


class SetBy(StrEnum):
    """Whose rule it is."""

    BUILT_IN = "BUILT_IN"
    OPERATOR = "OPERATOR"
    COMMUNITY = "COMMUNITY"


@dataclass(slots=True)
class EditionRow:
    """One version of a rule; without a definition the community steps back to the operator's."""

    id: int
    community_id: int
    trigger: Trigger
    version: int
    definition: dict[str, Any] | None
    effective_from: datetime
    published_by: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """What is paid for a trigger at a moment; `id` is the edition's, None for the built-in rule."""

    id: int | None
    trigger: Trigger
    version: int
    set_by: SetBy
    definition: Definition


@dataclass(slots=True)
class SeasonRow:
    """A time in which more is paid."""

    id: int
    community_id: int
    name: str
    percent: int
    triggers: list[str]
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None


COLUMNS = "id, community_id, trigger, version, definition, effective_from, published_by, created_at"
SEASON_COLUMNS = "id, community_id, name, percent, triggers, starts_at, ends_at, cancelled_at"
FIRST_VERSION = 1
"""The built-in rule's; the operator's own count on from there."""

# The latest edition whose time has come: what was published later stands before what was published earlier.
_IN_FORCE = db.Select(
    f"SELECT {COLUMNS} FROM earning_rule r WHERE community_id IN ({EVERYWHERE}, $1) AND trigger = ANY($2)"
    " AND version = (SELECT max(o.version) FROM earning_rule o WHERE o.community_id = r.community_id"
    " AND o.trigger = r.trigger AND o.effective_from <= $3)",
    EditionRow,
)
_SEASONS = db.Select(
    f"SELECT {SEASON_COLUMNS} FROM season WHERE community_id IN ({EVERYWHERE}, $1)"
    " AND starts_at <= $2 AND ends_at > $2 AND cancelled_at IS NULL ORDER BY percent DESC, id LIMIT 100",
    SeasonRow,
)


_EDITION = db.Select(f"SELECT {COLUMNS} FROM earning_rule WHERE id = $1", EditionRow)
_SEASON = db.Select(f"SELECT {SEASON_COLUMNS} FROM season WHERE id = $1", SeasonRow)


async def get_edition(edition_id: int) -> EditionRow:
    """A version of a rule. One that does not exist is a bug of the caller."""
    return await _EDITION.one(edition_id)


async def get_season(season_id: int) -> SeasonRow:
    """A season. One that does not exist is a bug of the caller."""
    return await _SEASON.one(season_id)


async def rules_in_force(community_id: int, triggers: Sequence[Trigger], *, at: datetime) -> list[RuleInForce]:
    """What is paid for each trigger at a moment, in order."""
    editions = await _IN_FORCE.all(community_id, list({trigger.value for trigger in triggers}), at)
    found = {(row.community_id, row.trigger): row for row in editions}
    return [
        _in_force(trigger, found.get((community_id, trigger)), found.get((EVERYWHERE, trigger))) for trigger in triggers
    ]


def _in_force(trigger: Trigger, own: EditionRow | None, operators: EditionRow | None) -> RuleInForce:
    if own is not None and own.definition is not None and own.community_id != EVERYWHERE:
        return RuleInForce(own.id, trigger, own.version, SetBy.COMMUNITY, definition(own.definition))
    if operators is not None and operators.definition is not None:
        return RuleInForce(operators.id, trigger, operators.version, SetBy.OPERATOR, definition(operators.definition))
    return RuleInForce(None, trigger, FIRST_VERSION, SetBy.BUILT_IN, BUILT_IN[trigger])


async def rule_in_force(community_id: int, trigger: Trigger, *, at: datetime) -> RuleInForce:
    """What is paid for a trigger at a moment."""
    (rule,) = await rules_in_force(community_id, [trigger], at=at)
    return rule


async def seasons_at(community_id: int, moment: datetime) -> list[SeasonRow]:
    """The seasons that hold at a moment, the strongest first, at most a hundred."""
    return await _SEASONS.all(community_id, moment)


_EDITIONS = Listing(
    f"SELECT {COLUMNS} FROM earning_rule WHERE community_id IN ({EVERYWHERE}, $1) AND trigger = $2",
    EditionRow,
    newest_first=True,
)


async def editions(community_id: int, trigger: Trigger, request: PageRequest) -> Page[EditionRow]:
    """Every version of a trigger's rule, the community's own and the operator's, newest first."""
    return await _EDITIONS.page(request, community_id, trigger)


_ALL_SEASONS = Listing(
    f"SELECT {SEASON_COLUMNS} FROM season WHERE community_id IN ({EVERYWHERE}, $1)", SeasonRow, newest_first=True
)


async def seasons(community_id: int, request: PageRequest) -> Page[SeasonRow]:
    """Every season of the community and of all communities, past and future, newest first."""
    return await _ALL_SEASONS.page(request, community_id)
