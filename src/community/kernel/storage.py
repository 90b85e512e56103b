"""Object storage of files by name.

The store is a local folder, from which empty folders are removed, or any S3-compatible store. A file exists completely
or not at all. Writing an existing name replaces the file, and deleting a missing one is no error. Every failure of the
store raises TryAgain, because nothing is wrong with the file.

A folder writes a file under `NAME#1` or a higher number, and then renames it. A killed process leaves such a file.
Neither reading nor listing shows it, so that `delete` and `delete_unfinished` look for it.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from mmap import mmap
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError
from obstore.store import LocalStore, S3Store

from community.kernel import logs
from community.kernel.errors import TryAgain
from community.settings import Settings

log = logging.getLogger(__name__)

Store = LocalStore | S3Store

_CONNECT_TIMEOUT_S = 5
_REQUEST_TIMEOUT_S = 30
_MAX_RETRIES = 3
_LIST_BATCH_SIZE = 1_000
_UNFINISHED_NAME = re.compile(r".+#\d+")
_MAX_UNFINISHED = 16
"""Number of unfinished files of one name that `delete` looks for. `delete_unfinished` finds any number."""

_store: Store | None = None
_folder: Path | None = None


def open_storage(settings: Settings) -> None:
    """Create this process's store. Never before a fork, because its background threads do not survive one."""
    global _store, _folder  # noqa: PLW0603 - one store a process
    parts = urlsplit(settings.media_store)
    _folder = find_folder(settings)
    if _folder is not None:
        _store = LocalStore(_folder, mkdir=True, automatic_cleanup=True)
        return
    _store = S3Store(
        parts.netloc,
        prefix=unquote(parts.path).strip("/") or None,
        config={
            "region": settings.s3_region,
            "virtual_hosted_style_request": settings.s3_virtual_host,
            **({"endpoint": settings.s3_endpoint} if settings.s3_endpoint else {}),
            **({"access_key_id": settings.s3_access_key.get_secret_value()} if settings.s3_access_key else {}),
            **({"secret_access_key": settings.s3_secret_key.get_secret_value()} if settings.s3_secret_key else {}),
        },
        client_options={
            "allow_http": (settings.s3_endpoint or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=_CONNECT_TIMEOUT_S),
            "timeout": timedelta(seconds=_REQUEST_TIMEOUT_S),
        },
        retry_config={"max_retries": _MAX_RETRIES, "retry_timeout": timedelta(seconds=_REQUEST_TIMEOUT_S)},
    )


def find_folder(settings: Settings) -> Path | None:
    """Return the folder of the store, or None if it is a bucket."""
    parts = urlsplit(settings.media_store)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def close_storage() -> None:
    """Forget the store. Idempotent."""
    global _store, _folder  # noqa: PLW0603
    _store = _folder = None


def _get_store() -> Store:
    if _store is None:
        raise RuntimeError("the storage is not open")
    return _store


@contextmanager
def _unavailable_as_try_again(operation: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        logs.warn_by_cause(log, "storage failed", operation, error)
        # The library has no class for a full disk. A folder and MinIO name it in the text.
        is_full = "StorageFull" in str(error) or getattr(error, "errno", None) == errno.ENOSPC
        raise TryAgain("disk_full" if is_full else "pictures") from error


async def put(name: str, data: bytes | mmap) -> None:
    """Write these bytes under the name. Raises TryAgain, also if the file is deleted while it is written."""
    with _unavailable_as_try_again("put"):
        await obstore.put_async(_get_store(), name, data)


async def find(name: str) -> bytes | None:
    """Return the bytes under the name, or None. Raises TryAgain."""
    with _unavailable_as_try_again("find"):
        try:
            found = await obstore.get_async(_get_store(), name)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None


async def exists(name: str) -> bool:
    """Return True if there is a file of this name. Raises TryAgain."""
    with _unavailable_as_try_again("exists"):
        try:
            await obstore.head_async(_get_store(), name)
        except FileNotFoundError:
            return False
        return True


async def delete(names: Sequence[str]) -> None:
    """Delete the files of these names, finished or not. Idempotent.

    Raises TryAgain. Some of the files may be deleted then.
    """
    for name in names:
        with _unavailable_as_try_again("delete"):
            if _folder is not None:
                _delete_files(_folder, [_folder / f"{name}#{number}" for number in range(1, _MAX_UNFINISHED + 1)])
            try:
                await obstore.delete_async(_get_store(), name)
            except FileNotFoundError:
                continue


async def iterate_names(*, before: datetime) -> AsyncIterator[str]:
    """Yield the name of every file that was written before `before`.

    Raises TryAgain, also if the store does not permit listing.
    """
    with _unavailable_as_try_again("list"):
        async for files in obstore.list(_get_store(), chunk_size=_LIST_BATCH_SIZE):
            for file in files:
                if file["last_modified"] < before:
                    yield file["path"]


async def list_older(folder: str, *, before: datetime, limit: int) -> list[str]:
    """Return up to `limit` names in a folder, written before `before`.

    Returns an empty list if the store does not permit listing. Raises TryAgain.
    """
    found: list[str] = []
    with _unavailable_as_try_again("list"):
        try:
            async for files in obstore.list(_get_store(), folder, chunk_size=_LIST_BATCH_SIZE):
                found += [file["path"] for file in files if file["last_modified"] < before]
                if len(found) >= limit:
                    break
        except PermissionDeniedError:
            log.warning("storage listing not permitted, old files stay: folder=%s", folder)
    return found[:limit]


async def delete_unfinished(*, before: datetime) -> int:
    """Delete unfinished files of killed processes, and return the number deleted.

    Their last write was before `before`. Only a folder has such files. Idempotent. Raises TryAgain.
    """
    if _folder is None:
        return 0
    with _unavailable_as_try_again("delete_unfinished"):
        return await asyncio.to_thread(_delete_unfinished, _folder, before.timestamp())


def _delete_unfinished(root: Path, before: float) -> int:
    found = []
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names if _UNFINISHED_NAME.fullmatch(name)):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    found.append(path)
    return _delete_files(root, found)


def _delete_files(root: Path, paths: Sequence[Path]) -> int:
    """Delete files and then empty folders, and return the number of files."""
    deleted = 0
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
            deleted += 1
            with suppress(OSError):
                for parent in path.relative_to(root).parents[:-1]:
                    (root / parent).rmdir()
    return deleted
