"""Comments: what follows their publication and their end."""

from __future__ import annotations

import json

import pytest

from community.communities import blocks
from community.communities.settings import Visibility
from community.conversation import checking, editing, ending, indexing, likes, threads, visibility
from community.conversation.errors import CommentRepeated, EditPeriodOver, ThreadClosed
from community.conversation.models import CommentState
from community.conversation.rules import EDIT_PERIOD, normalise_content
from community.kernel import clock, db
from community.kernel.errors import NotFound
from community.media import processing
from community.points.earning import editing as rule_editing
from community.points.earning.models import Trigger
from community.points.earning.rules import Caps, Definition
from community.safety.checks import Screening
from community.safety.facts import Verdict
from tests.support.backends import make_settings
from tests.support.bank import find_violations, get_balance
from tests.support.comments import (
    assert_comment_refused,
    get_thread,
    reload_comment,
    send_comment,
    settle,
)
from tests.support.pictures import create_ready_picture
from tests.support.searching import find_comments
from tests.support.story import create_community, create_published, list_rows

PASSED = Screening(Verdict.PASS, ())


@pytest.fixture
async def place(database):
    place = await create_community(residents=4)
    await settle(*place.leaders, *place.residents)
    return place


@pytest.fixture
async def post(place):
    return await create_published(place, title="红烧肉")


async def list_notices(member, kind: str) -> list[dict]:
    found = [row for row in await list_rows("notice") if row["membership_id"] == member.id and row["kind"] == kind]
    return [json.loads(row["detail"]) if isinstance(row["detail"], str) else row["detail"] for row in found]


async def edit(member, row, text: str, found: Screening = PASSED):
    return await editing.edit(member, row.id, content=normalise_content(text), found=found, is_awaited=False)


async def test_public_comment_is_found(place, post):
    row = await send_comment(place.other, post, "这道红烧肉真香")
    assert await find_comments(place, "红烧") == [row.id]
    await visibility.hide(row, by=place.leader, reason="广告")
    assert await find_comments(place, "红烧") == []
    await visibility.restore(place.id, row.id, by=None)
    assert await find_comments(place, "红烧") == [row.id]
    await ending.delete(place.other, row.id)
    assert await find_comments(place, "红烧") == []


async def test_rebuild_finds_same_comments(place, post):
    row = await send_comment(place.other, post, "真香")
    assert (await indexing.rebuild(), await find_comments(place, "真香")) == (1, [row.id])
    assert await indexing.index_missing() == 0


async def test_author_gets_one_notice_per_hour(place, post):
    for member in (place.other, place.residents[2], place.residents[3]):
        await send_comment(member, post)
    (notice,) = await list_notices(place.resident, "COMMENTED")
    assert notice == {"submission": post.id, "people": 3}


async def test_reply_is_announced_to_answered_member(place, post):
    first = await send_comment(place.other, post)
    await send_comment(place.residents[2], post, "同意", parent=first)
    (notice,) = await list_notices(place.other, "COMMENTED")
    assert notice == {"submission": post.id, "people": 1}


async def test_own_comment_is_not_announced(place, post):
    await send_comment(place.resident, post)
    assert await list_notices(place.resident, "COMMENTED") == []


async def test_mention_is_announced_once(place, post):
    row = await send_comment(place.other, post, mentions=(place.leader.id,))
    content = normalise_content("改过", mention_ids=[place.leader.id])
    await editing.edit(place.other, row.id, content=content, found=PASSED, is_awaited=False)
    (notice,) = await list_notices(place.leader, "COMMENT_MENTION")
    assert notice == {"comment": row.id, "submission": post.id}


async def test_blocked_member_is_not_mentioned(place, post):
    await blocks.block(place.residents[2], place.other.id)
    await assert_comment_refused(NotFound, send_comment(place.other, post, mentions=(place.residents[2].id,)))


async def test_blocked_comment_is_not_answered(place, post):
    first = await send_comment(place.residents[2], post)
    await blocks.block(place.residents[2], place.other.id)
    await assert_comment_refused(NotFound, send_comment(place.other, post, parent=first))


async def test_comment_is_paid_while_it_is_public(place, post):
    before = await get_balance(place.other)
    rule = Definition(5, caps=Caps(day=8))
    await rule_editing.publish_as_operator(Trigger.COMMENT, definition=rule)
    first = await send_comment(place.other, post)
    await send_comment(place.other, post, "再来")
    assert await get_balance(place.other) == before + 8
    await visibility.hide(first, by=place.leader, reason="广告")
    assert await get_balance(place.other) == before + 3
    await visibility.restore(place.id, first.id, by=None)
    assert await get_balance(place.other) == before + 8
    # The members of this test are older than their entries in the trail.
    assert [name for name in await find_violations() if "member jo" not in name] == []


async def test_comment_is_not_paid_by_default(place, post):
    before = await get_balance(place.other)
    await send_comment(place.other, post)
    assert await get_balance(place.other) == before


async def test_edit_keeps_its_history(place, post):
    row = await send_comment(place.other, post)
    edited = await edit(place.other, row, "很香")
    assert (edited.published_revision, edited.edited_at is not None) == (2, True)
    assert [each["text"] for each in await list_rows("comment_revision")] == ["真香", "很香"]


async def test_old_text_stays_while_edit_waits(place, post):
    row = await send_comment(place.other, post)
    edited = await edit(place.other, row, "很香", Screening(Verdict.REVIEW, ()))
    assert (edited.published_revision, edited.pending_revision, edited.edited_at) == (1, 2, None)
    refused = await visibility.refuse(place.id, row.id, revision=2, note="不要")
    assert (refused.state, refused.published_revision) == (CommentState.PUBLISHED, 1)
    assert (await get_thread(post)).comment_count == 1


async def test_comment_is_edited_for_ten_minutes(place, post):
    row = await send_comment(place.other, post)
    with clock.at(clock.now() + EDIT_PERIOD):
        await assert_comment_refused(EditPeriodOver, edit(place.other, row, "很香"))


async def test_edit_repeats_no_other_comment(place, post):
    await send_comment(place.other, post)
    row = await send_comment(place.other, post, "很香")
    await assert_comment_refused(CommentRepeated, edit(place.other, row, "真香"))


async def test_closed_thread_takes_no_comments(place, post):
    row = await send_comment(place.other, post)
    await threads.close(place.leader, post.id, reason="吵")
    await assert_comment_refused(ThreadClosed, send_comment(place.residents[2], post))
    await assert_comment_refused(ThreadClosed, edit(place.other, row, "很香"))
    await threads.open_again(place.leader, post.id)
    await send_comment(place.residents[2], post)


async def test_like_is_counted_once(place, post):
    row = await send_comment(place.other, post)
    for _ in range(2):
        await likes.like(place.leader, row.id)
    assert (await reload_comment(row)).like_count == 1
    await likes.unlike(place.leader, row.id)
    assert (await reload_comment(row)).like_count == 0


async def test_comment_with_picture_waits_for_it(place, post):
    media_id = await create_ready_picture(place.other)
    row = await send_comment(place.other, post, media_id=media_id)
    assert row.state is CommentState.WAITING
    await processing.process(media_id)
    await checking.check_comment(make_settings(), row.id)
    assert (await reload_comment(row)).state is CommentState.PUBLISHED
    (use,) = await list_rows("media_use")
    assert (use["subject"], bool(use["published"]), bool(use["for_everyone"])) == ("COMMENT", True, False)


async def test_overdue_check_asks_leader(place, post):
    media_id = await create_ready_picture(place.other)
    row = await send_comment(place.other, post, media_id=media_id)
    with clock.at(clock.now() + checking.MAX_DURATION):
        await checking.recover()
    assert (await reload_comment(row)).verdict is Verdict.REVIEW


async def test_readers_are_those_of_the_time(place, post):
    first = await send_comment(place.other, post)
    await db.execute("UPDATE community SET visibility = 'PUBLIC' WHERE id = $1", place.id)
    await db.execute("UPDATE submission SET published_for = 'PUBLIC' WHERE id = $1", post.id)
    second = await send_comment(place.other, post, "再来")
    assert (first.published_for, second.published_for) == (Visibility.MEMBERS, Visibility.PUBLIC)
    thread = await get_thread(post)
    assert (thread.comment_count, thread.public_count) == (2, 1)
