"""Likes: once a member, never a wrong count."""

from __future__ import annotations

import random

import pytest

from community.kernel import db
from community.kernel.errors import NotFound
from community.submissions import queries
from community.submissions import service as submissions
from community.submissions.models import State
from tests.support.story import at_once, edited, everything, in_state, neighbourhood, now_of, published, rows_of


async def test_a_like_counts_once(database):
    place = await neighbourhood()
    row = await published(place)
    assert (await submissions.like(place.other, row.id)).like_count == 1
    before = await everything()
    assert (await submissions.like(place.other, row.id)).like_count == 1
    assert await everything() == before


async def test_a_like_changes_neither_version_nor_time(database):
    place = await neighbourhood()
    row = await published(place)
    after = await submissions.like(place.other, row.id)
    assert (after.version, after.updated_at) == (row.version, row.updated_at)


async def test_a_like_taken_back_is_gone_once(database):
    place = await neighbourhood()
    row = await published(place)
    before = await everything()
    await submissions.like(place.other, row.id)
    assert (await submissions.unlike(place.other, row.id)).like_count == 0
    assert (await submissions.unlike(place.other, row.id)).like_count == 0
    assert await everything() == before


async def test_nobody_takes_back_the_like_of_another(database):
    place = await neighbourhood()
    row = await published(place)
    await submissions.like(place.other, row.id)
    before = await everything()
    await submissions.unlike(place.leader, row.id)
    assert await everything() == before


@pytest.mark.parametrize("state", [state for state in State if state is not State.PUBLISHED])
async def test_what_is_not_public_cannot_be_liked(database, state):
    place = await neighbourhood()
    row = await in_state(place, state)
    before = await everything()
    for verb in (submissions.like, submissions.unlike):
        with pytest.raises(NotFound) as refusal:
            await verb(place.other, row.id)
        assert refusal.value.path == ("submissionId",)
    assert await everything() == before


async def test_likes_stay_while_an_edit_is_in_review(database):
    place = await neighbourhood()
    row = await published(place)
    await submissions.like(place.other, row.id)
    row = await edited(row, place.resident)
    assert row.like_count == 1
    assert (await submissions.like(place.leader, row.id)).like_count == 2


async def test_each_member_sees_their_own_likes(database):
    place = await neighbourhood()
    one, two = await published(place), await published(place)
    await submissions.like(place.other, two.id)
    asked = [two.id, one.id, two.id]
    assert await queries.liked_by(place.other.person_id, asked) == [True, False, True]
    assert await queries.liked_by(place.leader.person_id, asked) == [False, False, False]


async def test_twenty_members_at_once_are_twenty_likes(database):
    place = await neighbourhood(residents=20)
    row = await published(place)
    answers = await at_once(*(submissions.like(member, row.id) for member in place.residents))
    assert sorted(answer.like_count for answer in answers) == list(range(1, 21))
    assert (await now_of(row)).like_count == len(await rows_of("submission_like")) == 20


async def test_one_member_liking_often_at_once_is_one_like(database):
    place = await neighbourhood()
    row = await published(place)
    await at_once(*(submissions.like(place.other, row.id) for _ in range(10)))
    assert ((await now_of(row)).like_count, len(await rows_of("submission_like"))) == (1, 1)


async def test_twenty_members_who_cannot_decide_leave_the_count_right(database):
    place = await neighbourhood(residents=20)
    row = await published(place)
    chance = random.Random(7)
    verbs = [submissions.like, submissions.unlike]
    for _ in range(4):
        answers = await at_once(*(chance.choice(verbs)(member, row.id) for member in place.residents))
        assert all(answer.like_count >= 0 for answer in answers)
        assert (await now_of(row)).like_count == len(await rows_of("submission_like"))


async def test_a_like_of_what_is_withdrawn_at_the_same_moment_leaves_the_count_right(database):
    place = await neighbourhood(residents=8)
    row = await published(place)
    await at_once(
        *(submissions.like(member, row.id) for member in place.residents),
        submissions.withdraw(place.resident, row.id, version=row.version),
    )
    after = await now_of(row)
    assert (after.state, after.like_count) == (State.WITHDRAWN, len(await rows_of("submission_like")))


async def test_the_database_itself_holds_a_count_at_zero(database):
    place = await neighbourhood()
    row = await published(place)
    with pytest.raises(Exception, match=r"submission_likes|CHECK"):
        await db.execute("UPDATE submission SET like_count = like_count - 1 WHERE id = $1", row.id)
    assert (await now_of(row)).like_count == 0
