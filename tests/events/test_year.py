"""A year of events, hour by hour: phases, notices and streaks in two time zones, with a schedule that sleeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from community.events import festivals, queries, templates
from community.events.errors import EventStateForbids
from community.events.festivals import Occasion
from community.events.kinds import EventKind, EventState
from community.events.rows import EventRow
from community.events.tasks import check_ins, riddles
from community.events.tasks.queries import list_questions
from community.events.templates import EventTemplate
from community.kernel import clock, db, outbox, periods, schedule
from community.leaderboards import closings
from community.points.earning import check_in
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind, compute_period
from tests.support.contests import QUESTIONS, hold, move_to, reload
from tests.support.story import SampleCommunity, assert_refused, create_community, list_rows
from workers.registry import JOBS
from workers.schedule import SCHEDULE

YEAR = 2027
HOUR = timedelta(hours=1)
ZONES = ("Asia/Shanghai", "America/New_York")
EFFECTS = ("effects.move_events", "effects.remind_of_events", "effects.announce_event")
ASLEEP = (datetime(YEAR, 9, 17, 12, tzinfo=UTC), datetime(YEAR, 9, 19, 0, tzinfo=UTC))
"""A day and a half in which the schedule does not run. In both communities a voting begins in it."""


def list_hours() -> Iterator[datetime]:
    """Yield each hour of the year in UTC."""
    hour = datetime(YEAR, 1, 1, tzinfo=UTC)
    while hour.year == YEAR:
        yield hour
        hour += HOUR


def find_state(event: EventRow, moment: datetime) -> EventState:
    """Return the phase that the dates of an announced event mean. It is the model of the walk."""
    reached = [state for state, at in event.dates.items() if at <= moment]
    return reached[-1] if reached else EventState.ANNOUNCED


async def run_schedule() -> None:
    """Put due effects into the outbox, and carry out those of events, as scheduler and worker would."""
    await schedule.put_due_effects()
    for name in EFFECTS:
        pending = await outbox.list_pending(name)
        if name in SCHEDULE:
            assert len(pending) <= 1
        for effect in pending:
            await JOBS[name].work(**effect.args)
            await outbox.mark_done(effect.id)


def read(row: dict[str, Any]) -> Any:
    """Return the detail of a row, which SQLite has as text."""
    return json.loads(row["detail"]) if isinstance(row["detail"], str) else row["detail"]


async def announce_templates(place: SampleCommunity) -> list[EventRow]:
    """Create and announce an event of each template."""
    made = []
    for template in EventTemplate:
        row = await templates.create_event(
            place.leader, template=template, year=YEAR, title=template.value, text="活动"
        )
        if row.kind is EventKind.RIDDLES:
            row = await riddles.write_questions(place.leader, row.id, version=row.version, questions=QUESTIONS)
        made.append(await move_to(place.leader, row, EventState.ANNOUNCED))
    return made


async def walk(events: list[EventRow]) -> None:
    """Walk through the year hour by hour. The jobs run in each hour in which something is due, and each midnight."""
    due = {at for event in events for at in event.dates.values()}
    due |= {at - timedelta(days=1) for at in due}
    for hour in list_hours():
        is_awake = not ASLEEP[0] <= hour < ASLEEP[1]
        if not is_awake or not (hour == ASLEEP[1] or any(hour - HOUR < at <= hour for at in due)):
            continue
        with clock.at(hour + timedelta(seconds=1)):
            await run_schedule()
            found = {row.id: row.state for row in await queries.get_events([event.id for event in events])}
        assert found == {event.id: find_state(event, hour) for event in events}, hour


@pytest.fixture
async def places(database):
    await schedule.declare({name: SCHEDULE[name] for name in EFFECTS if name in SCHEDULE})
    return [await create_community(residents=1, time_zone=zone) for zone in ZONES]


async def test_each_phase_comes_once_in_order(places):
    with clock.at(datetime(YEAR - 1, 12, 31, tzinfo=UTC)):
        events = [event for place in places for event in await announce_templates(place)]
        short = await hold(
            places[0].leader, EventState.ANNOUNCED, EventKind.PHOTO_CONTEST, opens_at=ASLEEP[0] + HOUR,
            voting_at=ASLEEP[0] + 7 * HOUR, judging_at=ASLEEP[0] + 12 * HOUR, closes_at=ASLEEP[0] + 30 * HOUR,
        )  # fmt: skip
    await walk([*events, short])
    moves = [row for row in await list_rows("audit_event") if row["action"] == "event.move"]
    results = [row["event_id"] for row in await list_rows("event_result")]
    assert sorted(results) == sorted(event.id for event in [*events, short])
    for event in [*events, short]:
        states = [EventState(read(row)["state"]) for row in moves if row["subject_id"] == event.id]
        assert states == [EventState.ANNOUNCED, *event.dates]
    await check_notices(events, short)


async def check_notices(events: list[EventRow], short: EventRow) -> None:
    """Check that each member got a notice once per event, unless the schedule slept too long."""
    notices = await list_rows("notice")
    ends = {event.id: min(at for state, at in event.dates.items() if state is not EventState.OPEN) for event in events}
    slept = {number for number, at in ends.items() if ASLEEP[0] <= at - timedelta(days=1) and at <= ASLEEP[1]}
    assert len(slept) == 1
    for kind, missed in (("EVENT_OPEN", set()), ("EVENT_CLOSING", slept)):
        told = [(row["membership_id"], read(row)["event"]) for row in notices if row["kind"] == kind]
        assert len(told) == len(set(told)) == 2 * (len(events) - len(missed))
        assert not {event_id for _, event_id in told} & (missed | {short.id})


@pytest.mark.parametrize("number", [0, 1])
async def test_check_ins_and_riddles_follow_the_dates(places, number):
    place, zone = places[number], ZoneInfo(ZONES[number])
    # The clocks of New York change on the 14th.
    opens, closes = (datetime(YEAR, 3, day, tzinfo=zone).astimezone(UTC) for day in (10, 18))
    with clock.at(opens - timedelta(days=2)):
        challenge, asked = [
            await hold(place.leader, EventState.ANNOUNCED, kind, opens_at=opens, closes_at=closes)
            for kind in (EventKind.CHECK_IN_CHALLENGE, EventKind.RIDDLES)
        ]
    ((question, _),) = await list_questions([asked.id])
    hour, tries = opens - 2 * HOUR, 0
    while hour <= closes + 2 * HOUR:
        with clock.at(hour):
            await run_schedule()
            calls = [check_ins.check_in(place.residents[0], challenge.id, day=None, submission_id=None)]
            if hour in {opens - HOUR, opens, closes}:
                calls.append(riddles.answer(place.residents[0], question.id, text="雨"))
            for call in calls:
                if opens <= hour < closes:
                    await call
                    tries += 1
                else:
                    await assert_refused(EventStateForbids, call)
        hour += HOUR
    assert tries == (closes - opens) // HOUR + 1
    for event, counts in ((challenge, {"days": 8, "longest_streak": 8}), (asked, {"right": 1, "tries": 1})):
        ((result,),) = await queries.list_results([event.id])
        (entry,) = json.loads(result.document)["entries"]
        assert {name: entry[name] for name in counts} == counts
        assert (entry["place"], entry["prize"]) == (1, "GOLD")


@dataclass(slots=True)
class ClosingRow:
    board: str
    period: str
    ends_at: datetime
    closed_at: datetime


CLOSINGS = db.Select(
    "SELECT board, period, ends_at, closed_at FROM leaderboard_closing WHERE community_id = $1 AND kind = $2"
    " ORDER BY board, ends_at",
    ClosingRow,
)


async def test_boards_close_each_period_once(places):
    start, end = datetime(YEAR, 12, 27, tzinfo=UTC), datetime(YEAR + 1, 1, 3, tzinfo=UTC)
    asleep = (datetime(YEAR, 12, 30, 20, tzinfo=UTC), datetime(YEAR + 1, 1, 1, 8, tzinfo=UTC))
    hours = [start + number * HOUR for number in range((end - start) // HOUR)]
    for hour in hours:
        if not asleep[0] <= hour < asleep[1]:
            with clock.at(hour):
                await closings.close_due()
    for place, zone in zip(places, ZONES, strict=True):
        for kind in (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.YEAR):
            ended = {compute_period(kind, hour, zone) for hour in hours}
            due = sorted((one.end, one.name) for one in ended if start < one.end <= hours[-1] - HOUR)
            rows = [row for row in await CLOSINGS.all(place.id, kind) if row.ends_at > start]
            assert [(row.board, row.ends_at, row.period) for row in rows] == [
                (board, *one) for board in sorted(BoardKind) for one in due
            ]
            for row in rows:
                first = row.ends_at + HOUR
                expected = asleep[1] if asleep[0] <= first < asleep[1] else first
                assert expected <= row.closed_at < expected + timedelta(minutes=1)


@pytest.mark.parametrize("zone", ZONES)
def test_each_hour_is_in_one_day(zone):
    found = [periods.day(hour, zone) for hour in list_hours()]
    days = sorted(set(found), key=lambda day: day.start)
    assert all(day.start <= hour < day.end for hour, day in zip(list_hours(), found, strict=True))
    assert all(before.end == after.start for before, after in pairwise(days))
    lengths = {(day.end - day.start) // HOUR for day in days}
    assert lengths == ({24} if zone == "Asia/Shanghai" else {23, 24, 25})


async def test_new_years_eve_opens_before_the_festival(places):
    with clock.at(datetime(YEAR - 1, 12, 31, tzinfo=UTC)):
        row = await templates.create_event(
            places[1].leader, template=EventTemplate.NEW_YEARS_EVE_DINNER, year=YEAR, title="年夜饭", text="团圆"
        )
    row = await reload(row)
    local = row.opens_at.astimezone(ZoneInfo(ZONES[1]))
    assert local == datetime(YEAR, 2, 4, 9, tzinfo=ZoneInfo(ZONES[1]))
    assert festivals.find_day(Occasion.SPRING_FESTIVAL, YEAR) == date(YEAR, 2, 6)


@pytest.mark.parametrize("first", [date(YEAR, 3, 8), date(YEAR, 11, 1), date(YEAR, 12, 26)])
async def test_streak_goes_through_changed_clocks(places, first):
    for place, zone in zip(places, ZONES, strict=True):
        for number in range(10):
            # Late in the evening, then early in the morning.
            hour = time(23, 30) if number % 2 else time(0, 15)
            local = datetime.combine(first + timedelta(days=number), hour, ZoneInfo(zone))
            with clock.at(local.astimezone(UTC)):
                found = await check_in.record_check_in(place.residents[0])
            assert (found.day, found.streak) == (local.date(), number + 1)
