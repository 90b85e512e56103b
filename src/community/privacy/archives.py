"""Where finished exports wait: files that this user alone can read, in a folder of their own.

The only place that knows of files: a store for objects can stand behind the same four functions.
"""

from __future__ import annotations

import asyncio
import os
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from community.kernel.personal import File
from community.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9_-]{20,64}")


def path_of(settings: Settings, name: str) -> Path:
    """The archive's file. Raises ValueError for what is no archive's name."""
    if not _NAME.fullmatch(name):
        raise ValueError(name)
    return settings.archives / f"{name}.zip"


async def write(settings: Settings, name: str, files: AsyncIterator[tuple[str, File]]) -> int:
    """Write an archive of these files, each in its room's folder; its size in bytes. Whole, or not at all."""
    path = path_of(settings, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            async for room, file in files:
                await asyncio.to_thread(archive.writestr, f"{room}/{file.name}", file.body)
        size = unfinished.stat().st_size
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return size


def drop(settings: Settings, name: str) -> None:
    """Take an archive away; one that is not there is gone already."""
    with suppress(FileNotFoundError, ValueError):
        path_of(settings, name).unlink()


def names(settings: Settings) -> list[str]:
    """Every archive that is there."""
    return sorted(path.stem for path in settings.archives.glob("*.zip"))
