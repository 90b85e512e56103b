"""Files in a local folder, and on an S3-compatible server if one is installed."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from datetime import timedelta

import httpx
import pytest
from obstore.exceptions import PermissionDeniedError

from community.kernel import clock, storage
from community.kernel.errors import TryAgain
from community.media import processing, queries
from community.media.models import MediaState
from tests.support.backends import make_settings
from tests.support.pictures import upload_picture
from tests.support.story import create_community

PYTHON = os.environ.get("COMMUNITY_TEST_S3_PYTHON", sys.executable)
"""The Python that has the server. It needs many packages, so that it may be another environment."""
REQUIRED = os.environ.get("COMMUNITY_TEST_S3") == "required"
KEYS = {"s3_access_key": "community", "s3_secret_key": "a secret of the store"}


@pytest.fixture(scope="module")
def s3():
    """Start an S3-compatible server with its own bucket and yield the settings for it."""
    if subprocess.run([PYTHON, "-c", "import moto.server"], capture_output=True, check=False).returncode:
        assert not REQUIRED, "COMMUNITY_TEST_S3=required, and moto is not installed: pip install 'moto[server]'"
        pytest.skip("no S3-compatible server: pip install 'moto[server]' brings one")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                assert httpx.put(f"{url}/photographs").status_code == 200
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield {"media_store": "s3://photographs/of/a/town", "s3_endpoint": url, **KEYS}
    finally:
        server.kill()
        server.wait()


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path):
    given = {"media_store": f"file://{tmp_path / 'a folder'}"}
    if request.param == "s3":
        given = request.getfixturevalue("s3")
    storage.open_storage(make_settings(**given))
    yield
    storage.close_storage()


async def test_file_is_read_as_written(store):
    data = os.urandom(3_000_000)
    await storage.put("a/b", data)
    assert await storage.find("a/b") == data
    await storage.put("a/b", b"")
    assert await storage.find("a/b") == b""
    assert await storage.find("a/c") is None


async def test_deleting_is_idempotent(store):
    await storage.put("x/1", b"1")
    await storage.put("x/2", b"2")
    await storage.delete(["x/1", "x/none", "x/2", "x/1"])
    assert [await storage.find(name) for name in ("x/1", "x/2")] == [None, None]


async def test_empty_folders_are_removed(tmp_path):
    root = tmp_path / "store"
    storage.open_storage(make_settings(media_store=f"file://{root}"))
    for name in ("shown/a/1", "shown/a/2", "shown/b/1"):
        await storage.put(name, b"x")
    await storage.delete(["shown/a/1", "shown/a/2"])
    assert [path.name for path in (root / "shown").iterdir()] == ["b"]
    await storage.delete(["shown/b/1", "shown/b/none"])
    assert list(root.iterdir()) == []
    await storage.put("shown/a/1", b"x")
    assert await storage.find("shown/a/1") == b"x"
    storage.close_storage()


async def test_concurrent_files_in_one_folder_work(store):
    async def put_and_delete(number):
        for _ in range(40):
            await storage.put(f"incoming/{number}", b"x" * number)
            assert await storage.find(f"incoming/{number}") == b"x" * number
            await storage.delete([f"incoming/{number}"])

    await asyncio.gather(*(put_and_delete(number) for number in range(8)))


async def test_old_files_are_listed(store):
    for name in ("old/1", "old/2", "old/3", "older/4"):
        await storage.put(name, b"")
    now = clock.now()
    assert await storage.list_older("old", before=now - timedelta(hours=1), limit=9) == []
    later = now + timedelta(hours=1)
    assert sorted(await storage.list_older("old", before=later, limit=9)) == ["old/1", "old/2", "old/3"]
    assert len(await storage.list_older("old", before=later, limit=2)) == 2
    assert await storage.list_older("none", before=later, limit=9) == []


async def test_every_file_is_named_for_a_backup(store):
    for name in ("kept/1", "shown/a/2"):
        await storage.put(name, b"")
    assert [await storage.exists(name) for name in ("kept/1", "kept/none")] == [True, False]
    later = clock.now() + timedelta(hours=1)
    assert {"kept/1", "shown/a/2"} <= {name async for name in storage.iterate_names(before=later)}
    assert [name async for name in storage.iterate_names(before=clock.now() - timedelta(hours=1))] == []


async def test_forbidden_listing_is_empty(monkeypatch, tmp_path):
    def forbidden(*_args, **_given):
        raise PermissionDeniedError("s3:ListBucket")

    storage.open_storage(make_settings(media_store=f"file://{tmp_path}"))
    monkeypatch.setattr(storage.obstore, "list", forbidden)
    assert await storage.list_older("old", before=clock.now(), limit=9) == []
    storage.close_storage()


async def test_name_cannot_leave_the_folder(tmp_path):
    storage.open_storage(make_settings(media_store=f"file://{tmp_path / 'inner'}"))
    (tmp_path / "outside").write_text("secret")
    for name in ("../outside", "a/../../outside", "%2e%2e/outside"):
        try:
            assert await storage.find(name) is None
        except (TryAgain, ValueError):
            continue
    storage.close_storage()


async def test_unreachable_store_raises_try_again():
    storage.open_storage(make_settings(media_store="s3://nowhere", s3_endpoint="http://127.0.0.1:1", **KEYS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "_REQUEST_TIMEOUT_S", 1)
        patch.setattr(storage, "_MAX_RETRIES", 0)
        storage.open_storage(make_settings(media_store="s3://nowhere", s3_endpoint="http://127.0.0.1:1", **KEYS))
        with pytest.raises(TryAgain):
            await storage.put("a", b"b")
        with pytest.raises(TryAgain):
            await storage.find("a")
        with pytest.raises(TryAgain):
            await storage.list_older("a", before=clock.now(), limit=1)
    storage.close_storage()


async def test_picture_is_processed_on_s3(database, s3):
    storage.open_storage(database.model_copy(update=make_settings(**s3).model_dump(include=set(s3))))
    place = await create_community()
    media_id = await upload_picture(place.resident)
    await processing.process(media_id)
    (row,) = await queries.get_by_ids([media_id])
    assert row.state is MediaState.READY
    for file in ("480.jpg", "200.webp"):
        assert await storage.find(f"shown/{row.name}/{file}")


async def test_closed_storage_raises():
    with pytest.raises(RuntimeError):
        await storage.find("a")
