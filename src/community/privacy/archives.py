"""Files of exports, readable for the user of this process alone.

No other module knows of the files, so that an object store could replace them. An archive is `NAME.zip`. While it is
written it is `NAME.….part`, one for each run that writes it.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from community.kernel.personal import ExportFile
from community.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9_-]{20,64}")


def get_path(settings: Settings, name: str) -> Path:
    """Return the path of an archive. Raises ValueError for an invalid name."""
    if not _NAME.fullmatch(name):
        raise ValueError(name)
    return settings.archives / f"{name}.zip"


async def write(settings: Settings, name: str, files: AsyncIterator[tuple[str, ExportFile]]) -> int | None:
    """Write an archive of these files and return its size in bytes.

    It replaces an archive of the same name, as a whole or not at all. None if the archive was deleted meanwhile. Then
    no file remains.
    """
    path = get_path(settings, name)
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}.part")
    await pack(unfinished, files)
    return _rename_finished(unfinished, path)


async def pack(path: Path, files: AsyncIterator[tuple[str, ExportFile]]) -> None:
    """Pack these files, each in its room's folder, into a new archive.

    Only the user of this process can read it. It is written as a whole or not at all. Raises FileExistsError.
    """
    _create_folder(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            async for room, file in files:
                await asyncio.to_thread(archive.writestr, f"{room}/{file.name}", file.body)
    except BaseException:
        _delete_file(path)
        raise


def _create_folder(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _delete_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def _rename_finished(unfinished: Path, path: Path) -> int | None:
    try:
        size = unfinished.stat().st_size
        unfinished.replace(path)
    except FileNotFoundError:
        return None
    return size


def delete(settings: Settings, name: str) -> None:
    """Delete an archive, finished or not. Idempotent: an archive that does not exist has no effect."""
    with suppress(ValueError):
        path = get_path(settings, name)
        for file in (path, *path.parent.glob(f"{name}.*.part")):
            file.unlink(missing_ok=True)


def list_unfinished(settings: Settings, before: datetime) -> list[Path]:
    """Return the unfinished files of killed runs, last written before `before`."""
    return [path for path in settings.archives.glob("*.part") if _is_older(path, before)]


def list_finished(settings: Settings, before: datetime) -> list[str]:
    """Return the names of the archives that were finished before `before`."""
    return [path.stem for path in settings.archives.glob("*.zip") if _is_older(path, before)]


def _is_older(path: Path, moment: datetime) -> bool:
    if not _NAME.fullmatch(path.name.partition(".")[0]):
        return False  # not a file of ours
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def list_names(settings: Settings) -> list[str]:
    """Return the names of all finished archives."""
    return sorted(path.stem for path in settings.archives.glob("*.zip"))
