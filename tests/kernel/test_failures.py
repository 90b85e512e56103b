"""Failures of the database that pass are refusals with a time, and one line in the log."""

from __future__ import annotations

import asyncio
import logging
import shutil

import asyncpg
import pytest

from community.database import use_database
from community.kernel import clock, correlation, db, logs, storage
from community.kernel.engines import pool, sqlite
from community.kernel.errors import TryAgain
from community.texts import Language
from tests.support.backends import make_settings
from tests.support.small_disk import mount_small_disk
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def _first_warnings(caplog):
    logs._warned.clear()
    caplog.set_level(logging.WARNING)


async def get_refusal(query):
    with pytest.raises(TryAgain) as caught:
        await db.transaction(lambda: db.execute(query))
    assert caught.value.retry_at > clock.now()
    return caught.value


def list_lines(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "community.kernel.db.failures"]


@pytest.mark.on_servers
async def test_locked_table_is_one_warning_with_request(settings, caplog):
    correlation.current_request_id.set("abc-1")
    other = await asyncpg.connect(settings.database_url)
    try:
        await other.execute("BEGIN; LOCK TABLE person")
        async with use_database(settings.model_copy(update={"lock_timeout_ms": 100})):
            refusals = [await get_refusal("UPDATE person SET nickname = ''") for _ in range(3)]
    finally:
        await other.close()
    assert {refusal.reason for refusal in refusals} == {"locked"}
    line = "database refuses: cause=locked error=LockNotAvailableError request_id=abc-1 left_out=0"
    assert list_lines(caplog) == [line]


async def test_exhausted_pool_is_busy_and_one_warning(settings, caplog, monkeypatch):
    for engine in (pool, sqlite):
        monkeypatch.setattr(engine, "ACQUIRE_TIMEOUT_S", 0.1)
    async with use_database(settings.model_copy(update={"database_pool": 1})):
        go, begun = asyncio.Event(), []

        async def keep():
            begun.append(await db.scalar("SELECT 1"))
            await go.wait()

        keeping = asyncio.create_task(db.transaction(keep))
        await wait_until(lambda: begun)
        refusal = await get_refusal("SELECT 1")
        with pytest.raises(TryAgain):
            await db.scalar("SELECT 1")
        go.set()
        await keeping
    assert refusal.reason is None
    (line,) = list_lines(caplog)
    assert "cause=busy error=TimeoutError" in line


def test_sentences_of_causes_differ():
    refusals = [TryAgain(reason) for reason in (None, "locked", "away", "disk_full", "overloaded", "unconfirmed")]
    for language in Language:
        assert len({refusal.translate(language) for refusal in refusals}) == len(refusals)


@pytest.mark.on_servers
@pytest.mark.parametrize(
    ("state", "reason"),
    [("53100", "disk_full"), ("53300", None), ("57P01", "away"), ("57P03", "away"), ("25006", "away")],
)
async def test_state_of_postgres_has_its_reason(database, state, reason):
    query = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
    assert (await get_refusal(query)).reason == reason


@pytest.mark.on_servers
async def test_lost_connection_is_away_and_then_replaced(database):
    assert (await get_refusal("SELECT pg_terminate_backend(pg_backend_pid())")).reason == "away"
    assert await db.scalar("SELECT 1") == 1


@pytest.mark.on_servers
async def test_connection_lost_in_commit_is_unconfirmed(database):
    async def work():
        await db.execute("CREATE TEMPORARY TABLE one (id INT) ON COMMIT DROP")
        await db.execute(
            "CREATE FUNCTION pg_temp.leave() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
        )
        await db.execute(
            "CREATE CONSTRAINT TRIGGER last AFTER INSERT ON one DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.leave()"
        )
        await db.execute("INSERT INTO one VALUES (1)")

    with pytest.raises(TryAgain) as caught:
        await db.transaction(work)
    assert caught.value.reason == "unconfirmed"


@pytest.mark.on_embedded
async def test_full_sqlite_file_is_disk_full(database):
    await db.scalar(f"PRAGMA max_page_count = {await db.scalar('PRAGMA page_count')}")
    fill = "INSERT INTO schedule (name, every_s, next_at) VALUES (hex(randomblob(100000)), 1, '')"
    assert (await get_refusal(fill)).reason == "disk_full"


@pytest.mark.on_embedded
async def test_full_disk_of_sqlite_recovers_with_space(settings, tmp_path):
    with mount_small_disk(tmp_path / "disk", megabytes=4) as disk:
        shutil.copy(settings.sqlite_path, disk / "small.sqlite3")
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 200_000))
        small = settings.model_copy(update={"database_url": f"sqlite://{disk}/small.sqlite3"})
        async with use_database(small):
            fill = "INSERT INTO schedule (name, every_s, next_at) VALUES (hex(randomblob(200000)), 1, '')"
            assert (await get_refusal(fill)).reason == "disk_full"
            assert await db.scalar("SELECT count(*) FROM schedule") == 0
            ballast.unlink()
            await db.transaction(lambda: db.execute(fill))


async def test_full_disk_of_pictures_is_disk_full(tmp_path):
    with mount_small_disk(tmp_path / "disk", megabytes=1) as disk:
        storage.open_storage(make_settings(media_store=f"file://{disk}"))
        with pytest.raises(TryAgain) as caught:
            await storage.put("a", bytes(2_000_000))
        assert await storage.find("a") is None
        storage.close_storage()
    assert caught.value.reason == "disk_full"


async def test_bug_in_statement_is_no_refusal(database):
    with pytest.raises(Exception, match="nothing") as caught:
        await db.execute("SELECT * FROM nothing")
    assert not isinstance(caught.value, TryAgain)
