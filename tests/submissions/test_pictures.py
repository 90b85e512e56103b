"""Pictures of submissions: waiting, refusal, visibility and removal."""

from __future__ import annotations

import pytest

from community.communities.settings import Visibility
from community.kernel.errors import InvalidInput, NotFound
from community.media import processing
from community.media import queries as media
from community.media.models import MediaState
from community.review import service as review
from community.review.rules import Approval
from community.submissions import queries, removal, write
from community.submissions.models import SubmissionState
from tests.support.effects import run_all_effects
from tests.support.pictures import NOT_A_PHOTO, create_ready_picture, upload_picture
from tests.support.story import (
    HIGH_SCORES,
    create_community,
    create_submitted,
    edit_submission,
    get_open_case,
    get_revision,
    list_queue,
    list_rows,
    make_content,
    read_tables,
    receive,
    reload_submission,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community(visibility=Visibility.PUBLIC)


async def approve(place, row):
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(HIGH_SCORES))
    return await reload_submission(row)


async def list_states(*media_ids):
    return [row.state for row in await media.get_by_ids(media_ids)]


async def read_is_public(*media_ids):
    return [row.is_public for row in await media.get_by_ids(media_ids)]


async def list_unused():
    return {row["id"] for row in await list_rows("media") if row["unused_since"] is not None}


async def test_a_submission_waits_until_all_its_pictures_are_ready(place, database):
    pictures = [await upload_picture(place.resident, number) for number in range(3)]
    row = await create_submitted(place, media_ids=pictures)
    await receive(row.id)
    assert (await reload_submission(row)).state is SubmissionState.PENDING_SCREENING
    for picture in pictures[:2]:
        await processing.process(picture)
    await receive(row.id)
    assert ((await reload_submission(row)).state, await list_queue(place.leader)) == (
        SubmissionState.PENDING_SCREENING,
        [],
    )
    await run_all_effects(database)
    assert ((await reload_submission(row)).state, await list_queue(place.leader)) == (
        SubmissionState.IN_REVIEW,
        [row.id],
    )
    revision = await get_revision(row)
    assert await queries.list_media_ids([revision.id]) == [pictures]


async def test_refused_picture_returns_the_submission_without_note(place, database):
    good, bad = await create_ready_picture(place.resident), await upload_picture(place.resident, data=NOT_A_PHOTO)
    row = await create_submitted(place, media_ids=[good, bad])
    await run_all_effects(database)
    row = await reload_submission(row)
    assert row.state is SubmissionState.RETURNED
    assert row.note is None
    assert await list_queue(place.leader) == []
    again = await write.submit(place.resident, row.id, version=row.version)
    await run_all_effects(database)
    row = await reload_submission(again)
    assert row.state is SubmissionState.RETURNED
    row = await edit_submission(row, place.resident, media_ids=[good])
    await write.submit(place.resident, row.id, version=row.version)
    await run_all_effects(database)
    assert (await reload_submission(row)).state is SubmissionState.IN_REVIEW


async def test_draft_with_refused_picture_stays_draft(place, database):
    bad = await upload_picture(place.resident, data=NOT_A_PHOTO)
    row = await create_submitted(place, draft=True, media_ids=[bad])
    await run_all_effects(database)
    assert (await reload_submission(row)).state is SubmissionState.DRAFT


async def test_late_picture_keeps_submission_withdrawn(place, database):
    picture = await upload_picture(place.resident)
    row = await create_submitted(place, media_ids=[picture])
    await removal.withdraw(place.resident, row.id, version=row.version)
    await run_all_effects(database)
    assert (await reload_submission(row)).state is SubmissionState.WITHDRAWN
    assert await list_states(picture) == [MediaState.REMOVED]


async def test_another_persons_picture_is_refused(place):
    others = await create_ready_picture(place.other)
    before = await read_tables()
    with pytest.raises(NotFound):
        await create_submitted(place, media_ids=[others])
    assert await read_tables() == before


async def test_nine_pictures_at_most_and_each_once(place):
    pictures = [await upload_picture(place.resident, number) for number in range(10)]
    with pytest.raises(InvalidInput):
        make_content(media_ids=pictures)
    row = await create_submitted(place, media_ids=[*pictures[:3], pictures[0]])
    assert await queries.list_revision_media_ids(row.id, 1) == pictures[:3]


async def test_everybody_sees_pictures_once_they_are_published(place, database):
    picture = await create_ready_picture(place.resident)
    row = await create_submitted(place, media_ids=[picture])
    await run_all_effects(database)
    assert await read_is_public(picture) == [False]
    await approve(place, row)
    assert await read_is_public(picture) == [True]


async def test_pictures_of_members_only_community_stay_private(database):
    place = await create_community()
    picture = await create_ready_picture(place.resident)
    row = await create_submitted(place, media_ids=[picture])
    await run_all_effects(database)
    await approve(place, row)
    assert await read_is_public(picture) == [False]


async def test_edit_keeps_published_and_pending_pictures_only(place, database):
    one, two, three, four = [await create_ready_picture(place.resident, number) for number in range(4)]
    row = await create_submitted(place, media_ids=[one, two])
    await run_all_effects(database)
    row = await approve(place, row)
    row = await edit_submission(row, place.resident, media_ids=[two, three])
    assert (await list_unused(), await read_is_public(one, two, three)) == ({four}, [True, True, False])
    row = await edit_submission(row, place.resident, media_ids=[two, four])
    # No decision was made on the third picture's revision. The picture may be used again for a day.
    assert (await list_unused(), await read_is_public(one, two, four)) == ({three}, [True, True, False])
    await approve(place, row)
    assert (await list_unused(), await read_is_public(one, two, four)) == ({one, three}, [False, True, True])


async def test_a_rejected_edit_leaves_the_published_pictures_up(place, database):
    one, two = await create_ready_picture(place.resident, 1), await create_ready_picture(place.resident, 2)
    row = await create_submitted(place, media_ids=[one])
    await run_all_effects(database)
    row = await edit_submission(await approve(place, row), place.resident, media_ids=[two])
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="换回原来的")
    assert (await read_is_public(one, two), await list_unused()) == ([True, False], set())


@pytest.mark.parametrize("way", ["withdrawn", "removed"])
async def test_hidden_submission_loses_its_pictures(place, database, way):
    one, two = await create_ready_picture(place.resident, 1), await create_ready_picture(place.resident, 2)
    row = await create_submitted(place, media_ids=[one])
    await run_all_effects(database)
    row = await edit_submission(await approve(place, row), place.resident, media_ids=[two])
    if way == "withdrawn":
        await removal.withdraw(place.resident, row.id, version=row.version)
    else:
        await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    left = MediaState.REMOVED if way == "withdrawn" else MediaState.READY  # A removal can be reversed.
    assert (await list_states(one, two), await read_is_public(one, two)) == ([left] * 2, [False, False])
    # The revisions still say that there were pictures.
    assert await queries.list_revision_media_ids(row.id, 1) == [one]


async def test_a_picture_in_two_submissions_stays_for_the_other(place, database):
    picture = await create_ready_picture(place.resident)
    first = await create_submitted(place, title="一", media_ids=[picture])
    await create_submitted(place, title="二", media_ids=[picture])
    await removal.withdraw(place.resident, first.id, version=first.version)
    await run_all_effects(database)
    assert await list_states(picture) == [MediaState.READY]
