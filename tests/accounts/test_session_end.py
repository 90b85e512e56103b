"""Sessions that end while a call of them runs, and through the unlinking of their login."""

from __future__ import annotations

import asyncio

import pytest

from community.accounts import logins, person_lock, sessions
from community.accounts.access_tokens import Bearer
from community.accounts.models import Platform
from community.kernel import clock, db
from community.settings import Environment
from tests.accounts.test_linking import link, log_in, unlink
from tests.support.backends import make_settings
from tests.support.story import create_person, list_pending_effects, list_rows, run_concurrently
from tests.support.waiting import until_blocked

SETTINGS = make_settings()
LATER = sessions.RETRY_WINDOW * 2


async def begin(person_id, platform=Platform.DEVELOPMENT):
    return await sessions.begin(SETTINGS, person_id, platform)


@pytest.mark.parametrize("end", ["one", "all", "copied"])
async def test_session_end_waits_for_a_call_of_it(database, end):
    me = await create_person()
    own = await begin(me)
    await sessions.refresh(SETTINGS, own.refresh)
    held, go = asyncio.Event(), asyncio.Event()
    order = []

    async def call():
        await person_lock.lock_caller(Bearer(me, own.session_id)).take()
        held.set()
        await go.wait()
        order.append("called")

    async def finish():
        if end == "copied":
            with clock.at(clock.now() + LATER), pytest.raises(sessions.SessionEnded):
                await sessions.refresh(SETTINGS, own.refresh)
        else:
            await (sessions.end(me, session_id=own.session_id) if end == "one" else sessions.end_all(me))
        order.append("ended")

    calling = asyncio.create_task(db.transaction(call))
    await held.wait()
    ending = asyncio.create_task(finish())
    await until_blocked()
    go.set()
    await asyncio.gather(calling, ending)
    assert order == ["called", "ended"]
    with pytest.raises(sessions.SessionEnded):
        await db.transaction(person_lock.lock_caller(Bearer(me, own.session_id)).take)


@pytest.mark.on_servers
async def test_devices_that_end_each_other_do_not_deadlock(database, caplog):
    me = await create_person()
    bearers = [Bearer(me, (await begin(me)).session_id) for _ in range(4)]

    async def end_others(bearer):
        async def check():
            return person_lock.lock_caller(bearer)

        with db.on_transaction_begin(check):
            return await sessions.end_all(me, except_session_id=bearer.session_id)

    answers = await run_concurrently(*(end_others(bearer) for bearer in bearers))
    assert [answer for answer in answers if not isinstance(answer, sessions.SessionEnded)] == [3]
    assert "transaction repeated" not in caplog.text
    assert len([row for row in await list_rows("login_session") if row["ended_at"] is None]) == 1


async def test_unlinked_login_loses_its_sessions(connected, platforms):
    owner = await log_in(connected, platforms.wechat, "主人")
    await link(connected, owner, platforms.alipay, "主人", proof=(platforms.wechat, "主人"))
    for platform in (Platform.WECHAT, Platform.ALIPAY):
        await begin(owner, platform)
    await unlink(connected, owner, Platform.ALIPAY, proof=(platforms.wechat, "主人"))
    rows = await list_rows("login_session")
    assert [(row["platform"], row["ended_at"] is None) for row in rows] == [("WECHAT", True), ("ALIPAY", False)]


async def test_login_that_is_not_offered_is_no_other_login(connected, platforms):
    owner = await log_in(connected, platforms.wechat, "主人")
    for platform in (platforms.alipay, platforms.douyin):
        await link(connected, owner, platform, "主人", proof=(platforms.wechat, "主人"))
    await db.execute("UPDATE platform_identity SET platform = 'DEVELOPMENT' WHERE platform = 'ALIPAY'")
    production = connected.model_copy(update={"environment": Environment.PRODUCTION, "douyin_app_id": None})
    with pytest.raises(logins.LastIdentity):
        await unlink(production, owner, Platform.WECHAT, proof=(platforms.wechat, "主人"))
    await unlink(production, owner, Platform.DEVELOPMENT, proof=(platforms.wechat, "主人"))


async def test_login_linked_by_its_union_is_recorded_and_reported(connected, platforms):
    one = await log_in(connected, platforms.wechat, "王姐的手机", union="王")
    assert await log_in(connected, platforms.wechat, "王姐在另一个小程序", union="王") == one
    events = [(row["action"], row["subject_id"]) for row in await list_rows("audit_event")]
    assert events == [("identity.link", one)]
    assert [args["kind"] for args in await list_pending_effects("effects.notify_person")] == ["LOGIN_LINKED"]
