"""Login, sessions, personal data, consents and exports over HTTP."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import datetime, timedelta

import pytest

from community.accounts import people
from community.api import ids
from community.api.schema import print_schema
from community.consent import documents
from community.consent.models import ConsentPurpose
from community.kernel import clock
from community.kernel.db import transactions
from community.texts import Language, translate
from tests.api.test_media import upload
from tests.support.api import Caller, new_key, run_api
from tests.support.backends import use_platform_servers

LOGIN = """mutation($i: LoginInput!) { login(input: $i) {
  accessToken { token expiresAt } refreshToken { token expiresAt }
  person { id nickname } errors { code message path retryAt } } }"""
REFRESH = """mutation($i: SessionRefreshInput!) { sessionRefresh(input: $i) {
  accessToken { token } refreshToken { token } errors { code retryAt } } }"""
SESSIONS = "{ sessions { nodes { id device platform current } } }"


@pytest.fixture
async def place(settings, platforms, tmp_path):
    """The API in this process with test servers of the platforms."""
    given = use_platform_servers(settings, platforms, archive_folder=str(tmp_path / "exports"), login_failures=5)
    async with run_api(given) as neighbourhood:
        yield neighbourhood


async def log_in(place, code, platform="WECHAT", **given):
    data = (await place.guest.ask(LOGIN, i={"platform": platform, "code": code, **given}))["login"]
    caller = Caller(place.client, (data["accessToken"] or {}).get("token"))
    return caller, data


async def refresh(place, token):
    return (await place.guest.ask(REFRESH, i={"refreshToken": token}))["sessionRefresh"]


async def mutate(caller, name, select="", **given):
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {select} errors {{ code path }} }} }}"
    return (await caller.ask(query, i=given))[name]


def code(data):
    (error,) = data["errors"]
    return error["code"]


async def test_stolen_access_token_links_and_unlinks_nothing(place, platforms):
    owner, _ = await log_in(place, platforms.wechat.code("主人"))
    new = {"platform": "DOUYIN", "code": platforms.douyin.code("贼")}
    link = "mutation($i: PlatformLinkInput!) { platformLink(input: $i) { errors { code } } }"
    assert await owner.get_error_code(link, i=new) == "BAD_USER_INPUT"
    theirs = {"platform": "DOUYIN", "code": platforms.douyin.code("贼")}
    refused = await mutate(owner, "platformLink", **new, proof=theirs)
    assert (code(refused), refused["errors"][0]["path"]) == ("PROOF_INVALID", ["proof", "code"])
    ours = {"platform": "WECHAT", "code": platforms.wechat.code("主人")}
    new["code"] = platforms.douyin.code("自己")
    assert (await mutate(owner, "platformLink", **new, proof=ours))["errors"] == []
    linked = (await owner.ask("{ account { platforms { id platform } } }"))["account"]["platforms"]
    (number,) = [each["id"] for each in linked if each["platform"] == "DOUYIN"]
    stolen = {"platform": "DOUYIN", "code": platforms.douyin.code("贼")}
    assert code(await mutate(owner, "platformUnlink", linkedPlatformId=number, proof=stolen)) == "PROOF_INVALID"
    ours["code"] = platforms.wechat.code("主人")
    removed = await mutate(owner, "platformUnlink", "removedId", linkedPlatformId=number, proof=ours)
    assert removed == {"removedId": number, "errors": []}


async def test_login_by_each_platform_starts_a_session(place, platforms):
    servers = {"WECHAT": platforms.wechat, "ALIPAY": platforms.alipay, "DOUYIN": platforms.douyin}
    for platform, server in servers.items():
        caller, data = await log_in(place, server.code("来客"), platform, nickname="来客", device="手机")
        assert data["person"]["nickname"] == "来客"
        (session,) = (await caller.ask(SESSIONS))["sessions"]["nodes"]
        assert session == {"id": session["id"], "device": "手机", "platform": platform, "current": True}
        good_for = datetime.fromisoformat(data["accessToken"]["expiresAt"]) - clock.now()
        assert good_for <= timedelta(minutes=15)


async def test_failed_logins_lock_nobody_out(place, platforms):
    for _ in range(6):
        _, data = await log_in(place, "made-up")
        assert data["errors"] == [
            {"code": "LOGIN_CODE_INVALID", "message": "登录码无效。请重新获取。", "path": ["code"], "retryAt": None}
        ]
    _, data = await log_in(place, platforms.wechat.code("邻居"))
    assert data["errors"] == []


async def test_failed_refreshes_lock_nobody_out(place, platforms):
    _, data = await log_in(place, platforms.wechat.code("刷新"))
    for _ in range(6):
        assert code(await refresh(place, "made-up")) == "SESSION_ENDED"
    assert (await refresh(place, data["refreshToken"]["token"]))["errors"] == []


async def test_limits_follow_the_client_behind_a_proxy(settings, platforms):
    given = use_platform_servers(settings, platforms, platform_calls=3, trusted_proxies="127.0.0.1")
    async with run_api(given) as place:

        async def fail_from(address):
            place.client.headers["x-forwarded-for"] = f"6.6.6.6, {address}"
            return code((await log_in(place, "made-up"))[1])

        for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3"):
            assert await fail_from(address) == "LOGIN_CODE_INVALID"
        assert await fail_from("2001:db8::4") == "TOO_MANY_CALLS"
        assert await fail_from("2001:db8:0:1::4") == "LOGIN_CODE_INVALID"


async def test_calls_to_platforms_say_when_to_retry(settings, platforms):
    async with run_api(use_platform_servers(settings, platforms, platform_calls=3)) as place:
        caller, _ = await log_in(place, platforms.wechat.code("王姐"))
        for _ in range(3):
            assert (await mutate(caller, "platformSessionCheck", "good"))["errors"] == []
        assert code(await mutate(caller, "platformSessionCheck", "good")) == "TOO_MANY_CALLS"
        for _ in range(2):
            await log_in(place, "made-up")
        _, data = await log_in(place, "made-up")
        assert (code(data), data["errors"][0]["retryAt"] is not None) == ("TOO_MANY_CALLS", True)


async def test_link_counts_a_call_for_each_code(settings, platforms):
    async with run_api(use_platform_servers(settings, platforms, platform_calls=3)) as place:
        caller, _ = await log_in(place, platforms.wechat.code("王姐"))
        proof = {"platform": "WECHAT", "code": platforms.wechat.code("王姐")}
        given = {"platform": "DOUYIN", "code": platforms.douyin.code("王姐"), "proof": proof}
        assert (await mutate(caller, "platformLink", **given))["errors"] == []
        assert code(await mutate(caller, "platformLink", **given)) == "TOO_MANY_CALLS"


async def test_refresh_returns_new_tokens_and_reuse_ends_them(place, platforms):
    _, data = await log_in(place, platforms.wechat.code("刷新"))
    first = data["refreshToken"]["token"]
    second = await refresh(place, first)
    caller = Caller(place.client, second["accessToken"]["token"])
    assert (await caller.ask("{ me { nickname } }"))["me"]
    await refresh(place, second["refreshToken"]["token"])
    assert code(await refresh(place, first)) == "SESSION_ENDED"
    assert await caller.get_error_code("{ me { nickname } }") == "UNAUTHENTICATED"


async def test_ended_session_is_refused_immediately(place, platforms):
    old, _ = await log_in(place, platforms.wechat.code("两台"), device="旧")
    new, _ = await log_in(place, platforms.wechat.code("两台"), device="新")
    nodes = (await new.ask(SESSIONS))["sessions"]["nodes"]
    assert [(node["device"], node["current"]) for node in nodes] == [("新", True), ("旧", False)]
    assert (await mutate(new, "sessionEnd", sessionId=nodes[1]["id"]))["errors"] == []
    assert await old.get_error_code("{ me { id } }") == "UNAUTHENTICATED"
    assert (await mutate(new, "sessionEndAll", "ended", keepThis=False))["ended"] == 1
    assert await new.get_error_code("{ me { id } }") == "UNAUTHENTICATED"


async def test_ban_ends_sessions_and_login_names_its_reason(place, platforms):
    caller, data = await log_in(place, platforms.wechat.code("广告"))
    await people.ban(ids.decode("Person", data["person"]["id"], path="id"), reason="群发广告")
    assert await caller.get_error_code("{ me { id } }") == "UNAUTHENTICATED"
    _, again = await log_in(place, platforms.wechat.code("广告"))
    assert code(again) == "BANNED"
    assert "群发广告" in again["errors"][0]["message"]
    assert again["accessToken"] is None


async def test_account_is_visible_only_to_its_person(place, platforms):
    me, _ = await log_in(place, platforms.wechat.code("自己"), nickname="自己")
    await mutate(me, "personEdit", bornOn="1980-02-03")
    assert (await mutate(me, "phoneBind", "masked", code=platforms.wechat.phone_code("13611112222")))["masked"] == (
        "+86 136****2222"
    )
    proof = {"platform": "WECHAT", "code": platforms.wechat.code("自己")}
    await mutate(me, "platformLink", platform="DOUYIN", code=platforms.douyin.code("自己"), proof=proof)
    query = "{ account { bornOn guardian platforms { platform } phone { masked } dependants { nickname } } }"
    assert (await me.ask(query))["account"] == {
        "bornOn": "1980-02-03", "guardian": "NOT_NEEDED", "platforms": [{"platform": "WECHAT"}, {"platform": "DOUYIN"}],
        "phone": {"masked": "+86 136****2222"}, "dependants": [],
    }  # fmt: skip
    assert await place.guest.get_error_code(query) == "UNAUTHENTICATED"
    assert (await mutate(me, "platformSessionCheck", "good"))["good"] is True


def test_schema_names_no_platform_ids():
    words = ("openid", "open_id", "unionid", "union_id", "sessionkey", "session_key", "subject", "sealed", "digest")
    found = [line for line in print_schema().lower().splitlines() if any(word in line for word in words)]
    assert [line for line in found if not line.strip().startswith('"')] == []


async def test_child_needs_a_guardian_and_a_consent(place):
    leader = await place.found_community()
    resident = await place.resident(leader, "娃娃")
    parent = await place.log_in("家长")
    document = await documents.publish(ConsentPurpose.PUBLICATION, title="发布", text="同意公开。")
    await mutate(resident, "personEdit", bornOn=f"{clock.now().year - 9}-01-01")
    await mutate(parent, "personEdit", bornOn="1985-01-01")
    number = ids.encode("ConsentDocument", document.id)
    assert code(await mutate(resident, "consentGive", documentId=number)) == "GUARDIAN_NEEDED"
    asked = await mutate(resident, "guardianAsk", "guardianCode { code }")
    confirmed = await mutate(parent, "guardianConfirm", "dependants { nickname }", code=asked["guardianCode"]["code"])
    assert confirmed["dependants"] == [{"nickname": "娃娃"}]
    words = {"title": "题", "text": "文"}
    given = {"communityId": place.id, "kind": "RECIPE", "content": words}
    assert code(await mutate(resident, "submissionCreate", idempotencyKey=new_key(), **given)) == "CONSENT_MISSING"
    assert (await mutate(resident, "consentGive", documentId=number))["errors"] == []
    assert (await mutate(resident, "submissionCreate", idempotencyKey=new_key(), **given))["errors"] == []
    await mutate(resident, "consentWithdraw", purpose="PUBLICATION")
    mine = "query($c: ID!) { mySubmissions(communityId: $c) { nodes { state } } }"
    assert (await resident.ask(mine, c=place.id))["mySubmissions"]["nodes"] == [{"state": "WITHDRAWN"}]
    await mutate(resident, "consentGive", documentId=number)
    assert (await mutate(resident, "submissionCreate", idempotencyKey=new_key(), **given))["errors"] == []
    (dependant,) = (await parent.ask("{ account { dependants { id } } }"))["account"]["dependants"]
    assert (await mutate(parent, "guardianRevoke", "dependants { id }", personId=dependant["id"]))["dependants"] == []
    assert (await resident.ask(mine, c=place.id))["mySubmissions"]["nodes"] == [{"state": "WITHDRAWN"}] * 2
    assert code(await mutate(resident, "checkIn", communityId=place.id)) == "GUARDIAN_NEEDED"


async def test_concurrent_withdrawals_do_not_deadlock(place, monkeypatch):
    # Without retries a deadlock becomes an error of the response.
    monkeypatch.setattr(transactions, "_RETRYABLE", ())
    leader = await place.found_community()
    document = await documents.publish(ConsentPurpose.PUBLICATION, title="发布", text="同意公开。")
    await mutate(leader, "consentGive", documentId=ids.encode("ConsentDocument", document.id))
    found = await asyncio.gather(*(mutate(leader, "consentWithdraw", purpose="PUBLICATION") for _ in range(6)))
    assert [one["errors"] for one in found] == [[]] * 6


async def test_check_in_requires_the_service_consent(place):
    leader = await place.found_community()
    document = await documents.publish(ConsentPurpose.SERVICE, title="用户协议", text="……")
    assert code(await mutate(leader, "checkIn", communityId=place.id)) == "CONSENT_MISSING"
    await mutate(leader, "consentGive", documentId=ids.encode("ConsentDocument", document.id))
    assert (await mutate(leader, "checkIn", communityId=place.id))["errors"] == []
    await mutate(leader, "consentWithdraw", purpose="SERVICE")
    assert code(await mutate(leader, "checkIn", communityId=place.id)) == "CONSENT_MISSING"


async def test_board_is_hidden_without_the_consent(place):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    await place.publish(resident, leader)
    query = """query($c: ID!) { leaderboard(communityId: $c, period: EVER) {
      exclusion exclusionText mine { rank } entries { nodes { rank } } } }"""
    assert (await resident.ask(query, c=place.id))["leaderboard"] == {
        "exclusion": None, "exclusionText": None, "mine": {"rank": 1}, "entries": {"nodes": [{"rank": 1}]},
    }  # fmt: skip
    await documents.publish(ConsentPurpose.LEADERBOARDS, title="榜单", text="同意上榜。")
    await place.run_effects()
    assert (await resident.ask(query, c=place.id))["leaderboard"] == {
        "exclusion": "CONSENT_MISSING", "exclusionText": translate("board_exclusion.consent_missing", Language.ZH),
        "mine": None, "entries": {"nodes": []},
    }  # fmt: skip


async def test_export_is_requested_built_and_downloaded(place):
    leader = await place.found_community()
    await mutate(leader, "dataExportRequest")
    query = "{ dataExports { state sizeBytes downloadPath } }"
    assert (await leader.ask(query))["dataExports"][0]["downloadPath"] is None
    await place.run_effects()
    (row,) = (await leader.ask(query))["dataExports"]
    response = await place.client.get(row["downloadPath"])
    assert (response.status_code, len(response.content)) == (200, row["sizeBytes"])
    assert response.headers["cache-control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert "王姐" in archive.read("accounts/person.json").decode()
    for path in (row["downloadPath"][:-3] + "AAA", "/exports/x", "/exports/..%2f..%2fetc%2fpasswd", "/exports/"):
        refused = await place.client.get(path)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert (await place.client.post(row["downloadPath"])).status_code == 405


async def test_erasure_is_requested_shown_and_cancelled(place):
    leader = await place.found_community()
    asked = await mutate(leader, "erasureRequest", "erasure { content dueAt }", content="ANONYMISE")
    due = datetime.fromisoformat(asked["erasure"]["dueAt"])
    assert timedelta(days=14) < due - clock.now() < timedelta(days=16)
    assert (await leader.ask("{ erasure { content } }"))["erasure"] == {"content": "ANONYMISE"}
    assert (await mutate(leader, "erasureCancel", "erasure { cancelledAt }"))["erasure"]["cancelledAt"]
    assert (await leader.ask("{ erasure { content } }"))["erasure"] is None


async def test_community_edit_is_in_its_history(place):
    leader = await place.found_community()
    given = {"communityId": place.id, "idempotencyKey": new_key(), "version": 1, "rules": "互相问好"}
    edited = await mutate(leader, "communityEdit", "community { rules version }", **given)
    assert edited["community"] == {"rules": "互相问好", "version": 2}
    assert (await mutate(leader, "communityEdit", "community { version }", **given))["community"] == {"version": 2}
    assert code(await mutate(leader, "communityEdit", **(given | {"idempotencyKey": new_key()}))) == "STALE_VERSION"
    query = """query($c: ID!) { communityHistory(communityId: $c) { nodes { version changedBy { person { nickname } }
      changes { field value } } } }"""
    assert (await leader.ask(query, c=place.id))["communityHistory"]["nodes"][0] == {
        "version": 2, "changedBy": {"person": {"nickname": "王姐"}},
        "changes": [{"field": "RULES", "value": "互相问好"}],
    }  # fmt: skip


async def test_same_key_in_two_communities_is_independent(place):
    """The same key, person and operation in two communities run twice."""
    here = await place.found_community()
    first, number = place.id, place.number
    there = await place.found_community()
    assert (place.number, there.token is None) != (number, True)
    shared = new_key()
    for caller, community in ((here, first), (there, place.id)):
        made = await mutate(
            caller, "invitationCreate", "invitation { code }", communityId=community, idempotencyKey=shared
        )
        assert made["errors"] == []


async def test_two_tokens_are_refused(place):
    caller = await place.log_in("阿香")
    lines = [("Authorization", f"Bearer {caller.token}")] * 2
    response = await place.client.post("/graphql", json={"query": "{ me { id } }"}, headers=lines)
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]


async def test_login_shows_an_avatar_beside_an_invalid_token(place):
    caller = await place.log_in("阿香")
    await place.guest.ask(LOGIN, i={"platform": "DEVELOPMENT", "code": "阿香"})
    picture = await upload(caller)
    await caller.ask("mutation($i: ID) { personSetAvatar(input: {mediaId: $i}) { errors { code } } }", i=picture)
    await place.run_effects()
    login = "mutation($i: LoginInput!) { login(input: $i) { errors { code } person { avatar { state } } } }"
    stale = Caller(place.client, "stale")
    found = await stale.ask(login, i={"platform": "DEVELOPMENT", "code": "阿香"})
    assert found["login"] == {"errors": [], "person": {"avatar": {"state": "READY"}}}
