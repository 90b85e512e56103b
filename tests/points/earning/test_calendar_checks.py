"""The check of awards that keeps its answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from community.points.earning import calendar_checks
from community.points.earning.calendar_checks import AwardRow
from community.points.earning.models import ALL_COMMUNITIES, Trigger
from community.points.earning.rules import ROUNDING, Definition
from community.points.earning.rules_in_force import EditionRow

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
COMMUNITY = 7


def make_edition(number: int, day: int, definition: Definition) -> EditionRow:
    at = BEGIN + timedelta(days=day)
    return EditionRow(number, ALL_COMMUNITIES, Trigger.PICK_UP, number, definition.as_json(), at, None, at, None)


def make_season(first: int, last: int, percent: int):
    start, end = BEGIN + timedelta(days=first), BEGIN + timedelta(days=last)
    return calendar_checks._SeasonSpan(COMMUNITY, percent, [], start, end, BEGIN, None, never_began=False)


def make_award(day: float, *, amount: int = 2, rule: int = 1, **inputs: int) -> AwardRow:
    at = BEGIN + timedelta(days=day)
    explanation = {"rule": "PICK_UP", "version": rule, "rounding": ROUNDING, "inputs": {"base": 2, **inputs}}
    return AwardRow(1, COMMUNITY, "PICK_UP", rule, amount, at, at, json.dumps(explanation), *[None] * 4)


@pytest.fixture
def explains():
    editions = [make_edition(1, 0, Definition(2)), make_edition(2, 10, Definition(3))]
    return calendar_checks._RuleBook(editions, [make_season(4, 6, 200)]).explains


def test_same_facts_are_checked_at_their_time(explains):
    assert [explains(make_award(day)) for day in (1, 2, 9.9, 10.1, 3, 11)] == [True, True, True, False, True, False]


def test_season_counts_within_its_time_only(explains):
    assert [explains(make_award(day)) for day in (3, 5, 7)] == [True, False, True]
    doubled = {"amount": 4, "season_percent": 200}
    assert [explains(make_award(day, **doubled)) for day in (3, 5, 7)] == [False, True, False]


def test_other_amount_with_same_explanation_is_found(explains):
    assert [explains(make_award(1, amount=amount)) for amount in (2, 3, 2)] == [True, False, True]
