"""Work that concurrent callers of a process share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_running: dict[tuple[asyncio.AbstractEventLoop, Hashable], asyncio.Future[Any]] = {}


async def share(key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` and return its answer. A caller that comes meanwhile with the same key waits for that answer.

    The first caller runs it on its own connection, so that those who wait need none. If it is cancelled, the next
    caller runs its own.
    """
    loop = asyncio.get_running_loop()
    while (running := _running.get((loop, key))) is not None:
        try:
            answer: T = await asyncio.shield(running)
        except asyncio.CancelledError:
            if not running.cancelled():
                raise
        else:
            return answer
    shared = _running[loop, key] = loop.create_future()
    try:
        found = await work()
    except Exception as error:
        shared.set_exception(error)
        shared.exception()  # Fetched, so that no warning is logged if no caller waits.
        raise
    else:
        shared.set_result(found)
        return found
    finally:
        del _running[loop, key]
        shared.cancel()
