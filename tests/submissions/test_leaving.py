"""The submissions of a member who leaves the community."""

from __future__ import annotations

import pytest

from community.communities import memberships, trail
from community.communities.errors import NotAMember
from community.kernel.audit import TrailFilter
from community.kernel.ddl import REDACTED
from community.kernel.errors import Conflict
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent
from community.kernel.seals import chain
from community.kernel.seals.checks import check_seals
from community.privacy import erasures
from community.privacy import service as privacy
from community.review import service as review
from community.review.rules import Approval
from community.submissions import removal, write
from community.submissions.errors import AuthorsOnly
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.support.backends import make_settings
from tests.support.pictures import create_ready_picture
from tests.support.story import (
    FAIR_SCORES,
    add_member,
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_published,
    create_submitted,
    edit_submission,
    get_open_case,
    get_revision,
    list_queue,
    list_rows,
    make_content,
    read_tables,
    reload_submission,
    run_concurrently,
    run_effects,
)

ROUNDS = 10


async def test_waiting_submissions_are_withdrawn(database):
    place = await create_community()
    rows = [await create_in_review(place), await create_submitted(place)]
    await removal.leave_community(place.resident)
    await run_effects()
    assert [(await reload_submission(row)).state for row in rows] == [SubmissionState.WITHDRAWN] * 2
    assert await list_queue(place.leader) == []


async def test_drafts_and_publications_stay(database):
    place = await create_community()
    rows = [await create_draft(place), await create_published(place)]
    await removal.leave_community(place.resident)
    assert [await reload_submission(row) for row in rows] == rows


async def test_waiting_edit_of_a_publication_is_dropped(database):
    place = await create_community()
    row = await edit_submission(await create_published(place), place.resident, title="新的番茄")
    await removal.leave_community(place.resident)
    await run_effects()
    kept = await reload_submission(row)
    assert (kept.state, kept.published_revision, kept.sent_revision) == (SubmissionState.PUBLISHED, 1, 1)
    assert await list_queue(place.leader) == []


async def test_former_member_withdraws_the_own_submission(database):
    place = await create_community()
    row = await create_published(place)
    await removal.leave_community(place.resident)
    withdrawn = await removal.withdraw(place.resident, row.id, version=row.version)
    assert withdrawn.state is SubmissionState.WITHDRAWN
    assert [entry["amount"] for entry in await list_rows("award")][-1] < 0


async def test_former_member_erases_the_own_submission(database):
    place = await create_community()
    pictures = [await create_ready_picture(place.resident, number) for number in range(3)]
    row = await create_published(place, title="番茄", tags=["阳台"], media_ids=pictures[:2])
    await likes.like(place.other, row.id)
    row = await edit_submission(await reload_submission(row), place.resident, media_ids=pictures[2:])
    await removal.leave_community(place.resident)
    row = await reload_submission(row)
    await assert_refused(AuthorsOnly, removal.erase(place.leader, row.id, version=row.version))
    await assert_refused(Conflict, removal.erase(place.resident, row.id, version=row.version - 1))
    erased = await removal.erase(place.resident, row.id, version=row.version)
    assert (erased.state, erased.like_count, erased.published_revision) == (SubmissionState.WITHDRAWN, 1, None)
    assert {(one["title"], one["text"]) for one in await list_rows("submission_revision")} == {(REDACTED, REDACTED)}
    assert {one["tag"][0] for one in await list_rows("revision_tag")} == {"〔"}
    assert {one["state"] for one in await list_rows("media")} == {"REMOVED"}
    assert [entry["amount"] for entry in await list_rows("award")][-1] < 0
    await chain.seal_all()
    assert [found async for found in check_seals() if found.fault] == []
    before = await read_tables()
    assert await removal.erase(place.resident, row.id, version=erased.version) == erased
    assert await read_tables() == before


@pytest.mark.parametrize("end", ["draft", "withdrawn", "removed"])
async def test_author_erases_what_is_not_public(database, end):
    place = await create_community()
    if end == "draft":
        row = await create_draft(place, title="草稿")
    else:
        row = await create_published(place, title="番茄")
    if end == "withdrawn":
        row = await removal.withdraw(place.resident, row.id, version=row.version)
    elif end == "removed":
        row = await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    erased = await removal.erase(place.resident, row.id, version=row.version)
    assert erased.state is (SubmissionState.REMOVED if end == "removed" else SubmissionState.WITHDRAWN)
    assert ((await get_revision(row)).title, erased.note) == (REDACTED, None)
    is_known = end != "draft"
    events = await trail.list_events(place.leader, PageRequest(1), only=TrailFilter())
    assert (events.rows[0].action == "submission.erase") is is_known


async def test_former_member_writes_and_likes_nothing(database):
    place = await create_community()
    row, liked = await create_draft(place), await create_published(place, author=place.other)
    await removal.leave_community(place.resident)
    edit = write.edit(place.resident, row.id, version=row.version, content=make_content())
    await assert_refused(NotAMember, edit)
    await assert_refused(NotAMember, write.submit(place.resident, row.id, version=row.version))
    await assert_refused(NotAMember, likes.like(place.resident, liked.id))


async def test_erasure_removes_the_submissions_of_a_former_member(database):
    place = await create_community()
    row = await create_published(place)
    await removal.leave_community(place.resident)
    immediate = make_settings(erasure_wait_days=0)
    erasure = await erasures.request(immediate, place.resident.person_id, content=ErasureContent.REMOVE)
    await privacy.erase(erasure.id)
    assert (await reload_submission(row)).published_revision is None
    assert (await get_revision(row)).text != "每天浇一次水。"


async def test_approval_and_leaving_at_once_have_an_order(database):
    """Either the submission was published and stays, or it was withdrawn and earns nothing."""
    place = await create_community(residents=0)
    for _ in range(ROUNDS):
        author = await add_member(place)
        row = await create_in_review(place, author=author)
        case = await get_open_case(row)
        approved, left = await run_concurrently(
            review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES)),
            removal.leave_community(author),
        )
        assert not isinstance(left, Exception)
        after = await reload_submission(row)
        paid = [entry for entry in await list_rows("award") if entry["membership_id"] == author.id]
        if isinstance(approved, Exception):
            assert isinstance(approved, Conflict)
            assert (after.state, paid) == (SubmissionState.WITHDRAWN, [])
        else:
            assert after.state is SubmissionState.PUBLISHED


async def test_leaving_twice_is_refused(database):
    place = await create_community()
    await removal.leave_community(place.resident)
    with pytest.raises(NotAMember):
        await memberships.leave(place.resident)
