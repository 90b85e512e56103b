"""A backup is restored into an empty database, with the pictures, and proven."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from community.accounts import logins
from community.accounts.models import Platform
from community.database import use_database, use_migrated_database
from community.kernel import cache, storage
from community.settings import Settings
from tests.kernel.schema import contents
from tests.support.backends import ENCRYPTION_KEY, SECRET
from tests.support.commands import Done, run
from tests.support.pictures import create_ready_picture
from tests.support.story import add_member, create_community, create_published


def run_on(settings: Settings, tmp_path: Path, *command: str, **given: str) -> Done:
    """Run a command on this database."""
    variables = {
        "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "TOKEN_SECRET": SECRET,
        "ENCRYPTION_KEY": ENCRYPTION_KEY, "MEDIA_STORE": settings.media_store,
    }  # fmt: skip
    return run(*command, cwd=tmp_path, **variables | given)


def store_in(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"media_store": f"file://{folder}"})


async def fill(settings: Settings) -> None:
    async with use_migrated_database(settings):
        cache.open_cache(settings)
        storage.open_storage(settings)
        place = await create_community()
        await create_published(place)
        await create_ready_picture(await add_member(place))
        await logins.login(settings, Platform.DEVELOPMENT, "阿明")
        storage.close_storage()
        await cache.close_cache()


async def read(settings: Settings) -> dict:
    async with use_database(settings):
        return await contents()


def list_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def backed_up(settings, tmp_path):
    """Settings of a filled database whose backup is in the folder `backup`."""
    source = store_in(settings, tmp_path / "media")
    asyncio.run(fill(source))
    done = run_on(source, tmp_path, "backup", "backup")
    assert done.returncode == 0, done.output
    return source


@pytest.fixture
def target(backend, tmp_path):
    """Settings of an empty database and an empty store."""
    with backend.create_database(migrated=False) as fresh:
        yield store_in(fresh, tmp_path / "restored")


def test_restore_gives_every_row_and_file(backed_up, target, tmp_path):
    done = run_on(target, tmp_path, "restore", "backup")
    assert done.returncode == 0, done.output
    assert "every invariant holds" in done.stdout
    assert asyncio.run(read(target)) == asyncio.run(read(backed_up))
    assert list_files(tmp_path / "restored") == list_files(tmp_path / "media") != {}
    again = run_on(target, tmp_path, "restore", "backup")
    assert (again.returncode, "the database is not empty" in again.stderr) == (1, True)


def test_backup_has_no_key_and_is_private(backed_up, tmp_path):
    found = list_files(tmp_path / "backup")
    assert not any(ENCRYPTION_KEY.encode() in content for content in found.values())
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    again = run_on(backed_up, tmp_path, "backup", "backup")
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)


def test_wrong_backup_is_refused_and_changes_nothing(backed_up, target, tmp_path):
    folder = tmp_path / "backup"
    manifest = json.loads((folder / "manifest.json").read_text())
    picture = next(path for path in (folder / "media").rglob("*") if path.is_file())
    whole = picture.read_bytes()

    def refuse(said: str, **given: str) -> None:
        done = run_on(target, tmp_path, "restore", "backup", **given)
        assert (done.returncode, said in done.stderr) == (1, True), done.output

    refuse("sealed with the encryption key of fingerprint", ENCRYPTION_KEY="another key for tests, which is as long")
    picture.write_bytes(whole[:-1])
    refuse("is missing or was changed")
    picture.write_bytes(whole)
    wrong = {
        "9999_later": {"migrations": ["9999_later"]},
        "is not the one of": {"sums": ""},
        "no copy of this kind": {"database": "database.other"},
        "format 2": {"format": 2},
    }
    for said, change in wrong.items():
        (folder / "manifest.json").write_text(json.dumps(manifest | change))
        refuse(said)
    shutil.move(folder / "manifest.json", tmp_path / "manifest.json")
    refuse("no complete backup")
    assert not (tmp_path / "restored").exists()
    assert asyncio.run(read(target)) == {}


@pytest.mark.on_servers
def test_backup_without_the_client_tools_is_refused(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run_on(settings, tmp_path, "backup", "backup", MEDIA_STORE=f"file://{tmp_path}/media")
    assert (done.returncode, "pg_dump is not installed" in done.stderr) == (1, True)
