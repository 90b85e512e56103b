"""Exports of all data about a person, and their expiring links."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest

from community.accounts import logins, people, platform_ids, sessions
from community.accounts.models import Platform
from community.communities import memberships
from community.consent import consents, documents, guardians, phone_binding
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.kernel.errors import NotFound
from community.kernel.personal import ErasureContent, ExportFile, Part
from community.media import avatars
from community.privacy import archives, exports, retention
from community.privacy import service as privacy
from community.privacy.models import ExportState
from community.privacy.parts import PARTS
from community.submissions import removal
from tests.support.backends import use_platform_servers
from tests.support.pictures import create_ready_picture
from tests.support.story import (
    add_member,
    create_community,
    create_person,
    create_published,
    list_pending_effects,
    list_rows,
    run_concurrently,
)


@pytest.fixture
def settings_here(connected, platforms, tmp_path):
    """Settings with a folder of this test for the archives."""
    return use_platform_servers(connected, platforms, archive_folder=str(tmp_path / "exports"))


async def build_archive(settings, person_id):
    row = await exports.request(person_id)
    await privacy.export(settings, row.id)
    return (await exports.list_own(person_id))[0]


async def open_archive(settings, person_id):
    row = await build_archive(settings, person_id)
    path = await exports.resolve_link(settings, exports.create_link(settings, row).token)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def nothing(subject, content):
    """Fail, because an export erases nothing."""
    raise AssertionError


async def test_an_archive_holds_everything_of_a_person_and_nothing_of_others(settings_here, platforms):
    place = await create_community()
    me = place.resident
    await platform_ids.insert_identity(settings_here, me.person_id, Platform.WECHAT, platforms.wechat.openid("导出者"))
    assert await logins.login(settings_here, Platform.WECHAT, platforms.wechat.code("导出者")) == me.person_id
    await phone_binding.bind(settings_here, me.person_id, platforms.wechat.phone_code("13812345678"))
    await people.edit(me.person_id, nickname="导出者", born_on="1980-05-06")
    await sessions.begin(settings_here, me.person_id, Platform.WECHAT, device="我的手机")
    made = await documents.publish(ConsentPurpose.NOTICES, title="通知", text="同意接收通知。")
    await consents.give(me.person_id, document_id=made.id)
    await create_published(place, title="我的菜谱", tags=("我的标签",))
    await create_published(place, author=place.other, title="别人的")
    files = await open_archive(settings_here, me.person_id)
    everything = b"".join(files.values()).decode()
    for word in ("导出者", "1980-05-06", "+86 13812345678", "我的手机", "我的菜谱", "我的标签", "同意接收通知"):
        assert word in everything
    for word in ("别人的", platforms.wechat.openid("导出者"), platforms.wechat.session_key("导出者")):
        assert word not in everything
    (account,) = json.loads(files[f"points/account-community-{place.id}.json"])
    assert [line["amount"] for line in account["statement"]] == [10]
    (row,) = json.loads(files["submissions/written-0001.json"])
    assert [revision["tags"] for revision in row["revisions"]] == [["我的标签"]]
    assert [row["verdict"] for row in json.loads(files["review/decisions_about_me.json"])] == ["APPROVED"]
    assert {row["action"] for row in json.loads(files["privacy/actions.json"])} == {
        "membership.enter", "submission.create",
    }  # fmt: skip


async def test_nothing_is_cut_off_however_much_there_is(settings_here):
    one, many = await create_person("家长"), 205
    made = await documents.publish(ConsentPurpose.NOTICES, title="通知", text="文")
    for number in range(many):
        await db.execute(
            "INSERT INTO consent (person_id, document_id, purpose, given_at, withdrawn_at) VALUES ($1, $2, $3, $4, $4)",
            one, made.id, ConsentPurpose.NOTICES, clock.now(),
        )  # fmt: skip
        await db.execute(
            "INSERT INTO platform_identity (person_id, platform, subject, created_at) VALUES ($1, $2, $3, $4)",
            one, Platform.WECHAT, f"s-{number}", clock.now(),
        )  # fmt: skip
        await db.execute(
            "INSERT INTO guardianship (person_id, guardian_id, confirmed_at, created_at) VALUES ($1, $2, $3, $3)",
            await create_person(), one, clock.now(),
        )  # fmt: skip
    files = await open_archive(settings_here, one)
    assert len(json.loads(files["consent/consents.json"])) == many
    assert len(json.loads(files["consent/guardian_of.json"])) == many
    (told,) = json.loads(files["accounts/person.json"])
    assert len(told["platforms"]) == many + 1


async def test_a_child_is_told_who_confirmed_and_no_more_of_them(settings_here):
    child, parent = await create_person("小明"), await create_person("明妈")
    await people.edit(child, born_on=f"{clock.now().year - 10}-01-01")
    await people.edit(parent, born_on="1980-05-06")
    code = (await guardians.create_guardian_code(settings_here, child)).code
    await guardians.confirm_child(settings_here, parent, code=code)
    files = await open_archive(settings_here, child)
    (told,) = json.loads(files["consent/guardian.json"])
    assert told["confirmed_by"] == "明妈"
    assert set(told) == {"created_at", "code_expires_at", "confirmed_at", "confirmed_by"}
    assert b"1980-05-06" not in b"".join(files.values())


async def test_a_leaders_words_and_the_avatar_are_in_the_archive(settings_here):
    place = await create_community()
    row = await create_published(place)
    await removal.remove(place.leader, row.id, version=row.version, reason="我要下架它")
    picture = await create_ready_picture(place.leader)
    await avatars.set_avatar(place.leader.person_id, picture)
    files = await open_archive(settings_here, place.leader.person_id)
    (removed,) = json.loads(files["submissions/removed_by_me.json"])
    assert (removed["submission_id"], removed["reason"]) == (row.id, "我要下架它")
    (use,) = json.loads(files["pictures/uses.json"])
    assert (use["subject"], use["media_id"]) == ("AVATAR", picture)


async def test_every_room_has_its_part(settings_here):
    place = await create_community()
    files = await open_archive(settings_here, place.resident.person_id)
    assert {name.split("/")[0] for name in files} == {part.room for part in PARTS}


async def test_a_part_may_give_files_of_any_kind(settings_here):
    async def pictures(settings, subject):
        yield ExportFile(f"{subject.person_id}.jpg", b"\xff\xd8\xff\x00")

    one = await create_person()
    row = await exports.request(one)
    await exports.build(settings_here, [Part(room="media", export=pictures, erase=nothing)], row.id)
    (done,) = await exports.list_own(one)
    path = await exports.resolve_link(settings_here, exports.create_link(settings_here, done).token)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.read(f"media/{one}.jpg") == b"\xff\xd8\xff\x00"
    assert path.stat().st_mode & 0o777 == 0o600
    assert done.size_bytes == path.stat().st_size


async def test_asking_twice_is_one_export(settings_here):
    one = await create_person()
    found = await run_concurrently(*(exports.request(one) for _ in range(5)))
    assert len({row.id for row in found}) == 1
    assert len(await list_pending_effects("effects.export_personal_data")) == 1
    done = await build_archive(settings_here, one)
    assert (await exports.request(one)).id == done.id
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert (await exports.request(one)).id != done.id


async def test_a_job_that_runs_again_builds_nothing_again(settings_here):
    one = await create_person()
    done = await build_archive(settings_here, one)
    await privacy.export(settings_here, done.id)
    assert len(archives.list_names(settings_here)) == 1
    await privacy.export(settings_here, 99)


async def test_two_runs_at_once_leave_one_archive(settings_here):
    row = await exports.request(await create_person())
    await run_concurrently(*(privacy.export(settings_here, row.id) for _ in range(3)))
    assert len(archives.list_names(settings_here)) == 1


async def test_an_export_that_fails_leaves_nothing_half_done(settings_here):
    async def broken(settings, subject):
        yield ExportFile("a.json", b"[]")
        raise OSError("the disk is full")

    row = await exports.request(await create_person())
    with pytest.raises(OSError, match="full"):
        await exports.build(settings_here, [Part(room="media", export=broken, erase=nothing)], row.id)
    assert list(settings_here.archives.iterdir()) == []
    assert (await list_rows("data_export"))[0]["state"] == "PENDING"


async def test_a_run_that_is_killed_before_the_row_says_so_leaves_one_archive_in_the_end(settings_here):
    one = await create_person()
    row = await exports.request(one)
    killed = settings_here.model_copy(update={"export_lifetime_h": 10**12})
    with pytest.raises(OverflowError):
        await privacy.export(killed, row.id)
    left = archives.list_names(settings_here)
    assert left == await exports.list_archive_names(one)
    await privacy.export(settings_here, row.id)
    assert archives.list_names(settings_here) == left
    assert [done.state for done in await exports.list_own(one)] == [ExportState.READY]


async def test_a_slower_run_writes_the_same_archive_again(settings_here):
    async def slow(settings, subject):
        await privacy.export(settings, row.id)
        yield ExportFile("a.json", b"[]")

    one = await create_person()
    row = await exports.request(one)
    await exports.build(settings_here, [Part(room="media", export=slow, erase=nothing)], row.id)
    (done,) = await exports.list_own(one)
    path = await exports.resolve_link(settings_here, exports.create_link(settings_here, done).token)
    assert path.stat().st_size == done.size_bytes
    assert len(list(settings_here.archives.iterdir())) == 1


async def test_an_erasure_under_way_leaves_nothing_of_a_run_under_way(settings_here):
    async def overtaken(settings, subject):
        yield ExportFile("a.json", b"[]")
        (name,) = await exports.list_archive_names(subject.person_id)
        await db.transaction(lambda: PARTS[0].erase(subject, ErasureContent.REMOVE))
        await privacy.delete_archive(settings, name)

    row = await exports.request(await create_person())
    await exports.build(settings_here, [Part(room="media", export=overtaken, erase=nothing)], row.id)
    assert list(settings_here.archives.iterdir()) == []


async def test_what_no_export_names_is_swept_after_an_hour(settings_here):
    done = await build_archive(settings_here, await create_person())
    (known,) = archives.list_names(settings_here)
    folder = settings_here.archives
    strays = [folder / f"{'x' * 32}.zip", folder / f"{'x' * 32}.4711.part", folder / f"{known}.4711.part"]
    for path in (*strays, folder / "notes.zip"):
        path.write_bytes(b"everything about somebody")
    now = clock.now()
    with clock.at(now + timedelta(minutes=50)):
        assert (await retention.run(settings_here))["interrupted exports"] == 0
    with clock.at(now + timedelta(minutes=70)):
        assert (await retention.run(settings_here))["interrupted exports"] == 3
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{known}.zip", "notes.zip"])
    assert await exports.resolve_link(settings_here, exports.create_link(settings_here, done).token)


async def assert_not_found(settings, token):
    with pytest.raises(NotFound):
        await exports.resolve_link(settings, token)


async def test_a_link_expires_and_another_is_given(settings_here):
    row = await build_archive(settings_here, await create_person())
    link = exports.create_link(settings_here, row)
    assert await exports.resolve_link(settings_here, link.token)
    with clock.at(link.expires_at):
        await assert_not_found(settings_here, link.token)
        assert await exports.resolve_link(settings_here, exports.create_link(settings_here, row).token)


async def test_a_forged_link_is_none(settings_here):
    one, two = (
        await build_archive(settings_here, await create_person()),
        await build_archive(settings_here, await create_person()),
    )
    number, until, signature = exports.create_link(settings_here, one).token.split(".")
    for token in (
        "", ".", "..", "...", "字.字.字", f"{two.id}.{until}.{signature}", f"{number}.{int(until) + 60}.{signature}",
        f"{number}.{until}.{signature[::-1]}", f"{number}.{until}.", f"{number}.{until}", f"-1.{until}.{signature}",
        f"{number}.{until}.{signature}.", "9" * 400 + f".{until}.{signature}",
    ):  # fmt: skip
        await assert_not_found(settings_here, token)


async def test_an_archive_is_gone_when_its_time_is_over(settings_here):
    row = await build_archive(settings_here, await create_person())
    late = clock.now() + timedelta(hours=settings_here.export_lifetime_h, minutes=1)
    link = exports.create_link(settings_here, row)
    assert await exports.delete_expired_archives(settings_here) == 0
    with clock.at(late):
        assert exports.create_link(settings_here, row) is None
        assert await exports.delete_expired_archives(settings_here) == 1
        assert archives.list_names(settings_here) == []
        assert [one.state for one in await exports.list_own(row.person_id)] == [ExportState.EXPIRED]
    await assert_not_found(settings_here, link.token)


async def test_a_link_of_somebody_who_is_banned_opens_nothing(settings_here):
    row = await build_archive(settings_here, await create_person())
    link = exports.create_link(settings_here, row)
    await people.ban(row.person_id, reason="广告")
    await assert_not_found(settings_here, link.token)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a/b", "x" * 65, "a.zip", "\x00" * 24])
def test_no_other_file_has_an_archives_name(settings_here, name):
    with pytest.raises(ValueError, match=r".*"):
        archives.get_path(settings_here, name)
    archives.delete(settings_here, name)


async def test_what_a_person_left_behind_is_theirs_too(settings_here):
    place = await create_community()
    await create_published(place, title="离开以前")
    await memberships.leave(place.resident)
    assert "离开以前" in b"".join((await open_archive(settings_here, place.resident.person_id)).values()).decode()
    await add_member(place)
