"""Files: kept under a name, read and deleted by it; a folder's old ones can be listed to be deleted.

A local folder, in which no empty folder stays behind, or any store that speaks S3. A file is there as a whole or not
at all; putting a name again replaces it, and deleting what is not there is no error. Whatever keeps the store from
answering is `TryAgain`: nothing is wrong with the file.
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
    """Name this process's store. Never before a fork: what runs behind it does not survive one."""
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
    """Forget the store."""
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
        log.warning("the storage could not %s: %s", operation, type(error).__name__)
        raise TryAgain("The storage does not answer. Try again in a moment.") from error


async def put(name: str, data: bytes) -> None:
    """Keep these bytes under the name. Raises TryAgain."""
    with _unavailable_as_try_again("keep a file"):
        await obstore.put_async(_get_store(), name, data)


async def find(name: str) -> bytes | None:
    """The bytes under the name, or None. Raises TryAgain."""
    with _unavailable_as_try_again("give a file"):
        try:
            found = await obstore.get_async(_get_store(), name)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None


async def delete(names: Sequence[str]) -> None:
    """Let go of what is under these names. Raises TryAgain; some of them may be gone then."""
    for name in names:
        with _unavailable_as_try_again("delete a file"):
            try:
                await obstore.delete_async(_get_store(), name)
            except FileNotFoundError:
                continue


async def list_older(folder: str, *, before: datetime, limit: int) -> list[str]:
    """Up to `most` names in the folder that were put before `than`; none when the store may not be listed.

    Raises TryAgain.
    """
    found: list[str] = []
    with _unavailable_as_try_again("list a folder"):
        try:
            async for files in obstore.list(_get_store(), folder, chunk_size=_LIST_BATCH_SIZE):
                found += [file["path"] for file in files if file["last_modified"] < before]
                if len(found) >= limit:
                    break
        except PermissionDeniedError:
            log.warning("the storage may not be listed: what nobody waits for under %s/ stays there", folder)
    return found[:limit]
