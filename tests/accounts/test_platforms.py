"""The platforms' logins against servers that respond correctly, wrongly, late, oddly or never."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from community.accounts import logins
from community.accounts import platforms as seam
from community.accounts.errors import LoginBlocked, LoginCodeInvalid, PlatformBusy, PlatformUnavailable
from community.accounts.models import Platform
from community.accounts.platforms import alipay, platform_tokens
from community.consent import phone_binding
from community.demo.platforms import FakeResponse
from community.kernel import clock, db, periods
from community.kernel.errors import Refusal
from tests.support.backends import make_settings, use_platform_servers
from tests.support.story import list_rows, run_concurrently
from tests.support.waiting import wait_until

EXCHANGE = {
    Platform.WECHAT: "/sns/jscode2session",
    Platform.ALIPAY: "/gateway.do",
    Platform.DOUYIN: "/api/apps/v2/jscode2session",
}
TOKEN = "/cgi-bin/stable_token"
PHONE = "/wxa/business/getuserphonenumber"
CHECK = "/wxa/checksession"
REAL = tuple(EXCHANGE)


@pytest.fixture
def platform_settings(platforms):
    """Settings with the fake platform servers. No database is open."""
    return make_settings(**platforms.settings())


def exchange_code(settings, platform, code):
    return seam.get(settings, platform).exchange_code(code)


def get_server(platforms, platform):
    return getattr(platforms, platform.value.lower())


async def assert_refused(kind, work):
    with pytest.raises(kind) as refusal:
        await work
    return refusal.value


@pytest.mark.parametrize("platform", REAL)
async def test_a_code_proves_who_somebody_is_once(platform_settings, platforms, platform):
    code = get_server(platforms, platform).code("王姐")
    adapter = seam.get(platform_settings, platform)
    found = await adapter.exchange_code(code)
    assert found.subject == get_server(platforms, platform).openid("王姐")
    assert (await assert_refused(LoginCodeInvalid, adapter.exchange_code(code))).path == ("code",)


async def test_wechat_gives_the_session_key_and_the_unionid_when_it_has_one(platform_settings, platforms):
    wechat = platforms.wechat
    plain = await seam.get(platform_settings, Platform.WECHAT).exchange_code(wechat.code("王姐"))
    assert (plain.union, plain.session_key) == (None, wechat.session_key("王姐"))
    known = await seam.get(platform_settings, Platform.WECHAT).exchange_code(wechat.code("小李", union="小李"))
    assert known.union == wechat.unions["小李"]


async def test_a_proof_prints_nothing(platform_settings, platforms):
    found = await exchange_code(platform_settings, Platform.WECHAT, platforms.wechat.code("王姐", union="王"))
    shown = f"{found} {found!r}"
    assert all(value not in shown for value in (found.subject, found.union, found.session_key))


def test_only_platforms_with_credentials_are_offered(platforms):
    assert set(seam.list_offered(make_settings())) == {Platform.DEVELOPMENT}
    assert set(seam.list_offered(make_settings(wechat_app_id="a", wechat_secret="s"))) == {
        Platform.DEVELOPMENT, Platform.WECHAT,
    }  # fmt: skip
    with pytest.raises(PlatformUnavailable):
        seam.get(make_settings(), Platform.ALIPAY)
    with pytest.raises(PlatformUnavailable):
        seam.get_wechat(make_settings())


REFUSALS = [
    (Platform.WECHAT, {"errcode": 40029, "errmsg": "invalid code"}, LoginCodeInvalid),
    (Platform.WECHAT, {"errcode": 40163, "errmsg": "code been used"}, LoginCodeInvalid),
    (Platform.WECHAT, {"errcode": 45011, "errmsg": "api minute-quota reach limit"}, PlatformBusy),
    (Platform.WECHAT, {"errcode": 40226, "errmsg": "high risk user"}, LoginBlocked),
    (Platform.WECHAT, {"errcode": -1, "errmsg": "system busy"}, PlatformBusy),
    (Platform.WECHAT, {"errcode": "40029"}, LoginCodeInvalid),
    (Platform.WECHAT, {"errcode": 40013, "errmsg": "invalid appid"}, PlatformUnavailable),
    (Platform.WECHAT, {"errcode": 40125, "errmsg": "invalid appsecret"}, PlatformUnavailable),
    (Platform.WECHAT, {"errcode": "odd"}, PlatformBusy),
    (Platform.WECHAT, {"errcode": True}, PlatformBusy),
    (Platform.DOUYIN, {"err_no": 40018, "err_tips": "bad code"}, LoginCodeInvalid),
    (Platform.DOUYIN, {"err_no": 40015, "err_tips": "bad appid"}, PlatformUnavailable),
    (Platform.DOUYIN, {"err_no": 40017, "err_tips": "bad secret"}, PlatformUnavailable),
    (Platform.DOUYIN, {"err_no": -1, "err_tips": "system error"}, PlatformBusy),
    (Platform.DOUYIN, {"err_no": 28001005}, PlatformBusy),
    (Platform.ALIPAY, {"error_response": {"code": "40002", "sub_code": "isv.code-invalid"}}, LoginCodeInvalid),
    (Platform.ALIPAY, {"error_response": {"code": "20000", "sub_code": "aop.unknow-error"}}, PlatformBusy),
    (Platform.ALIPAY, {"error_response": {"code": "40002", "sub_code": "isv.invalid-signature"}}, PlatformUnavailable),
    (Platform.ALIPAY, {"error_response": {"code": "40002", "sub_code": "isv.user-freezed"}}, LoginBlocked),
    (Platform.ALIPAY, {"alipay_system_oauth_token_response": {"code": "40002", "sub_code": "isv.code-invalid"}},
     LoginCodeInvalid),
    (Platform.ALIPAY, {"error_response": "odd"}, PlatformBusy),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "answer", "kind"), REFUSALS, ids=range(len(REFUSALS)))
async def test_each_error_number_is_the_refusal_it_stands_for(platform_settings, platforms, platform, answer, kind):
    platforms.queue_responses(EXCHANGE[platform], FakeResponse(answer))
    await assert_refused(kind, exchange_code(platform_settings, platform, get_server(platforms, platform).code("王姐")))


async def test_a_rate_limit_says_when_to_try_again(platform_settings, platforms):
    platforms.queue_responses(EXCHANGE[Platform.WECHAT], FakeResponse({"errcode": 45011}))
    refusal = await assert_refused(
        PlatformBusy, exchange_code(platform_settings, Platform.WECHAT, platforms.wechat.code("王姐"))
    )
    assert 50 < (refusal.retry_at - clock.now()).total_seconds() <= 60


async def test_a_used_and_an_old_code_are_refused_by_wechat_itself(platform_settings, platforms):
    for code in (platforms.wechat.used_code("王姐"), platforms.wechat.old_code("王姐"), "made-up"):
        await assert_refused(LoginCodeInvalid, exchange_code(platform_settings, Platform.WECHAT, code))


@pytest.mark.parametrize("platform", REAL)
async def test_wrong_credentials_are_the_operators_to_mend(platform_settings, platforms, platform):
    wrong = {"wechat_secret": "x", "douyin_secret": "x", "alipay_app_id": "x"}
    settings = make_platform_settings(platforms, **wrong)
    await assert_refused(
        PlatformUnavailable, exchange_code(settings, platform, get_server(platforms, platform).code("王姐"))
    )


def make_platform_settings(platforms, **changed):
    return make_settings(**(platforms.settings() | changed))


@pytest.mark.parametrize("platform", REAL)
@pytest.mark.parametrize("code", ["", "x" * 513, "代码", "a\nb", "\x00"])
async def test_what_cannot_be_a_code_is_not_even_asked_about(platform_settings, platforms, platform, code):
    await assert_refused(LoginCodeInvalid, seam.get(platform_settings, platform).exchange_code(code))
    assert platforms.calls == {}


ODD = [
    FakeResponse(b""),
    FakeResponse(b"null"),
    FakeResponse(b"[]"),
    FakeResponse(b"7"),
    FakeResponse(b'"openid"'),
    FakeResponse(b"<html>502</html>"),
    FakeResponse(b"\xff\xfe\x00"),
    FakeResponse(b"[" * 5_000),
    FakeResponse(b"{" + b" " * 70_000 + b"}"),
    FakeResponse({}),
    FakeResponse({"errcode": 0}),
    FakeResponse({"openid": ""}),
    FakeResponse({"openid": 7, "session_key": "k"}),
    FakeResponse({"openid": "x" * 129, "session_key": "k"}),
    FakeResponse({"openid": "a\nb", "session_key": "k"}),
    FakeResponse({"openid": ["x"], "session_key": "k"}),
    FakeResponse({"openid": "o"}),
    FakeResponse({"openid": "o", "session_key": "k", "unionid": {"x": 1}}),
    FakeResponse({"err_no": 0, "data": None}),
    FakeResponse({"err_no": 0, "data": []}),
    FakeResponse({"err_no": 0, "data": {}}),
    FakeResponse({"alipay_system_oauth_token_response": []}),
    FakeResponse({"alipay_system_oauth_token_response": {"open_id": "x"}}),
    FakeResponse({"alipay_system_oauth_token_response": {"open_id": "x"}, "sign": "AAAA"}),
    FakeResponse({"alipay_system_oauth_token_response": {"open_id": "x"}, "sign": 7}),
    FakeResponse({"openid": "o", "session_key": "k"}, status=500),
    FakeResponse({"openid": "o", "session_key": "k"}, status=302),
]


@pytest.mark.parametrize("platform", REAL)
async def test_an_odd_answer_is_no_answer(platform_settings, platforms, platform):
    for answer in ODD:
        if platform is not Platform.ALIPAY or isinstance(answer.body, bytes) or "sign" in answer.body:
            platforms.queue_responses(EXCHANGE[platform], answer)
            await assert_refused(
                PlatformBusy, exchange_code(platform_settings, platform, get_server(platforms, platform).code("王姐"))
            )


@asynccontextmanager
async def run_stalling_server(*, drips=False):
    """Yield the address of a platform that never completes its response.

    With `drips` it sends a byte every 0.02 seconds.
    """

    connections = set()

    async def answer(reader, writer):
        connections.add(asyncio.current_task())
        if drips:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b" " * drips)
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1_000), 0.02)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        await asyncio.gather(*connections)


@pytest.mark.parametrize("platform", REAL)
async def test_a_slow_platform_is_not_waited_for(platform_settings, platforms, platform):
    async with run_stalling_server() as url, asyncio.timeout(30):
        settings = make_platform_settings(platforms, login_timeout_s=0.2, **{f"{platform.value.lower()}_url": url})
        await assert_refused(
            PlatformBusy, exchange_code(settings, platform, get_server(platforms, platform).code("王姐"))
        )


@pytest.mark.parametrize("platform", REAL)
async def test_a_platform_that_drips_is_given_up(platform_settings, platforms, platform):
    async with run_stalling_server(drips=True) as url, asyncio.timeout(30):
        settings = make_platform_settings(platforms, login_timeout_s=0.2, **{f"{platform.value.lower()}_url": url})
        await assert_refused(
            PlatformBusy, exchange_code(settings, platform, get_server(platforms, platform).code("王姐"))
        )


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(platforms):
    handed_out = 0

    async def send_endlessly(reader, writer):
        nonlocal handed_out
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while handed_out < 256 * 1024 * 1024:
                writer.write(b" " * 65_536)
                await writer.drain()
                handed_out += 65_536
        except ConnectionError:
            return

    async with await asyncio.start_server(send_endlessly, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        settings = make_platform_settings(platforms, wechat_url=f"http://127.0.0.1:{port}")
        await assert_refused(PlatformBusy, exchange_code(settings, Platform.WECHAT, "code"))
    assert handed_out < 32 * 1024 * 1024


@pytest.mark.parametrize("platform", REAL)
async def test_a_platform_that_is_down_is_busy(platform_settings, platforms, platform):
    away = {f"{one.value.lower()}_url": "http://127.0.0.1:1" for one in REAL}
    await assert_refused(PlatformBusy, exchange_code(make_platform_settings(platforms, **away), platform, "code"))


NODE = alipay.RESPONSE_NODE


async def test_an_answer_that_alipay_has_not_signed_names_nobody(platform_settings, platforms):
    platforms.alipay.signs_wrongly = True
    try:
        await assert_refused(
            PlatformBusy, exchange_code(platform_settings, Platform.ALIPAY, platforms.alipay.code("王姐"))
        )
    finally:
        platforms.alipay.signs_wrongly = False


def test_what_is_signed_is_sorted_without_the_signature_and_what_is_empty():
    assert alipay.build_signed_text({"b": "2", "a": "1", "c": "", "sign": "x"}) == "a=1&b=2"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"n":{"a":"}"},"sign":"s"}', '{"a":"}"}'),
        ('{"n": {"a":"\\"}{"}}', '{"a":"\\"}{"}'),
        ('{"n":{"a":{"b":[{}]}},"x":{}}', '{"a":{"b":[{}]}}'),
        (' {\n"x" : "\\"n\\":{}",\t"n" : { "a" : 1 } , "sign" : "s" }\n', '{ "a" : 1 }'),
        ('{"x":{"n":{"a":2}},"n":{"a":1}}', '{"a":1}'),
        ('{"\\u006e":{"a":1}}', '{"a":1}'),
    ],
)
def test_a_signed_member_has_its_characters_and_value(text, part):
    assert alipay.split_members(text)["n"] == (part, json.loads(part))


@pytest.mark.parametrize(
    "text",
    ['{"n":{"a":1', "[]", "{}x", "{", "", '{"n":1,}', "{7:1}", '{"n":1}{"n":2}', '{"n":1,"n":1}', '{"n":{"a":1,"a":2}}',
     '{"n":1,"\\u006e":2}'],
)  # fmt: skip
def test_a_text_with_two_meanings_is_no_object(text):
    with pytest.raises(ValueError, match=r"."):
        alipay.split_members(text)


@pytest.mark.parametrize(
    "forge",
    [
        lambda node: f'{{"{NODE}":{{"open_id":"thief"}},"{NODE}":{node}',
        lambda node: f'{{"{NODE}":{node},"{NODE}":{{"open_id":"thief"}}',
        lambda node: f'{{"x":{{"{NODE}":{node}}},"{NODE}":{{"open_id":"thief"}}',
        lambda node: f'{{"x":"{NODE}","y":{node},"{NODE}":{{"open_id":"thief"}}',
    ],
)
async def test_a_member_beside_the_signed_one_names_nobody(platform_settings, platforms, forge):
    platforms.alipay.forge = forge
    try:
        await assert_refused(
            PlatformBusy, exchange_code(platform_settings, Platform.ALIPAY, platforms.alipay.code("王姐"))
        )
    finally:
        platforms.alipay.forge = None


@pytest.mark.parametrize("key", ["", "x", "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_cannot_be_read_makes_the_platform_unavailable(key):
    settings = make_settings(alipay_app_id="a", alipay_private_key=key or "y", alipay_public_key="z")
    with pytest.raises(PlatformUnavailable):
        seam.get(settings, Platform.ALIPAY)


async def test_a_login_that_is_refused_makes_nobody(connected, platforms):
    for platform in REAL:
        for answer in (FakeResponse(status=500), FakeResponse({"errcode": 40029, "err_no": 40018})):
            platforms.queue_responses(EXCHANGE[platform], answer)
            with pytest.raises(Refusal):
                await logins.login(connected, platform, get_server(platforms, platform).code("王姐"))
    assert await list_rows("person") == []


async def test_the_token_is_fetched_once_and_rests_sealed(connected, platforms):
    wechat = seam.get_wechat(connected)
    first = await wechat.get_access_token()
    assert await seam.get_wechat(connected).get_access_token() == first
    assert platforms.calls[TOKEN] == 1
    assert first not in str(await list_rows("platform_token"))


async def test_callers_at_once_fetch_one_token(connected, platforms):
    held = threading.Event()
    platforms.queue_responses(TOKEN, FakeResponse({"access_token": "one-token", "expires_in": 7200}, held=held))
    asyncio.get_running_loop().call_later(0.3, held.set)
    found = await run_concurrently(*(seam.get_wechat(connected).get_access_token() for _ in range(10)))
    assert set(found) == {"one-token"}
    assert platforms.calls[TOKEN] == 1


async def test_the_token_is_renewed_five_minutes_early_while_the_old_one_serves(connected, platforms):
    wechat = seam.get_wechat(connected)
    old = await wechat.get_access_token()
    held = threading.Event()
    platforms.queue_responses(TOKEN, FakeResponse({"access_token": "the-next", "expires_in": 7200}, held=held))
    with clock.at(clock.now() + timedelta(seconds=7200 - 300 + 5)):
        renewing = asyncio.create_task(wechat.get_access_token())
        await wait_until(lambda: platforms.calls[TOKEN] == 2)
        assert await wechat.get_access_token() == old
        held.set()
        assert await renewing == "the-next"
        assert await wechat.get_access_token() == "the-next"
    assert platforms.calls[TOKEN] == 2


@pytest.mark.parametrize(
    "answer", [FakeResponse({"errcode": -1}), FakeResponse(status=500), FakeResponse({"errcode": 45009})]
)
async def test_an_early_renewal_that_fails_leaves_the_old_token_in_use(connected, platforms, answer):
    wechat = seam.get_wechat(connected)
    old = await wechat.get_access_token()
    platforms.queue_responses(TOKEN, answer, answer)
    with clock.at(clock.now() + timedelta(seconds=7200 - 300 + 5)):
        assert await wechat.get_access_token() == old
    with clock.at(clock.now() + timedelta(seconds=7200 + 5)):
        await assert_refused(PlatformBusy, wechat.get_access_token())


@pytest.mark.parametrize("timeout_s", [0.1, 5.0, 30.0])
def test_a_fetch_is_over_before_its_lease_is(timeout_s):
    # A call is bounded by the time limit as a whole.
    assert platform_tokens.compute_lease_duration(make_settings(login_timeout_s=timeout_s)) > timedelta(
        seconds=timeout_s
    )


async def test_a_token_that_wechat_does_not_know_is_renewed_once_for_all_callers(connected, platforms):
    wechat = seam.get_wechat(connected)
    await wechat.get_access_token()
    platforms.wechat.replace_token()
    forced = platforms.wechat.forced
    codes = [platforms.wechat.phone_code(f"1380013800{n}") for n in range(5)]
    found = await run_concurrently(*(wechat.exchange_phone_code(code) for code in codes))
    assert [phone.number for phone in found] == [f"1380013800{n}" for n in range(5)]
    assert platforms.wechat.forced == forced + 1


async def test_forcing_stops_at_wechats_limit(connected, platforms):
    wechat = seam.get_wechat(connected)
    await wechat.get_access_token()
    today = clock.now().astimezone(periods.CHINA).date()
    await db.execute("UPDATE platform_token SET forced = 20, forced_on = $1", today.isoformat())
    forced = platforms.wechat.forced
    platforms.wechat.replace_token()
    assert (await wechat.exchange_phone_code(platforms.wechat.phone_code("13800138000"))).number == "13800138000"
    assert platforms.wechat.forced == forced


@pytest.mark.parametrize(("hour", "forced"), [(15, 0), (17, 1)])
async def test_forcing_limit_ends_at_midnight_of_china(connected, platforms, hour, forced):
    wechat = seam.get_wechat(connected)
    with clock.at(datetime(2031, 3, 3, hour, tzinfo=UTC)):
        await wechat.get_access_token()
        await db.execute("UPDATE platform_token SET forced = 20, forced_on = '2031-03-03'")
        before = platforms.wechat.forced
        platforms.wechat.replace_token()
        await wechat.exchange_phone_code(platforms.wechat.phone_code("13800138000"))
    assert platforms.wechat.forced == before + forced


async def test_a_fetch_that_fails_leaves_the_way_free_for_the_next(connected, platforms):
    platforms.queue_responses(TOKEN, FakeResponse({"errcode": -1}))
    await assert_refused(PlatformBusy, seam.get_wechat(connected).get_access_token())
    assert await seam.get_wechat(connected).get_access_token()


async def test_a_process_that_died_fetching_holds_nobody_up_for_long(connected, platforms):
    settings = use_platform_servers(connected, platforms, login_timeout_s=0.1)
    lease = platform_tokens.compute_lease_duration(settings)
    await db.execute("INSERT INTO platform_token (platform, lease_until) VALUES ('WECHAT', $1)", clock.now() + lease)
    await assert_refused(PlatformBusy, seam.get_wechat(settings).get_access_token())
    with clock.at(clock.now() + lease):
        assert await seam.get_wechat(settings).get_access_token()


@pytest.mark.parametrize("country", [86, "86"])
async def test_a_telephone_number_comes_by_its_code(connected, platforms, country):
    code = platforms.wechat.phone_code("13800138000", country=country)
    phone = await seam.get_wechat(connected).exchange_phone_code(code)
    assert (phone.number, phone.country_code) == ("13800138000", "86")
    assert "138" not in repr(phone)
    await assert_refused(LoginCodeInvalid, seam.get_wechat(connected).exchange_phone_code(code))


async def test_a_number_meant_for_another_application_is_refused(connected, platforms):
    code = platforms.wechat.phone_code("13800138000", app_id="wxother")
    await assert_refused(LoginCodeInvalid, seam.get_wechat(connected).exchange_phone_code(code))


@pytest.mark.parametrize(
    "info", [None, {}, [], {"purePhoneNumber": "x", "countryCode": 86}, {"purePhoneNumber": "138", "countryCode": {}}]
)
async def test_an_odd_telephone_number_is_no_answer(connected, platforms, info):
    platforms.queue_responses(PHONE, FakeResponse({"errcode": 0, "phone_info": info}))
    await assert_refused(PlatformBusy, seam.get_wechat(connected).exchange_phone_code("code"))


async def test_wechat_says_whether_a_session_is_still_good(connected, platforms):
    wechat = platforms.wechat
    person_id = await logins.login(connected, Platform.WECHAT, wechat.code("王姐"))
    assert await logins.is_session_key_valid(connected, person_id) is True
    wechat.renew_session("王姐")
    assert await logins.is_session_key_valid(connected, person_id) is False
    # The invalid session key was deleted, so the platform is not asked again.
    calls = platforms.calls[CHECK]
    assert await logins.is_session_key_valid(connected, person_id) is False
    assert platforms.calls[CHECK] == calls


async def test_somebody_from_elsewhere_has_no_session_at_wechat(connected):
    person_id = await logins.login(connected, Platform.DEVELOPMENT, "wang")
    assert await logins.is_session_key_valid(connected, person_id) is False
    await assert_refused(
        PlatformUnavailable, logins.is_session_key_valid(connected, person_id, platform=Platform.ALIPAY)
    )


async def test_secrets_and_ids_are_in_no_log_and_no_refusal(connected, platforms, caplog):
    wechat = platforms.wechat
    secret = [wechat.secret, wechat.openid("王姐"), platforms.alipay.openid("王姐"), platforms.douyin.openid("王姐")]
    told = []
    with caplog.at_level(logging.DEBUG):
        person_id = await logins.login(connected, Platform.WECHAT, wechat.code("王姐", union="王"))
        secret += [wechat.session_key("王姐"), wechat.unions["王姐"]]
        await phone_binding.bind(connected, person_id, wechat.phone_code("13800138000"))
        await logins.is_session_key_valid(connected, person_id)
        secret += [*wechat.tokens, "13800138000"]
        for platform in REAL:
            await logins.login(connected, platform, get_server(platforms, platform).code("王姐"))
            for answer in (*ODD, FakeResponse({"errcode": 40013, "errmsg": wechat.openid("王姐")})):
                platforms.queue_responses(EXCHANGE[platform], answer)
                try:
                    await logins.login(connected, platform, get_server(platforms, platform).code("王姐"))
                except Refusal as error:
                    told.append(f"{error} {error!r} {error.__cause__!r} {error.__context__!r}")
    # The fake servers run in this process too. Their own log lines do not count.
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    kept = "\n".join(ours + told)
    assert [value for value in secret if value in kept] == []
    assert "platform response" in kept
