"""Periods in the community's time zone, and ranks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.leaderboards.rules import LeaderboardEntry, rank_entries
from community.scores.periods import PeriodKind, compute_period

DAY, WEEK, MONTH, YEAR, EVER = PeriodKind
ZONES = (
    "Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "America/Santiago", "Africa/Cairo",
    "Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Pacific/Chatham", "America/St_Johns", "Africa/Casablanca",
)  # fmt: skip
moments = st.integers(0, 13 * 365 * 86_400).map(lambda second: utc("2025-01-01T00:00") + timedelta(seconds=second))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "zone", "moment", "expected"),
    [
        # A week begins on Monday, a month on its first day, at midnight in the community's time zone.
        (WEEK, "Asia/Shanghai", "2026-03-04T12:00", ("week:2026-03-02", "2026-03-01T16:00", "2026-03-08T16:00")),
        (WEEK, "Asia/Shanghai", "2026-03-01T15:59", ("week:2026-02-23", "2026-02-22T16:00", "2026-03-01T16:00")),
        (WEEK, "Asia/Shanghai", "2026-03-01T16:00", ("week:2026-03-02", "2026-03-01T16:00", "2026-03-08T16:00")),
        (MONTH, "Asia/Shanghai", "2026-02-28T15:59", ("month:2026-02-01", "2026-01-31T16:00", "2026-02-28T16:00")),
        (MONTH, "Asia/Shanghai", "2026-02-28T16:00", ("month:2026-03-01", "2026-02-28T16:00", "2026-03-31T16:00")),
        (MONTH, "UTC", "2028-02-29T23:00", ("month:2028-02-01", "2028-02-01T00:00", "2028-03-01T00:00")),
        # A week over New Year.
        (WEEK, "UTC", "2027-01-01T00:00", ("week:2026-12-28", "2026-12-28T00:00", "2027-01-04T00:00")),
        (MONTH, "UTC", "2026-12-31T23:59", ("month:2026-12-01", "2026-12-01T00:00", "2027-01-01T00:00")),
        (MONTH, "Pacific/Kiritimati", "2026-12-31T10:00", ("month:2027-01-01", "2026-12-31T10:00", "2027-01-31T10:00")),
        # Weeks of 167 and 169 hours.
        (WEEK, "Europe/Berlin", "2026-03-29T12:00", ("week:2026-03-23", "2026-03-22T23:00", "2026-03-29T22:00")),
        (WEEK, "Europe/Berlin", "2026-10-25T12:00", ("week:2026-10-19", "2026-10-18T22:00", "2026-10-25T23:00")),
        (MONTH, "America/New_York", "2026-03-15T12:00", ("month:2026-03-01", "2026-03-01T05:00", "2026-04-01T04:00")),
        # Offsets of half an hour.
        (WEEK, "Asia/Kathmandu", "2026-03-01T18:15", ("week:2026-03-02", "2026-03-01T18:15", "2026-03-08T18:15")),
        (DAY, "Europe/Berlin", "2026-03-29T12:00", ("day:2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00")),
        (DAY, "Asia/Shanghai", "2026-03-01T16:00", ("day:2026-03-02", "2026-03-01T16:00", "2026-03-02T16:00")),
        (YEAR, "Asia/Shanghai", "2026-12-31T15:59", ("year:2026-01-01", "2025-12-31T16:00", "2026-12-31T16:00")),
        (YEAR, "Asia/Shanghai", "2026-12-31T16:00", ("year:2027-01-01", "2026-12-31T16:00", "2027-12-31T16:00")),
        (EVER, "Asia/Shanghai", "2026-03-01T18:15", ("ever", "2000-01-01T00:00", "9000-01-01T00:00")),
    ],
)  # fmt: skip
def test_the_periods(kind, zone, moment, expected):
    found = compute_period(kind, utc(moment), zone)
    name, start, end = expected
    assert (found.kind, found.name, found.start, found.end) == (kind, name, utc(start), utc(end))


@given(st.sampled_from([DAY, WEEK, MONTH, YEAR]), moments, st.sampled_from(ZONES))
def test_a_period_holds_its_moment_and_the_next_one_begins_where_it_ends(kind, moment, zone):
    found = compute_period(kind, moment, zone)
    assert found.start <= moment < found.end
    following = compute_period(kind, found.end, zone)
    assert following.start == found.end
    assert following.name > found.name
    assert compute_period(kind, found.end - timedelta(microseconds=1), zone) == found


@given(moments, st.sampled_from(ZONES))
def test_a_period_begins_with_its_day(moment, zone):
    for kind in (DAY, WEEK, MONTH, YEAR):
        start = compute_period(kind, moment, zone).start.astimezone(ZoneInfo(zone))
        before = (start.astimezone(UTC) - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert before.date() < start.date()
        assert start.weekday() == 0 if kind is WEEK else start.day == 1 or kind is DAY
        assert kind is not YEAR or start.month == 1


@given(moments, st.sampled_from(ZONES))
def test_a_moment_is_in_the_same_period_however_it_is_written(moment, zone):
    for kind in PeriodKind:
        assert compute_period(kind, moment, "Asia/Shanghai") == compute_period(
            kind, moment.astimezone(ZoneInfo(zone)), "Asia/Shanghai"
        )


@pytest.mark.parametrize(
    ("points", "ranks"),
    [([], []), ([5], [1]), ([9, 7, 7, 3], [1, 2, 2, 4]), ([5, 5, 5], [1, 1, 1]), ([9, 9, 8, 8, 7], [1, 1, 3, 3, 5])],
)
def test_equals_share_a_rank_and_the_next_leaves_the_gap(points, ranks):
    assert [row.rank for row in rank_entries(list(enumerate(points)))] == ranks


board = st.lists(st.integers(1, 6), max_size=12).map(lambda points: list(enumerate(sorted(points, reverse=True))))


@given(board)
def test_a_rank_is_one_more_than_those_with_more_points(scores):
    assert rank_entries(scores) == [
        LeaderboardEntry(member, 1 + sum(other > points for _, other in scores), points) for member, points in scores
    ]


@given(board, st.integers(0, 12), st.integers(0, 12))
def test_a_stretch_has_the_ranks_of_the_whole(scores, begin, end):
    stretch = scores[begin:end]
    better = sum(points > stretch[0][1] for _, points in scores) if stretch else 0
    assert rank_entries(stretch, above=begin, better=better) == rank_entries(scores)[begin:end]
