"""Checks of what surrounds the database: the store, the disks and the processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from community.kernel import disks, processes, storage
from community.kernel.errors import TryAgain
from community.kernel.processes import ProcessSign
from community.media import queries
from community.media.paths import build_original_path
from community.settings import Settings
from workers.registry import QUEUES

PARTS = ("api", "relay", *(f"worker-{name}" for name in QUEUES))
_MAX_PICTURES = 5
_STORE_TIMEOUT_S = 5


class CheckFailed(Exception):  # noqa: N818 - the result of a check, not a program error
    """A check found a fault. The message is its sentence."""


async def check_storage(settings: Settings) -> str:
    """Write, read and delete a file, and look for the newest pictures. Raises CheckFailed."""
    names = [build_original_path(name) for name in await queries.list_newest_originals(_MAX_PICTURES)]
    folder = storage.find_folder(settings)
    if folder is not None and not folder.is_dir() and names:
        raise CheckFailed(f"the folder {folder} is missing: is it mounted?")
    storage.open_storage(settings)
    try:
        async with asyncio.timeout(_STORE_TIMEOUT_S):
            await _write_and_delete()
            missing = [name for name in names if not await storage.exists(name)]
    except TryAgain as error:
        raise CheckFailed(f"the store cannot be used: {type(error.__cause__).__name__}") from error
    except TimeoutError:
        raise CheckFailed(f"the store does not answer within {_STORE_TIMEOUT_S} s") from None
    finally:
        storage.close_storage()
    if missing:
        raise CheckFailed(f"{len(missing)} of the {len(names)} newest pictures are not in the store")
    return f"writes, reads and deletes; {len(names)} pictures of {len(names)} are there"


async def _write_and_delete() -> None:
    name, content = f"checks/{uuid4().hex}", b"community check"
    await storage.put(name, content)
    found = await storage.find(name)
    await storage.delete([name])
    if found != content or await storage.exists(name):
        raise CheckFailed("the store does not return what was written, or does not delete")


async def check_disks(settings: Settings) -> str:
    """Look for free space. Raises CheckFailed."""
    if small := disks.list_small_disks(settings):
        raise CheckFailed(", ".join(small))
    return "enough space is free"


async def check_processes(_settings: Settings) -> str:
    """Look for a sign of life of each part of the service. Raises CheckFailed."""
    signs = await processes.list_signs()
    by_part = {part: [sign for sign in signs if sign.part == part] for part in PARTS}
    said = ", ".join(_describe_part(part, found) for part, found in by_part.items())
    if not all(any(sign.is_alive for sign in found) for found in by_part.values()):
        raise CheckFailed(said)
    return said


def _describe_part(part: str, signs: Sequence[ProcessSign]) -> str:
    alive = sum(sign.is_alive for sign in signs)
    if alive:
        return f"{part} {alive}"
    if not signs:
        return f"{part} gave no sign of life"
    return f"{part} silent since {max(sign.seen_at for sign in signs):%Y-%m-%d %H:%M:%S}Z"
