"""Free space of the disks that this process writes to."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from community.kernel import storage
from community.settings import Settings

MIN_FREE_BYTES = 1_073_741_824
MIN_FREE_SHARE = 0.05


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
