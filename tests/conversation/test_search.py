"""The search among submissions and comments together: what each reader finds."""

from __future__ import annotations

import pytest

from community.communities import blocks
from community.communities.settings import Visibility
from community.conversation import ending, visibility
from community.conversation.reading import Viewer
from community.conversation.search import Searched, SearchOrder
from community.kernel import db
from community.submissions import readers, removal
from community.submissions.models import SubmissionKind
from tests.support.comments import send_comment, settle
from tests.support.searching import find_comments, find_hits
from tests.support.story import create_community, create_published

STRANGER = Viewer(for_everyone=True)


@pytest.fixture
async def place(database):
    place = await create_community(residents=4)
    await settle(*place.leaders, *place.residents)
    return place


@pytest.fixture
async def post(place):
    return await create_published(place, title="红烧肉", kind=SubmissionKind.RECIPE)


async def find(place, text, **more):
    hits = await find_hits(place, text, **more)
    return [("comment", hit.comment.id) if hit.comment else ("submission", hit.submission.id) for hit in hits]


async def test_search_finds_submissions_and_comments(place, post):
    row = await send_comment(place.other, post, "红烧肉要小火")
    other = await create_published(place, title="红烧鱼")
    assert await find(place, "红烧") == [("submission", other.id), ("comment", row.id), ("submission", post.id)]
    assert await find(place, "红烧", among=Searched.COMMENT) == [("comment", row.id)]
    assert await find(place, "红烧", among=Searched.SUBMISSION) == [("submission", other.id), ("submission", post.id)]
    titled = await find(place, "红烧", order=SearchOrder.TITLE_FIRST)
    assert titled == [("submission", other.id), ("submission", post.id), ("comment", row.id)]


async def test_hit_of_comment_has_its_submission(place, post):
    row = await send_comment(place.other, post, "电话 13812345678，要小火慢炖")
    (hit,) = await find_hits(place, "小火")
    assert (hit.comment.id, hit.submission.id) == (row.id, post.id)
    assert [(part.text, part.is_match) for part in hit.title] == [("红烧肉", False)]
    assert [part.text for part in hit.excerpt if part.is_match] == ["小火"]


async def test_filter_of_submissions_leaves_out_comments(place, post):
    await send_comment(place.other, post, "红烧肉要小火")
    assert await find(place, "红烧", kinds=[SubmissionKind.RECIPE]) == [("submission", post.id)]
    assert await find(place, "红烧", recommended_only=True) == []


async def test_author_filter_finds_comments_too(place, post):
    row = await send_comment(place.other, post, "红烧肉要小火")
    assert await find(place, "红烧", author_id=place.other.id) == [("comment", row.id)]
    (name,) = [await db.scalar("SELECT nickname FROM person WHERE id = $1", place.other.person_id)]
    assert ("comment", row.id) in await find(place, f"@{name}")
    assert ("comment", row.id) in await find(place, f"{name} 红烧")


async def test_comment_is_found_while_it_is_readable(place, post):
    row = await send_comment(place.other, post, "要小火")
    for take, give in (
        (lambda: visibility.hide(row, by=place.leader, reason="广告"), True),
        (lambda: removal.withdraw(place.resident, post.id, version=post.version), False),
    ):
        assert await find_comments(place, "小火") == [row.id]
        await take()
        assert await find_comments(place, "小火") == []
        if give:
            await visibility.restore(place.id, row.id, by=None)


async def test_deleted_comment_is_not_found(place, post):
    row = await send_comment(place.other, post, "要小火")
    await ending.delete(place.other, row.id)
    assert await find(place, "小火") == []


async def test_blocked_author_is_not_found(place, post):
    row = await send_comment(place.other, post, "要小火")
    await blocks.block(place.residents[2], place.other.id)
    assert await find_comments(place, "小火", Viewer([place.residents[2].id], [place.other.id])) == []
    assert await find_comments(place, "小火", Viewer([place.residents[3].id])) == [row.id]


async def test_stranger_finds_comments_for_everyone(place, post):
    await send_comment(place.other, post, "要小火")
    await db.execute("UPDATE community SET visibility = 'PUBLIC' WHERE id = $1", place.id)
    await readers.make_public(place.resident, post.id, version=post.version)
    later = await send_comment(place.other, post, "小火一小时")
    assert later.published_for is Visibility.PUBLIC
    assert await find(place, "小火", viewer=STRANGER) == [("comment", later.id)]
    assert await find(place, "红烧", viewer=STRANGER) == [("submission", post.id)]
