"""Pure season rules: length, percentage, and the leaders' total per year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.kernel.errors import InvalidInput
from community.points.earning.season_rules import (
    LEADER_WINDOW,
    MAX_LEADER_TOTAL,
    SeasonPlan,
    SeasonSpan,
    check_leader_season,
    check_leader_window,
    check_season,
    compute_fullest_window,
)
from community.points.errors import SeasonsUsedUp

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def build_span(start: int, days: int) -> SeasonSpan:
    """Return the period of `days` days from the day `start`."""
    return SeasonSpan(NOON + start * DAY, NOON + (start + days) * DAY)


def build_plan(when: SeasonSpan, percent: int) -> SeasonPlan:
    """Return a season of that period and percentage."""
    return SeasonPlan("节", percent, when.start, when.end)


def try_opening(*wanted: tuple[int, int]) -> list[bool]:
    """Return for each season whether leaders may open it after the earlier ones."""
    others, answers = [], []
    for one in wanted:
        try:
            check_leader_window(build_span(*one), others)
        except SeasonsUsedUp:
            answers.append(False)
        else:
            others.append(build_span(*one))
            answers.append(True)
    return answers


def test_what_is_too_much_is_named():
    with pytest.raises(SeasonsUsedUp) as found:
        check_leader_window(build_span(0, 31), [build_span(0, 63)])
    assert found.value.path == ("endsAt",)


@pytest.mark.parametrize(
    ("wanted", "percent", "path"),
    [
        (build_span(0, 1), 100, "percent"), (build_span(0, 1), 1_001, "percent"), (build_span(0, 0), 200, "endsAt"),
        (build_span(-2, 1), 200, "endsAt"), (build_span(0, 367), 200, "endsAt"),
    ],
)  # fmt: skip
def test_a_season_pays_more_for_a_time_to_come_of_a_year_at_most(wanted, percent, path):
    with pytest.raises(InvalidInput) as found:
        check_season(build_plan(wanted, percent), now=NOON)
    assert found.value.path == (path,)


def test_the_ends_of_the_ranges_are_seasons():
    check_season(build_plan(build_span(0, 366), 1_000), now=NOON)
    check_season(build_plan(build_span(-365, 366), 101), now=NOON)
    check_leader_season(build_plan(build_span(0, 31), 300))


def test_seasons_cannot_be_chained_beyond_a_quarter_of_a_year():
    assert try_opening(*((31 * month, 31) for month in range(12))) == [True] * 3 + [False] * 9


def test_the_time_is_free_again_a_year_later_to_the_moment():
    assert try_opening((0, 31), (31, 31), (62, 31), (365, 31), (396, 31), (427, 31)) == [True] * 6
    assert try_opening((0, 31), (31, 31), (62, 31), (364, 31), (365, 31)) == [True] * 3 + [False, True]


def test_a_season_before_the_others_counts_with_those_after_it():
    assert try_opening((300, 31), (331, 31), (200, 31), (169, 31), (28, 1), (-34, 31)) == [True] * 3 + [
        False,
        False,
        True,
    ]


def test_seasons_at_the_same_time_count_each():
    assert try_opening(*[(0, 31)] * 4) == [True] * 3 + [False]


def test_the_last_moments_that_there_are_can_be_reckoned():
    last = datetime.max.replace(tzinfo=UTC)
    assert compute_fullest_window(SeasonSpan(last - DAY, last), [SeasonSpan(last - 3 * DAY, last - DAY)]) == 3 * DAY


def count_fullest_year(seasons: list[tuple[int, int]]) -> int:
    """Return the largest number of season days in 365 days, counted day by day."""
    days = [sum(start <= day < start + length for start, length in seasons) for day in range(LEADER_WINDOW.days * 4)]
    return max(sum(days[first : first + LEADER_WINDOW.days]) for first in range(LEADER_WINDOW.days * 3))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 31)), max_size=14))
def test_whatever_leaders_open_in_whatever_order_is_refused_where_365_days_would_hold_more(wanted):
    kept: list[tuple[int, int]] = []
    for one, is_open in zip(wanted, try_opening(*wanted), strict=True):
        assert is_open == (count_fullest_year([*kept, one]) <= MAX_LEADER_TOTAL.days)
        if is_open:
            kept.append(one)
