"""Object storage of files by name.

The store is a local folder, from which empty folders are removed, or any S3-compatible store. A file exists completely
or not at all. Writing an existing name replaces the file, and deleting a missing one is no error. Every failure of the
store raises TryAgain, because nothing is wrong with the file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError
from obstore.store import LocalStore, S3Store

from community.kernel.errors import TryAgain
from community.settings import Settings

log = logging.getLogger(__name__)

Store = LocalStore | S3Store

_CONNECT_TIMEOUT_S = 5
_REQUEST_TIMEOUT_S = 30
_MAX_RETRIES = 3
_LIST_BATCH_SIZE = 1_000

_store: Store | None = None


def open_storage(settings: Settings) -> None:
    """Create this process's store. Never before a fork, because its background threads do not survive one."""
    global _store  # noqa: PLW0603 - one store a process
    parts = urlsplit(settings.media_store)
    if parts.scheme == "file":
        _store = LocalStore(Path(unquote(parts.path)), mkdir=True, automatic_cleanup=True)
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


def close_storage() -> None:
    """Forget the store. Idempotent."""
    global _store  # noqa: PLW0603
    _store = None


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
        log.warning("storage failed: operation=%s error=%s", operation, type(error).__name__)
        raise TryAgain("Pictures are not available right now. Try again in a moment.") from error


async def put(name: str, data: bytes) -> None:
    """Write these bytes under the name. Raises TryAgain."""
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


async def delete(names: Sequence[str]) -> None:
    """Delete the files of these names. Raises TryAgain, and some of them may be deleted then. Idempotent."""
    for name in names:
        with _unavailable_as_try_again("delete"):
            try:
                await obstore.delete_async(_get_store(), name)
            except FileNotFoundError:
                continue


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
