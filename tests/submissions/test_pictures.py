"""A submission waits for its pictures, goes back when one cannot be used, and lets go of what nobody sees any more."""

from __future__ import annotations

import pytest

from community.identity.models import Visibility
from community.kernel.errors import InvalidInput, NotFound
from community.media import processing
from community.media import queries as media
from community.media.models import State as MediaState
from community.review import service as review
from community.submissions import queries
from community.submissions import service as submissions
from community.submissions.models import State
from tests.support.pictures import NO_PHOTO, carry_everything_out, ready, uploaded
from tests.support.story import (
    HIGH,
    case_of,
    content,
    edited,
    everything,
    neighbourhood,
    now_of,
    queue_of,
    revision_of,
    rows_of,
    submitted,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await neighbourhood(visibility=Visibility.PUBLIC)


async def approve(place, row):
    case = await case_of(row)
    await review.approve(place.leader, case.id, version=case.version, scores=HIGH)
    return await now_of(row)


async def states(*media_ids):
    return [row.state for row in await media.by_ids(media_ids)]


async def shown(*media_ids):
    return [row.is_public for row in await media.by_ids(media_ids)]


async def unused():
    return {row["id"] for row in await rows_of("media") if row["unused_since"] is not None}


# --- on the way to review ------------------------------------------------------------------------------------------


async def test_a_submission_waits_until_all_its_pictures_are_ready(place, database):
    pictures = [await uploaded(place.resident, number) for number in range(3)]
    row = await submitted(place, media_ids=pictures)
    await review.receive(row.id)
    assert (await now_of(row)).state is State.PENDING_SCREENING
    for picture in pictures[:2]:
        await processing.process(picture)
    await review.receive(row.id)
    assert ((await now_of(row)).state, await queue_of(place.leader)) == (State.PENDING_SCREENING, [])
    await carry_everything_out(database)
    assert ((await now_of(row)).state, await queue_of(place.leader)) == (State.IN_REVIEW, [row.id])
    revision = await revision_of(row)
    assert await queries.media_ids([revision.id]) == [pictures]


async def test_a_refused_picture_returns_the_submission_with_the_reason(place, database):
    good, bad = await ready(place.resident), await uploaded(place.resident, data=NO_PHOTO)
    row = await submitted(place, media_ids=[good, bad])
    await carry_everything_out(database)
    row = await now_of(row)
    assert row.state is State.RETURNED
    assert row.note == "Picture 2: This is not a JPEG, PNG, WebP, GIF or HEIC picture."
    assert await queue_of(place.leader) == []
    again = await submissions.submit(place.resident, row.id, version=row.version)
    await carry_everything_out(database)
    row = await now_of(again)
    assert row.state is State.RETURNED
    row = await edited(row, place.resident, media_ids=[good])
    await submissions.submit(place.resident, row.id, version=row.version)
    await carry_everything_out(database)
    assert (await now_of(row)).state is State.IN_REVIEW


async def test_a_draft_waits_for_nothing_and_nothing_happens_to_it(place, database):
    bad = await uploaded(place.resident, data=NO_PHOTO)
    row = await submitted(place, draft=True, media_ids=[bad])
    await carry_everything_out(database)
    assert (await now_of(row)).state is State.DRAFT


async def test_a_picture_that_comes_late_does_not_wake_what_was_withdrawn(place, database):
    picture = await uploaded(place.resident)
    row = await submitted(place, media_ids=[picture])
    await submissions.withdraw(place.resident, row.id, version=row.version)
    await carry_everything_out(database)
    assert (await now_of(row)).state is State.WITHDRAWN
    assert await states(picture) == [MediaState.REMOVED]


# --- what is refused -----------------------------------------------------------------------------------------------


async def test_somebody_elses_picture_is_refused_and_nothing_is_written(place):
    theirs = await ready(place.other)
    before = await everything()
    with pytest.raises(NotFound):
        await submitted(place, media_ids=[theirs])
    assert await everything() == before


async def test_nine_pictures_at_most_and_each_once(place):
    pictures = [await uploaded(place.resident, number) for number in range(10)]
    with pytest.raises(InvalidInput):
        content(media_ids=pictures)
    row = await submitted(place, media_ids=[*pictures[:3], pictures[0]])
    assert await queries.media_of(row.id, 1) == pictures[:3]


# --- published, edited, taken away ---------------------------------------------------------------------------------


async def test_everybody_sees_pictures_once_they_are_published(place, database):
    picture = await ready(place.resident)
    row = await submitted(place, media_ids=[picture])
    await carry_everything_out(database)
    assert await shown(picture) == [False]
    await approve(place, row)
    assert await shown(picture) == [True]


async def test_in_a_closed_community_nobody_else_does(database):
    place = await neighbourhood()
    picture = await ready(place.resident)
    row = await submitted(place, media_ids=[picture])
    await carry_everything_out(database)
    await approve(place, row)
    assert await shown(picture) == [False]


async def test_an_edit_keeps_what_is_published_and_what_waits_and_nothing_older(place, database):
    one, two, three, four = [await ready(place.resident, number) for number in range(4)]
    row = await submitted(place, media_ids=[one, two])
    await carry_everything_out(database)
    row = await approve(place, row)
    row = await edited(row, place.resident, media_ids=[two, three])
    assert (await unused(), await shown(one, two, three)) == ({four}, [True, True, False])
    row = await edited(row, place.resident, media_ids=[two, four])
    # The third was in a revision that nobody decided on: it may be used again for a day.
    assert (await unused(), await shown(one, two, four)) == ({three}, [True, True, False])
    await approve(place, row)
    assert (await unused(), await shown(one, two, four)) == ({one, three}, [False, True, True])


async def test_a_rejected_edit_leaves_the_published_pictures_up(place, database):
    one, two = await ready(place.resident, 1), await ready(place.resident, 2)
    row = await submitted(place, media_ids=[one])
    await carry_everything_out(database)
    row = await edited(await approve(place, row), place.resident, media_ids=[two])
    case = await case_of(row)
    await review.reject(place.leader, case.id, version=case.version, reason="换回原来的")
    assert (await shown(one, two), await unused()) == ([True, False], set())


@pytest.mark.parametrize("way", ["withdrawn", "removed"])
async def test_what_is_taken_away_takes_its_pictures_along(place, database, way):
    one, two = await ready(place.resident, 1), await ready(place.resident, 2)
    row = await submitted(place, media_ids=[one])
    await carry_everything_out(database)
    row = await edited(await approve(place, row), place.resident, media_ids=[two])
    if way == "withdrawn":
        await submissions.withdraw(place.resident, row.id, version=row.version)
    else:
        await submissions.remove(place.leader, row.id, version=row.version, reason="广告")
    assert (await states(one, two), await shown(one, two)) == ([MediaState.REMOVED] * 2, [False, False])
    # The revisions still say that there were pictures.
    assert await queries.media_of(row.id, 1) == [one]


async def test_a_picture_in_two_submissions_stays_for_the_other(place, database):
    picture = await ready(place.resident)
    first = await submitted(place, title="一", media_ids=[picture])
    await submitted(place, title="二", media_ids=[picture])
    await submissions.withdraw(place.resident, first.id, version=first.version)
    await carry_everything_out(database)
    assert await states(picture) == [MediaState.READY]
