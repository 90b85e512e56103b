"""Processes with another encryption key than the database's are refused."""

from __future__ import annotations

import asyncio

import pytest

from community import database as opening
from community.accounts import encryption_keys, logins, platform_ids
from community.accounts.models import Platform
from community.database import DatabaseNotReady, use_migrated_database
from community.kernel import clock, db, sealing
from community.settings import Settings
from community.system.checks import run_checks
from tests.support.backends import ENCRYPTION_KEY
from workers import process

ANOTHER = "another key for tests, which is as long"


def change(settings: Settings, **given) -> Settings:
    return Settings.model_validate({**settings.model_dump(), **given})


async def start(settings: Settings) -> None:
    async with use_migrated_database(settings):
        return


async def forget_all() -> None:
    await db.execute("DELETE FROM encryption_key")


async def test_process_with_another_key_is_refused(settings):
    await start(settings)
    with pytest.raises(DatabaseNotReady, match="sealed with another encryption key"):
        await start(change(settings, encryption_key=ANOTHER))


async def test_check_with_another_key_is_bad(settings):
    await start(settings)
    found = {finding.name: finding for finding in await run_checks(change(settings, encryption_key=ANOTHER))}
    assert not found["secrets"].is_ok
    assert sealing.list_fingerprints(settings)[0] in found["secrets"].sentence


async def test_rotated_key_starts_while_the_old_is_accepted(settings):
    await start(settings)
    both = change(settings, encryption_key=ANOTHER, encryption_keys_accepted=(ENCRYPTION_KEY,))
    await start(both)
    for alone in (ENCRYPTION_KEY, ANOTHER):
        with pytest.raises(DatabaseNotReady, match="sealed with another"):
            await start(change(settings, encryption_key=alone))
    async with use_migrated_database(both):
        await platform_ids.reseal_all(both)
    await start(change(settings, encryption_key=ANOTHER))


async def test_old_release_with_another_key_is_refused(database):
    await logins.login(database, Platform.DEVELOPMENT, "阿明")
    other = change(database, encryption_key=ANOTHER)
    await forget_all()
    assert "unknown" in (await encryption_keys.find_fault(other) or "")
    assert await encryption_keys.find_fault(database) is None


async def test_old_release_records_every_accepted_key(database):
    await logins.login(database, Platform.DEVELOPMENT, "阿明")
    await forget_all()
    both = change(database, encryption_key=ANOTHER, encryption_keys_accepted=(ENCRYPTION_KEY,))
    await encryption_keys.record(both)
    assert await encryption_keys.list_fingerprints() == sealing.list_fingerprints(both)


async def test_key_beside_sealed_values_is_not_made(database, tmp_path):
    await logins.login(database, Platform.DEVELOPMENT, "阿明")
    lost = database.model_copy(update={"encryption_key": None, "folder": tmp_path})
    if database.sqlite_path is not None:
        sealing.get_key_path(lost).unlink(missing_ok=True)
    for recorded in (True, False):
        if not recorded:
            await forget_all()
        assert "the encryption key is missing" in (await encryption_keys.find_fault(lost) or "")
        assert not sealing.has_key(lost)


@pytest.fixture
async def newer(settings):
    """Settings of a database that a newer version has migrated."""
    async with opening.use_database(settings):
        await db.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('community', '9999_later', $1)",
            clock.now(),
        )
    yield settings
    async with opening.use_database(settings):
        await db.execute("DELETE FROM tortoise_migrations WHERE name = '9999_later'")


async def migrate(settings: Settings) -> None:
    async with opening.use_database(settings):
        await opening.migrate_and_seal(settings)


async def test_newer_database_is_refused_by_every_process(newer):
    for begin in (start, migrate):
        with pytest.raises(DatabaseNotReady, match="belongs to a newer version, which applied 9999_later"):
            await begin(newer)
    with pytest.raises(DatabaseNotReady, match="newer version"):
        await asyncio.to_thread(process.work, newer, "images")


async def test_check_of_a_newer_database_is_bad(newer):
    found = {finding.name: finding for finding in await run_checks(newer)}
    assert "9999_later" in found["migrations"].sentence
    assert not found["migrations"].is_ok
