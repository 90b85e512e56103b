"""Check-ins: once a day of the community, with bonuses for streaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel import clock
from community.kernel.paging import PageRequest
from community.points import queries
from community.points.earning import editing
from community.points.earning.check_in import record_check_in
from community.points.earning.earn import NotEarnedBecause, Outcome
from community.points.earning.models import Trigger
from community.points.earning.rules import Definition, Needs
from tests.support.bank import find_violations, get_balance, list_statement_lines
from tests.support.story import create_community, list_rows, read_tables, run_concurrently

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)  # 12:00 in Shanghai
DAY = timedelta(days=1)


async def check_in_at(member, moment: datetime) -> tuple[str, int, bool, int]:
    """Check the member in at a moment. Return day, streak, is_new and points."""
    with clock.at(moment):
        done = await record_check_in(member)
    return done.day.isoformat(), done.streak, done.is_new, done.outcome.points


async def test_the_first_check_in_of_a_day_earns_and_says_why(database):
    place = await create_community()
    assert await check_in_at(place.resident, NOON) == ("2031-03-05", 1, True, 1)
    (line,) = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest())).rows
    assert line.explanation == {
        "rule": "CHECK_IN", "version": 1, "set_by": "BUILT_IN", "rounding": 2, "inputs": {"streak": 1, "base": 1}
    }  # fmt: skip
    assert await find_violations() == {}


async def test_a_second_time_today_changes_nothing_and_answers_the_same(database):
    place = await create_community()
    await check_in_at(place.resident, NOON - DAY)
    first = await check_in_at(place.resident, NOON)
    before = await read_tables()
    for hours in (0, 1, 11):
        assert await check_in_at(place.resident, NOON + timedelta(hours=hours)) == (*first[:2], False, first[3])
    assert await read_tables() == before


async def test_twenty_check_ins_at_once_are_one(database):
    place = await create_community()
    with clock.at(NOON):
        answers = await run_concurrently(*(record_check_in(place.resident) for _ in range(20)))
    assert sorted(answer.is_new for answer in answers) == [False] * 19 + [True]
    assert {(answer.day.isoformat(), answer.streak, answer.outcome) for answer in answers} == {
        ("2031-03-05", 1, Outcome(1))
    }
    assert (await get_balance(place.resident), len(await list_rows("check_in"))) == (1, 1)
    assert await find_violations() == {}


@pytest.mark.parametrize(
    ("time_zone", "midnight"),
    [
        ("Asia/Shanghai", datetime(2031, 3, 5, 16, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2031, 3, 5, 18, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2031, 3, 6, 5, tzinfo=UTC)),
        ("UTC", datetime(2031, 3, 6, tzinfo=UTC)),
    ],
)
async def test_a_day_ends_at_midnight_where_the_community_is(database, time_zone, midnight):
    place = await create_community(time_zone=time_zone)
    assert await check_in_at(place.resident, midnight - timedelta(seconds=5)) == ("2031-03-05", 1, True, 1)
    assert await check_in_at(place.resident, midnight) == ("2031-03-06", 2, True, 1)
    assert await check_in_at(place.resident, midnight + timedelta(hours=23)) == ("2031-03-06", 2, False, 1)


async def test_a_day_of_23_hours_is_a_day(database):
    place = await create_community(time_zone="America/New_York")
    moments = [datetime(2031, 3, 9, 4, 59, tzinfo=UTC), datetime(2031, 3, 9, 5, tzinfo=UTC),
               datetime(2031, 3, 10, 4, tzinfo=UTC)]  # fmt: skip
    assert [(await check_in_at(place.resident, moment))[:2] for moment in moments] == [
        ("2031-03-08", 1), ("2031-03-09", 2), ("2031-03-10", 3),
    ]  # fmt: skip


async def test_a_row_of_days_goes_on_over_the_end_of_a_year_and_begins_anew_after_a_gap(database):
    place = await create_community()
    start = datetime(2031, 12, 30, 4, tzinfo=UTC)
    streaks = [(await check_in_at(place.resident, start + day * DAY))[1] for day in (0, 1, 2, 3, 5, 6)]
    assert streaks == [1, 2, 3, 4, 1, 2]


async def test_a_streak_is_each_members_own(database):
    place = await create_community()
    await check_in_at(place.resident, NOON)
    assert (await check_in_at(place.other, NOON + DAY))[1] == 1
    assert (await check_in_at(place.resident, NOON + DAY))[1] == 2


async def test_a_streak_earns_its_bonus_on_the_day_it_is_reached(database):
    place = await create_community()
    points = [(await check_in_at(place.resident, NOON + day * DAY))[3] for day in range(31)]
    assert points == [1] * 6 + [6] + [1] * 22 + [21, 1]
    assert await get_balance(place.resident) == sum(points) == 56
    assert await find_violations() == {}


async def test_a_bonus_is_paid_again_when_the_streak_is_reached_again(database):
    place = await create_community()
    days = [*range(7), *range(8, 15)]
    points = [(await check_in_at(place.resident, NOON + day * DAY))[3] for day in days]
    assert points == ([1] * 6 + [6]) * 2


async def test_a_bonus_is_explained(database):
    place = await create_community()
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(1, streaks={2: 5}))
    for day in range(2):
        await check_in_at(place.resident, NOON + day * DAY)
    row = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest(1))).rows[0]
    assert row.explanation["inputs"] == {"streak": 2, "base": 1, "streak_bonus": 5}
    assert await list_statement_lines(place.resident) == [("AWARD", 1, 1), ("AWARD", 6, 7)]


async def test_a_check_in_counts_for_the_streak_whether_it_is_paid_or_not(database):
    place = await create_community()
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(1, enabled=False))
    with clock.at(NOON):
        done = await record_check_in(place.resident)
    assert (done.streak, done.outcome) == (1, Outcome(0, NotEarnedBecause.RULE_OFF))
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=None)
    assert await check_in_at(place.resident, NOON + DAY) == ("2031-03-06", 2, True, 1)
    assert await find_violations() == {}


async def test_who_is_not_yet_eligible_is_told_until_when_and_keeps_the_streak(database):
    place = await create_community()
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(1, needs=Needs(member_days=2)))
    now = clock.now()
    with clock.at(now):
        done = await record_check_in(place.resident)
    assert (done.streak, done.outcome.because) == (1, NotEarnedBecause.NOT_YET_ELIGIBLE)
    assert now < done.outcome.until <= now + 2 * DAY
    assert (await check_in_at(place.resident, now + DAY))[1:] == (2, True, 0)
    assert (await check_in_at(place.resident, now + 2 * DAY))[1:] == (3, True, 1)


async def test_a_second_time_today_answers_the_same_when_the_rule_has_changed_meanwhile(database):
    place = await create_community()
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(1, enabled=False))
    first = await check_in_at(place.resident, NOON)
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(3))
    before = await read_tables()
    assert await check_in_at(place.resident, NOON + timedelta(hours=1)) == (*first[:2], False, first[3])
    assert await read_tables() == before


async def test_the_same_person_checks_in_in_each_community(database):
    place, elsewhere = await create_community(), await create_community(time_zone="America/New_York")
    assert await check_in_at(place.resident, NOON + timedelta(hours=13)) == ("2031-03-06", 1, True, 1)
    assert await check_in_at(elsewhere.resident, NOON + timedelta(hours=13)) == ("2031-03-05", 1, True, 1)
    assert await find_violations() == {}
