"""The folder of an installation, which only its own user can read.

It holds the secrets, the database, the pictures and the exports.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

PRIVATE_UMASK = 0o077
"""Folders are created with mode 0700 and files with 0600."""


def restrict(folder: Path) -> None:
    """Remove the rights of other users from a folder and its files. Links are not followed.

    A folder inside that is private already is not searched, because other users cannot enter it.
    """
    count = _restrict_entry(folder, folder.lstat()) + _restrict_content(folder)
    if count:
        log.warning("files of the installation were open to other users and are private now: count=%s", count)


def _restrict_content(folder: Path) -> int:
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                was_open = _restrict_entry(Path(entry.path), found)
                count += was_open
                if was_open and stat.S_ISDIR(found.st_mode):
                    count += _restrict_content(Path(entry.path))
    return count


def _restrict_entry(path: Path, found: os.stat_result) -> bool:
    mode = stat.S_IMODE(found.st_mode)
    if not mode & PRIVATE_UMASK or stat.S_ISLNK(found.st_mode) or found.st_uid != os.getuid():
        return False
    path.chmod(mode & ~PRIVATE_UMASK)
    return True
