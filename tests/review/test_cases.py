"""Review cases: opening, superseding, the queue and authority."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.communities.models import Role
from community.kernel import clock
from community.kernel.errors import Conflict, NotFound
from community.kernel.paging import InvalidCursor, PageRequest
from community.review import queries, queue
from community.review import service as review
from community.review.models import CaseState
from community.review.rules import Approval
from community.submissions import removal, write
from community.submissions.models import SubmissionState
from tests.support.story import (
    FAIR_SCORES,
    add_member,
    add_revision,
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
    read_all_pages,
    read_tables,
    receive,
    reload_submission,
    run_concurrently,
    run_effects,
)


async def states() -> list[tuple[int, str]]:
    return [(case["revision_id"], case["state"]) for case in await list_rows("review_case")]


async def test_submission_gets_case_for_its_revision(database):
    place = await create_community()
    row = await create_submitted(place)
    assert await list_queue(place.leader) == []
    await receive(row.id)
    case = await get_open_case(row)
    assert case.revision_id == (await get_revision(row)).id
    assert (case.author_id, case.state) == (row.author_id, CaseState.OPEN)
    assert (case.due_at - case.opened_at, case.closed_at, case.version) == (timedelta(hours=24), None, 1)
    assert ((await reload_submission(row)).state, await list_queue(place.leader)) == (
        SubmissionState.IN_REVIEW,
        [row.id],
    )


async def test_second_sync_changes_nothing(database):
    place = await create_community()
    row = await create_in_review(place)
    before = await read_tables()
    await receive(row.id)
    assert await read_tables() == before


async def test_concurrent_syncs_open_one_case(database):
    place = await create_community()
    row = await create_submitted(place)
    assert await run_concurrently(*(receive(row.id) for _ in range(6))) == [None] * 6
    assert await states() == [((await get_revision(row)).id, "OPEN")]


@pytest.mark.parametrize("draft", [True, False])
async def test_draft_or_withdrawn_submission_gets_no_case(database, draft):
    place = await create_community()
    row = await create_submitted(place, draft=draft)
    if not draft:
        await removal.withdraw(place.resident, row.id, version=row.version)
    await receive(row.id)
    assert await list_rows("review_case") == []


async def test_edit_hides_case_before_the_job(database):
    place = await create_community()
    row = await create_in_review(place)
    await add_revision(row, place.resident)
    assert (await get_open_case(row)).state is CaseState.OPEN
    assert await list_queue(place.leader) == []


async def test_withdrawal_hides_case_before_the_job(database):
    place = await create_community()
    row = await create_in_review(place)
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert await list_queue(place.leader) == []


async def test_edit_supersedes_case_and_opens_another(database):
    place = await create_community()
    row = await create_in_review(place)
    first = await get_revision(row)
    row = await edit_submission(row, place.resident)
    assert await states() == [(first.id, "SUPERSEDED"), ((await get_revision(row)).id, "OPEN")]
    assert await list_queue(place.leader) == [row.id]
    assert [case["version"] for case in await list_rows("review_case")] == [2, 1]


async def test_superseded_case_cannot_be_decided(database):
    place = await create_community()
    row = await create_in_review(place)
    case = await get_open_case(row)
    await add_revision(row, place.resident)
    for version in (1, 2):
        before = await read_tables()
        with pytest.raises(Conflict) as refusal:
            await review.approve(place.leader, case.id, version=version, approval=Approval(FAIR_SCORES))
        assert (refusal.value.code, refusal.value.path) == ("STALE_VERSION", ("version",))
        assert await read_tables() == before
        await run_effects()


async def test_edits_before_the_job_give_one_case(database):
    place = await create_community()
    row = await create_submitted(place)
    for n in range(3):
        row = await add_revision(row, place.resident, title=f"第{n}版")
    await run_effects()
    assert await states() == [((await get_revision(row)).id, "OPEN")]
    assert row.latest_revision == 4


async def test_the_queue_is_oldest_first(database):
    place = await create_community()
    rows = [await create_submitted(place) for _ in range(3)]
    for row in (rows[2], rows[0], rows[1]):
        await receive(row.id)
    assert await list_queue(place.leader) == [rows[2].id, rows[0].id, rows[1].id]


async def test_queue_omits_own_submissions(database):
    place = await create_community(leaders=2)
    own = await create_in_review(place, author=place.leader)
    others = await create_in_review(place)
    assert await list_queue(place.leader) == [others.id]
    assert await list_queue(place.leaders[1]) == [own.id, others.id]


async def test_the_queue_is_for_leaders_of_this_community(database):
    place, elsewhere = await create_community(), await create_community()
    await create_in_review(place)
    with pytest.raises(LeadersOnly):
        await queue.list_queue(place.resident, PageRequest())
    assert await list_queue(elsewhere.leader) == []


async def test_queue_of_several_states_is_oldest_first(database):
    place = await create_community()
    decided, waiting = await create_published(place), await create_in_review(place)
    edited = await edit_submission(waiting, place.resident)
    await create_published(place, author=place.leader, by=await add_member(place, role=Role.LEADER))

    async def read(*states: CaseState) -> list[tuple[int, CaseState]]:
        rows = await read_all_pages(lambda request: queue.list_queue(place.leader, request, states=states), first=1)
        return [(case.submission_id, case.state) for case in rows]

    assert await read(CaseState.DECIDED) == [(decided.id, CaseState.DECIDED)]
    assert await read(CaseState.OPEN, CaseState.DECIDED) == [
        (decided.id, CaseState.DECIDED), (edited.id, CaseState.OPEN),
    ]  # fmt: skip
    assert await read() == [
        (decided.id, CaseState.DECIDED), (edited.id, CaseState.SUPERSEDED), (edited.id, CaseState.OPEN),
    ]  # fmt: skip


async def test_queue_omits_drafts_and_decided_cases(database):
    place = await create_community()
    await create_draft(place)
    await create_published(place)
    assert await list_queue(place.leader) == []


async def test_the_pages_together_are_the_whole_queue(database):
    place = await create_community()
    moment = clock.now()
    rows = []
    for n in range(5):
        with clock.at(moment + timedelta(minutes=n)):
            rows.append(await create_in_review(place))
    pages = await read_all_pages(lambda request: queue.list_queue(place.leader, request), first=2)
    assert [case.submission_id for case in pages] == [row.id for row in rows]


async def test_pages_stay_stable_while_cases_are_decided(database):
    place = await create_community()
    rows = [await create_in_review(place) for _ in range(5)]
    page = await queue.list_queue(place.leader, PageRequest(2))
    for case in page.rows:
        await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    late = await create_in_review(place)
    rest = await queue.list_queue(place.leader, PageRequest(10, page.cursor_of(page.rows[-1])))
    assert [case.submission_id for case in rest.rows] == [row.id for row in [*rows[2:], late]]


async def test_a_cursor_of_another_list_is_refused(database):
    place = await create_community()
    with pytest.raises(InvalidCursor):
        await queue.list_queue(place.leader, PageRequest(5, "WzFd"))


async def test_case_is_visible_to_its_leaders_only(database):
    place, elsewhere = await create_community(), await create_community()
    case = await get_open_case(await create_in_review(place))
    assert await queries.get_case(place.leader, case.id) == case
    with pytest.raises(LeadersOnly):
        await queries.get_case(place.resident, case.id)
    for actor, case_id in ((elsewhere.leader, case.id), (place.leader, 999)):
        with pytest.raises(NotFound) as refusal:
            await queries.get_case(actor, case_id)
        assert refusal.value.path == ("reviewCaseId",)


async def test_late_effect_opens_no_decided_revision(database):
    place = await create_community()
    row = await create_published(place)
    before = await read_tables()
    await receive(row.id)
    assert await read_tables() == before


async def test_case_content_is_the_submitted_revision(database):
    place = await create_community()
    row = await create_in_review(place, title="一")
    row = await write.edit(place.resident, row.id, version=row.version, content=make_content("二"))
    await run_effects()
    case = await get_open_case(row)
    assert (await get_revision(row)).id == case.revision_id
    assert (await get_revision(row)).title == "二"
