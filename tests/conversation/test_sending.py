"""Comments: who may send one, what is refused, and what is public immediately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import memberships, profile
from community.communities.errors import Muted, NotAMember
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import queries, visibility
from community.conversation.errors import CommentRepeated, CommentStateForbids, CommentTooSoon
from community.conversation.models import CommentState
from community.kernel import clock
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.review import sanctions
from community.safety.errors import TextBlocked
from community.safety.facts import Finding, Level, Reason
from community.submissions import removal
from tests.support.api import new_key
from tests.support.comments import assert_comment_refused, get_thread, list_word, reload_comment, send_comment, settle
from tests.support.pictures import upload_picture
from tests.support.story import (
    create_community,
    create_draft,
    create_published,
    list_rows,
    reload_submission,
    run_concurrently,
)


@pytest.fixture
async def place(database):
    place = await create_community(residents=4)
    await settle(*place.leaders, *place.residents)
    return place


@pytest.fixture
async def post(place):
    return await create_published(place, title="红烧肉")


async def test_comment_is_public_immediately(place, post):
    row = await send_comment(place.other, post, "  真香\r\n下次再做  ")
    assert row.state is CommentState.PUBLISHED
    (revision,) = await queries.get_revisions([(row.id, 1)])
    assert revision.text == "真香\n下次再做"
    assert (await get_thread(post)).comment_count == 1


async def test_reply_counts_at_parent(place, post):
    first = await send_comment(place.other, post)
    await send_comment(place.resident, post, "谢谢", parent=first)
    assert (await reload_comment(first)).reply_count == 1
    assert (await get_thread(post)).comment_count == 2


async def test_reply_to_reply_is_refused(place, post):
    first = await send_comment(place.other, post)
    reply = await send_comment(place.resident, post, "谢谢", parent=first)
    refusal = await assert_comment_refused(InvalidInput, send_comment(place.other, post, "不客气", parent=reply))
    assert (refusal.reason, refusal.path) == ("reply_of_reply", ("parentId",))


async def test_reply_to_other_thread_is_unknown(place, post):
    elsewhere = await send_comment(place.other, await create_published(place, title="豆腐"))
    await assert_comment_refused(NotFound, send_comment(place.other, post, "谢谢", parent=elsewhere))


async def test_draft_has_no_comments(place):
    await assert_comment_refused(NotFound, send_comment(place.other, await create_draft(place)))


async def test_withdrawn_submission_has_no_comments(place, post):
    row = await reload_submission(post)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await assert_comment_refused(NotFound, send_comment(place.other, post))


async def test_former_member_cannot_comment(place, post):
    await memberships.leave(place.other)
    await assert_comment_refused(NotAMember, send_comment(place.other, post))


async def test_muted_member_cannot_comment(place, post):
    await sanctions.give(place.leader, place.other.id, content=SanctionContent(SanctionKind.MUTE, "吵", 1))
    refusal = await assert_comment_refused(Muted, send_comment(place.other, post))
    assert refusal.retry_at is not None


async def test_blocked_word_is_quoted(place, post):
    await list_word(place, "代购", Level.BLOCK)
    refusal = await assert_comment_refused(TextBlocked, send_comment(place.other, post, "找我代购吧"))
    assert refusal.figures == {"words": "代购"}
    assert await list_rows("comment") == []


async def test_word_to_review_waits_for_leader(place, post):
    await list_word(place, "代购", Level.REVIEW)
    row = await send_comment(place.other, post, "找我代购吧")
    assert (row.state, row.verdict) == (CommentState.WAITING, "REVIEW")
    assert row.list_findings()[0].reason is Reason.LISTED_WORD
    assert (await get_thread(post)).comment_count == 0


async def test_personal_data_is_masked_for_others(place, post):
    row = await send_comment(place.other, post, "电话 13812345678")
    (revision,) = await queries.get_revisions([(row.id, 1)])
    assert revision.masks == [[3, 14]]


async def test_same_text_twice_is_refused_for_a_day(place, post):
    await send_comment(place.other, post)
    await assert_comment_refused(CommentRepeated, send_comment(place.other, post))
    await send_comment(place.residents[2], post)
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        await send_comment(place.other, post)


async def test_eleventh_comment_in_a_minute_waits(place, post):
    for number in range(10):
        await send_comment(place.other, post, f"第{number}条")
    refusal = await assert_comment_refused(CommentTooSoon, send_comment(place.other, post, "再来"))
    assert refusal.retry_at is not None
    with clock.at(refusal.retry_at + timedelta(seconds=1)):
        await send_comment(place.other, post, "再来")


@pytest.mark.parametrize("seconds", [60, 600])
async def test_newcomer_makes_the_pause_of_the_community(database, seconds):
    place = await create_community(residents=2)
    post = await create_published(place)
    if seconds != 60:  # the default
        await profile.edit_community(place.leader, version=1, edit={"newcomer_comment_pause_seconds": seconds})
    sent = await send_comment(place.other, post)
    refusal = await assert_comment_refused(CommentTooSoon, send_comment(place.other, post, "再来"))
    assert (refusal.reason, refusal.retry_at) == ("newcomer", sent.created_at + timedelta(seconds=seconds))
    with clock.at(refusal.retry_at - timedelta(seconds=1)):
        await assert_comment_refused(CommentTooSoon, send_comment(place.other, post, "再来"))
    with clock.at(refusal.retry_at + timedelta(seconds=1)):
        await send_comment(place.other, post, "再来")


async def test_newcomer_without_pause_waits_for_nothing(database):
    place = await create_community(residents=2)
    post = await create_published(place)
    await profile.edit_community(place.leader, version=1, edit={"newcomer_comment_pause_seconds": 0})
    for number in range(3):
        await send_comment(place.other, post, f"第{number}条")


async def test_same_key_returns_same_comment(place, post):
    key = new_key()
    first = await send_comment(place.other, post, key=key)
    assert (await send_comment(place.other, post, key=key)).id == first.id
    assert len(await list_rows("comment")) == 1


async def test_concurrent_comments_are_counted_exactly(place, post):
    people = [*place.residents, place.leader]
    await run_concurrently(*(send_comment(each, post, f"{n}") for each in people for n in range(4)))
    assert (await get_thread(post)).comment_count == 20
    assert len(await list_rows("comment_revision")) == 20


async def test_concurrent_repetition_is_sent_once(place, post):
    done = await run_concurrently(*(send_comment(place.other, post) for _ in range(3)))
    assert sum(isinstance(each, CommentRepeated) for each in done) == 2
    assert (await get_thread(post)).comment_count == 1


async def test_mention_of_stranger_is_refused(place, post):
    stranger = (await create_community()).resident
    await assert_comment_refused(NotFound, send_comment(place.other, post, mentions=(stranger.id,)))


async def test_mentions_keep_their_order(place, post):
    ids = (place.leader.id, place.resident.id)
    row = await send_comment(place.other, post, mentions=ids)
    (revision,) = await queries.get_revisions([(row.id, 1)])
    assert await queries.list_mention_ids([revision.id]) == [list(ids)]


async def test_hidden_comment_is_not_counted(place, post):
    first = await send_comment(place.other, post)
    reply = await send_comment(place.resident, post, "谢谢", parent=first)
    await visibility.hide(first, by=place.leader, reason="广告")
    assert (await get_thread(post)).comment_count == 1
    await visibility.hide(reply, by=place.leader, reason="广告")
    assert (await reload_comment(first)).reply_count == 0
    await visibility.restore(place.id, first.id, by=place.leader)
    assert (await get_thread(post)).comment_count == 1
    await assert_comment_refused(CommentStateForbids, visibility.restore(place.id, first.id, by=None))


async def test_asked_comment_is_published_once(place, post):
    await list_word(place, "代购", Level.REVIEW)
    row = await send_comment(place.other, post, "代购")
    shown = await visibility.publish(place.id, row.id, revision=1)
    assert (shown.state, shown.verdict, shown.findings) == (CommentState.PUBLISHED, None, None)
    await assert_comment_refused(Conflict, visibility.publish(place.id, row.id, revision=1))
    assert (await get_thread(post)).comment_count == 1


async def test_refused_comment_keeps_its_note(place, post):
    await list_word(place, "代购", Level.REVIEW)
    row = await send_comment(place.other, post, "代购")
    refused = await visibility.refuse(place.id, row.id, revision=1, note="不要广告")
    assert (refused.state, refused.note) == (CommentState.REFUSED, "不要广告")


async def test_leader_is_asked_once(place, post):
    await list_word(place, "代购", Level.REVIEW)
    row = await send_comment(place.other, post, "代购")
    again = await visibility.ask_leader(
        place.id, row.id, revision=1, findings=[Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": "x"})]
    )
    assert again.version == row.version


async def test_comment_of_departed_member_is_refused(place, post):
    await list_word(place, "代购", Level.REVIEW)
    row = await send_comment(place.other, post, "代购")
    await memberships.leave(place.other)
    assert (await visibility.publish(place.id, row.id, revision=1)).state is CommentState.REFUSED
    assert (await get_thread(post)).comment_count == 0


async def test_description_of_a_picture_is_checked(place, post):
    await list_word(place, "代购", Level.BLOCK)
    blocked = await upload_picture(place.other, alt_text="找我代购")
    refusal = await assert_comment_refused(TextBlocked, send_comment(place.other, post, "看图", media_id=blocked))
    assert refusal.path == ("mediaId",)
    named = await upload_picture(place.other, 1, alt_text="电话 13812345678")
    row = await send_comment(place.other, post, "看图", media_id=named)
    assert (row.state, row.verdict) == (CommentState.WAITING, "REVIEW")
    assert row.list_findings()[0].reason is Reason.PHONE_NUMBER
