"""`community check` finds what is missing around the database."""

from __future__ import annotations

import shutil
from datetime import timedelta

import asyncpg
import pytest

from community.database import use_database
from community.kernel import cache, clock, db, disks, processes, storage
from community.kernel.processes import reporting
from community.settings import Settings
from community.system import checks, machine_checks
from community.system.machine_checks import CheckFailed
from tests.support.kept_connections import KEPT
from tests.support.pictures import create_ready_picture
from tests.support.story import add_member, create_community, create_in_review, get_open_case


def change(settings: Settings, **given: object) -> Settings:
    return settings.model_copy(update=given)


@pytest.mark.on_servers
async def test_database_check_without_writing_fails(settings):
    async with use_database(settings):
        assert "writes" in await checks.CHECKS["database"](settings)
    operator = await asyncpg.connect(settings.database_url)
    name = await operator.fetchval("SELECT current_database()")
    await operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    KEPT.close_all()  # Only new connections read it.
    try:
        async with use_database(settings):
            with pytest.raises(CheckFailed, match="cannot be written: cannot execute CREATE TABLE AS in a read-only"):
                await checks.CHECKS["database"](settings)
    finally:
        await operator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await operator.close()
        KEPT.close_all()


async def test_storage_check_of_a_folder_leaves_nothing(database, tmp_path):
    elsewhere = change(database, media_store=f"file://{tmp_path}/media")
    assert "writes, reads and deletes" in await machine_checks.check_storage(elsewhere)
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


async def test_storage_check_without_the_pictures_fails(database, tmp_path):
    await create_ready_picture(await add_member(await create_community()))
    elsewhere = change(database, media_store=f"file://{tmp_path}/media")
    with pytest.raises(CheckFailed, match="is missing: is it mounted"):
        await machine_checks.check_storage(elsewhere)
    (tmp_path / "media").mkdir()
    with pytest.raises(CheckFailed, match="1 of the 1 newest pictures are not in the store"):
        await machine_checks.check_storage(elsewhere)


async def test_storage_check_of_an_unreachable_bucket_fails(database):
    elsewhere = change(database, media_store="s3://nothing", s3_endpoint="http://127.0.0.1:1")
    with pytest.raises(CheckFailed, match=r"the store (cannot be used|does not answer)"):
        await machine_checks.check_storage(elsewhere)


def test_disk_check_with_little_space_fails(tmp_path, monkeypatch):
    settings = Settings(folder=tmp_path, media_store=f"file://{tmp_path}/media")
    assert disks.list_small_disks(settings) == []
    monkeypatch.setattr(disks, "MIN_FREE_BYTES", shutil.disk_usage(tmp_path).total)
    monkeypatch.setattr(disks, "MIN_FREE_SHARE", 1)
    assert f"{tmp_path} has" in "".join(disks.list_small_disks(settings))


async def report(part: str, **given: int) -> None:
    await cache.client().hset(processes.KEY, *processes.build_sign(part, **given))


async def test_process_check_names_parts_without_a_sign(database):
    for part in machine_checks.PARTS[1:]:
        await report(part)
    with pytest.raises(CheckFailed, match="api gave no sign of life, relay 1, worker-effects 1"):
        await machine_checks.check_processes(database)
    async with reporting("api"):
        await report("api")
        assert "api 1" in await machine_checks.check_processes(database)
    assert [sign.part for sign in await processes.list_signs()].count("api") == 0


async def test_process_check_names_a_silent_part(database):
    for part in machine_checks.PARTS:
        await report(part, due_s=-1 if part == "relay" else 60)
    with pytest.raises(CheckFailed, match="relay silent since"):
        await machine_checks.check_processes(database)


async def test_unreadable_sign_is_deleted(database):
    await cache.client().hset(processes.KEY, "api x:1", "no numbers")
    assert await processes.list_signs() == []
    assert await cache.client().hlen(processes.KEY) == 0


async def test_overdue_cases_are_counted_without_fault(database):
    check = checks.CHECKS["cases"]
    assert await check(database) == "no review case is overdue"
    place = await create_community()
    for _ in range(2):
        await create_in_review(place)
    answered = await get_open_case(await create_in_review(place))
    await db.execute("UPDATE review_case SET answered_at = opened_at WHERE id = $1", answered.id)
    with clock.at(clock.now() + timedelta(hours=25)):
        assert await check(database) == f"2 review cases are overdue: 2 in community {place.id}"
    with clock.at(clock.now() + timedelta(hours=49)):
        assert await check(database) == f"3 review cases are overdue: 3 in community {place.id}"


async def test_overdue_case_without_decider_is_a_fault(database):
    place = await create_community()
    await create_in_review(place, author=place.leader)
    with clock.at(clock.now() + timedelta(hours=25)), pytest.raises(CheckFailed, match=f"1 in community {place.id}; "):
        await checks.CHECKS["cases"](database)


async def test_board_check_reads_a_sample(database, monkeypatch):
    monkeypatch.setattr(checks, "_MAX_BOARDS", 1)
    for _ in range(2):
        await create_community()
    assert (await checks.CHECKS["boards"](database)).startswith("0 of 1 ")
    assert (await checks.DEEP_CHECKS["boards"](database)).startswith("0 of 2 ")


def test_quick_checks_examine_no_whole_book():
    assert set(checks.DEEP_CHECKS) - set(checks.CHECKS) == {"books", "nicknames"}
    assert storage.find_folder(Settings(media_store="s3://bucket")) is None
