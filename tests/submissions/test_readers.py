"""The readers of a publication when its community opens or closes."""

from __future__ import annotations

import pytest

from community.communities import memberships, profile, queries
from community.communities.settings import Visibility
from community.kernel.paging import PageRequest
from community.media import queries as media_queries
from community.review import service as review
from community.review.rules import Approval
from community.submissions import readers, write
from community.submissions.errors import AuthorsOnly, StateForbids
from community.submissions.feed import FeedFilter, list_feed
from community.submissions.models import SubmissionState
from tests.support.pictures import create_ready_picture
from tests.support.story import FAIR_SCORES as SCORES
from tests.support.story import (
    assert_refused,
    create_community,
    create_in_review,
    create_in_state,
    create_published,
    edit_submission,
    get_open_case,
    reload_submission,
    run_effects,
)

PUBLIC, MEMBERS = Visibility.PUBLIC, Visibility.MEMBERS


async def set_visibility(place, visibility):
    version = (await queries.find_community(place.id)).version
    await profile.edit_community(place.leader, version=version, edit={"visibility": visibility})


async def list_for_everyone(place):
    community = await queries.find_community(place.id)
    page = await list_feed(community, PageRequest(), only=FeedFilter(for_everyone=True))
    return [row.id for row in page.rows]


async def test_opened_community_shows_only_later_publications(database):
    place = await create_community()
    await create_published(place)
    await set_visibility(place, PUBLIC)
    later = await create_published(place)
    assert await list_for_everyone(place) == [later.id]


async def test_author_makes_an_older_publication_public(database):
    place = await create_community()
    row = await create_published(place)
    await set_visibility(place, PUBLIC)
    shown = await readers.make_public(place.resident, row.id, version=row.version)
    assert (shown.published_for, shown.version) == (PUBLIC, row.version + 1)
    assert await list_for_everyone(place) == [row.id]


async def test_former_member_makes_the_own_publication_public(database):
    place = await create_community()
    row = await create_published(place)
    await memberships.leave(place.resident)
    assert (await readers.make_public(place.resident, row.id, version=row.version)).published_for is PUBLIC


async def test_only_the_author_makes_a_publication_public(database):
    place = await create_community()
    row = await create_published(place)
    for actor in (place.leader, place.other):
        await assert_refused(AuthorsOnly, readers.make_public(actor, row.id, version=row.version))


@pytest.mark.parametrize("visibility", Visibility)
async def test_publication_needs_a_reason_to_become_public(database, visibility):
    """It is not published, or it is public already."""
    place = await create_community(visibility=visibility)
    row = await (create_published if visibility is PUBLIC else create_in_review)(place)
    await assert_refused(StateForbids, readers.make_public(place.resident, row.id, version=row.version))


async def approve(place, row):
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(SCORES))
    return (await reload_submission(row)).published_for


@pytest.mark.parametrize(("before", "after"), [(MEMBERS, PUBLIC), (PUBLIC, MEMBERS)])
async def test_publication_of_an_edit_keeps_its_readers(database, before, after):
    place = await create_community(visibility=before)
    row = await create_published(place)
    await set_visibility(place, after)
    assert await approve(place, await edit_submission(row, place.resident, title="新的番茄")) is before


@pytest.mark.parametrize(("before", "after"), [(MEMBERS, PUBLIC), (PUBLIC, MEMBERS)])
async def test_waiting_submission_gets_the_narrower_readers(database, before, after):
    place = await create_community(visibility=before)
    row = await create_in_review(place)
    await set_visibility(place, after)
    assert await approve(place, row) is MEMBERS


@pytest.mark.parametrize("state", [SubmissionState.DRAFT, SubmissionState.RETURNED, SubmissionState.IN_REVIEW])
async def test_sending_after_opening_publishes_for_everyone(database, state):
    place = await create_community()
    row = await create_in_state(place, state)
    await set_visibility(place, PUBLIC)
    row = await edit_submission(row, place.resident, title="新的番茄")
    if state is not SubmissionState.IN_REVIEW:
        assert row.published_for is not PUBLIC
        row = await write.submit(place.resident, row.id, version=row.version)
        await run_effects()
    assert await approve(place, row) is PUBLIC


async def test_publication_for_everyone_stays_so_after_closing(database):
    place = await create_community(visibility=PUBLIC)
    row = await create_published(place)
    await set_visibility(place, MEMBERS)
    hidden = await create_published(place)
    await set_visibility(place, PUBLIC)
    assert await list_for_everyone(place) == [row.id]
    assert hidden.published_for is MEMBERS


async def test_picture_follows_the_readers_of_its_publication(database):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    row = await create_published(place, media_ids=[media_id])
    await set_visibility(place, PUBLIC)
    (picture,) = await media_queries.get_by_ids([media_id])
    assert not picture.is_public
    assert await media_queries.find_public(picture.name) is None
    await readers.make_public(place.resident, row.id, version=row.version)
    assert await media_queries.find_public(picture.name) is not None
