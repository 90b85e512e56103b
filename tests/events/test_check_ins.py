"""Check-in challenges: days of the community, streaks, make-up days, submissions and the result."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from community.events import entering, queries, service
from community.events.errors import EntryStateForbids, EntryUnfit, EventStateForbids
from community.events.kinds import EventKind, EventState, PrizeTier
from community.events.tasks import check_ins
from community.events.tasks.check_ins import check_in
from community.events.tasks.rules import find_longest_streak, find_streak
from community.kernel import clock, periods
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.submissions import removal
from tests.support.bank import find_violations, get_balance
from tests.support.contests import hold, make_event_content, move_to, reload, reload_entry
from tests.support.story import assert_refused, create_community, create_published, list_rows, run_concurrently

KIND = EventKind.CHECK_IN_CHALLENGE


async def open_challenge(place, **given):
    return await hold(place.leader, EventState.OPEN, KIND, **given)


async def check(member, event, *, on=None, day=None, submission_id=None):
    with clock.at(on or clock.now()):
        return await check_in(member, event.id, day=day, submission_id=submission_id)


async def read_progress(entry):
    (found,) = await check_ins.list_progress([entry])
    return found


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "streak", "longest"),
    [([], 0, 0), ([9], 0, 1), ([10], 1, 1), ([11], 1, 1), ([8, 9, 10], 3, 3), ([1, 2, 3, 5, 10, 11], 2, 3)],
)
def test_streak_ends_today_or_yesterday(days, streak, longest):
    found = [date(2026, 3, day) for day in days]
    assert (find_streak(found, date(2026, 3, 11)), find_longest_streak(found)) == (streak, longest)


async def test_second_check_in_of_a_day_has_no_effect(place):
    event = await open_challenge(place)
    first = await check(place.resident, event)
    assert await check(place.resident, event) == first
    assert len(await list_rows("event_check_in")) == 1
    assert (await read_progress(first)).streak == 1


async def test_make_up_days_are_limited(place):
    event = await open_challenge(place, make_up_days=1, opens_at=clock.now() + timedelta(days=1))
    today = periods.local_date(clock.now(), "Asia/Shanghai")
    later = clock.now() + timedelta(days=3)
    entry = await check(place.resident, event, on=later, day=today + timedelta(days=1))
    refused = check(place.resident, event, on=later, day=today + timedelta(days=2))
    refusal = await assert_refused(EntryUnfit, refused)
    assert (refusal.reason, refusal.figures["max"]) == ("make_up", 1)
    with clock.at(later):
        progress = await read_progress(entry)
    assert (progress.days, progress.make_up_days_left) == ([today + timedelta(days=1)], 0)


@pytest.mark.parametrize("days", [-1, 1])
async def test_day_outside_the_challenge_is_refused(place, days):
    event = await open_challenge(place, make_up_days=9)
    day = periods.local_date(clock.now(), "Asia/Shanghai") + timedelta(days=days)
    refused = check(place.resident, event, day=day)
    assert (await assert_refused(InvalidInput, refused)).reason == "check_in_day"
    assert await list_rows("event_entry") == []


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"])
async def test_hourly_check_ins_make_one_per_local_day(database, zone):
    place = await create_community(time_zone=zone)
    begin = at(2026, 10, 30, 3)  # Clocks change on 1 November in New York. On Lord Howe they changed before.
    begin = at(2026, 10, 2, 3) if zone == "Australia/Lord_Howe" else begin
    with clock.at(begin):
        event = await open_challenge(place, closes_at=begin + timedelta(days=6))
    seen = set()
    for hours in range(96):
        now = begin + timedelta(hours=hours)
        entry = await check(place.resident, event, on=now)
        seen.add(periods.local_date(now, zone))
        with clock.at(now):
            progress = await read_progress(entry)
        assert (set(progress.days), progress.streak) == (seen, len(seen))


async def test_check_in_needs_a_new_published_submission(place):
    old = await create_published(place, author=place.resident)
    with clock.at(clock.now() + timedelta(minutes=1)):
        event = await open_challenge(place, needs_submission=True)
        new = await create_published(place, author=place.resident)
        theirs = await create_published(place, author=place.other)
    later = clock.now() + timedelta(minutes=2)
    await assert_refused(InvalidInput, check(place.resident, event, on=later))
    refusal = await assert_refused(EntryUnfit, check(place.resident, event, on=later, submission_id=old.id))
    assert refusal.reason == "not_new"
    await assert_refused(NotFound, check(place.resident, event, on=later, submission_id=theirs.id))
    entry = await check(place.resident, event, on=later, submission_id=new.id)
    following = later + timedelta(days=1)
    refusal = await assert_refused(EntryUnfit, check(place.resident, event, on=following, submission_id=new.id))
    assert refusal.reason == "used"
    assert (await read_progress(entry)).longest_streak == 1
    await removal.withdraw(place.resident, new.id, version=new.version)
    assert (await read_progress(entry)).days == []


async def test_member_who_enters_again_keeps_the_days(place):
    event = await open_challenge(place, make_up_days=1, closes_at=clock.now() + timedelta(days=9))
    later = clock.now() + timedelta(days=2)
    entry = await check(place.resident, event)
    today = periods.local_date(clock.now(), "Asia/Shanghai")
    await check(place.resident, event, on=later, day=today + timedelta(days=1))
    await entering.withdraw(place.resident, entry.id)
    assert (await check(place.resident, event, on=later)).id == entry.id
    with clock.at(later):
        progress = await read_progress(entry)
    assert (len(progress.days), progress.make_up_days_left) == (3, 0)


async def test_concurrent_check_ins_count_once(place):
    event = await open_challenge(place)
    members = [*place.residents, *place.leaders]
    await run_concurrently(*[check(member, event) for member in members * 3])
    assert len(await list_rows("event_check_in")) == len(members)
    assert len(await list_rows("event_entry")) == len(members)


async def test_result_ranks_days_before_streaks(place):
    begin = clock.now()
    event = await open_challenge(place, gold_prizes=1, silver_prizes=1, closes_at=begin + timedelta(days=9))
    plans = [(0, 2, 4), (0, 1, 2), (0, 1), ()]
    entries = []
    for member, days in zip(place.residents[:4], plans, strict=True):
        entries.append(await entering.enter(member, event.id))
        for day in days:
            await check(member, event, on=begin + timedelta(days=day))
    with clock.at(begin + timedelta(days=5)):
        await move_to(place.leader, event, EventState.CLOSED)
    assert [(await reload_entry(entry)).place for entry in entries] == [2, 1, 3, 4]
    assert await queries.list_tiers([one.id for one in entries]) == [PrizeTier.SILVER, PrizeTier.GOLD, None, None]
    assert [await get_balance(member) for member in place.residents[:4]] == [100, 200, 0, 0]
    ((result,),) = await queries.list_results([event.id])
    document = json.loads(result.document)
    assert [(row["days"], row["longest_streak"]) for row in document["entries"]] == [(3, 3), (3, 1), (2, 2), (0, 0)]
    shown = await queries.list_entries(await reload(event), place.other, PageRequest())
    assert [row.place for row in shown.rows] == [1, 2, 3, 4]
    assert await find_violations() == {}


async def test_progress_is_private_until_the_result(place):
    event = await open_challenge(place)
    mine, _ = await check(place.resident, event), await check(place.other, event)
    shown = await queries.list_entries(await reload(event), place.resident, PageRequest())
    assert [row.id for row in shown.rows] == [mine.id]


async def test_closed_challenge_takes_no_check_in(place):
    event = await open_challenge(place)
    await check(place.resident, event)
    refused = check(place.resident, event, on=event.closes_at)
    assert (await assert_refused(EventStateForbids, refused)).reason == "closed"


async def test_disqualified_member_checks_in_no_more(place):
    event = await open_challenge(place)
    entry = await check(place.resident, event)
    await entering.disqualify(place.leader, entry.id, reason="代打卡")
    refused = check(place.resident, event, on=clock.now() + timedelta(days=1))
    await assert_refused(EntryStateForbids, refused)


@pytest.mark.parametrize("given", [{"make_up_days": 1}, {"needs_submission": True}, {"tries": 2}, {"paid_answers": 1}])
async def test_rule_of_another_kind_is_refused(place, given):
    made = service.create(
        place.leader, kind=EventKind.ACTIVITY, content=make_event_content(EventKind.ACTIVITY, **given)
    )
    assert (await assert_refused(InvalidInput, made)).reason == "event_rule_unused"
