"""Checks of rows against calendars, policies, rules and seasons, which the audit computes again.

A policy, rule or season of the last minute may not have been seen by a transaction, or may have been seen by one whose
row is older. So the state of a minute before is accepted too. An older release let rules and seasons begin whose leader
had lost the role, so awards by them are accepted too.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from community.kernel import db, periods
from community.kernel.invariants import Check, build_number_sql
from community.points.earning.models import ALL_COMMUNITIES, Trigger
from community.points.earning.rules import (
    NO_SEASON_PERCENT,
    ROUNDING,
    Definition,
    Facts,
    choose_season_percent,
    compute_amount,
    list_explained_amounts,
)
from community.points.earning.rules_in_force import (
    EDITION_COLUMNS,
    SEASON_NEVER_BEGAN,
    EditionRow,
    RuleInForce,
    choose_rule,
)
from community.points.kinds import ExpiryPolicy
from community.points.rules import compute_expiry

_TOLERANCE = timedelta(minutes=1)
_MAX_KEPT = 100_000
"""The number of answers that a check keeps. Most rows have the same facts as an earlier row."""


@dataclass(slots=True)
class _PolicyEvent:
    community_id: int
    expiry: ExpiryPolicy
    rolling_days: int | None
    created_at: datetime


@dataclass(slots=True)
class _SeasonSpan:
    community_id: int
    percent: int
    triggers: list[str]
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    cancelled_at: datetime | None
    never_began: bool

    def counts(self, award: AwardRow, paid_at: datetime) -> bool:
        """Return True if an award that was paid at this moment counts it."""
        return (
            self.starts_at <= award.earned_at < self.ends_at
            and self.created_at <= paid_at
            and (self.cancelled_at is None or self.cancelled_at > paid_at)
            and (not self.triggers or award.trigger in self.triggers)
        )


@dataclass(slots=True)
class LotRow:
    """A lot with the time of its posting."""

    id: int
    community_id: int
    expires_at: datetime
    issued_at: datetime
    time_zone: str


@dataclass(slots=True)
class CheckInRow:
    """A check-in with the one before it by day. `is_early` is True if a later day was recorded before it."""

    id: int
    day: str
    streak: int
    outcome: dict[str, Any]
    created_at: datetime
    time_zone: str
    awarded: int
    last_day: str | None
    last_streak: int | None
    is_early: bool


@dataclass(slots=True)
class AwardRow:
    """An award with the facts that it is paid for. `scores` joins the three scores with commas.

    The explanation is JSON. Reading it and the trigger for each row would take most of the time of the check.
    """

    id: int
    community_id: int
    trigger: str
    rule_id: int | None
    amount: int
    earned_at: datetime
    created_at: datetime
    explanation: str
    submission_kind: str | None
    scores: str | None
    streak: int | None
    name: str | None


LOTS_SQL = (
    "SELECT l.id, p.community_id, l.expires_at, p.created_at AS issued_at, c.time_zone FROM lot l"
    " JOIN posting p ON p.id = l.posting_id JOIN community c ON c.id = p.community_id WHERE l.id > $1 AND l.id <= $2"
)
_LAST = (
    "FROM check_in b WHERE b.community_id = c.community_id AND b.membership_id = c.membership_id AND b.day < c.day"
    " ORDER BY b.day DESC LIMIT 1"
)
CHECK_INS_SQL = (
    "SELECT c.id, c.day, c.streak, c.outcome, c.created_at, m.time_zone, CAST(COALESCE((SELECT sum(w.amount)"
    " FROM award w WHERE w.community_id = c.community_id AND w.cause = 'check-in:' || c.membership_id || ':' || c.day"
    f" AND w.amount > 0), 0) AS BIGINT) AS awarded, (SELECT b.day {_LAST}) AS last_day,"
    f" (SELECT b.streak {_LAST}) AS last_streak, EXISTS (SELECT 1 FROM check_in b"
    " WHERE b.community_id = c.community_id AND b.membership_id = c.membership_id AND b.day > c.day AND b.id < c.id)"
    " AS is_early FROM check_in c JOIN community m ON m.id = c.community_id WHERE c.id > $1 AND c.id <= $2"
)
_SUBMISSION = f"w.trigger LIKE 'SUBMISSION_%' AND s.id = {build_number_sql('substr(w.cause, 12)')}"
_DAY = "substr(w.cause, length('check-in:' || w.membership_id) + 2)"
_NAME = (
    "COALESCE(i.name, z.tier, CASE WHEN w.trigger = 'EVENT_PARTICIPATION' AND w.cause LIKE 'event_entry:%'"
    " THEN 'ACTIVITY' WHEN w.trigger = 'EVENT_PARTICIPATION' AND w.cause LIKE 'event_answer:%' THEN 'RIDDLES' END)"
)
_INTERACTION = build_number_sql("substr(w.cause, 7)")
AWARDS_SQL = (
    "SELECT w.id, w.community_id, w.trigger, w.rule_id, w.amount, w.earned_at, w.created_at,"
    " CAST(e.explanation AS TEXT) AS explanation, s.kind AS submission_kind,"
    " d.authenticity || ',' || d.usefulness || ',' || d.resonance AS scores,"
    f" c.streak, {_NAME} AS name FROM award w JOIN journal_entry e ON e.id = w.entry_id"
    f" LEFT JOIN submission s ON {_SUBMISSION}"
    # With ORDER BY and LIMIT the planner would read all decisions backwards.
    " LEFT JOIN review_decision d ON d.id = (SELECT max(x.id) FROM review_case k JOIN review_decision x"
    " ON x.case_id = k.id WHERE k.submission_id = s.id AND x.verdict = 'APPROVED' AND x.created_at <= w.created_at)"
    " LEFT JOIN check_in c ON w.trigger = 'CHECK_IN' AND c.community_id = w.community_id"
    f" AND c.membership_id = w.membership_id AND c.day = {_DAY}"
    f" LEFT JOIN interaction i ON w.trigger = 'INTERACTION' AND i.id = {_INTERACTION}"
    f" LEFT JOIN event_prize z ON w.trigger = 'EVENT_PRIZE' AND z.id = {build_number_sql('substr(w.cause, 13)')}"
    " WHERE w.id > $1 AND w.id <= $2 AND w.reverses_id IS NULL"
)
_POLICY_EVENTS = db.Select(
    "SELECT e.community_id, e.detail->>'expiry' AS expiry, CAST(e.detail->>'rolling_days' AS BIGINT) AS rolling_days,"
    " e.created_at FROM points_policy p JOIN audit_event e ON e.community_id = p.community_id"
    " AND e.subject = 'community' AND e.subject_id = p.community_id AND e.action = 'points.policy' ORDER BY e.id DESC",
    _PolicyEvent,
)
_EDITIONS = db.Select(f"SELECT {EDITION_COLUMNS} FROM earning_rule ORDER BY id", EditionRow)
_SEASONS = db.Select(
    f"SELECT {db.columns(_SeasonSpan, 'season', never_began=SEASON_NEVER_BEGAN)} FROM season ORDER BY id", _SeasonSpan
)


async def load_lot_check() -> Check:
    """Return the check of a lot's expiry against the policies of all times."""
    policies = defaultdict(list)
    for event in await _POLICY_EVENTS.all():
        policies[event.community_id].append(event)

    def is_right(row: LotRow) -> bool:
        for moment in (row.issued_at, row.issued_at - _TOLERANCE):
            event = next((one for one in policies[row.community_id] if one.created_at <= moment), None)
            expiry = ExpiryPolicy.END_OF_FOLLOWING_YEAR if event is None else event.expiry
            days = None if event is None else event.rolling_days
            if row.expires_at == compute_expiry(expiry, days, earned_at=moment, time_zone=row.time_zone):
                return True
        return False

    return is_right


async def load_check_in_check() -> Check:
    """Return the check of a check-in."""

    def is_right(row: CheckInRow) -> bool:
        day = date.fromisoformat(row.day)
        continues = row.last_day is not None and date.fromisoformat(row.last_day) == day - timedelta(days=1)
        streak = (row.last_streak or 0) + 1 if continues else 1
        points = row.outcome.get("points")
        return (
            (row.streak, points, row.is_early) == (streak, row.awarded, False)
            and day in {periods.local_date(at, row.time_zone) for at in (row.created_at, row.created_at - _TOLERANCE)}
            and (points != 0 or row.outcome.get("because") is not None)
        )

    return is_right


async def load_award_check() -> Check:
    """Return the check of an award's amount against all rules and seasons."""
    return _RuleBook(await _EDITIONS.all(), await _SEASONS.all()).explains


class _RuleBook:
    """The editions of all rules, and all seasons, with the answers of the check."""

    def __init__(self, editions: Iterable[EditionRow], seasons: Iterable[_SeasonSpan]) -> None:
        self._editions: dict[tuple[int, str], list[EditionRow]] = defaultdict(list)
        self._seasons: dict[int, list[_SeasonSpan]] = defaultdict(list)
        changes: set[datetime] = set()
        for edition in editions:
            self._editions[edition.community_id, edition.trigger.value].append(edition)
            changes |= {edition.effective_from, edition.created_at}
        for season in seasons:
            self._seasons[season.community_id].append(season)
            changes |= {season.starts_at, season.ends_at, season.created_at, season.cancelled_at or season.created_at}
        self._changes = sorted(changes)
        self._answers: dict[Hashable, bool] = {}

    def explains(self, row: AwardRow) -> bool:
        """Return True if rule, season and facts give the award's amount.

        Two awards with the same facts have the same answer if no rule and no season changed between them.
        """
        paid_at, changes = row.created_at, self._changes
        key = (
            row.community_id,
            row.trigger,
            row.rule_id,
            row.amount,
            row.explanation,
            row.submission_kind,
            row.scores,
            row.streak,
            row.name,
            bisect_right(changes, row.earned_at),
            bisect_right(changes, paid_at - _TOLERANCE),
            bisect_right(changes, paid_at),
            bisect_right(changes, paid_at + _TOLERANCE),
        )
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MAX_KEPT:
                self._answers.clear()
            answer = self._answers[key] = self._compute(row)
        return answer

    def _compute(self, row: AwardRow) -> bool:
        explanation = json.loads(row.explanation)
        inputs = dict(explanation.get("inputs", {}))
        before_cap = inputs.pop("before_cap", None)
        amount = row.amount if before_cap is None else before_cap
        if "base" not in inputs or (before_cap is not None and row.amount >= before_cap):
            return False
        if amount not in list_explained_amounts(explanation):
            return False
        rule = next((rule for rule in self._list_rules(row) if rule.id == row.rule_id), None)
        if rule is None or (explanation.get("rule"), explanation.get("version")) != (row.trigger, rule.version):
            return False
        percents = set(self._list_percents(row))
        if explanation.get("rounding") != ROUNDING:
            return inputs.get("season_percent", NO_SEASON_PERCENT) in percents
        return any(inputs == _compute_inputs(rule.definition, row, percent) for percent in percents)

    def _list_rules(self, row: AwardRow) -> Iterator[RuleInForce]:
        known = [*self._editions[ALL_COMMUNITIES, row.trigger], *self._editions[row.community_id, row.trigger]]
        begun = [one for one in known if one.effective_from <= row.earned_at]
        for paid_at in (row.created_at, row.created_at - _TOLERANCE):
            there = [one for one in begun if one.created_at <= paid_at]
            for counted in (there, [replace(one, ended_at=None) for one in there]):
                yield choose_rule(counted, Trigger(row.trigger), at=row.earned_at)

    def _list_percents(self, row: AwardRow) -> Iterator[int]:
        known = [*self._seasons[ALL_COMMUNITIES], *self._seasons[row.community_id]]
        for paid_at in (row.created_at, row.created_at - _TOLERANCE, row.created_at + _TOLERANCE):
            counted = [one for one in known if one.counts(row, paid_at)]
            yield choose_season_percent([one.percent for one in counted if not one.never_began])
            yield choose_season_percent([one.percent for one in counted])


def _compute_inputs(definition: Definition, row: AwardRow, percent: int) -> dict[str, Any]:
    scores = None
    if row.scores is not None:
        authenticity, usefulness, resonance = map(int, row.scores.split(","))
        scores = (authenticity, usefulness, resonance)
    facts = Facts(kind=row.submission_kind or row.name, scores=scores, streak=row.streak)
    return compute_amount(definition, facts, percent=percent)[1]
