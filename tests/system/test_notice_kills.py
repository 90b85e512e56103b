"""Notices and subscription messages of an installation whose worker is killed, and which delivers effects twice."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from community.accounts import platform_ids
from community.accounts.models import Platform
from community.database import use_database
from community.demo.platforms import FakePlatforms
from community.kernel import clock, db
from community.message_templates import MessageTopic
from community.notices import announcements, message_quotas
from community.notices.message_quotas import Acceptance
from tests.support.backends import SECRET
from tests.support.kills import create_installation, kill_part, run_installation
from tests.support.story import create_community, list_rows

ROUNDS = 5
TEMPLATE = {"id": "t", "fields": {"thing1": "community"}}
AGAIN = "UPDATE outbox_effect SET done_at = NULL, parked_at = NULL, due_at = $1 WHERE name LIKE 'effects.send_%'"


async def accept_messages(settings, members, wechat):
    """Let each member accept enough messages, here and at WeChat."""
    wechat.messages.templates["t"] = ("thing1",)
    for member in members:
        openid = wechat.openid(str(member.id))
        await platform_ids.insert_identity(settings, member.person_id, Platform.WECHAT, openid)
        accepted = [Acceptance(MessageTopic.ANNOUNCEMENT, 2 * ROUNDS)]
        await message_quotas.accept(member, settings, accepted=accepted)
        wechat.messages.accepted[openid, "t"] = 2 * ROUNDS


async def announce_under_kills(system, place):
    """Send an announcement in each round, deliver all effects again, and kill the worker."""
    killed = 0
    for _ in range(ROUNDS):
        await announcements.announce(place.leader, text="七点取货", send_at=None)
        await asyncio.sleep(0.3)
        await db.execute(AGAIN, clock.now())
        killed += await kill_part(system, "worker-effects")
    return killed


async def until_everything_is_sent():
    """Return the notices of announcements once all are sent, or the outcome is unknown."""
    async with asyncio.timeout(120):
        while True:
            rows = [row for row in await list_rows("notice") if row["kind"] == "ANNOUNCEMENT"]
            waiting = await db.scalar("SELECT count(*) FROM announcement WHERE sent_at IS NULL")
            if not waiting and rows and all(row["message"] in {"SENT", "UNKNOWN"} for row in rows):
                return rows
            await asyncio.sleep(0.2)


@pytest.mark.processes
async def test_killed_worker_notifies_and_sends_once(tmp_path):
    with FakePlatforms() as platforms:
        wechat = {name: value for name, value in platforms.settings().items() if name.startswith("wechat")}
        wechat["wechat_templates"] = json.dumps({"ANNOUNCEMENT": TEMPLATE})
        system = create_installation(tmp_path, encryption_key=SECRET, **wechat)
        async with run_installation(system), use_database(system.settings()):
            place = await create_community(residents=6)
            members = [*place.leaders, *place.residents]
            await accept_messages(system.settings(), members, platforms.wechat)
            assert await announce_under_kills(system, place)
            rows = await until_everything_is_sent()
            await db.execute(AGAIN, clock.now())
            await asyncio.sleep(2)
        sent = Counter(one["touser"] for one in platforms.wechat.messages.sent)
    assert Counter(row["membership_id"] for row in rows) == {member.id: ROUNDS for member in members}
    for member in members:
        states = Counter(row["message"] for row in rows if row["membership_id"] == member.id)
        got = sent[platforms.wechat.openid(str(member.id))]
        assert states["SENT"] <= got <= states["SENT"] + states["UNKNOWN"]
