"""Favourites: private, once per member, and kept when the submission ends."""

from __future__ import annotations

import pytest

from community.kernel.errors import NotFound
from community.kernel.paging import PageRequest
from community.submissions import removal
from community.submissions.models import SubmissionState
from community.submissions.reactions import favourites
from community.submissions.reactions.favourites import FAVOURITES
from tests.support.story import (
    assert_refused,
    create_community,
    create_in_state,
    create_published,
    list_rows,
    read_tables,
    reload_submission,
    run_concurrently,
)


@pytest.fixture
async def place(database):
    return await create_community(residents=3)


async def list_own(member) -> list[int]:
    return [row.submission_id for row in (await favourites.list_own(member, PageRequest())).rows]


async def test_favourite_is_kept_once(place):
    row = await create_published(place)
    assert (await favourites.favourite(place.other, row.id)).id == row.id
    before = await read_tables()
    await favourites.favourite(place.other, row.id)
    assert await read_tables() == before
    assert await list_own(place.other) == [row.id]


async def test_favourite_changes_no_submission(place):
    row = await create_published(place)
    await favourites.favourite(place.other, row.id)
    assert await reload_submission(row) == row


async def test_unfavourite_removes_only_the_own_one(place):
    row = await create_published(place)
    for member in (place.other, place.leader):
        await favourites.favourite(member, row.id)
    for _ in range(2):
        await favourites.unfavourite(place.other, row.id)
    assert (await list_own(place.other), await list_own(place.leader)) == ([], [row.id])


async def test_favourites_are_listed_newest_first(place):
    first, second = await create_published(place), await create_published(place)
    for row in (second, first):
        await favourites.favourite(place.other, row.id)
    page = await favourites.list_own(place.other, PageRequest(1))
    assert ([row.submission_id for row in page.rows], page.has_next) == ([first.id], True)
    rest = await favourites.list_own(place.other, PageRequest(1, page.cursor_of(page.rows[0])))
    assert ([row.submission_id for row in rest.rows], rest.has_next) == ([second.id], False)


async def test_ended_submission_stays_a_favourite(place):
    row = await create_published(place)
    await favourites.favourite(place.other, row.id)
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert await list_own(place.other) == [row.id]
    after = await favourites.unfavourite(place.other, row.id)
    assert (after.published_revision, await list_own(place.other)) == (None, [])
    await assert_refused(NotFound, favourites.unfavourite(place.other, row.id))


@pytest.mark.parametrize("state", [state for state in SubmissionState if state is not SubmissionState.PUBLISHED])
async def test_unpublished_submission_is_no_favourite(place, state):
    row = await create_in_state(place, state)
    await assert_refused(NotFound, favourites.favourite(place.other, row.id))
    assert await list_rows("submission_favourite") == []


async def test_stranger_has_no_favourites(place):
    row = await create_published(place)
    stranger = (await create_community()).resident
    await assert_refused(NotFound, favourites.favourite(stranger, row.id))
    assert await list_rows("submission_favourite") == []


async def test_favourites_are_told_apart_by_person(place):
    first, second = await create_published(place), await create_published(place)
    await favourites.favourite(place.other, first.id)
    assert await FAVOURITES.list_reacted(place.other.person_id, [second.id, first.id]) == [False, True]
    assert await FAVOURITES.list_reacted(place.leader.person_id, [second.id, first.id]) == [False, False]
    assert await FAVOURITES.count_by_thing([first.id, second.id]) == {first.id: 1}


async def test_concurrent_favourites_are_one_row(place):
    row = await create_published(place)
    await run_concurrently(*(favourites.favourite(place.other, row.id) for _ in range(8)))
    assert len(await list_rows("submission_favourite")) == 1
