"""Concurrent verbs about the same comment: the counts, the index and the states agree afterwards."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from community.communities import blocks, memberships
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import editing, ending, likes, threads, visibility
from community.conversation.errors import EditPeriodOver
from community.conversation.models import CommentState
from community.conversation.rules import EDIT_PERIOD, MAX_MENTIONS, normalise_content
from community.kernel import clock
from community.kernel.errors import InvalidInput, Refusal
from community.kernel.personal import ErasureContent
from community.review import sanctions
from community.safety.checks import Screening
from community.safety.facts import Level, Verdict
from tests.privacy.test_erasing import erase
from tests.support.bank import find_violations
from tests.support.comments import (
    assert_comment_refused,
    get_thread,
    list_word,
    reload_comment,
    send_comment,
    send_to_leader,
    settle,
)
from tests.support.story import create_community, create_published, list_rows, run_concurrently

PASSED = Screening(Verdict.PASS, ())
MADE_OLDER = "a member joined and left as the audit trail says"


@pytest.fixture
async def place(database):
    place = await create_community(residents=6)
    await settle(*place.leaders, *place.residents)
    return place


@pytest.fixture
async def post(place):
    return await create_published(place, title="红烧肉")


async def run(*calls):
    """Run the calls at the same time. Each succeeds or is refused."""
    results = await run_concurrently(*calls)
    assert [each for each in results if isinstance(each, BaseException) and not isinstance(each, Refusal)] == []
    found = await find_violations()
    found.pop(MADE_OLDER, None)
    assert found == {}
    return results


def edit(author, row, text="改过", *, is_awaited=False):
    return editing.edit(author, row.id, content=normalise_content(text), found=PASSED, is_awaited=is_awaited)


def mute(place, member):
    return sanctions.give(place.leader, member.id, content=SanctionContent(SanctionKind.MUTE, "吵", 1))


async def test_concurrent_likes_are_counted_once(place, post):
    row = await send_comment(place.resident, post)
    fans = place.residents[1:5]
    await run(*(verb(fan, row.id) for fan in fans for verb in (likes.like, likes.unlike, likes.like)))
    assert (await reload_comment(row)).like_count == len(await list_rows("comment_like"))


async def test_likes_meet_the_end_of_a_comment(place, post):
    row = await send_comment(place.resident, post)
    fans = place.residents[1:5]
    await run(*(likes.like(fan, row.id) for fan in fans), ending.delete(place.resident, row.id))


async def test_erased_fan_is_no_longer_counted(place, post):
    row = await send_comment(place.resident, post)
    fan = place.residents[1]
    await run(
        likes.like(fan, row.id), likes.unlike(fan, row.id), erase(fan.person_id, ErasureContent.REMOVE),
        likes.like(place.residents[2], row.id),
    )  # fmt: skip
    assert fan.id not in {like["membership_id"] for like in await list_rows("comment_like")}


async def test_replies_meet_the_end_of_a_comment(place, post):
    row = await send_comment(place.resident, post)
    results = await run(
        *(send_comment(member, post, f"第{member.id}条", parent=row) for member in place.residents[1:4]),
        ending.delete(place.resident, row.id),
        *(send_comment(member, post, f"再{member.id}条", parent=row) for member in place.residents[4:]),
    )
    sent = [each for each in results if not isinstance(each, Refusal) and each.parent_id == row.id]
    deleted = await reload_comment(row)
    assert (deleted.state, deleted.reply_count) == (CommentState.DELETED, len(sent))


async def test_comments_meet_the_closing(place, post):
    results = await run(
        *(send_comment(member, post, f"第{member.id}条") for member in place.residents[:3]),
        threads.close(place.leader, post.id, reason="吵"),
        *(send_comment(member, post, f"再{member.id}条") for member in place.residents[3:]),
    )
    sent = sum(not isinstance(each, Refusal) for each in results) - 1
    assert (await get_thread(post)).comment_count == sent


@pytest.mark.parametrize("content", ErasureContent)
async def test_comment_meets_mute_and_erasure(place, post, content):
    one, other, third = place.residents[:3]
    row = await send_comment(one, post)
    await run(
        *(send_comment(member, post, f"第{number}条") for member in (one, other, third) for number in range(3)),
        edit(one, row), mute(place, other), erase(one.person_id, content), memberships.leave(third),
    )  # fmt: skip
    left = [comment for comment in await list_rows("comment") if comment["author_id"] == one.id]
    allowed = {"DELETED"} if content is ErasureContent.REMOVE else {"DELETED", "PUBLISHED"}
    assert {comment["state"] for comment in left} <= allowed
    await assert_refused(send_comment(other, post, "再来"), send_comment(one, post, "再来"))


async def assert_refused(*calls):
    results = await run_concurrently(*calls)
    assert all(isinstance(each, Refusal) for each in results), results


@pytest.mark.parametrize("seed", range(4))
async def test_any_verbs_about_one_comment_agree(place, post, seed):
    chance = random.Random(seed)
    author, leader = place.resident, place.leader
    row = await (send_comment if seed % 2 else send_to_leader)(author, post)
    for _ in range(3):
        verbs = [
            edit(author, row, f"改{chance.random()}", is_awaited=chance.random() < 0.5),
            visibility.hide(row, by=leader, reason="广告"),
            visibility.restore(place.id, row.id, by=leader),
            visibility.publish(place.id, row.id, revision=(await reload_comment(row)).latest_revision),
            visibility.refuse(place.id, row.id, revision=(await reload_comment(row)).latest_revision),
            likes.like(place.residents[1], row.id),
            likes.unlike(place.residents[1], row.id),
            send_comment(place.residents[2], post, f"回{chance.random()}", parent=row),
            blocks.block(place.residents[2], author.id),
            blocks.unblock(place.residents[2], author.id),
            threads.close(leader, post.id, reason="吵"),
            threads.open_again(leader, post.id),
        ]
        chance.shuffle(verbs)
        await run(*verbs)
    await run(ending.delete(author, row.id), ending.delete(author, row.id), edit(author, row))
    assert (await reload_comment(row)).state is CommentState.DELETED


async def test_edit_ends_after_ten_minutes(place, post):
    row = await send_comment(place.resident, post)
    with clock.at(row.created_at + EDIT_PERIOD - timedelta(seconds=5)):
        await edit(place.resident, row, "早")
    with clock.at(row.created_at + EDIT_PERIOD):
        (refusal,) = await run_concurrently(edit(place.resident, row, "晚"))
    assert isinstance(refusal, EditPeriodOver)


@pytest.mark.parametrize("cluster", ["🇨🇳", "👍🏽", "é"])
async def test_cluster_counts_as_one_character(place, post, cluster):
    row = await send_comment(place.resident, post, cluster * 500)
    assert row.state is CommentState.PUBLISHED
    refusal = await assert_comment_refused(InvalidInput, send_comment(place.other, post, cluster * 501))
    assert (refusal.reason, refusal.figures["actual"]) == ("length", 501)


@pytest.mark.parametrize(("text", "reason"), [("a" + "\u0301" * 400, "marks"), ("\u202e" * 9, "invisible")])
async def test_text_that_cannot_be_shown_is_refused(place, post, text, reason):
    refusal = await assert_comment_refused(InvalidInput, send_comment(place.other, post, text))
    assert refusal.reason == reason


@pytest.mark.parametrize("text", ["红\u200b包", "红\u2060包", "\u202e包红\u202c", "红\ufe0f包", "红\u00ad包"])
async def test_invisible_characters_hide_no_listed_word(place, post, text):
    await list_word(place, "红包" if "\u202e" not in text else "包红", level=Level.BLOCK)
    results = await run_concurrently(send_comment(place.resident, post, f"送{text}啦"))
    assert getattr(results[0], "code", None) == "TEXT_BLOCKED"


async def test_repeated_mention_is_announced_once_per_thread(place, post):
    victim, other = place.residents[1], await create_published(place, title="糖醋鱼")
    for number in range(3):
        await send_comment(place.resident, post, f"第{number}条", mentions=(victim.id,))
    await send_comment(place.resident, other, "这里", mentions=(victim.id,))
    await send_comment(place.residents[2], post, "还有我", mentions=(victim.id,))
    mentioned = [row for row in await list_rows("notice") if row["kind"] == "COMMENT_MENTION"]
    assert [row["membership_id"] for row in mentioned] == [victim.id] * 3


async def test_flood_of_mentions_is_limited(place, post):
    everyone = tuple(member.id for member in place.residents[1:]) * 3
    refusal = await assert_comment_refused(
        InvalidInput, send_comment(place.resident, post, "大家好", mentions=everyone)
    )
    assert (refusal.reason, refusal.figures["max"]) == ("too_many_mentions", MAX_MENTIONS)
    sent = await send_comment(place.resident, post, "你们好", mentions=everyone[:MAX_MENTIONS])
    mentioned = [row for row in await list_rows("notice") if row["kind"] == "COMMENT_MENTION"]
    assert (len(mentioned), sent.state) == (MAX_MENTIONS, CommentState.PUBLISHED)
