"""Create, edit, submit, withdraw and remove: content, effects, audit rows and authority."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from community.communities.errors import LeadersOnly
from community.kernel import audit, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.submissions import queries, removal, review_steps, write
from community.submissions.errors import AuthorsOnly
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.reactions import likes
from tests.support.story import (
    HIGH_SCORES,
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_in_state,
    create_published,
    create_submitted,
    edit_submission,
    get_revision,
    list_pending_effects,
    list_rows,
    make_content,
    read_tables,
    reload_submission,
    run_concurrently,
    run_effects,
)


async def get_last_action(row) -> tuple[object, ...]:
    last = (await audit.list_events(row.community_id, subject="submission", subject_id=row.id))[-1]
    return last.action, last.actor_id, last.detail["state"], last.detail["revision"]


async def test_a_submission_keeps_what_it_was_given(database):
    place = await create_community()
    row = await create_submitted(
        place, kind=SubmissionKind.RECIPE, title="番茄汤", text="水开。", tags=("汤", "番茄"), product_ref="p-1"
    )
    revision = await get_revision(row)
    assert (row.kind, row.state, row.version, row.latest_revision) == (
        SubmissionKind.RECIPE,
        SubmissionState.PENDING_SCREENING,
        1,
        1,
    )
    assert (row.author_id, row.published_revision, row.like_count) == (place.resident.id, None, 0)
    assert (revision.title, revision.text, revision.product_ref) == ("番茄汤", "水开。", "p-1")
    assert await queries.list_tags([revision.id]) == [["汤", "番茄"]]


async def test_new_submission_is_audited_and_queued(database):
    place = await create_community()
    row = await create_submitted(place)
    assert await get_last_action(row) == ("submission.create", place.resident.id, "PENDING_SCREENING", 1)
    assert await list_pending_effects("effects.receive_submission") == [{"submission_id": row.id}]


async def test_draft_puts_no_effect(database):
    place = await create_community()
    row = await create_draft(place)
    assert (row.state, await list_pending_effects("effects.receive_submission")) == (SubmissionState.DRAFT, [])
    assert await get_last_action(row) == ("submission.create", place.resident.id, "DRAFT", 1)


@pytest.mark.parametrize("draft", [False, True])
async def test_only_leaders_write_playbooks(database, draft):
    place = await create_community()
    before = await read_tables()
    with pytest.raises(LeadersOnly) as refusal:
        await create_submitted(place, kind=SubmissionKind.LEADER_PLAYBOOK, draft=draft)
    assert (refusal.value.code, refusal.value.path) == ("LEADERS_ONLY", ("kind",))
    assert await read_tables() == before
    assert (
        await create_submitted(place, author=place.leader, kind=SubmissionKind.LEADER_PLAYBOOK)
    ).author_id == place.leader.id


@pytest.mark.parametrize("kind", [kind for kind in SubmissionKind if kind is not SubmissionKind.LEADER_PLAYBOOK])
async def test_residents_write_everything_else(database, kind):
    place = await create_community()
    assert (await create_submitted(place, kind=kind)).kind is kind


async def test_edit_adds_revision_and_keeps_the_old(database):
    place = await create_community()
    row = await create_submitted(place, title="一", tags=("旧",))
    first = await get_revision(row)
    row = await write.edit(place.resident, row.id, version=row.version, content=make_content("二", tags=("新",)))
    second = await get_revision(row)
    assert (row.latest_revision, second.number, second.title) == (2, 2, "二")
    assert await get_revision(row, 1) == first
    assert await queries.list_tags([first.id, second.id]) == [["旧"], ["新"]]
    assert await get_last_action(row) == ("submission.edit", place.resident.id, "PENDING_SCREENING", 2)


@pytest.mark.parametrize("table", ["submission_revision", "revision_tag"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET community_id = community_id"])
async def test_database_refuses_change_of_revision(database, table, statement):
    await create_submitted(await create_community())
    before = await read_tables()
    with pytest.raises((OperationalError, IntegrityError), match="append-only"):
        await db.execute(statement.format(table))
    assert await read_tables() == before


async def test_published_revision_stays_during_review_of_edit(database):
    place = await create_community()
    row = await create_published(place, title="旧", scores=HIGH_SCORES)
    after = await edit_submission(row, place.resident, title="新")
    assert (after.state, after.latest_revision, after.published_revision) == (SubmissionState.IN_REVIEW, 2, 1)
    assert (after.published_at, after.recommended) == (row.published_at, True)
    assert (await get_revision(after, after.published_revision)).title == "旧"


@pytest.mark.parametrize("state", [SubmissionState.RETURNED, SubmissionState.REJECTED])
async def test_published_revision_stays_after_refused_edit(database, state):
    place = await create_community()
    row = await edit_submission(await create_published(place, title="旧"), place.resident, title="新")
    latest = await get_revision(row)
    after = await review_steps.refuse(place.id, row.id, revision_id=latest.id, state=state, note="不行")
    assert (after.state, after.published_revision, after.latest_revision, after.note) == (state, 1, 2, "不行")


async def test_edit_of_returned_submission_stays_returned(database):
    place = await create_community()
    row = await create_in_state(place, SubmissionState.RETURNED)
    row = await edit_submission(row, place.resident)
    assert (row.state, row.latest_revision) == (SubmissionState.RETURNED, 2)
    assert [case["state"] for case in await list_rows("review_case")] == ["DECIDED"]


@pytest.mark.parametrize("verb", [write.edit, write.submit, removal.withdraw, removal.remove])
@pytest.mark.parametrize("off", [-1, 1])
async def test_another_version_changes_nothing(database, verb, off):
    place = await create_community()
    row = await create_in_state(place, SubmissionState.RETURNED)
    given = {write.edit: {"content": make_content("新")}, removal.remove: {"reason": "广告"}}.get(verb, {})
    actor = place.leader if verb is removal.remove else place.resident
    before = await read_tables()
    with pytest.raises(Conflict) as refusal:
        await verb(actor, row.id, version=row.version + off, **given)
    assert (refusal.value.code, refusal.value.path) == ("STALE_VERSION", ("version",))
    assert await read_tables() == before


async def test_concurrent_edits_of_one_version_make_one(database):
    place = await create_community()
    row = await create_submitted(place)
    answers = await run_concurrently(
        *(
            write.edit(place.resident, row.id, version=1, content=make_content(f"第{n}版", tags=("a", "b")))
            for n in range(10)
        )
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 9 + ["SubmissionRow"]
    after = await reload_submission(row)
    assert (after.version, after.latest_revision, len(await list_rows("submission_revision"))) == (2, 2, 2)
    assert len(await list_pending_effects("effects.receive_submission")) == 2


async def test_concurrent_edit_and_withdrawal_have_one_winner(database):
    place = await create_community()
    row = await create_published(place)
    answers = await run_concurrently(
        write.edit(place.resident, row.id, version=row.version, content=make_content("新")),
        removal.withdraw(place.resident, row.id, version=row.version),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "SubmissionRow"]
    assert (await reload_submission(row)).version == row.version + 1


INCOMPLETE = {"title": "", "text": "", "tags": ()}


async def test_incomplete_draft_is_saved_and_edited(database):
    place = await create_community()
    row = await edit_submission(await create_draft(place, **INCOMPLETE), place.resident, **INCOMPLETE | {"title": "题"})
    revision = await get_revision(row)
    assert (row.state, revision.title, revision.text) == (SubmissionState.DRAFT, "题", "")


async def test_returned_submission_may_be_incomplete(database):
    place = await create_community()
    row = await edit_submission(await create_in_state(place, SubmissionState.RETURNED), place.resident, **INCOMPLETE)
    assert row.state is SubmissionState.RETURNED


async def test_incomplete_draft_is_not_submitted(database):
    place = await create_community()
    row = await create_draft(place, **INCOMPLETE)
    refusal = await assert_refused(InvalidInput, write.submit(place.resident, row.id, version=row.version))
    assert [one.path for one in refusal.list_all()] == [("content", "title"), ("content", "text")]


@pytest.mark.parametrize("state", [SubmissionState.IN_REVIEW, SubmissionState.PUBLISHED])
async def test_incomplete_edit_for_review_is_refused(database, state):
    place = await create_community()
    row = await create_in_state(place, state)
    content = make_content(**INCOMPLETE)
    await assert_refused(InvalidInput, write.edit(place.resident, row.id, version=row.version, content=content))


async def test_incomplete_submission_is_not_created(database):
    place = await create_community()
    content = make_content(**INCOMPLETE)
    await assert_refused(InvalidInput, write.create(place.resident, kind=SubmissionKind.RECIPE, content=content))


async def test_a_draft_is_submitted(database):
    place = await create_community()
    row = await create_draft(place)
    row = await write.submit(place.resident, row.id, version=row.version)
    assert await get_last_action(row) == ("submission.submit", place.resident.id, "PENDING_SCREENING", 1)
    assert await list_pending_effects("effects.receive_submission") == [{"submission_id": row.id}]


async def test_submit_clears_the_note(database):
    place = await create_community()
    row = await create_in_state(place, SubmissionState.RETURNED)
    assert row.note == "请补充照片"
    assert (await write.submit(place.resident, row.id, version=row.version)).note is None


async def test_withdrawal_is_audited_and_closes_case(database):
    place = await create_community()
    row = await create_in_review(place)
    row = await removal.withdraw(place.resident, row.id, version=row.version)
    assert await get_last_action(row) == ("submission.withdraw", place.resident.id, "WITHDRAWN", 1)
    assert await list_pending_effects("effects.receive_submission") == [{"submission_id": row.id}]
    await run_effects()
    assert [case["state"] for case in await list_rows("review_case")] == ["SUPERSEDED"]


async def test_removal_notes_the_reason(database):
    place = await create_community()
    row = await create_published(place)
    row = await removal.remove(place.leader, row.id, version=row.version, reason="  广告  ")
    assert (row.state, row.note, row.published_revision) == (SubmissionState.REMOVED, "广告", None)
    assert await get_last_action(row) == ("submission.remove", place.leader.id, "REMOVED", 1)
    assert await list_pending_effects("effects.receive_submission") == [{"submission_id": row.id}]


@pytest.mark.parametrize("reason", ["", "   ", "字" * 501])
async def test_a_removal_without_a_reason_is_refused(database, reason):
    place = await create_community()
    row = await create_published(place)
    before = await read_tables()
    with pytest.raises(InvalidInput) as refusal:
        await removal.remove(place.leader, row.id, version=row.version, reason=reason)
    assert refusal.value.path == ("reason",)
    assert await read_tables() == before


async def test_residents_cannot_remove_submissions(database):
    place = await create_community()
    row = await create_published(place)
    before = await read_tables()
    for actor in place.residents:
        with pytest.raises(LeadersOnly):
            await removal.remove(actor, row.id, version=row.version, reason="广告")
    assert await read_tables() == before


async def try_all_as(actor, row):
    """Call every verb of the author as `actor`, and return what each raised."""
    return await run_concurrently(
        write.edit(actor, row.id, version=row.version, content=make_content("新")),
        write.submit(actor, row.id, version=row.version),
        removal.withdraw(actor, row.id, version=row.version),
        write.edit(actor, row.id, version=row.version + 5, content=make_content("新")),
    )


@pytest.mark.parametrize("state", [state for state in SubmissionState if state is not SubmissionState.PUBLISHED])
async def test_hidden_submission_is_unknown_to_others(database, state):
    place = await create_community()
    row = await create_in_state(place, state)
    before = await read_tables()
    for actor in (place.other, place.leader):
        assert [answer.code for answer in await try_all_as(actor, row)] == ["NOT_FOUND"] * 4
    assert await read_tables() == before


async def test_published_submission_is_changed_by_author_only(database):
    place = await create_community()
    row = await create_published(place)
    before = await read_tables()
    for actor in (place.other, place.leader):
        assert [type(answer) for answer in await try_all_as(actor, row)] == [AuthorsOnly] * 4
    assert await read_tables() == before


@pytest.mark.parametrize("state", [SubmissionState.DRAFT, SubmissionState.IN_REVIEW, SubmissionState.PUBLISHED])
async def test_another_communitys_submissions_do_not_exist(database, state):
    place, elsewhere = await create_community(), await create_community()
    row = await create_in_state(place, state)
    stranger = elsewhere.leader
    before = await read_tables()
    answers = await try_all_as(stranger, row) + await run_concurrently(
        removal.remove(stranger, row.id, version=row.version, reason="x"),
        likes.like(stranger, row.id),
        likes.unlike(stranger, row.id),
        queries.get(elsewhere.id, row.id),
    )
    assert [type(answer) for answer in answers] == [NotFound] * 8
    assert await queries.find(elsewhere.id, row.id) is None
    assert await read_tables() == before


async def test_review_of_another_community_changes_nothing(database):
    place, elsewhere = await create_community(), await create_community()
    row = await create_in_review(place)
    revision = await get_revision(row)
    before = await read_tables()
    with pytest.raises(Conflict):
        await review_steps.publish(elsewhere.id, row.id, revision_id=revision.id, recommended=False, note=None)
    with pytest.raises(Conflict):
        await review_steps.refuse(
            elsewhere.id, row.id, revision_id=revision.id, state=SubmissionState.REJECTED, note="x"
        )
    assert await read_tables() == before


async def test_missing_submission_is_not_found(database):
    place = await create_community()
    with pytest.raises(NotFound) as refusal:
        await queries.get(place.id, 12345)
    assert refusal.value.path == ("submissionId",)
