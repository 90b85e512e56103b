"""Several platforms of one person, and the stored digests and sealed values."""

from __future__ import annotations

import pytest

from community.accounts import logins, personal, phones, platform_ids
from community.accounts.errors import IdentityTaken, LastIdentity, LoginCodeInvalid, PlatformLinked, ProofInvalid
from community.accounts.models import Platform
from community.consent import documents, phone_binding
from community.consent.errors import ConsentMissing
from community.consent.models import ConsentPurpose
from community.database import migrate_and_seal
from community.kernel import audit, db, sealing
from community.kernel.errors import NotFound
from community.kernel.personal import DataSubject, ErasureContent
from community.kernel.sealing import UnsealFailed
from tests.support.backends import ENCRYPTION_KEY, make_settings, use_platform_servers
from tests.support.story import list_pending_effects, list_rows, read_tables, run_concurrently

ANOTHER = "another key for tests, which is long enough"


async def log_in(settings, server, name, **given):
    platform = Platform(type(server).__name__.removeprefix("Fake").upper())
    return await logins.login(settings, platform, server.code(name, **given), nickname=name[:20])


async def list_platforms(person_id):
    return [row.platform for row in await logins.list_links(person_id)]


async def test_ten_first_logins_at_once_with_a_unionid_make_one_person(connected, platforms):
    codes = [platforms.wechat.code("王姐", union="王") for _ in range(10)]
    found = await run_concurrently(*(logins.login(connected, Platform.WECHAT, code) for code in codes))
    assert len(set(found)) == 1
    assert len(await list_rows("person")) == 1
    assert len(await list_rows("platform_identity")) == 2


async def test_two_applications_of_one_owner_know_one_person_by_the_unionid(connected, platforms):
    one = await log_in(connected, platforms.wechat, "王姐的手机", union="王")
    assert await log_in(connected, platforms.wechat, "王姐在另一个小程序", union="王") == one
    assert len(await list_rows("person")) == 1
    assert await list_platforms(one) == [Platform.WECHAT, Platform.WECHAT]


async def test_first_logins_of_two_applications_at_once_make_one_person(connected, platforms):
    names = [f"第{number}个小程序" for number in range(6)]
    found = await run_concurrently(*(log_in(connected, platforms.wechat, name, union="王") for name in names))
    assert len(set(found)) == 1, found
    assert len(await list_rows("person")) == 1


async def test_a_unionid_that_comes_later_is_noted(connected, platforms):
    one = await log_in(connected, platforms.wechat, "王姐一")
    platforms.wechat.unions.pop("王姐一", None)
    await log_in(connected, platforms.wechat, "王姐一", union="王一")
    assert await log_in(connected, platforms.wechat, "王姐一二", union="王一") == one


async def test_two_people_that_turn_out_to_be_one_are_not_thrown_together(connected, platforms, caplog):
    one = await log_in(connected, platforms.wechat, "甲", union="甲")
    platforms.wechat.unions.pop("乙", None)
    two = await log_in(connected, platforms.wechat, "乙")
    assert await log_in(connected, platforms.wechat, "乙", union="甲") == two != one
    assert f"platform=WECHAT person_id={two} other_person_id={one}" in caplog.text


async def test_one_id_on_two_platforms_is_two_people(connected, platforms):
    assert await log_in(connected, platforms.alipay, "王姐") != await log_in(connected, platforms.douyin, "王姐")


def link(settings, person_id, server, name, *, proof, **given):
    """Link a login, with a fresh code of the proof's server and name."""
    return logins.link(
        settings, person_id, logins.LoginCode(PLATFORMS[server.key], server.code(name, **given)), proof=prove(*proof)
    )


def prove(server, name):
    return logins.LoginCode(PLATFORMS[server.key], server.code(name))


PLATFORMS = {platform.value.lower(): platform for platform in Platform}


async def find_link(person_id, platform):
    return next((row.id for row in await logins.list_links(person_id) if row.platform is platform), 0)


async def unlink(settings, person_id, platform, *, proof):
    identity_id = await find_link(person_id, platform)
    await logins.unlink(settings, person_id, identity_id=identity_id, proof=prove(*proof))


async def test_stolen_token_links_nothing(connected, platforms):
    owner, thief = await log_in(connected, platforms.wechat, "主人"), await log_in(connected, platforms.alipay, "贼")
    before = await read_tables("platform_identity", "audit_event")
    for proof in ((platforms.wechat, "贼的微信"), (platforms.alipay, "贼"), (platforms.douyin, "主人")):
        with pytest.raises(ProofInvalid):
            await link(connected, owner, platforms.douyin, "贼的抖音", proof=proof)
        with pytest.raises(ProofInvalid):
            await unlink(connected, owner, Platform.WECHAT, proof=proof)
    assert await read_tables("platform_identity", "audit_event") == before
    assert await log_in(connected, platforms.wechat, "主人") == owner != thief


async def test_code_that_is_unknown_proves_nothing(connected, platforms):
    owner = await log_in(connected, platforms.wechat, "主人")
    with pytest.raises(ProofInvalid) as refusal:
        await logins.link(
            connected, owner, logins.LoginCode(Platform.ALIPAY, platforms.alipay.code("主人")),
            proof=logins.LoginCode(Platform.WECHAT, "made-up"),
        )  # fmt: skip
    assert refusal.value.path == ("proof", "code")


async def test_second_login_of_a_platform_is_refused(connected, platforms):
    owner = await log_in(connected, platforms.wechat, "主人")
    with pytest.raises(PlatformLinked):
        await link(connected, owner, platforms.wechat, "另一个", proof=(platforms.wechat, "主人"))
    assert await list_platforms(owner) == [Platform.WECHAT]


async def test_link_and_unlink_are_recorded_and_reported(connected, platforms):
    owner = await log_in(connected, platforms.wechat, "主人")
    proof = (platforms.wechat, "主人")
    await link(connected, owner, platforms.alipay, "主人", proof=proof)
    await unlink(connected, owner, Platform.ALIPAY, proof=proof)
    events = await audit.list_events(audit.NO_COMMUNITY_ID, subject="person", subject_id=owner)
    assert [(event.action, event.detail) for event in events] == [
        (action, {"platform": "ALIPAY", "is_notified": True}) for action in ("identity.link", "identity.unlink")
    ]
    assert [args["kind"] for args in await list_pending_effects("effects.notify_person")] == [
        "LOGIN_LINKED", "LOGIN_UNLINKED",
    ]  # fmt: skip


async def test_a_person_links_another_platform_and_is_the_same_there(connected, platforms):
    one = await log_in(connected, platforms.wechat, "丙")
    for _ in range(2):
        await link(connected, one, platforms.alipay, "丙", proof=(platforms.wechat, "丙"))
    assert await log_in(connected, platforms.alipay, "丙") == one
    assert await list_platforms(one) == [Platform.WECHAT, Platform.ALIPAY]


async def test_a_login_of_somebody_else_is_not_taken_over(connected, platforms):
    one, two = await log_in(connected, platforms.wechat, "丙"), await log_in(connected, platforms.alipay, "丁")
    before = await read_tables("person", "platform_identity")
    with pytest.raises(IdentityTaken):
        await link(connected, one, platforms.alipay, "丁", proof=(platforms.wechat, "丙"))
    made_up = logins.LoginCode(Platform.ALIPAY, "made-up")
    with pytest.raises(LoginCodeInvalid):
        await logins.link(connected, one, made_up, proof=prove(platforms.wechat, "丙"))
    assert await read_tables("person", "platform_identity") == before
    assert await log_in(connected, platforms.alipay, "丁") == two


async def test_two_who_link_one_login_at_once_do_not_both_get_it(connected, platforms):
    people_ids = [await log_in(connected, platforms.wechat, name) for name in ("戊", "己")]
    found = await run_concurrently(
        *(
            link(connected, who, platforms.douyin, "共同", proof=(platforms.wechat, name))
            for who, name in zip(people_ids, ("戊", "己"), strict=True)
        )
    )
    assert sorted(type(one).__name__ for one in found) == ["IdentityTaken", "NoneType"]


async def test_a_link_is_undone_but_the_only_way_in_is_left(connected, platforms):
    one = await log_in(connected, platforms.wechat, "庚", union="庚")
    with pytest.raises(LastIdentity):
        await unlink(connected, one, Platform.WECHAT, proof=(platforms.wechat, "庚"))
    with pytest.raises(NotFound):
        await unlink(connected, one, Platform.ALIPAY, proof=(platforms.wechat, "庚"))
    await link(connected, one, platforms.alipay, "庚", proof=(platforms.wechat, "庚"))
    await unlink(connected, one, Platform.WECHAT, proof=(platforms.alipay, "庚"))
    assert await list_platforms(one) == [Platform.ALIPAY]
    assert await log_in(connected, platforms.wechat, "庚", union="庚") != one


async def test_unlinking_both_at_once_leaves_one(connected, platforms):
    one = await log_in(connected, platforms.wechat, "辛")
    await link(connected, one, platforms.alipay, "辛", proof=(platforms.wechat, "辛"))
    found = await run_concurrently(
        unlink(connected, one, Platform.WECHAT, proof=(platforms.wechat, "辛")),
        unlink(connected, one, Platform.ALIPAY, proof=(platforms.alipay, "辛")),
    )
    assert sorted(type(answer).__name__ for answer in found) == ["LastIdentity", "NoneType"]
    assert len(await list_platforms(one)) == 1


async def test_a_number_is_bound_shown_in_part_and_kept_sealed(connected, platforms):
    one = await log_in(connected, platforms.wechat, "壬")
    await phone_binding.bind(connected, one, platforms.wechat.phone_code("13912345678"))
    assert (await phones.find(connected, one)).masked == "+86 139****5678"
    assert await phones.find_full_number(connected, one) == "+86 13912345678"
    assert "13912345678" not in str(await list_rows("person_phone"))
    await phones.unbind(one)
    assert await phones.find(connected, one) is None


async def test_a_number_goes_to_whom_it_was_proven_last(connected, platforms):
    one, two = await log_in(connected, platforms.wechat, "壬"), await log_in(connected, platforms.wechat, "癸")
    for who in (one, two):
        await phone_binding.bind(connected, who, platforms.wechat.phone_code("13912345678"))
    assert await phones.find(connected, one) is None
    assert await phones.find(connected, two) is not None
    await phone_binding.bind(connected, two, platforms.wechat.phone_code("13700000000"))
    assert (await phones.find(connected, two)).masked == "+86 137****0000"
    assert len(await list_rows("person_phone")) == 1


async def test_a_number_rests_on_consent_to_the_service(connected, platforms):
    one = await log_in(connected, platforms.wechat, "壬")
    await documents.publish(ConsentPurpose.SERVICE, title="用户协议", text="……")
    with pytest.raises(ConsentMissing):
        await phone_binding.bind(connected, one, platforms.wechat.phone_code("13912345678"))
    assert await list_rows("person_phone") == []


async def test_nothing_of_a_platform_rests_in_the_open(connected, platforms):
    wechat = platforms.wechat
    await log_in(connected, wechat, "子", union="子")
    kept = str(await read_tables("platform_identity", "person", "login_session", "idempotency_record"))
    for value in (wechat.openid("子"), wechat.unions["子"], wechat.session_key("子")):
        assert value not in kept


async def test_ids_of_the_first_release_are_sealed_by_the_migration_and_known_again(database):
    ids = []
    for number in range(3):
        ids.append((await db.client().execute_query_dict(
            "INSERT INTO person (nickname, created_at) VALUES ('老', '2026-01-01T00:00:00+00:00') RETURNING id"
        ))[0]["id"])  # fmt: skip
        await db.execute(
            "INSERT INTO platform_identity (person_id, platform, subject, created_at)"
            f" VALUES ($1, 'DEVELOPMENT', 'plain-{number}', '2026-01-01T00:00:00+00:00')",
            ids[-1],
        )
    assert await platform_ids.count_unsealed() == 3
    await migrate_and_seal(database)
    assert await platform_ids.count_unsealed() == 0
    assert "plain" not in str(await list_rows("platform_identity"))
    found = [await logins.login(database, Platform.DEVELOPMENT, f"plain-{number}") for number in range(3)]
    assert found == ids


async def test_an_id_that_an_old_process_writes_meanwhile_is_known_and_sealed_at_the_next_login(database):
    await db.execute("INSERT INTO person (nickname, created_at) VALUES ('老', '2026-01-01T00:00:00+00:00')")
    await db.execute(
        "INSERT INTO platform_identity (person_id, platform, subject, created_at)"
        " VALUES (1, 'DEVELOPMENT', 'late', '2026-01-01T00:00:00+00:00')"
    )
    assert await logins.login(database, Platform.DEVELOPMENT, "late") == 1
    assert await platform_ids.count_unsealed() == 0
    assert len(await list_rows("person")) == 1


async def test_a_change_of_keys_logs_nobody_out_and_leaves_nothing_under_the_old_one(connected, platforms):
    one = await log_in(connected, platforms.wechat, "丑", union="丑")
    await phone_binding.bind(connected, one, platforms.wechat.phone_code("13912345678"))
    both = use_platform_servers(
        connected, platforms, encryption_key=ANOTHER, encryption_keys_accepted=(ENCRYPTION_KEY,)
    )
    only_new = use_platform_servers(connected, platforms, encryption_key=ANOTHER)
    with pytest.raises(UnsealFailed):
        await platform_ids.reseal_all(only_new)
    assert await log_in(both, platforms.wechat, "丑", union="丑") == one
    assert await platform_ids.reseal_all(both) == 3
    assert await log_in(only_new, platforms.wechat, "丑", union="丑") == one
    assert await phones.find_full_number(only_new, one) == "+86 13912345678"
    assert await logins.is_session_key_valid(only_new, one)


def test_a_sealed_value_is_another_each_time_and_opens_under_any_accepted_key():
    old, new = make_settings(), make_settings(encryption_key=ANOTHER, encryption_keys_accepted=(ENCRYPTION_KEY,))
    assert sealing.seal(old, "a") != sealing.seal(old, "a")
    assert sealing.unseal(new, sealing.seal(old, "值")) == "值"
    with pytest.raises(UnsealFailed):
        sealing.unseal(old, sealing.seal(new, "值"))
    with pytest.raises(UnsealFailed):
        sealing.unseal(old, sealing.seal(old, "值")[:-4] + "AAAA")


def test_a_lookup_is_the_same_each_time_and_differs_by_key_and_use():
    old, new = make_settings(), make_settings(encryption_key=ANOTHER, encryption_keys_accepted=(ENCRYPTION_KEY,))
    assert (
        sealing.compute_digest(old, "a", "x")
        == sealing.compute_digest(old, "a", "x")
        == sealing.compute_digests(new, "a", "x")[1]
    )
    assert (
        len(
            {
                sealing.compute_digest(old, "a", "x"),
                sealing.compute_digest(old, "b", "x"),
                sealing.compute_digest(new, "a", "x"),
            }
        )
        == 3
    )


def test_the_embedded_key_is_made_once_beside_the_database(tmp_path):
    settings = make_settings(encryption_key=None, database_url=f"sqlite://{tmp_path}/c.sqlite3")
    assert not sealing.has_key(settings)
    sealing.create_missing_key(settings)
    (made,) = sealing.list_secrets(settings)
    assert (tmp_path / "encryption_key").read_text() == made
    assert (tmp_path / "encryption_key").stat().st_mode & 0o777 == 0o600
    assert sealing.load_or_create_secret(tmp_path / "encryption_key") == made


async def test_erased_person_is_unknown_to_the_platform(connected, platforms):
    one = await log_in(connected, platforms.wechat, "寅", union="寅")
    await phone_binding.bind(connected, one, platforms.wechat.phone_code("13912345678"))
    await db.transaction(lambda: personal.erase(DataSubject(one, ()), ErasureContent.REMOVE))
    assert await list_rows("platform_identity") == []
    assert await list_rows("person_phone") == []
    assert await log_in(connected, platforms.wechat, "寅", union="寅") != one
