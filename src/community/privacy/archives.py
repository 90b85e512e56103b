"""Where finished exports wait: files that this user alone can read, in a folder of their own.

The only place that knows of files: a store for objects can stand behind the same functions. A file is named after the
archive: `NAME.zip`, and `NAME.….part` while it is being written, one for each run that writes it.
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
    """The archive's file. Raises ValueError for what is no archive's name."""
    if not _NAME.fullmatch(name):
        raise ValueError(name)
    return settings.archives / f"{name}.zip"


async def write(settings: Settings, name: str, files: AsyncIterator[tuple[str, ExportFile]]) -> int | None:
    """Write an archive of these files, each in its room's folder; its size in bytes. Whole, or not at all.

    What stood under that name gives way to it. None when the archive was dropped meanwhile: then nothing is written.
    """
    path = get_path(settings, name)
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}.part")
    await pack(unfinished, files)
    return _rename_finished(unfinished, path)


async def pack(path: Path, files: AsyncIterator[tuple[str, ExportFile]]) -> None:
    """Pack these files into a new one that this user alone can read, each in its room's folder. Whole, or not at all.

    Raises FileExistsError.
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
    """Take an archive away, finished or not; one that is not there is gone already."""
    with suppress(ValueError):
        path = get_path(settings, name)
        for one in (path, *path.parent.glob(f"{name}.*.part")):
            one.unlink(missing_ok=True)


def list_unfinished(settings: Settings, before: datetime) -> list[Path]:
    """What nobody has written on since `before`, and nobody has finished: a run was killed."""
    return [path for path in settings.archives.glob("*.part") if _is_older(path, before)]


def list_finished(settings: Settings, before: datetime) -> list[str]:
    """The names of the archives that were finished before `before`."""
    return [path.stem for path in settings.archives.glob("*.zip") if _is_older(path, before)]


def _is_older(path: Path, moment: datetime) -> bool:
    if not _NAME.fullmatch(path.name.partition(".")[0]):
        return False  # somebody else's file
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def list_names(settings: Settings) -> list[str]:
    """Every archive that is there."""
    return sorted(path.stem for path in settings.archives.glob("*.zip"))
