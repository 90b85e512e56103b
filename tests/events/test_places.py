"""Activities: places, the waiting list, and attendance."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from community.api import ids
from community.communities.queries import get_members
from community.events import entering, phases, places, queries, service
from community.events.errors import AttendanceCodeInvalid, EntryStateForbids, EntryUnfit, EventStateForbids
from community.events.kinds import EntryState, EventKind, EventState
from community.kernel import clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from tests.support.api import new_key, run_api
from tests.support.bank import find_violations
from tests.support.contests import hold, make_event_content, move_to, reload, reload_entry
from tests.support.story import assert_refused, create_published, list_rows, run_concurrently


async def create_activity(place, capacity=2, **given):
    return await hold(place.leader, EventState.OPEN, EventKind.ACTIVITY, capacity=capacity, **given)


async def sign_up(event, *members):
    return [await entering.enter(member, event.id) for member in members]


async def list_states(rows):
    return [(await reload_entry(row)).state.value for row in rows]


async def test_full_activity_has_a_waiting_list(place):
    event = await create_activity(place)
    rows = await sign_up(event, *place.residents[:4])
    assert await list_states(rows) == ["ENTERED", "ENTERED", "WAITING", "WAITING"]
    assert await queries.list_positions([row.id for row in rows]) == [None, None, 1, 2]
    assert await sign_up(event, place.residents[2]) == [rows[2]]


async def test_waiting_members_move_up_in_order(place):
    event = await create_activity(place)
    rows = await sign_up(event, *place.residents[:5])
    await entering.withdraw(place.residents[0], rows[0].id)
    await entering.withdraw(place.residents[3], rows[3].id)
    await entering.disqualify(place.leader, rows[1].id, reason="占位")
    assert await list_states(rows) == ["WITHDRAWN", "DISQUALIFIED", "ENTERED", "WITHDRAWN", "ENTERED"]
    notices = [row["membership_id"] for row in await list_rows("notice") if row["kind"] == "EVENT_PLACE"]
    assert notices == [rows[2].membership_id, rows[4].membership_id]
    assert (await entering.reinstate(place.leader, rows[1].id)).state is EntryState.WAITING


async def test_concurrent_members_share_the_places(place):
    event = await create_activity(place, 3)
    await run_concurrently(*[entering.enter(member, event.id) for member in (*place.residents, *place.leaders)])
    (counted,) = await queries.count_places([event.id])
    assert (counted.entered, counted.waiting) == (3, 5)
    rows = (await queries.list_entries(await reload(event), place.leader, PageRequest())).rows
    leaving = [row for row in rows if row.state is EntryState.ENTERED]
    by_id = {member.id: member for member in (*place.residents, *place.leaders)}
    await run_concurrently(*[entering.withdraw(by_id[row.membership_id], row.id) for row in leaving])
    (counted,) = await queries.count_places([event.id])
    assert (counted.entered, counted.waiting) == (3, 2)
    assert await find_violations() == {}


@pytest.mark.parametrize("seed", range(3))
async def test_random_steps_agree_with_a_model(place, seed):
    chance = random.Random(seed)
    event, line, out = await create_activity(place), [], {}
    for _ in range(40):
        member = chance.choice(place.residents)
        signed = {row.membership_id: row for row in line}
        if member.id in out and chance.random() < 0.5:
            row = out.pop(member.id)
            await entering.reinstate(place.leader, row.id)
            # The position in the line is that of the first sign-up, but a place that was given stays.
            line = [*_held(line), *sorted([*_waiting(line), row], key=lambda one: one.id)]
        elif member.id in out:
            continue
        elif member.id not in signed:
            line += await sign_up(event, member)
        elif chance.random() < 0.7:
            await entering.withdraw(member, signed[member.id].id)
            line = [row for row in line if row.membership_id != member.id]
        else:
            out[member.id] = signed[member.id]
            await entering.disqualify(place.leader, signed[member.id].id, reason="占位")
            line = [row for row in line if row.membership_id != member.id]
        expected = ["ENTERED" if number < 2 else "WAITING" for number in range(len(line))]
        assert await list_states(line) == expected
    assert await find_violations() == {}


def _held(line):
    return line[:2]


def _waiting(line):
    return line[2:]


async def test_sign_up_ends_with_the_beginning(place):
    event = await create_activity(place, 1)
    rows = await sign_up(event, *place.residents[:2])
    with clock.at(event.conditions.starts_at):
        refusal = await assert_refused(EntryUnfit, entering.enter(place.residents[2], event.id))
        assert refusal.reason == "started"
        await entering.withdraw(place.residents[0], rows[0].id)
    assert await list_states(rows) == ["WITHDRAWN", "WAITING"]


async def test_attendance_needs_the_code_and_a_place(place):
    event = await create_activity(place)
    first, second, third = await sign_up(event, *place.residents[:3])
    early = places.attend(place.resident, first.id, code=event.code)
    assert (await assert_refused(EntryStateForbids, early)).reason == "not_started"
    with clock.at(event.conditions.starts_at):
        typed = f" {event.code[:4].lower()}-{event.code[4:]}"
        attended = await places.attend(place.resident, first.id, code=typed)
        assert attended.attended_at is not None
        assert await places.attend(place.resident, first.id, code=typed) == attended
        await assert_refused(AttendanceCodeInvalid, places.attend(place.other, second.id, code="AAAAAAAA"))
        await assert_refused(NotFound, places.attend(place.resident, second.id, code=event.code))
        await assert_refused(EntryStateForbids, places.attend(place.residents[2], third.id, code=event.code))
        await assert_refused(EntryStateForbids, entering.withdraw(place.resident, first.id))


async def test_result_names_those_who_came(place):
    event = await create_activity(place)
    first, second, third = await sign_up(event, *place.residents[:3])
    with clock.at(event.conditions.starts_at):
        await places.attend(place.other, second.id, code=event.code)
        await move_to(place.leader, event, EventState.CLOSED)
    assert [(await reload_entry(row)).place for row in (first, second, third)] == [None, 1, None]
    ((result,),) = await queries.list_results([event.id])
    assert '"because":"ABSENT"' in result.document
    assert '"because":"WAITING"' in result.document
    with clock.at(event.closes_at):
        await phases.move_due()
        await assert_refused(EventStateForbids, places.attend(place.resident, first.id, code=event.code))


async def test_activity_is_not_closed_before_its_beginning(place):
    event = await create_activity(place)
    await sign_up(event, place.resident)
    await assert_refused(EventStateForbids, move_to(place.leader, event, EventState.CLOSED))
    assert await list_rows("event_result") == []
    event = await reload(event)
    event = await phases.move(place.leader, event.id, version=event.version, to=EventState.CANCELLED)
    assert event.state is EventState.CANCELLED


async def test_entries_of_an_activity_are_private(place):
    event = await create_activity(place)
    rows = await sign_up(event, *place.residents[:3])
    found = await queries.list_entries(event, place.other, PageRequest())
    assert [row.id for row in found.rows] == [rows[1].id]
    found = await queries.list_entries(event, place.leader, PageRequest())
    assert [row.id for row in found.rows] == [row.id for row in rows]


async def test_submission_belongs_to_a_contest_alone(place):
    event, contest = await create_activity(place), await hold(place.leader)
    row = await create_published(place)
    await assert_refused(InvalidInput, entering.enter(place.resident, event.id, submission_id=row.id))
    await assert_refused(InvalidInput, entering.enter(place.resident, contest.id))


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        (EventKind.ACTIVITY, {"starts_at": None}, "event_date_missing"),
        (EventKind.ACTIVITY, {"starts_at": timedelta(days=9)}, "event_date_order"),
        (EventKind.ACTIVITY, {"capacity": 0}, "event_number"),
        (EventKind.PHOTO_CONTEST, {"starts_at": timedelta(days=2)}, "event_rule_unused"),
        (EventKind.PHOTO_CONTEST, {"capacity": 3}, "event_rule_unused"),
    ],
)
async def test_impossible_activity_is_refused(place, kind, given, reason):
    given = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in given.items()}
    made = service.create(place.leader, kind=kind, content=make_event_content(kind, **given))
    assert (await assert_refused(InvalidInput, made)).reason == reason


ATTEND = "mutation($i: EntryAttendInput!) { entryAttend(input: $i) { entry { id } errors { code retryAt } } }"


async def test_wrong_attendance_codes_are_limited(settings):
    async with run_api(settings.model_copy(update={"login_failures": 2})) as api:
        leader = await api.found_community()
        callers = [await api.resident(leader, name) for name in ("小李", "阿明")]
        leads, *members = [
            (await get_members([ids.decode("Member", one.member_id, path="id")]))[0] for one in (leader, *callers)
        ]
        with clock.at(clock.now() - timedelta(days=3)):  # They started a day ago.
            events = [await hold(leads, EventState.OPEN, EventKind.ACTIVITY) for _ in range(2)]
            entries = [[await entering.enter(member, event.id) for event in events] for member in members]

        async def attend(number, event, code):
            given = {"entryId": ids.encode("EventEntry", entries[number][event].id), "code": code}
            answer = await callers[number].ask(ATTEND, i=given | {"idempotencyKey": new_key()})
            (error,) = answer["entryAttend"]["errors"] or [{"code": None, "retryAt": None}]
            return error["code"], error["retryAt"]

        wrong, limited = ("ATTENDANCE_CODE_INVALID", None), "TOO_MANY_ATTEMPTS"
        assert [await attend(0, 0, "WRONG999") for _ in range(2)] == [wrong] * 2
        code, retry_at = await attend(0, 0, events[0].code)
        assert code == limited
        assert (await reload_entry(entries[0][0])).attended_at is None
        # Another activity and another member have counts of their own.
        assert [(await attend(*about, events[about[1]].code))[0] for about in ((0, 1), (1, 0))] == [None, None]
        with clock.at(datetime.fromisoformat(retry_at) + timedelta(seconds=1)):
            assert await attend(0, 0, events[0].code) == (None, None)
