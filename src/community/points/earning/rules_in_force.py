"""Earning rules and seasons in force, and their editions."""

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
from community.points.earning.definitions import parse_definition
from community.points.earning.leader_limits import is_leader_rule_effective
from community.points.earning.models import ALL_COMMUNITIES, EarningRule, Season, Trigger
from community.points.earning.rules import BUILT_IN, Definition, choose_season_percent


class SetBy(StrEnum):
    """Author of a rule. OPERATOR_HERE is the operator for one community, COMMUNITY its leaders."""

    BUILT_IN = "BUILT_IN"
    OPERATOR = "OPERATOR"
    OPERATOR_HERE = "OPERATOR_HERE"
    COMMUNITY = "COMMUNITY"


@row_of(EarningRule, computed=("ended_at",))
class EditionRow:
    """One version of a rule. A definition of None returns the community to the operator's rule.

    `published_by` is None for the operator. `ended_at` is the time at which the leader who published it lost the role
    before it began. It never counts then.
    """

    id: int
    community_id: int
    trigger: Trigger
    version: int
    definition: dict[str, Any] | None
    effective_from: datetime
    published_by: int | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def set_by(self) -> SetBy:
        """The author of the rule."""
        if self.community_id == ALL_COMMUNITIES:
            return SetBy.OPERATOR
        return SetBy.OPERATOR_HERE if self.published_by is None else SetBy.COMMUNITY


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """The rule for a trigger at a moment. `id` is that of the edition, None for the built-in rule."""

    id: int | None
    trigger: Trigger
    version: int
    set_by: SetBy
    definition: Definition

    @property
    def switched_off(self) -> bool:
        """True if the operator has switched the rule off. Leaders may switch on a rule that is off as built in."""
        return self.set_by is not SetBy.BUILT_IN and not self.definition.enabled


@row_of(Season)
class SeasonRow:
    """A season. Its triggers are empty for all triggers.

    `cancelled_at` is None unless it was ended early, or its leader lost the role before it began.
    """

    id: int
    community_id: int
    name: str
    percent: int
    triggers: list[str]
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None


def _build_end_sql(table: str, maker: str, start: str) -> str:
    """Return SQL for the time at which a row ended before its start. NULL if it did not.

    It ends when its leader loses the role, by a demotion, by leaving or by a ban. An erasure empties the details.
    """
    return (
        f"(SELECT min(e.created_at) FROM audit_event e WHERE e.community_id = {table}.community_id"
        f" AND e.subject = 'membership' AND e.subject_id = {table}.{maker} AND e.action IN ('role.take', 'person.ban')"
        f" AND COALESCE(e.detail->>'role', 'LEADER') = 'LEADER' AND e.created_at >= {table}.created_at"
        f" AND e.created_at < {table}.{start})"
    )


_EDITION_END = _build_end_sql("earning_rule", "published_by", "effective_from")
_NEVER_BEGAN = _build_end_sql("season", "created_by", "starts_at")
SEASON_NEVER_BEGAN = f"{_NEVER_BEGAN} IS NOT NULL"
"""The condition that a season's leader lost the role before it began."""
SEASON_END = f"COALESCE(season.cancelled_at, {_NEVER_BEGAN})"
"""The time at which a season was cancelled, as SQL. NULL if it was not."""
EDITION_COLUMNS = db.columns(EditionRow, "earning_rule", ended_at=_EDITION_END)
SEASON_COLUMNS = db.columns(SeasonRow, "season", cancelled_at=SEASON_END)
FIRST_VERSION = 1
"""Version of the built-in rule. The operator's versions for all communities follow it."""

# The newest edition in force, by version. If it is a leader's, the operator's newest for the community is selected too,
# because the leaders' limits may depend on it.
_LATEST_VERSION = (
    "SELECT max(o.version) FROM earning_rule o WHERE o.community_id = earning_rule.community_id"
    " AND o.trigger = earning_rule.trigger AND o.effective_from <= $3"
    f" AND {_build_end_sql('o', 'published_by', 'effective_from')} IS NULL"
)
_EDITIONS_IN_FORCE = db.Select(
    f"SELECT {EDITION_COLUMNS} FROM earning_rule WHERE community_id IN ({ALL_COMMUNITIES}, $1) AND trigger = ANY($2)"
    f" AND (version = ({_LATEST_VERSION}) OR version = ({_LATEST_VERSION} AND o.published_by IS NULL))",
    EditionRow,
)
_SEASONS = db.Select(
    f"SELECT {SEASON_COLUMNS} FROM season WHERE community_id IN ({ALL_COMMUNITIES}, $1)"
    f" AND starts_at <= $2 AND ends_at > $2 AND {SEASON_END} IS NULL ORDER BY percent DESC, id LIMIT 100",
    SeasonRow,
)


_EDITION = db.Select(f"SELECT {EDITION_COLUMNS} FROM earning_rule WHERE id = $1", EditionRow)
_SEASON = db.Select(f"SELECT {SEASON_COLUMNS} FROM season WHERE id = $1", SeasonRow)


async def get_edition(edition_id: int) -> EditionRow:
    """Return an edition of a rule, which must exist."""
    return await _EDITION.one(edition_id)


async def get_season(season_id: int) -> SeasonRow:
    """Return a season, which must exist."""
    return await _SEASON.one(season_id)


async def list_rules(community_id: int, triggers: Sequence[Trigger], *, at: datetime) -> list[RuleInForce]:
    """Return the rule in force at a moment for each trigger.

    A leader's edition counts only while it is within the leaders' limits of the operator's rule at that moment.
    """
    found = await _load_editions(community_id, triggers, at)
    return [
        _choose_rule(found.get((trigger, SetBy.COMMUNITY)), _choose_operator_rule(found, trigger))
        for trigger in triggers
    ]


async def get_operator_rule(community_id: int, trigger: Trigger, *, at: datetime) -> RuleInForce:
    """Return the operator's rule in a community at a moment.

    It is that for the community alone, else that for all communities, else the built-in rule.
    """
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


def choose_rule(editions: Sequence[EditionRow], trigger: Trigger, *, at: datetime) -> RuleInForce:
    """Return the rule in force at a moment, out of all editions."""
    found: dict[tuple[Trigger, SetBy], EditionRow] = {}
    begun = sorted(
        (row for row in editions if row.effective_from <= at and row.ended_at is None), key=lambda row: row.version
    )
    for community_id in {row.community_id for row in begun}:
        own = [row for row in begun if row.community_id == community_id]
        for row in (own[-1], *[row for row in own if row.published_by is None][-1:]):
            found[trigger, row.set_by] = row
    return _choose_rule(found.get((trigger, SetBy.COMMUNITY)), _choose_operator_rule(found, trigger))


async def get_rule(community_id: int, trigger: Trigger, *, at: datetime) -> RuleInForce:
    """Return the rule in force for a trigger at a moment."""
    (rule,) = await list_rules(community_id, [trigger], at=at)
    return rule


async def list_active_seasons(community_id: int, moment: datetime) -> list[SeasonRow]:
    """Return at most 100 seasons in force, highest percentage first."""
    return await _SEASONS.all(community_id, moment)


async def list_season_percents(community_id: int, triggers: Sequence[Trigger], *, at: datetime) -> list[int]:
    """Return the percentage of seasons for each trigger. 100 without a season."""
    seasons = await list_active_seasons(community_id, at)
    return [
        choose_season_percent([row.percent for row in seasons if not row.triggers or trigger.value in row.triggers])
        for trigger in triggers
    ]


_EDITIONS = Listing(
    f"SELECT {EDITION_COLUMNS} FROM earning_rule WHERE community_id IN ({ALL_COMMUNITIES}, $1) AND trigger = $2",
    EditionRow,
    newest_first=True,
)


async def list_editions(community_id: int, trigger: Trigger, request: PageRequest) -> Page[EditionRow]:
    """Return the community's and the operator's editions for a trigger, newest first."""
    return await _EDITIONS.page(request, community_id, trigger)


_ALL_SEASONS = Listing(
    f"SELECT {SEASON_COLUMNS} FROM season WHERE community_id IN ({ALL_COMMUNITIES}, $1)", SeasonRow, newest_first=True
)


async def list_seasons(community_id: int, request: PageRequest) -> Page[SeasonRow]:
    """Return past and future seasons, the community's and the operator's, newest first."""
    return await _ALL_SEASONS.page(request, community_id)
