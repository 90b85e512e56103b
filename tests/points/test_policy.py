"""A community's points policy: expiry and the limit for corrections."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.kernel import audit, clock, periods
from community.kernel.errors import InvalidInput, NotFound
from community.points import policy, rules
from community.points.kinds import ExpiryPolicy
from tests.support.bank import award, find_violations, list_lots
from tests.support.story import create_community, read_tables

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)  # 12:00 in Shanghai
ROLLING, YEARS = ExpiryPolicy


async def assert_refused(refusal: type[Exception], call) -> tuple[str, ...]:
    """Assert that the call raises this and changes nothing. Return the path of the refusal."""
    before = await read_tables()
    with pytest.raises(refusal) as caught:
        await call
    assert await read_tables() == before
    return caught.value.path


async def test_a_community_without_a_policy_has_the_default(database):
    place = await create_community()
    row = await policy.get_policy(place.id)
    assert (row.expiry, row.rolling_days, row.adjustment_limit, row.time_zone) == (YEARS, None, 100, "Asia/Shanghai")
    assert row.compute_expiry(NOON) == datetime(2032, 12, 31, 16, tzinfo=UTC)


async def test_policy_is_set_for_one_community_only(database):
    place, elsewhere = await create_community(), await create_community()
    for days, limit in ((10, 50), (20, 0)):
        row = await policy.set_policy(place.id, expiry=ROLLING, rolling_days=days, adjustment_limit=limit)
        assert row == await policy.get_policy(place.id)
        assert (row.expiry, row.rolling_days, row.adjustment_limit) == (ROLLING, days, limit)
    assert (await policy.get_policy(elsewhere.id)).expiry is YEARS


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, (ROLLING, 10, 50)),
        ({"expiry": YEARS}, (YEARS, None, 50)),
        ({"expiry": ROLLING, "rolling_days": 20}, (ROLLING, 20, 50)),
        ({"adjustment_limit": 7}, (ROLLING, 10, 7)),
        ({"adjustment_limit": 0}, (ROLLING, 10, 0)),
    ],
)
async def test_policy_options_left_out_change_nothing(database, given, kept):
    place = await create_community()
    await policy.set_policy(place.id, expiry=ROLLING, rolling_days=10, adjustment_limit=50)
    row = await policy.set_policy(place.id, **given)
    assert (row.expiry, row.rolling_days, row.adjustment_limit) == kept
    assert row == await policy.get_policy(place.id)


async def test_policy_options_left_out_first_are_defaults(database):
    place = await create_community()
    row = await policy.set_policy(place.id, adjustment_limit=7)
    assert (row.expiry, row.rolling_days, row.adjustment_limit) == (YEARS, None, 7)


async def test_concurrent_policy_changes_keep_each_other(database):
    place = await create_community()
    await asyncio.gather(
        policy.set_policy(place.id, expiry=ROLLING, rolling_days=10), policy.set_policy(place.id, adjustment_limit=7)
    )
    row = await policy.get_policy(place.id)
    assert (row.expiry, row.rolling_days, row.adjustment_limit) == (ROLLING, 10, 7)


async def test_a_policy_is_written_down(database):
    place = await create_community()
    await policy.set_policy(place.id, expiry=ROLLING, rolling_days=10, adjustment_limit=5)
    last = (await audit.list_events(place.id, subject="community", subject_id=place.id))[-1]
    assert (last.action, last.actor_id, last.detail) == (
        "points.policy", None, {"expiry": "ROLLING_DAYS", "rolling_days": 10, "adjustment_limit": 5},
    )  # fmt: skip


async def test_what_was_earned_before_keeps_its_end(database):
    place = await create_community()
    with clock.at(NOON):
        await award(place.resident, "a", 1)
        await policy.set_policy(place.id, expiry=ROLLING, rolling_days=10)
        await award(place.resident, "b", 2)
        await policy.set_policy(place.id, expiry=ROLLING, rolling_days=1)
        await award(place.resident, "c", 4)
    midnight = datetime(2031, 3, 5, 16, tzinfo=UTC)
    assert await list_lots(place.resident) == [
        (midnight + timedelta(days=1), 4), (midnight + timedelta(days=10), 2),
        (datetime(2032, 12, 31, 16, tzinfo=UTC), 1),
    ]  # fmt: skip
    assert await find_violations() == {}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"expiry": ROLLING, "rolling_days": None}, "rollingDays"),
        ({"rolling_days": 5}, "rollingDays"),
        ({"expiry": YEARS, "rolling_days": 5}, "rollingDays"),
        ({"expiry": ROLLING, "rolling_days": 0}, "rollingDays"),
        ({"expiry": ROLLING, "rolling_days": -1}, "rollingDays"),
        ({"expiry": ROLLING, "rolling_days": 3_651}, "rollingDays"),
        ({"expiry": YEARS, "rolling_days": None, "adjustment_limit": -1}, "adjustmentLimit"),
        ({"expiry": YEARS, "rolling_days": None, "adjustment_limit": 2**63}, "adjustmentLimit"),
    ],
)
async def test_a_policy_that_cannot_be_meant_is_refused(database, given, path):
    place = await create_community()
    assert await assert_refused(InvalidInput, policy.set_policy(place.id, **given)) == (path,)


async def test_a_community_that_does_not_exist_has_no_policy(database):
    await assert_refused(NotFound, policy.get_policy(999))
    await assert_refused(NotFound, policy.set_policy(999, expiry=YEARS, rolling_days=None))


@pytest.mark.parametrize("days", [1, 3_650])
async def test_points_last_a_day_at_least_and_ten_years_at_most(database, days):
    place = await create_community()
    row = await policy.set_policy(place.id, expiry=ROLLING, rolling_days=days)
    assert row.compute_expiry(NOON) == datetime(2031, 3, 5, 16, tzinfo=UTC) + timedelta(days=days)


@pytest.mark.parametrize(
    ("earned", "time_zone", "ends"),
    [
        ("2026-12-31T15:59:59", "Asia/Shanghai", "2027-12-31T16:00"),
        ("2026-12-31T16:00:00", "Asia/Shanghai", "2028-12-31T16:00"),
        ("2027-01-01T04:59:59", "America/New_York", "2028-01-01T05:00"),
        ("2027-01-01T05:00:00", "America/New_York", "2029-01-01T05:00"),
    ],
)
def test_the_following_year_is_the_communitys(earned, time_zone, ends):
    moment = datetime.fromisoformat(f"{earned}+00:00")
    assert rules.compute_expiry(YEARS, None, earned_at=moment, time_zone=time_zone) == datetime.fromisoformat(
        f"{ends}+00:00"
    )


@settings(max_examples=50, deadline=None)
@given(
    st.timedeltas(timedelta(0), timedelta(days=5_000)),
    st.integers(1, 3_650),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Auckland", "UTC"]),
)
def test_rolling_days_are_whole_days_after_the_day_of_earning(passed, days, time_zone):
    earned = NOON + passed
    ends = rules.compute_expiry(ROLLING, days, earned_at=earned, time_zone=time_zone)
    assert ends == periods.midnight(periods.local_date(ends, time_zone), time_zone)
    last_good = periods.local_date(ends - timedelta(microseconds=1), time_zone)
    assert (last_good - periods.local_date(earned, time_zone)).days == days
