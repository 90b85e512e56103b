"""Waiting for what happens in its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def eventually(holds: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Return as soon as `holds()` does; fail when it never does."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to pass"
        await asyncio.sleep(0.01)
