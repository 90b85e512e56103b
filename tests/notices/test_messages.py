"""Subscription messages: a quota, at most one message per notice, and every answer of WeChat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import platform_ids
from community.accounts.errors import PlatformBusy
from community.accounts.models import Platform
from community.communities import memberships
from community.demo.platforms import FakeResponse
from community.kernel import clock, db, outbox
from community.kernel.errors import InvalidInput
from community.message_templates import MessageTemplate, MessageTopic
from community.notices import message_quotas, messages, service
from community.notices.message_quotas import Acceptance
from community.notices.models import NoticeKind
from tests.support.effects import run_all_effects
from tests.support.story import assert_refused, create_community, list_pending_effects, list_rows, run_concurrently

PATH = "/cgi-bin/message/subscribe/send"
REVIEW = MessageTemplate(id="tmpl-review", fields={"thing1": "text", "time2": "at", "phrase3": "topic"}, page="p")
KIND = NoticeKind.SUBMISSION_APPROVED


@pytest.fixture
def sending(connected, platforms):
    """Return settings with a template of reviews, which WeChat knows."""
    platforms.wechat.messages.templates["tmpl-review"] = tuple(REVIEW.fields)
    return connected.model_copy(update={"wechat_templates": {MessageTopic.REVIEW: REVIEW}})


@pytest.fixture
async def member(sending, platforms):
    """Return a resident with a login of WeChat who accepted two messages there and here."""
    place = await create_community()
    openid = platforms.wechat.openid("小李")
    await platform_ids.insert_identity(sending, place.resident.person_id, Platform.WECHAT, openid)
    platforms.wechat.messages.accepted[openid, "tmpl-review"] = 2
    return await accept(place.resident, sending, 2)


async def accept(member, settings, count, topic=MessageTopic.REVIEW):
    return await message_quotas.accept(member, settings, accepted=[Acceptance(topic, count)])


async def notify(member, key="a", kind=KIND):
    await service.notify_member(member.community_id, member.id, kind=kind, key=key, detail={"submission": 1})
    return await db.scalar("SELECT max(id) FROM notice")


async def read_state(settings, member):
    """Return the state of each message, the remaining number and the amounts of the ledger."""
    (quota,) = (await message_quotas.list_quotas(settings, [member.person_id]))[member.person_id]
    entries = await list_rows("message_entry")
    assert quota.remaining == sum(row["amount"] for row in entries)
    return [row["message"] for row in await list_rows("notice")], [(row["reason"], row["amount"]) for row in entries]


ACCEPTED, TAKEN, RETURNED = ("ACCEPTED", 2), ("TAKEN", -1), ("RETURNED", 1)


async def test_notice_is_sent_once_with_its_fields(sending, member, platforms):
    number = await notify(member)
    await run_all_effects(sending)
    for _ in range(2):
        await messages.send(sending, number)
    (sent,) = platforms.wechat.messages.sent
    assert (sent["touser"], sent["page"]) == (platforms.wechat.openid("小李"), "p")
    assert sent["data"]["phrase3"] == {"value": "审核结果"}
    assert await read_state(sending, member) == (["SENT"], [ACCEPTED, TAKEN])


async def test_message_of_a_prize_names_no_points(sending, member, platforms):
    template = MessageTemplate(id="tmpl-redemption", fields={"thing1": "text"})
    platforms.wechat.messages.templates[template.id] = tuple(template.fields)
    platforms.wechat.messages.accepted[platforms.wechat.openid("小李"), template.id] = 1
    settings = sending.model_copy(update={"wechat_templates": {MessageTopic.REDEMPTION: template}})
    await accept(member, settings, 1, MessageTopic.REDEMPTION)
    await service.notify_member(
        member.community_id, member.id, kind=NoticeKind.REDEMPTION_READY, key="a",
        detail={"redemption": 1, "points": 0},
    )  # fmt: skip
    await run_all_effects(settings)
    (sent,) = platforms.wechat.messages.sent
    assert sent["data"]["thing1"]["value"] == "您的奖品可以领取了，请出示核销码。"


async def test_concurrent_deliveries_send_one(sending, member, platforms):
    number = await notify(member)
    await run_concurrently(*(messages.send(sending, number) for _ in range(5)))
    assert len(platforms.wechat.messages.sent) == 1
    assert await read_state(sending, member) == (["SENT"], [ACCEPTED, TAKEN])


async def test_quota_ends_with_the_last_message(sending, member, platforms):
    for key in "abc":
        await notify(member, key)
    await run_all_effects(sending)
    assert len(platforms.wechat.messages.sent) == 2
    states, ledger = await read_state(sending, member)
    # Workers take the effects in any order.
    assert (sorted(states), ledger) == (["SENT", "SENT", "WITHOUT_QUOTA"], [ACCEPTED, TAKEN, TAKEN])
    await notify(member, "d")
    assert await list_pending_effects(messages.SEND_EFFECT) == []


async def test_refusal_of_the_person_clears_the_quota(sending, member, platforms):
    platforms.wechat.messages.accepted.clear()
    await notify(member)
    await run_all_effects(sending)
    assert await read_state(sending, member) == (["REFUSED"], [ACCEPTED, TAKEN, ("REFUSED", -1)])
    await accept(member, sending, 1)
    assert (await read_state(sending, member))[1][-1] == ("ACCEPTED", 1)


@pytest.mark.parametrize("code", [-1, 45_009, 45_011])
async def test_busy_platform_sends_it_later(sending, member, platforms, code):
    platforms.queue_responses(PATH, FakeResponse({"errcode": code}))
    number = await notify(member)
    with pytest.raises(PlatformBusy):
        await messages.send(sending, number)
    assert await read_state(sending, member) == ([None], [ACCEPTED, TAKEN, RETURNED])
    await messages.send(sending, number)
    assert await read_state(sending, member) == (["SENT"], [ACCEPTED, TAKEN, RETURNED, TAKEN])


async def test_rejected_token_is_renewed(sending, member, platforms):
    await notify(member)
    platforms.queue_responses(PATH, FakeResponse({"errcode": 40_001}))
    await run_all_effects(sending)
    assert (await read_state(sending, member))[0] == ["SENT"]


@pytest.mark.parametrize(
    "answer",
    [
        FakeResponse(status=502),
        FakeResponse(b"<html>"),
        FakeResponse({}),
        FakeResponse([]),
        FakeResponse({"errcode": "?"}),
    ],
)
async def test_unknown_answer_is_not_repeated(sending, member, platforms, answer):
    platforms.queue_responses(PATH, answer)
    number = await notify(member)
    for _ in range(3):
        await messages.send(sending, number)
    assert (platforms.calls[PATH], platforms.wechat.messages.sent) == (1, [])
    assert await read_state(sending, member) == (["UNKNOWN"], [ACCEPTED, TAKEN])


async def test_unreachable_platform_keeps_the_quota(sending, member):
    await messages.send(sending, await notify(member, "token"))
    away = sending.model_copy(update={"wechat_url": "http://127.0.0.1:9"})
    number = await notify(member)
    with pytest.raises(PlatformBusy):
        await messages.send(away, number)
    assert await read_state(sending, member) == (["SENT", None], [ACCEPTED, TAKEN, TAKEN, RETURNED])


@pytest.mark.parametrize("code", [47_003, 40_037, 40_003])
async def test_refused_message_gives_back_and_ends(sending, member, platforms, code):
    platforms.queue_responses(PATH, FakeResponse({"errcode": code, "errmsg": "argument invalid! data.thing1.value"}))
    await notify(member)
    await run_all_effects(sending)
    assert await read_state(sending, member) == (["FAILED"], [ACCEPTED, TAKEN, RETURNED])


async def test_death_during_the_call_repeats_nothing(sending, member, platforms):
    number = await notify(member)
    await messages._begin(sending, number)
    await messages.send(sending, number)
    assert platforms.wechat.messages.sent == []
    assert await read_state(sending, member) == (["UNKNOWN"], [ACCEPTED, TAKEN])


async def test_message_waits_for_the_end_of_quiet_hours(sending, member, platforms):
    now = clock.now()
    hour = (now + timedelta(hours=8)).hour
    await db.execute("UPDATE community SET quiet_from_hour = $1, quiet_until_hour = $2", hour, (hour + 1) % 24)
    await notify(member)
    await run_all_effects(sending)
    assert platforms.wechat.messages.sent == []
    with clock.at(now + timedelta(hours=1)):
        await run_all_effects(sending)
    assert (await read_state(sending, member))[0] == ["SENT"]


@pytest.mark.parametrize("away", ["left", "read", "late", "muted", "other kind"])
async def test_nothing_is_sent_without_need(sending, member, platforms, away):
    if away == "muted":
        await service.mute(member, kinds=[KIND])
    number = await notify(member, kind=NoticeKind.POINTS_RESTORED if away == "other kind" else KIND)
    if away == "left":
        await memberships.leave(member)
    if away == "read":
        await service.mark_read_up_to(member, number)
    with clock.at(clock.now() + messages.MAX_AGE * (2 if away == "late" else 0)):
        await run_all_effects(sending)
    assert platforms.wechat.messages.sent == []
    assert (await read_state(sending, member))[1] == [ACCEPTED]


async def test_wrong_acceptances_are_refused(sending, member):
    for count in (0, -1, message_quotas.MAX_REMAINING + 1, message_quotas.MAX_REMAINING - 1):
        refusal = await assert_refused(InvalidInput, accept(member, sending, count))
        assert (refusal.reason, refusal.path) == ("message_count", ("accepted", "0", "count"))
    refusal = await assert_refused(InvalidInput, accept(member, sending, 1, MessageTopic.POINTS))
    assert (refusal.reason, refusal.path) == ("message_topic", ("accepted", "0", "topic"))


async def test_backlog_counts_a_later_effect_from_its_time(database):
    now = clock.now()

    @db.transactional
    async def put():
        await outbox.put_later("effects.sweep", now + timedelta(hours=3))

    await put()
    assert await outbox.lease(lease_s=0) == []
    assert (await outbox.get_backlog()).oldest >= now + timedelta(hours=3)
