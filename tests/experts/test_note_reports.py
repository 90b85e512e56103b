"""Reports about the notes of endorsements."""

from __future__ import annotations

import pytest

from community.experts import endorsements, note_decisions
from community.experts.models import EndorsementState, NoteState
from community.kernel.errors import NotFound
from community.review.appeals import queries, reports
from community.review.appeals.models import ReportCategory, ReportState
from community.review.errors import AlreadyReported, OwnThing
from community.review.models import CaseState, ThingKind
from community.review.queries import find_case
from tests.experts.story import endorse, follow, hold_note, make_expert, publish_edit, read
from tests.support.bank import find_violations
from tests.support.story import assert_refused, create_community, create_published, list_rows


@pytest.fixture
async def place(database):
    """Return a community with an author, an expert and another resident."""
    return await create_community(leaders=2, residents=3)


@pytest.fixture
async def row(place):
    """Return a publication of the first resident."""
    return await create_published(place)


@pytest.fixture
async def made(place, row):
    """Return an endorsement of it with a shown note."""
    return await endorse(place.other, row, await make_expert(place.other))


async def report(by, made):
    return await reports.report_thing(
        by, made.id, kind=ThingKind.ENDORSEMENT, category=ReportCategory.OTHER, text="广告"
    )


async def test_upheld_report_hides_the_note(place, made):
    given = await report(place.residents[2], made)
    await assert_refused(AlreadyReported, report(place.residents[2], made))
    await assert_refused(OwnThing, report(place.other, made))
    case = await find_case(given.case_id)
    await reports.uphold(place.leader, case.id, version=case.version, reason="广告")
    now = await read(made)
    assert (now.note_state, now.note_reason, now.state) == (NoteState.REFUSED, "广告", EndorsementState.CURRENT)
    assert (await queries.find_report(given.id)).state is ReportState.UPHELD
    kinds = [one["kind"] for one in await list_rows("notice") if one["membership_id"] == place.residents[2].id]
    assert kinds == ["REPORT_ANSWERED"]
    assert await find_violations() == {}


async def test_dismissed_report_keeps_the_note(place, made):
    given = await report(place.residents[2], made)
    case = await find_case(given.case_id)
    await reports.dismiss(place.leader, case.id, version=case.version)
    assert (await read(made)).note_state is NoteState.SHOWN
    again = await report(place.residents[0], made)
    assert (again.state, again.case_id) == (ReportState.DISMISSED, None)


async def test_waiting_note_is_not_reported(place, row):
    case = await hold_note(place.other, row, await make_expert(place.other))
    refusal = reports.report_thing(
        place.residents[2], case.thing_id, kind=ThingKind.ENDORSEMENT, category=ReportCategory.OTHER, text=None
    )
    await assert_refused(NotFound, refusal)


async def hide(place, row, made):
    await note_decisions.hide(place.leader, made.id, reason="跑题")


async def withdraw(place, row, made):
    await endorsements.withdraw(place.other, made.id, reason="看错了")


async def edit(place, row, made):
    await publish_edit(place, row, text="每天浇两次水。")
    await follow()


@pytest.mark.parametrize(
    ("end", "state"), [(hide, ReportState.UPHELD), (withdraw, ReportState.ENDED), (edit, ReportState.ENDED)]
)
async def test_report_ends_with_the_shown_note(place, row, made, end, state):
    given = await report(place.residents[2], made)
    await end(place, row, made)
    assert (await queries.find_report(given.id)).state is state
    assert (await find_case(given.case_id)).state is CaseState.SUPERSEDED
    assert await find_violations() == {}
