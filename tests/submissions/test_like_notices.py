"""The notice of the day about likes: one for a publication, also if it is delivered again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import blocks
from community.kernel import clock, db, outbox
from community.notices.models import NoticeKind
from community.submissions.reactions import like_notices, likes
from tests.support.story import create_community, create_published, list_rows, run_concurrently


@pytest.fixture
async def place(database):
    """Return a community of one author and several readers."""
    return await create_community(residents=4)


async def deliver(times: int = 1) -> None:
    """Run the pending effects, each several times concurrently."""
    for effect in await outbox.list_pending("effects.announce_likes"):
        found = await run_concurrently(*(like_notices.announce(**effect.args) for _ in range(times)))
        assert set(found) == {None}
        await outbox.mark_done(effect.id)


async def list_notices(place):
    rows = [row for row in await list_rows("notice") if row["kind"] == NoticeKind.LIKED]
    assert {row["membership_id"] for row in rows} <= {place.resident.id}
    found = await db.client().execute_query_dict(
        "SELECT CAST(detail->>'people' AS BIGINT) AS people FROM notice WHERE kind = 'LIKED' ORDER BY id"
    )
    return [row["people"] for row in found]


async def test_many_likes_are_one_notice(place):
    row = await create_published(place)
    await run_concurrently(*(likes.like(member, row.id) for member in (*place.residents, place.leader)))
    await deliver(times=3)
    assert await list_notices(place) == [4]  # The own like does not count.


async def test_second_delivery_leaves_a_read_notice_read(place):
    row = await create_published(place)
    await likes.like(place.other, row.id)
    await deliver()
    await db.execute("UPDATE notice SET read_at = $1", clock.now())
    await db.execute("UPDATE outbox_effect SET done_at = NULL WHERE name = 'effects.announce_likes'")
    await deliver(times=2)
    assert [one["read_at"] is None for one in await list_rows("notice") if one["kind"] == NoticeKind.LIKED] == [False]


async def test_next_day_has_a_notice_of_its_own(place):
    row = await create_published(place)
    await likes.like(place.other, row.id)
    await deliver()
    with clock.at(clock.now() + timedelta(days=1)):
        await likes.like(place.leader, row.id)
        await deliver()
    assert await list_notices(place) == [1, 1]


async def test_like_between_blocked_members_is_not_announced(place):
    row = await create_published(place)
    await blocks.block(place.resident, place.other.id)
    await likes.like(place.other, row.id)
    await deliver()
    assert await list_notices(place) == []
