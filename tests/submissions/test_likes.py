"""Likes count once per member, also when concurrent."""

from __future__ import annotations

import random

import pytest

from community.kernel import db
from community.kernel.errors import NotFound
from community.submissions import removal
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.support.story import (
    TABLES,
    create_community,
    create_in_state,
    create_published,
    edit_submission,
    list_rows,
    read_tables,
    reload_submission,
    run_concurrently,
)
from tests.support.waiting import run_before_commit


async def test_a_like_counts_once(database):
    place = await create_community()
    row = await create_published(place)
    assert (await likes.like(place.other, row.id)).like_count == 1
    before = await read_tables()
    assert (await likes.like(place.other, row.id)).like_count == 1
    assert await read_tables() == before


async def test_a_like_changes_neither_version_nor_time(database):
    place = await create_community()
    row = await create_published(place)
    after = await likes.like(place.other, row.id)
    assert (after.version, after.updated_at) == (row.version, row.updated_at)


async def test_a_like_taken_back_is_gone_once(database):
    place = await create_community()
    row = await create_published(place)
    changing = {"leaderboard_score", "outbox_effect"}
    before = await read_tables(*set(TABLES) - changing)
    await likes.like(place.other, row.id)
    assert (await likes.unlike(place.other, row.id)).like_count == 0
    assert (await likes.unlike(place.other, row.id)).like_count == 0
    assert await read_tables(*set(TABLES) - changing) == before
    assert {one["score"] for one in await list_rows("leaderboard_score") if one["board"] == "LIKES"} == {0}


async def test_unlike_keeps_likes_of_others(database):
    place = await create_community()
    row = await create_published(place)
    await likes.like(place.other, row.id)
    before = await read_tables()
    await likes.unlike(place.leader, row.id)
    assert await read_tables() == before


@pytest.mark.parametrize("state", [state for state in SubmissionState if state is not SubmissionState.PUBLISHED])
async def test_hidden_submission_cannot_be_liked(database, state):
    place = await create_community()
    row = await create_in_state(place, state)
    before = await read_tables()
    for verb in (likes.like, likes.unlike):
        with pytest.raises(NotFound) as refusal:
            await verb(place.other, row.id)
        assert refusal.value.path == ("submissionId",)
    assert await read_tables() == before


async def test_likes_stay_while_an_edit_is_in_review(database):
    place = await create_community()
    row = await create_published(place)
    await likes.like(place.other, row.id)
    row = await edit_submission(row, place.resident)
    assert row.like_count == 1
    assert (await likes.like(place.leader, row.id)).like_count == 2


async def test_each_member_sees_their_own_likes(database):
    place = await create_community()
    one, two = await create_published(place), await create_published(place)
    await likes.like(place.other, two.id)
    asked = [two.id, one.id, two.id]
    assert await likes.LIKES.list_reacted(place.other.person_id, asked) == [True, False, True]
    assert await likes.LIKES.list_reacted(place.leader.person_id, asked) == [False, False, False]


async def test_concurrent_likes_of_members_all_count(database):
    place = await create_community(residents=20)
    row = await create_published(place)
    answers = await run_concurrently(*(likes.like(member, row.id) for member in place.residents))
    assert sorted(answer.like_count for answer in answers) == list(range(1, 21))
    assert (await reload_submission(row)).like_count == len(await list_rows("submission_like")) == 20


async def test_like_of_what_is_removed_meanwhile_is_undone(database):
    place = await create_community()
    row = await create_published(place)
    removing = removal.remove(place.leader, row.id, version=row.version, reason="广告")
    _, refusal = await run_before_commit(removing, likes.like(place.other, row.id))
    assert isinstance(refusal, NotFound)
    assert ((await reload_submission(row)).like_count, await list_rows("submission_like")) == (0, [])


async def test_concurrent_likes_of_one_member_count_once(database):
    place = await create_community()
    row = await create_published(place)
    await run_concurrently(*(likes.like(place.other, row.id) for _ in range(10)))
    assert ((await reload_submission(row)).like_count, len(await list_rows("submission_like"))) == (1, 1)


async def test_concurrent_likes_and_unlikes_keep_count_right(database):
    place = await create_community(residents=20)
    row = await create_published(place)
    chance = random.Random(7)
    verbs = [likes.like, likes.unlike]
    for _ in range(4):
        answers = await run_concurrently(*(chance.choice(verbs)(member, row.id) for member in place.residents))
        assert all(answer.like_count >= 0 for answer in answers)
        assert (await reload_submission(row)).like_count == len(await list_rows("submission_like"))


async def test_like_during_withdrawal_keeps_count_right(database):
    place = await create_community(residents=8)
    row = await create_published(place)
    await run_concurrently(
        *(likes.like(member, row.id) for member in place.residents),
        removal.withdraw(place.resident, row.id, version=row.version),
    )
    after = await reload_submission(row)
    assert (after.state, after.like_count) == (SubmissionState.WITHDRAWN, len(await list_rows("submission_like")))


async def test_database_refuses_negative_like_count(database):
    place = await create_community()
    row = await create_published(place)
    with pytest.raises(Exception, match=r"submission_likes|CHECK"):
        await db.execute("UPDATE submission SET like_count = like_count - 1 WHERE id = $1", row.id)
    assert (await reload_submission(row)).like_count == 0
