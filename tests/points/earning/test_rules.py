"""Pure earning rules: parsing, amounts, caps, needs and leaders' limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.kernel.errors import InvalidInput
from community.points.earning.definitions import MAX_RULE_POINTS, parse_definition
from community.points.earning.earn import UNLIMITED, Eligibility, NotEarnedBecause, Outcome, compute_allowance
from community.points.earning.leader_limits import MAX_LEADER_FACTOR, check_leader_limits, is_leader_rule_effective
from community.points.earning.models import Trigger
from community.points.earning.rules import (
    BUILT_IN,
    Caps,
    Definition,
    EarnedByPeriod,
    Facts,
    Needs,
    choose_season_percent,
    compute_amount,
    compute_cap_room,
    list_explained_amounts,
    recompute_amount,
)

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
NOTHING = EarnedByPeriod(0, 0, 0, 0)

few = settings(max_examples=50, deadline=None)

points = st.integers(0, 200)
kinds = st.sampled_from(["RECIPE", "PHOTOGRAPH", "SHARE"])
amounts_by_kind = st.dictionaries(kinds, points, max_size=3)
streak_bonuses = st.dictionaries(st.sampled_from([1, 7, 30]), points, max_size=3)
scores = st.tuples(*[st.integers(1, 5)] * 3)
caps = st.builds(Caps, *[st.none() | points] * 4)
needs = st.builds(Needs, st.integers(0, 400), st.integers(0, 9), st.integers(1, 9))
definitions = st.builds(
    Definition, points, by_kind=amounts_by_kind, by_scores=st.booleans(), streaks=streak_bonuses, caps=caps,
    needs=needs, enabled=st.booleans(),
)  # fmt: skip
facts = st.builds(Facts, kind=st.none() | kinds, scores=st.none() | scores, streak=st.none() | st.integers(1, 40))


def find_refused_path(given: dict[str, Any]) -> tuple[str, ...]:
    """Return the path of the part that parsing refuses."""
    with pytest.raises(InvalidInput) as found:
        parse_definition(given)
    return found.value.path


def find_limit_path(wanted: Definition, operators: Definition) -> tuple[str, ...]:
    """Return the path of the part that exceeds a leader's limits."""
    with pytest.raises(InvalidInput) as found:
        check_leader_limits(wanted, operators)
    return found.value.path


@few
@given(definitions)
def test_what_is_stored_is_read_as_it_was_written(wanted):
    assert parse_definition(json.loads(json.dumps(wanted.as_json()))) == wanted


def test_every_trigger_has_a_built_in_rule_that_can_be_written_down():
    assert set(BUILT_IN) == set(Trigger)
    for rule in BUILT_IN.values():
        assert parse_definition(rule.as_json()) == rule


def test_an_amount_alone_is_a_rule():
    assert parse_definition({"amount": 3}) == Definition(3)


def test_a_rule_without_an_amount_is_none():
    assert find_refused_path({}) == ("definition", "amount")


@pytest.mark.parametrize("amount", [-1, MAX_RULE_POINTS + 1, 1.0, "7", True, None])
def test_an_amount_is_a_whole_number_from_nought_to_ten_thousand(amount):
    assert find_refused_path({"amount": amount}) == ("definition", "amount")


@pytest.mark.parametrize("amount", [0, 1, MAX_RULE_POINTS])
def test_the_ends_of_the_range_are_amounts(amount):
    assert parse_definition({"amount": amount}).amount == amount


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"by_kind": {"RECIPE": -1}}, ("byKind", "RECIPE")),
        ({"by_kind": {"RECIPE": MAX_RULE_POINTS + 1}}, ("byKind", "RECIPE")),
        ({"by_kind": {"": 1}}, ("byKind",)),
        ({"by_kind": {"字" * 41: 1}}, ("byKind",)),
        ({"by_kind": {"两\n行": 1}}, ("byKind",)),
        ({"streaks": {"7": -1}}, ("streaks", "7")),
        ({"streaks": {"0": 1}}, ("streaks",)),
        ({"streaks": {"-7": 1}}, ("streaks",)),
        ({"streaks": {"3651": 1}}, ("streaks",)),
        ({"streaks": {"week": 1}}, ("streaks",)),
        ({"caps": {"day": -1}}, ("caps", "day")),
        ({"caps": {"month": MAX_RULE_POINTS + 1}}, ("caps", "month")),
        ({"caps": {"hour": 1}}, ("caps",)),
        ({"caps": 5}, ("caps",)),
        ({"needs": {"level": -1}}, ("needs", "level")),
        ({"needs": {"member_days": 3_651}}, ("needs", "memberDays")),
        ({"needs": {"age": 18}}, ("needs",)),
        ({"streak": {"7": 1}}, ()),
        ({"by_kind": {f"K{number}": 1 for number in range(51)}}, ()),
        ({"streaks": {str(number): 1 for number in range(1, 12)}}, ()),
    ],
)
def test_what_cannot_be_meant_is_named(part, path):
    assert find_refused_path({"amount": 1} | part) == ("definition", *path)


@pytest.mark.parametrize("name", ["enabled", "by_scores"])
@pytest.mark.parametrize("value", ["false", "no", 0, 2])
def test_a_yes_or_no_is_nothing_else(name, value):
    assert find_refused_path({"amount": 1, name: value})[0] == "definition"


@pytest.mark.parametrize(
    ("rule", "what", "percent", "amount"),
    [
        (Definition(7), Facts(), 100, 7),
        (Definition(7, by_kind={"GOLD": 70}), Facts(kind="GOLD"), 100, 70),
        (Definition(7, by_kind={"GOLD": 70}), Facts(kind="TIN"), 100, 7),
        (Definition(7, by_kind={"GOLD": 0}), Facts(kind="GOLD"), 100, 0),
        (Definition(7, by_scores=True), Facts(scores=(5, 5, 5)), 100, 10),
        (Definition(7, by_scores=True), Facts(), 100, 7),
        (Definition(7), Facts(scores=(5, 5, 5)), 100, 7),
        (Definition(1, by_scores=True), Facts(scores=(1, 1, 1)), 100, 1),
        (Definition(1, streaks={7: 5}), Facts(streak=7), 100, 6),
        (Definition(1, streaks={7: 5}), Facts(streak=8), 100, 1),
        (Definition(0, streaks={7: 5}), Facts(streak=7), 100, 5),
        (Definition(0, streaks={7: 5}), Facts(streak=6), 100, 0),
        (Definition(3), Facts(), 150, 4),
        (Definition(1, streaks={7: 5}), Facts(streak=7), 250, 15),
        (Definition(0), Facts(), 300, 0),
        (Definition(15, by_scores=True), Facts(scores=(3, 3, 3)), 300, 40),
        (Definition(1, by_scores=True, streaks={7: 5}), Facts(scores=(1, 1, 2), streak=7), 150, 8),
    ],
)
def test_the_price_of_facts(rule, what, percent, amount):
    assert compute_amount(rule, what, percent=percent)[0] == amount


@few
@given(definitions, facts, st.integers(101, 1000))
def test_a_season_never_pays_less_and_never_more_than_its_percentage(rule, what, percent):
    plain, seasoned = compute_amount(rule, what)[0], compute_amount(rule, what, percent=percent)[0]
    assert plain <= seasoned <= (plain + 1) * percent // 100
    assert (plain == 0) == (seasoned == 0)


@few
@given(definitions, facts)
def test_what_is_worth_anything_earns_at_least_one_whole_point(rule, what):
    amount, inputs = compute_amount(rule, what)
    assert isinstance(amount, int)
    assert (amount >= 1) == (inputs["base"] + inputs.get("streak_bonus", 0) > 0)


@few
@given(definitions, facts, st.integers(100, 1000))
def test_an_explanation_recomputes_to_its_amount(rule, what, percent):
    amount, inputs = compute_amount(rule, what, percent=percent)
    assert recompute_amount(json.loads(json.dumps(inputs))) == amount


def test_scores_that_do_not_count_are_not_explained():
    assert compute_amount(Definition(3), Facts(scores=(5, 5, 5))) == (3, {"base": 3})


def test_a_price_says_what_it_was_reckoned_from_and_no_more():
    assert compute_amount(Definition(3), Facts()) == (3, {"base": 3})
    assert compute_amount(Definition(1, streaks={7: 5}), Facts(streak=7), percent=200) == (
        12, {"streak": 7, "base": 1, "streak_bonus": 5, "season_percent": 200},
    )  # fmt: skip


def test_of_seasons_at_once_the_strongest_counts_and_none_is_no_season():
    assert choose_season_percent([]) == 100
    assert choose_season_percent([150, 300, 200]) == 300


NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
MIDNIGHT, MONDAY, APRIL = (datetime(2031, month, day, 16, tzinfo=UTC) for month, day in ((3, 5), (3, 9), (3, 31)))


@pytest.mark.parametrize(
    ("most", "earned", "left", "until"),
    [
        (Caps(), EarnedByPeriod(999, 999, 999, 999), None, None),
        (Caps(day=10), EarnedByPeriod(3, 50, 50, 50), 7, None),
        (Caps(day=10, week=12), EarnedByPeriod(3, 11, 50, 50), 1, None),
        (Caps(day=10, month=60), EarnedByPeriod(0, 0, 55, 55), 5, None),
        (Caps(day=10), EarnedByPeriod(10, 10, 10, 10), 0, MIDNIGHT),
        (Caps(day=10), EarnedByPeriod(11, 11, 11, 11), 0, MIDNIGHT),
        (Caps(week=10), EarnedByPeriod(0, 10, 10, 10), 0, MONDAY),
        (Caps(month=10), EarnedByPeriod(0, 0, 10, 10), 0, APRIL),
        (Caps(day=10, week=10), EarnedByPeriod(10, 10, 10, 10), 0, MONDAY),
        (Caps(day=10, month=10), EarnedByPeriod(10, 10, 10, 10), 0, APRIL),
        (Caps(day=10, week=20, month=30), EarnedByPeriod(10, 19, 29, 29), 0, MIDNIGHT),
        (Caps(lifetime=10), EarnedByPeriod(0, 0, 0, 10), 0, None),
        (Caps(day=10, lifetime=10), EarnedByPeriod(10, 10, 10, 10), 0, None),
        (Caps(day=10, lifetime=11), EarnedByPeriod(10, 10, 10, 10), 0, MIDNIGHT),
        (Caps(lifetime=11), EarnedByPeriod(0, 0, 0, 10), 1, None),
    ],
)
def test_the_tightest_cap_binds_until_the_last_full_one_begins_anew(most, earned, left, until):
    assert compute_cap_room(most, earned, now=NOON, time_zone=SHANGHAI) == (left, until)


@pytest.mark.parametrize(
    ("now", "time_zone", "day", "week", "month"),
    [
        # A minute before midnight on the last day of a year that ends on a Wednesday.
        ("2031-12-31T15:59+00:00", SHANGHAI, "2031-12-31T16:00", "2032-01-04T16:00", "2031-12-31T16:00"),
        ("2031-12-31T16:00+00:00", SHANGHAI, "2032-01-01T16:00", "2032-01-04T16:00", "2032-01-31T16:00"),
        # Sunday night: the day and the week end together.
        ("2031-03-09T12:00+00:00", SHANGHAI, "2031-03-09T16:00", "2031-03-09T16:00", "2031-03-31T16:00"),
        # The day on which New York puts the clocks forward has 23 hours.
        ("2031-03-09T05:00+00:00", NEW_YORK, "2031-03-10T04:00", "2031-03-10T04:00", "2031-04-01T04:00"),
        ("2031-03-09T04:59+00:00", NEW_YORK, "2031-03-09T05:00", "2031-03-10T04:00", "2031-04-01T04:00"),
        # A leap year's February.
        ("2032-02-29T23:59+00:00", "UTC", "2032-03-01T00:00", "2032-03-01T00:00", "2032-03-01T00:00"),
        ("2032-02-28T12:00+05:45", "Asia/Kathmandu", "2032-02-28T18:15", "2032-02-29T18:15", "2032-02-29T18:15"),
    ],
)
def test_periods_end_where_the_community_is(now, time_zone, day, week, month):
    moment = datetime.fromisoformat(now)
    full = EarnedByPeriod(1, 1, 1, 1)
    ends = [
        compute_cap_room(most, full, now=moment, time_zone=time_zone)[1]
        for most in (Caps(day=1), Caps(week=1), Caps(month=1))
    ]
    assert ends == [datetime.fromisoformat(f"{end}+00:00") for end in (day, week, month)]


@few
@given(
    caps,
    st.lists(points, min_size=4, max_size=4),
    st.timedeltas(timedelta(0), timedelta(days=5_000)),
    st.sampled_from([SHANGHAI, NEW_YORK, "UTC", "Pacific/Auckland"]),
)
def test_a_cap_is_never_passed_and_its_end_is_to_come(most, so_far, passed, time_zone):
    earned = EarnedByPeriod(*sorted(so_far))
    now = NOON + passed
    left, until = compute_cap_room(most, earned, now=now, time_zone=time_zone)
    for name, value in most.as_dict().items():
        assert left <= max(0, value - getattr(earned, name))
    assert (left is None) == (most.as_dict() == {})
    assert until is None or now < until <= now + timedelta(days=32)
    assert until is None or left == 0


def compute_allowance_for(
    rule: Definition,
    *,
    growth: int = 0,
    joined: datetime = NOON,
    approved: int = 0,
    earned: EarnedByPeriod = NOTHING,
    now: datetime = NOON,
    time_zone: str = SHANGHAI,
) -> Outcome:
    return compute_allowance(
        rule, eligibility=Eligibility(joined, approved, growth), earned=earned, now=now, time_zone=time_zone
    )


def test_a_rule_without_needs_and_caps_pays_anybody_any_amount():
    assert compute_allowance_for(Definition(1)) == Outcome(UNLIMITED)


def test_a_rule_that_is_off_pays_nobody():
    assert compute_allowance_for(Definition(1, enabled=False)) == Outcome(0, NotEarnedBecause.RULE_OFF)


def test_days_of_membership_are_whole_days_where_the_community_is():
    rule = Definition(1, needs=Needs(member_days=3))
    begins = datetime(2031, 3, 7, 16, tzinfo=UTC)  # midnight before the 8th in Shanghai
    assert compute_allowance_for(rule) == Outcome(0, NotEarnedBecause.NOT_YET_ELIGIBLE, begins)
    assert compute_allowance_for(rule, now=begins - timedelta(microseconds=1)).until == begins
    assert compute_allowance_for(rule, now=begins) == Outcome(UNLIMITED)
    assert compute_allowance_for(rule, time_zone=NEW_YORK).until == datetime(
        2031, 3, 7, 5, tzinfo=UTC
    )  # there it is still the 4th


@pytest.mark.parametrize(
    ("wanted", "given", "eligible"),
    [
        (Needs(approved_submissions=2), {"approved": 1}, False),
        (Needs(approved_submissions=2), {"approved": 2}, True),
        (Needs(level=3), {"growth": 199}, False),
        (Needs(level=3), {"growth": 200}, True),
        (Needs(approved_submissions=1, level=2), {"approved": 1, "growth": 49}, False),
        (Needs(approved_submissions=1, level=2), {"approved": 1, "growth": 50}, True),
    ],
)
def test_what_a_member_must_have_done_has_no_date(wanted, given, eligible):
    rule = Definition(1, needs=wanted)
    assert compute_allowance_for(rule, **given) == (
        Outcome(UNLIMITED) if eligible else Outcome(0, NotEarnedBecause.NOT_YET_ELIGIBLE)
    )


def test_nobody_can_say_when_days_are_not_all_that_is_missing():
    rule = Definition(1, needs=Needs(member_days=3, approved_submissions=1))
    assert compute_allowance_for(rule) == Outcome(0, NotEarnedBecause.NOT_YET_ELIGIBLE)
    assert compute_allowance_for(rule, approved=1).until is not None


def test_a_full_cap_says_until_when_and_what_is_left_is_allowed():
    rule = Definition(7, caps=Caps(day=10))
    assert compute_allowance_for(rule, earned=EarnedByPeriod(3, 3, 3, 3)) == Outcome(7)
    assert compute_allowance_for(rule, earned=EarnedByPeriod(10, 10, 10, 10)) == Outcome(
        0, NotEarnedBecause.CAP_REACHED, MIDNIGHT
    )


OPERATORS = Definition(10, by_kind={"RECIPE": 30}, streaks={7: 5, 30: 20}, caps=Caps(day=50, month=200))


def test_a_leader_may_pay_twice_as_much_within_the_operators_caps():
    check_leader_limits(OPERATORS, OPERATORS)
    doubled = Definition(20, by_kind={"RECIPE": 60}, streaks={7: 10, 30: 40}, caps=Caps(day=50, month=200))
    check_leader_limits(doubled, OPERATORS)


def test_a_leader_may_be_stricter():
    check_leader_limits(Definition(0, by_kind={"RECIPE": 0}, caps=Caps(day=1, week=1, month=1, lifetime=1)), OPERATORS)
    check_leader_limits(Definition(10, caps=OPERATORS.caps, needs=Needs(level=9), enabled=False), OPERATORS)


def test_what_goes_too_far_is_named():
    held = OPERATORS.caps
    assert find_limit_path(Definition(21, caps=held), OPERATORS) == ("definition", "amount")
    assert find_limit_path(Definition(10, by_kind={"RECIPE": 61}, caps=held), OPERATORS) == (
        "definition",
        "byKind",
        "RECIPE",
    )
    assert find_limit_path(Definition(10, streaks={7: 41}, caps=held), OPERATORS) == ("definition", "streaks", "7")


@pytest.mark.parametrize(
    ("caps", "name"),
    [
        (Caps(day=50), "month"), (Caps(month=200), "day"), (Caps(day=51, month=200), "day"),
        (Caps(day=50, month=201), "month"), (Caps(), "day"),
    ],
)  # fmt: skip
def test_where_the_operator_caps_a_leader_does_too_and_no_looser(caps, name):
    assert find_limit_path(Definition(10, by_kind={"RECIPE": 30}, caps=caps), OPERATORS) == ("definition", "caps", name)


def test_what_the_operator_has_off_a_leader_may_turn_on_at_its_amounts():
    off = BUILT_IN[Trigger.REVIEW_DONE]
    check_leader_limits(Definition(4, caps=Caps(day=40)), off)
    assert find_limit_path(Definition(5, caps=Caps(day=40)), off) == ("definition", "amount")
    assert find_limit_path(Definition(4), off) == ("definition", "caps", "day")


def test_what_the_operator_has_switched_off_a_leader_may_not_turn_on():
    with pytest.raises(InvalidInput) as found:
        check_leader_limits(Definition(1), Definition(10), switched_off=True)
    assert found.value.path == ("definition", "enabled")
    check_leader_limits(Definition(1, enabled=False), Definition(10), switched_off=True)


def test_a_leaders_rule_counts_as_long_as_it_could_be_published_and_one_that_is_off_always():
    assert is_leader_rule_effective(Definition(20), Definition(10))
    assert not is_leader_rule_effective(Definition(20), Definition(9))
    assert not is_leader_rule_effective(Definition(0), Definition(9, caps=Caps(day=9)))
    assert not is_leader_rule_effective(Definition(1), Definition(10), switched_off=True)
    assert is_leader_rule_effective(Definition(20, enabled=False), Definition(0, caps=Caps(day=1)), switched_off=True)


def test_a_kind_that_a_leader_leaves_out_is_not_paid_more_than_twice():
    operators = Definition(100, by_kind={"PHOTOGRAPH": 1})
    find_limit_path(Definition(200), operators)


def test_scores_do_not_lift_a_leaders_rule_beyond_twice():
    find_limit_path(Definition(20, by_scores=True), Definition(10))


def test_a_streak_of_every_day_is_not_paid_as_the_operators_longest():
    find_limit_path(Definition(1, streaks={1: 40, 2: 40, 3: 40, 4: 40}), BUILT_IN[Trigger.CHECK_IN])


@few
@given(definitions, definitions, st.builds(Facts, kind=st.none() | kinds, scores=st.none() | scores))
def test_a_leaders_rule_never_pays_more_than_twice_the_operators(wanted, operators, what):
    try:
        check_leader_limits(wanted, operators)
    except InvalidInput:
        return
    most = compute_amount(operators, what)[0] * MAX_LEADER_FACTOR
    assert (
        compute_amount(wanted, what)[0] <= most + MAX_LEADER_FACTOR
    )  # a fraction may be dropped on one side and not the other


@pytest.mark.parametrize(
    ("inputs", "rounding", "amounts"),
    [
        ({"base": 15, "authenticity": 3, "usefulness": 3, "resonance": 3, "season_percent": 300}, 2, {40}),
        ({"base": 15, "authenticity": 3, "usefulness": 3, "resonance": 3, "season_percent": 300}, None, {39, 40, 45}),
        ({"base": 3, "authenticity": 5, "usefulness": 5, "resonance": 5}, None, {3, 4}),
    ],
)
def test_explanation_without_rounding_allows_the_earlier_amounts(inputs, rounding, amounts):
    explanation = {"inputs": inputs} if rounding is None else {"inputs": inputs, "rounding": rounding}
    assert list_explained_amounts(explanation) == amounts
