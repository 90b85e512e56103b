"""Writes about a person that run beside their erasure."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from community.accounts import logins, people, person_lock, sessions
from community.accounts.errors import SessionEnded
from community.accounts.models import Platform
from community.consent import consents, documents, phone_binding
from community.consent.models import ConsentPurpose
from community.demo.platforms import FakeResponse
from community.kernel import db, storage
from community.kernel.personal import ErasureContent, Part
from community.kernel.received import ReceivedFile
from community.media import paths, uploads
from community.privacy import erasures
from community.privacy import service as privacy
from community.privacy.parts import PARTS
from tests.support.backends import make_settings
from tests.support.effects import run_all_effects
from tests.support.pictures import make_photo
from tests.support.story import create_community, create_person, list_rows, read_tables, run_concurrently
from tests.support.waiting import until_blocked, wait_until

NO_WAIT = make_settings(erasure_wait_days=0)
PHONE = "/wxa/business/getuserphonenumber"
PHONE_INFO = {"errcode": 0, "phone_info": {"purePhoneNumber": "13812345678", "countryCode": "86"}}


async def erase(person_id):
    row = await erasures.request(NO_WAIT, person_id, content=ErasureContent.REMOVE)
    await privacy.erase(row.id)


@asynccontextmanager
async def during_erasure(person_id):
    """Run the block while the erasure has run in every package and is not yet committed."""
    reached, over = asyncio.Event(), asyncio.Event()

    async def wait(subject, content):
        reached.set()
        await over.wait()

    row = await erasures.request(NO_WAIT, person_id, content=ErasureContent.REMOVE)
    erasing = asyncio.create_task(erasures.execute([*PARTS, Part(room="last", erase=wait)], row.id))
    await reached.wait()
    try:
        yield
    finally:
        over.set()
        assert await erasing


async def assert_session_ended(verb, person_id):
    """Assert that a call during the erasure waits for it, and then raises SessionEnded."""
    async with during_erasure(person_id):
        late = asyncio.create_task(verb)
        await until_blocked()
        assert not late.done()
    with pytest.raises(SessionEnded):
        await late


async def test_a_number_that_wechat_gives_too_late_is_not_kept(connected, platforms):
    one = await logins.login(connected, Platform.WECHAT, platforms.wechat.code("王姐"))
    held = threading.Event()
    platforms.queue_responses(PHONE, FakeResponse(PHONE_INFO, held=held))
    binding = asyncio.create_task(phone_binding.bind(connected, one, "code"))
    await wait_for_calls(platforms, PHONE)
    await erase(one)
    held.set()
    with pytest.raises(SessionEnded):
        await binding
    assert await list_rows("person_phone") == []


async def test_a_platform_that_answers_too_late_is_not_linked(connected, platforms):
    one = await logins.login(connected, Platform.ALIPAY, platforms.alipay.code("王姐"))
    path = "/sns/jscode2session"
    calls = platforms.calls[path]
    held = threading.Event()
    platforms.queue_responses(path, FakeResponse({"openid": "another", "unionid": "u", "session_key": "k"}, held=held))
    linking = asyncio.create_task(link_wechat(connected, one, platforms))
    await wait_for_calls(platforms, path, calls + 1)
    await erase(one)
    held.set()
    with pytest.raises(SessionEnded):
        await linking
    assert await list_rows("platform_identity") == []


async def link_wechat(settings, person_id, platforms):
    proof = logins.LoginCode(Platform.ALIPAY, platforms.alipay.code("王姐"))
    await logins.link(settings, person_id, logins.LoginCode(Platform.WECHAT, "code"), proof=proof)


async def wait_for_calls(platforms, path, times=1):
    await wait_until(lambda: platforms.calls[path] >= times)


async def test_a_consent_that_is_withdrawn_meanwhile_keeps_the_number_out(connected, platforms):
    one = await logins.login(connected, Platform.WECHAT, platforms.wechat.code("王姐"))
    document = await documents.publish(ConsentPurpose.SERVICE, title="用户协议", text="……")
    await consents.give(one, document_id=document.id)
    held = threading.Event()
    platforms.queue_responses(PHONE, FakeResponse(PHONE_INFO, held=held))
    binding = asyncio.create_task(phone_binding.bind(connected, one, "code"))
    await wait_for_calls(platforms, PHONE)
    await consents.withdraw(one, purpose=ConsentPurpose.SERVICE)
    held.set()
    (refused,) = await run_concurrently(binding)
    assert refused.code == "CONSENT_MISSING"
    assert await list_rows("person_phone") == []


async def test_a_new_name_comes_too_late(database):
    one = await create_person("王姐")
    await assert_session_ended(people.edit(one, nickname="还是我"), one)
    await assert_session_ended(people.edit(two := await create_person(), born_on="1980-01-01"), two)
    assert [(row["nickname"], row["born_on"]) for row in await list_rows("person")] == [
        (people.ERASED_NICKNAME, None)
    ] * 2


async def test_a_session_is_not_begun_for_who_is_gone(database):
    one = await create_person()
    await assert_session_ended(sessions.begin(database, one, Platform.DEVELOPMENT, device="王姐的手机"), one)
    assert await list_rows("login_session") == []


async def test_a_login_meanwhile_is_a_strangers(connected, platforms):
    wechat = platforms.wechat
    one = await logins.login(connected, Platform.WECHAT, wechat.code("王姐", union="王"))
    async with during_erasure(one):
        same = asyncio.create_task(logins.login(connected, Platform.WECHAT, wechat.code("王姐", union="王")))
        other = asyncio.create_task(logins.login(connected, Platform.WECHAT, wechat.code("王姐二", union="王")))
        await until_blocked(2)
    assert await same == await other != one
    assert {row["person_id"] for row in await list_rows("platform_identity")} == {await same}


async def test_any_transaction_may_be_made_to_look_first(database):
    one = await create_person()
    before = await list_rows("audit_event")

    async def lock_person():
        await person_lock.lock_shared(one)

    async def write():
        await db.execute("UPDATE person SET banned_at = created_at WHERE id = $1", one)

    with db.on_transaction_begin(lock_person):
        await assert_session_ended(db.transaction(write), one)
        with pytest.raises(SessionEnded):
            await db.transaction(write)
    assert [row["banned_at"] for row in await list_rows("person")] == [None]
    assert [row for row in await list_rows("audit_event") if row["action"] != "erasure.request"] == before
    await db.transaction(write)
    assert [row["banned_at"] for row in await list_rows("person")] != [None]


async def test_an_erasure_waits_for_what_has_begun_and_takes_it_away(database):
    """A transaction that already holds the person's lock commits first. The erasure then deletes what it wrote."""
    place = await create_community()
    one = place.resident.person_id
    held, over = asyncio.Event(), asyncio.Event()

    async def write():
        await person_lock.lock_shared(one)
        held.set()
        await over.wait()
        await people.edit(one, nickname="还是我")

    row = await erasures.request(NO_WAIT, one, content=ErasureContent.REMOVE)
    writing = asyncio.create_task(db.transaction(write))
    await held.wait()
    erasing = asyncio.create_task(privacy.erase(row.id))
    await until_blocked()
    assert not erasing.done()
    over.set()
    await asyncio.gather(writing, erasing)
    assert "还是我" not in str(await read_tables("person"))


async def list_stored(media_ids):
    return [
        row["id"]
        for row in media_ids
        if await storage.find(paths.build_incoming_path(row["original_name"])) is not None
    ]


async def test_an_upload_of_who_is_gone_leaves_nothing(database):
    one = await create_person()
    await erase(one)
    before = await read_tables()
    with pytest.raises(SessionEnded):
        await uploads.receive(one, ReceivedFile.from_bytes(make_photo()), key="k", alt_text="我的厨房")
    assert await read_tables() == before


async def test_a_file_that_is_stored_too_late_is_not_left_behind(database, monkeypatch):
    """The erasure and the job that deletes the files run between the upload's row and its file."""
    one = await create_person()
    put = storage.put

    async def slow(name, data):
        await erase(one)
        await run_all_effects(database)
        await put(name, data)

    monkeypatch.setattr(storage, "put", slow)
    with pytest.raises(SessionEnded):
        await uploads.receive(one, ReceivedFile.from_bytes(make_photo()), key="my-key", alt_text="我的厨房")
    (row,) = await list_rows("media")
    assert (row["state"], row["alt_text"]) == ("REMOVED", None)
    assert await list_rows("idempotency_record") == []
    assert await list_stored([row]) == []
