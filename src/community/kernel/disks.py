"""Free space of the disks that this process and its database write to."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from community.kernel import db, flights, storage
from community.kernel.errors import TryAgain
from community.settings import Settings

MIN_FREE_BYTES = 1_073_741_824
MIN_FREE_SHARE = 0.05
_PROBE_INTERVAL_S = 10.0

_next_probe_at = 0.0


async def has_space(settings: Settings) -> bool:
    """Return True unless a disk of this machine, or PostgreSQL's, is full.

    PostgreSQL's disk is probed once in ten seconds while it has space, and for all callers together.
    """
    return not list_small_disks(settings) and await flights.share("database space", _has_database_space)


async def _has_database_space() -> bool:
    global _next_probe_at  # noqa: PLW0603 - one database a process
    if time.monotonic() < _next_probe_at:
        return True
    try:
        await db.write_pages()
    except TryAgain as error:
        return error.reason != "disk_full"
    _next_probe_at = time.monotonic() + _PROBE_INTERVAL_S
    return True


def list_small_disks(settings: Settings) -> list[str]:
    """Return a sentence for each folder with less than 1 GiB and 5% left."""
    used = (settings.sqlite_path, storage.find_folder(settings), settings.archives, Path(tempfile.gettempdir()))
    folders = {_find_existing(path): None for path in used if path is not None}
    small = []
    for folder in folders:
        space = shutil.disk_usage(folder)
        if space.free < min(MIN_FREE_BYTES, space.total * MIN_FREE_SHARE):
            small.append(f"{folder} has {space.free // 1_048_576} MB left")
    return small


def _find_existing(path: Path) -> Path:
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
