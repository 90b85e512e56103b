"""Reports and cases about a thing that is no submission, whose package declares its verbs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from community.kernel.errors import Conflict, NotFound
from community.review import cases, queue
from community.review.appeals import queries, reports
from community.review.appeals.models import ReportCategory, ReportState
from community.review.errors import AlreadyReported, OwnCase, OwnThing
from community.review.models import CaseKind, CaseState, ThingKind
from community.review.queries import find_case
from community.review.things import THINGS, Thing, ThingVerbs
from tests.support.bank import find_violations
from tests.support.story import assert_refused, create_community, list_rows, run_concurrently

pytestmark = pytest.mark.usefixtures("database")
OTHER = ReportCategory.OTHER


@dataclass(slots=True)
class Shelf:
    """One thing in memory, with the verbs of its kind."""

    thing: Thing

    async def find(self, community_id, thing_id):
        if (community_id, thing_id) != (self.thing.community_id, self.thing.id):
            raise NotFound
        return self.thing

    async def read_texts(self, revisions):
        return ["真甜" for _ in revisions]

    async def hide(self, thing, leader, reason):
        self.thing = replace(self.thing, public=None)
        return leader, reason

    async def judge(self, *decision):
        raise AssertionError("nothing waits")


@pytest.fixture
async def place():
    return await create_community(leaders=2, residents=3)


@pytest.fixture
def shelf(place, monkeypatch):
    made = Shelf(Thing(ThingKind.COMMENT, 7, place.id, place.resident.id, public=1, pending=None))
    verbs = ThingVerbs(made.find, made.find, made.hide, made.judge, made.judge, made.read_texts)
    monkeypatch.setitem(THINGS, ThingKind.COMMENT, verbs)
    return made


async def report(by, thing_id=7, **given):
    return await reports.report_thing(by, thing_id, kind=ThingKind.COMMENT, category=OTHER, text="刷屏", **given)


async def test_reports_of_a_thing_join_one_case(place, shelf):
    first = await report(place.residents[1])
    second = await report(place.residents[2])
    assert first.case_id == second.case_id
    case = await find_case(first.case_id)
    assert (case.kind, case.thing, case.thing_id, case.thing_revision) == (CaseKind.REPORT, ThingKind.COMMENT, 7, 1)
    assert case.urgency == 1


async def test_concurrent_reports_open_one_case(place, shelf):
    made = await run_concurrently(*(report(each) for each in (*place.residents[1:], place.leaders[1])))
    assert len({row.case_id for row in made}) == 1


async def test_second_report_is_refused(place, shelf):
    await report(place.residents[1])
    await assert_refused(AlreadyReported, report(place.residents[1]))


async def test_own_thing_cannot_be_reported(place, shelf):
    await assert_refused(OwnThing, report(place.resident))


async def test_hidden_thing_cannot_be_reported(place, shelf):
    shelf.thing = replace(shelf.thing, public=None)
    await assert_refused(NotFound, report(place.residents[1]))


async def test_upheld_report_hides_the_thing(place, shelf):
    made = await report(place.residents[1])
    closed = await reports.uphold(place.leader, made.case_id, version=1, reason="刷屏")
    assert (closed.state, shelf.thing.public) == (CaseState.DECIDED, None)
    assert (await queries.find_report(made.id)).state is ReportState.UPHELD
    notices = [(row["membership_id"], row["kind"]) for row in await list_rows("notice")]
    assert notices == [(place.residents[1].id, "REPORT_ANSWERED")]
    assert await find_violations() == {}


async def test_dismissed_ground_is_decided_for_the_revision(place, shelf):
    made = await report(place.residents[1])
    await reports.dismiss(place.leader, made.case_id, version=1)
    later = await report(place.residents[2])
    assert (later.state, later.case_id) == (ReportState.DISMISSED, None)
    shelf.thing = replace(shelf.thing, public=2)
    assert (await report(place.residents[2])).state is ReportState.OPEN
    assert await find_violations() == {}


async def test_changed_thing_ends_its_reports(place, shelf):
    made = await report(place.residents[1])
    shelf.thing = replace(shelf.thing, public=2)
    await assert_refused(Conflict, reports.dismiss(place.leader, made.case_id, version=1))
    await reports.end_over_thing(shelf.thing)
    assert (await queries.find_report(made.id)).state is ReportState.ENDED
    assert (await find_case(made.case_id)).state is CaseState.SUPERSEDED
    assert await find_violations() == {}


async def test_leader_who_reported_cannot_decide(place, shelf):
    made = await report(place.leader)
    await assert_refused(OwnCase, reports.dismiss(place.leader, made.case_id, version=1))


async def test_queue_has_the_case_of_a_thing(place, shelf):
    made = await report(place.residents[1])
    assert (await queue.count_queue(place.leader)).reports == 1
    assert await cases.find_open_of_thing(shelf.thing, CaseKind.REPORT) == await find_case(made.case_id)
