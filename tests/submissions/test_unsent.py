"""Edits and drafts that were not sent, of which only the author learns."""

from __future__ import annotations

import asyncio

import pytest

from community.communities import memberships, trail
from community.kernel import db
from community.kernel.audit import TrailFilter
from community.kernel.errors import Conflict
from community.kernel.paging import PageRequest
from community.submissions import checks, readers, removal, write
from community.submissions.models import SubmissionState
from tests.submissions.test_checks import VERBS, is_done, withdraw
from tests.support.story import (
    add_revision,
    create_community,
    create_draft,
    create_in_state,
    reload_submission,
)
from tests.support.waiting import until_blocked


@pytest.fixture
async def place(database):
    return await create_community()


def see(row, member):
    return checks.get_visible_version(row, member), row.updated_at


async def test_unsent_edit_changes_no_version_of_others(place):
    returned = await create_in_state(place, SubmissionState.RETURNED)
    edited = await add_revision(await add_revision(returned, place.resident), place.resident)
    for member in (place.leader, place.other, None):
        assert see(edited, member) == see(returned, member)
    assert checks.get_visible_version(edited, place.resident) == edited.version == returned.version + 2
    with pytest.raises(Conflict):
        await removal.remove(place.leader, edited.id, version=edited.version, reason="广告")
    removed = await removal.remove(place.leader, edited.id, version=returned.version, reason="广告")
    assert checks.get_visible_version(removed, place.leader) == returned.version + 1


async def test_unsent_edit_at_the_same_time_stops_no_removal(place):
    returned = await create_in_state(place, SubmissionState.RETURNED)
    has_edited = asyncio.Event()

    async def edit_slowly():
        await add_revision(returned, place.resident)
        has_edited.set()
        await until_blocked()

    async def remove():
        await has_edited.wait()
        return await removal.remove(place.leader, returned.id, version=returned.version, reason="广告")

    _, removed = await asyncio.gather(db.transaction(edit_slowly), remove())
    assert removed.state is SubmissionState.REMOVED


async def list_actions(place):
    page = await trail.list_events(place.leader, PageRequest(), only=TrailFilter())
    return [row for row in page.rows if row.subject == "submission"]


async def test_leaders_trail_begins_with_the_sending(place):
    draft, dropped = await create_draft(place), await create_draft(place)
    draft = await add_revision(draft, place.resident)
    await removal.withdraw(place.resident, dropped.id, version=dropped.version)
    assert await list_actions(place) == []
    every = await trail.list_for_operator(only=TrailFilter(community_id=place.id, subject="submission"))
    hidden = [row for row in every if row.subject == "submission"]
    assert len(hidden) == 4
    assert [await trail.find_event(place.leader, row.id) for row in hidden] == [None] * 4
    await write.submit(place.resident, draft.id, version=draft.version)
    assert [row.action for row in await list_actions(place)] == ["submission.submit"]


async def test_leaders_trail_hides_edits_of_a_return(place):
    returned = await create_in_state(place, SubmissionState.RETURNED)
    before = await list_actions(place)
    edited = await add_revision(returned, place.resident)
    assert await list_actions(place) == before
    await removal.withdraw(place.resident, edited.id, version=edited.version)
    assert (await list_actions(place))[0].action == "submission.withdraw"


async def make_public(actor, row):
    await readers.make_public(actor, row.id, version=row.version)


@pytest.mark.parametrize("state", [SubmissionState.PUBLISHED, SubmissionState.RETURNED, SubmissionState.DRAFT])
async def test_former_author_may_do_what_is_offered(place, state):
    row = await create_in_state(place, state)
    await memberships.leave(place.resident)
    # The fields that a former member sees ask with the ended membership, and the others with none.
    kept = {withdraw, make_public}
    verbs = VERBS | {make_public: checks.require_private_publication}
    offered = [checks.is_allowed(check, row, place.resident if verb in kept else None) for verb, check in verbs.items()]
    assert offered == [await is_done(verb, place.resident, await reload_submission(row)) for verb in verbs]
