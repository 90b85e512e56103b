"""The earning rules and seasons in force, and their editions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.points.earning.models import ALL_COMMUNITIES, EarningRule, Season, Trigger
from community.points.earning.rules import BUILT_IN, Definition, is_leader_rule_effective, parse_definition


class SetBy(StrEnum):
    """Whose rule it is: OPERATOR_HERE is the operator's for one community, COMMUNITY its leaders'."""

    BUILT_IN = "BUILT_IN"
    OPERATOR = "OPERATOR"
    OPERATOR_HERE = "OPERATOR_HERE"
    COMMUNITY = "COMMUNITY"


@row_of(EarningRule)
@dataclass(slots=True)
class EditionRow:
    """One version of a rule; without a definition the community steps back to the operator's.

    `published_by` is None for the operator.
    """

    id: int
    community_id: int
    trigger: Trigger
    version: int
    definition: dict[str, Any] | None
    effective_from: datetime
    published_by: int | None
    created_at: datetime

    @property
    def set_by(self) -> SetBy:
        """Whose it is."""
        if self.community_id == ALL_COMMUNITIES:
            return SetBy.OPERATOR
        return SetBy.OPERATOR_HERE if self.published_by is None else SetBy.COMMUNITY


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """What is paid for a trigger at a moment; `id` is the edition's, None for the built-in rule."""

    id: int | None
    trigger: Trigger
    version: int
    set_by: SetBy
    definition: Definition

    @property
    def switched_off(self) -> bool:
        """Whether the operator has said that nothing is paid: what is only built in so, leaders may switch on."""
        return self.set_by is not SetBy.BUILT_IN and not self.definition.enabled


@row_of(Season)
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


EDITION_COLUMNS = db.columns(EditionRow)
SEASON_COLUMNS = db.columns(SeasonRow)
FIRST_VERSION = 1
"""The built-in rule's; the operator's own count on from there."""

# The latest edition whose time has come: what was published later stands before what was published earlier. Where it
# is a leader's, the operator's latest for that community comes with it: the leaders' limits may be its.
_LATEST_VERSION = (
    "SELECT max(o.version) FROM earning_rule o WHERE o.community_id = r.community_id AND o.trigger = r.trigger"
    " AND o.effective_from <= $3"
)
_EDITIONS_IN_FORCE = db.Select(
    f"SELECT {EDITION_COLUMNS} FROM earning_rule r WHERE community_id IN ({ALL_COMMUNITIES}, $1) AND trigger = ANY($2)"
    f" AND (version = ({_LATEST_VERSION}) OR version = ({_LATEST_VERSION} AND o.published_by IS NULL))",
    EditionRow,
)
_SEASONS = db.Select(
    f"SELECT {SEASON_COLUMNS} FROM season WHERE community_id IN ({ALL_COMMUNITIES}, $1)"
    " AND starts_at <= $2 AND ends_at > $2 AND cancelled_at IS NULL ORDER BY percent DESC, id LIMIT 100",
    SeasonRow,
)


_EDITION = db.Select(f"SELECT {EDITION_COLUMNS} FROM earning_rule WHERE id = $1", EditionRow)
_SEASON = db.Select(f"SELECT {SEASON_COLUMNS} FROM season WHERE id = $1", SeasonRow)


async def get_edition(edition_id: int) -> EditionRow:
    """A version of a rule. One that does not exist is a bug of the caller."""
    return await _EDITION.one(edition_id)


async def get_season(season_id: int) -> SeasonRow:
    """A season. One that does not exist is a bug of the caller."""
    return await _SEASON.one(season_id)


async def list_rules(community_id: int, triggers: Sequence[Trigger], *, at: datetime) -> list[RuleInForce]:
    """What is paid for each trigger at a moment, in order.

    A leader's edition counts as long as it is within the leaders' limits of what the operator's rule is at that moment.
    """
    found = await _load_editions(community_id, triggers, at)
    return [
        _choose_rule(found.get((trigger, SetBy.COMMUNITY)), _choose_operator_rule(found, trigger))
        for trigger in triggers
    ]


async def get_operator_rule(community_id: int, trigger: Trigger, *, at: datetime) -> RuleInForce:
    """What the operator says is paid in a community at a moment: for it alone, or for all, or what is built in."""
    return _choose_operator_rule(await _load_editions(community_id, [trigger], at), trigger)


_Editions = Mapping[tuple[Trigger, SetBy], EditionRow]


async def _load_editions(community_id: int, triggers: Sequence[Trigger], at: datetime) -> _Editions:
    rows = await _EDITIONS_IN_FORCE.all(community_id, list({trigger.value for trigger in triggers}), at)
    return {(row.trigger, row.set_by): row for row in rows}


def _choose_operator_rule(found: _Editions, trigger: Trigger) -> RuleInForce:
    for set_by in (SetBy.OPERATOR_HERE, SetBy.OPERATOR):
        row = found.get((trigger, set_by))
        if row is not None and row.definition is not None:
            return RuleInForce(row.id, trigger, row.version, set_by, parse_definition(row.definition))
    return RuleInForce(None, trigger, FIRST_VERSION, SetBy.BUILT_IN, BUILT_IN[trigger])


def _choose_rule(leaders: EditionRow | None, operators: RuleInForce) -> RuleInForce:
    if leaders is None or leaders.definition is None:
        return operators
    own = RuleInForce(
        leaders.id, leaders.trigger, leaders.version, leaders.set_by, parse_definition(leaders.definition)
    )
    counts = is_leader_rule_effective(own.definition, operators.definition, switched_off=operators.switched_off)
    return own if counts else operators


async def get_rule(community_id: int, trigger: Trigger, *, at: datetime) -> RuleInForce:
    """What is paid for a trigger at a moment."""
    (rule,) = await list_rules(community_id, [trigger], at=at)
    return rule


async def list_active_seasons(community_id: int, moment: datetime) -> list[SeasonRow]:
    """The seasons that hold at a moment, the strongest first, at most a hundred."""
    return await _SEASONS.all(community_id, moment)


_EDITIONS = Listing(
    f"SELECT {EDITION_COLUMNS} FROM earning_rule WHERE community_id IN ({ALL_COMMUNITIES}, $1) AND trigger = $2",
    EditionRow,
    newest_first=True,
)


async def list_editions(community_id: int, trigger: Trigger, request: PageRequest) -> Page[EditionRow]:
    """Every version of a trigger's rule, the community's own and the operator's, newest first."""
    return await _EDITIONS.page(request, community_id, trigger)


_ALL_SEASONS = Listing(
    f"SELECT {SEASON_COLUMNS} FROM season WHERE community_id IN ({ALL_COMMUNITIES}, $1)", SeasonRow, newest_first=True
)


async def list_seasons(community_id: int, request: PageRequest) -> Page[SeasonRow]:
    """Every season of the community and of all communities, past and future, newest first."""
    return await _ALL_SEASONS.page(request, community_id)
