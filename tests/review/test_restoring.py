"""Restoration of removed submissions: state, pictures, points, and who may do it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.communities.settings import Visibility
from community.kernel import clock
from community.kernel.errors import Conflict, NotFound
from community.media import queries as media
from community.media.models import MediaState
from community.notices.models import NoticeKind
from community.review import restoring
from community.review.errors import AuthorDisagrees, OwnSubmission
from community.review.personal import erase_submission
from community.submissions import removal, restoration
from community.submissions.errors import RemovalFinal, StateForbids
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.consent.story import document
from tests.points.earning.test_claw_back import get_figures, list_notices, spend_points
from tests.support.bank import find_violations, list_statement_lines
from tests.support.effects import run_all_effects
from tests.support.pictures import create_ready_picture
from tests.support.story import (
    HIGH_SCORES,
    add_revision,
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    get_open_case,
    list_queue,
    list_rows,
    reload_submission,
    run_concurrently,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community(leaders=2, visibility=Visibility.PUBLIC)


async def remove(place, row):
    return await removal.remove(place.leader, row.id, version=row.version, reason="广告")


async def restore(place, row, *, by=None):
    return await restoring.restore(by or place.leaders[1], row.id, version=row.version, reason="看错了")


async def test_restored_publication_is_as_before(place):
    row = await create_published(place, scores=HIGH_SCORES)
    await likes.like(place.other, row.id)
    row = await reload_submission(row)
    found = await restore(place, await remove(place, row))
    for name in ("state", "published_revision", "published_at", "published_for", "recommended", "like_count"):
        assert getattr(found, name) == getattr(row, name), name
    assert found.note == "看错了"
    assert await find_violations() == {}


async def test_restored_publication_gives_its_points_back(place):
    row = await create_published(place)
    await restore(place, await remove(place, row))
    assert await list_statement_lines(place.resident) == [
        ("AWARD", 10, 10), ("CLAW_BACK", -10, 0), ("RESTORATION", 10, 10),
    ]  # fmt: skip
    assert await get_figures(place.resident) == (10, 0, 10)


async def test_restoration_repays_the_debt_of_the_claw_back(place):
    row = await create_published(place)
    await spend_points(place.resident, 7)
    removed = await remove(place, row)
    assert await get_figures(place.resident) == (0, 7, 10)
    await restore(place, removed)
    assert await get_figures(place.resident) == (3, 0, 10)
    assert await find_violations() == {}


async def test_second_removal_claws_back_again(place):
    row = await create_published(place)
    for _ in range(2):
        row = await restore(place, await remove(place, row))
    await remove(place, row)
    assert await get_figures(place.resident) == (0, 0, 10)
    assert await find_violations() == {}


async def test_points_that_expired_before_are_not_given_back(place):
    row = await create_published(place)
    with clock.at(clock.now() + timedelta(days=800)):
        removed = await remove(place, row)
        back = await restore(place, removed)
        await remove(place, back)
        assert (await get_figures(place.resident))[:2] == (0, 0)
        assert await find_violations() == {}


async def test_concurrent_restorations_restore_once(place):
    row = await remove(place, await create_published(place))
    found = await run_concurrently(*(restore(place, row, by=leader) for leader in place.leaders * 2))
    assert [type(one) for one in found if isinstance(one, Exception)] == [Conflict] * 3
    assert await get_figures(place.resident) == (10, 0, 10)


async def test_edit_in_review_is_in_review_again(place):
    row = await create_published(place)
    row = await add_revision(row, place.resident, text="新的内容。")
    await run_effects()
    removed = await remove(place, await reload_submission(row))
    await run_effects()
    assert await list_queue(place.leader) == []
    found = await restore(place, removed)
    assert (found.state, found.published_revision) == (SubmissionState.IN_REVIEW, 1)
    await run_effects()
    assert await list_queue(place.leader) == [row.id]
    assert await find_violations() == {}


async def test_unpublished_submission_returns_to_review(place):
    removed = await remove(place, await create_in_review(place))
    await restore(place, removed)
    await run_effects()
    assert (await get_open_case(removed)).submission_id == removed.id


async def test_restored_pictures_are_public_again(place, database):
    picture = await create_ready_picture(place.resident)
    row = await create_published(place, media_ids=[picture])
    removed = await remove(place, row)
    (kept,) = await media.get_by_ids([picture])
    assert (kept.state, kept.is_public) == (MediaState.READY, False)
    await restore(place, removed)
    await run_all_effects(database)
    (shown,) = await media.get_by_ids([picture])
    assert shown.is_public
    assert [one["blocked_at"] for one in await list_rows("sent_picture")] == [None]


async def test_pictures_are_deleted_after_thirty_days(place, database):
    picture = await create_ready_picture(place.resident)
    removed = await remove(place, await create_published(place, media_ids=[picture]))
    with clock.at(clock.now() + timedelta(days=30, seconds=1)):
        await assert_refused(RemovalFinal, restore(place, removed))
        await restoration.collect_removed()
        await restoration.collect_removed()
        await run_all_effects(database)
        assert [row.state for row in await media.get_by_ids([picture])] == [MediaState.REMOVED]
        assert await find_violations() == {}


async def test_erasure_by_the_author_makes_the_removal_final(place):
    picture = await create_ready_picture(place.resident)
    removed = await remove(place, await create_published(place, media_ids=[picture]))
    erased = await erase_submission(place.resident, removed.id, version=removed.version)
    assert [row.state for row in await media.get_by_ids([picture])] == [MediaState.REMOVED]
    await assert_refused(RemovalFinal, restore(place, erased))


async def test_withdrawn_consent_makes_the_removal_final(place, database):
    picture = await create_ready_picture(place.resident)
    removed = await remove(place, await create_published(place, media_ids=[picture]))
    await document()
    await assert_refused(AuthorDisagrees, restore(place, removed))
    await removal.withdraw_all(place.resident.person_id)
    await run_all_effects(database)
    assert [row.state for row in await media.get_by_ids([picture])] == [MediaState.REMOVED]


async def test_remover_can_restore(place):
    row = await restore(place, await remove(place, await create_published(place)), by=place.leader)
    assert row.state is SubmissionState.PUBLISHED


async def test_author_cannot_restore(place):
    row = await create_published(place, author=place.leaders[1])
    await assert_refused(OwnSubmission, restore(place, await remove(place, row)))


async def test_resident_cannot_restore(place):
    removed = await remove(place, await create_published(place))
    await assert_refused(NotFound, restore(place, removed, by=place.other))
    published = await create_published(place)
    await assert_refused(LeadersOnly, restore(place, published, by=place.other))


async def test_published_submission_cannot_be_restored(place):
    await assert_refused(StateForbids, restore(place, await create_published(place)))


async def test_author_is_notified_of_removal_and_restoration(place):
    row = await create_published(place)
    await restore(place, await remove(place, row))
    kinds = [kind for kind, _ in await list_notices(place.resident)]
    assert kinds.count(NoticeKind.SUBMISSION_REMOVED) == kinds.count(NoticeKind.SUBMISSION_RESTORED) == 1
