"""Files that a killed process began to write are deleted with their picture, or an hour later."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from community.kernel import clock, storage
from community.kernel.errors import TryAgain
from community.media import cleanup, paths, rules
from tests.support.effects import run_all_effects
from tests.support.pictures import create_ready_picture
from tests.support.story import create_community, list_rows

LATER = rules.INCOMING_RETENTION + timedelta(minutes=1)
WRITE_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from obstore.store import LocalStore
import obstore

async def write():
    async def endless():
        while True:
            yield bytes(1_000_000)
            await asyncio.sleep(0.01)

    await obstore.put_async(LocalStore(Path(sys.argv[1])), sys.argv[2], endless(), chunk_size=1_000_000)

asyncio.run(write())
"""


@pytest.fixture
async def root(database, tmp_path) -> Path:
    """The folder of a store that only this test uses."""
    folder = tmp_path / "media"
    storage.open_storage(database.model_copy(update={"media_store": folder.as_uri()}))
    return folder


def list_files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def leave_unfinished(root: Path, *names: str) -> None:
    """Write the files that a process leaves when it is killed while it writes these names."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half of a picture")


def test_killed_writer_leaves_a_numbered_file(tmp_path):
    root = tmp_path
    process = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(root), "shown/name/480.jpg"])
    while not list_files(root):
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert list_files(root) == ["shown/name/480.jpg#1"]


async def test_sweep_deletes_old_unfinished_files(root):
    await create_ready_picture((await create_community()).resident)
    finished = list_files(root)
    leave_unfinished(root, "incoming/a#1", "kept/b#12", "kept/b.icc#1", "shown/c/480.jpg#1")
    await cleanup.sweep_incoming()
    assert len(list_files(root)) == len(finished) + 4
    with clock.at(clock.now() + LATER):
        await cleanup.sweep_incoming()
        await cleanup.sweep_incoming()
    assert list_files(root) == finished
    assert not (root / "shown" / "c").exists()


async def test_erasure_deletes_unfinished_files(database, root):
    place = await create_community()
    await create_ready_picture(place.resident)
    (row,) = await list_rows("media")
    written = [
        paths.build_incoming_path(row["original_name"]),
        *paths.list_processed_paths(name=row["name"], original_name=row["original_name"]),
    ]
    leave_unfinished(root, *(f"{name}#{number}" for name in written for number in (1, 3)))
    await cleanup.remove_all(place.resident.person_id)
    await run_all_effects(database)
    assert list_files(root) == []
    assert list(root.iterdir()) == []


async def test_file_deleted_while_written_raises_try_again(root):
    async def chunks():
        yield bytes(10_000_000)
        await storage.delete(["shown/x/480.jpg"])
        yield b"rest"

    with pytest.raises(TryAgain):
        await storage.put("shown/x/480.jpg", chunks())
    assert list_files(root) == []
