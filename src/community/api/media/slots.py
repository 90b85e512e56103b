"""Limits of uploads that are being received at the same time by this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from community.kernel import clock
from community.kernel.errors import Refusal
from community.media.errors import TooManyAtOnce

MAX_OF_PERSON = 10
"""A mini-program sends at most ten requests at a time."""
MAX_OF_ADDRESS = 40
"""Many residents share the address of their building or of their network."""
MAX_OF_PROCESS = 100
RETRY_AFTER = timedelta(seconds=5)


class UploadSlots:
    """Counts of running uploads by person and by address."""

    def __init__(self) -> None:
        self._running: Counter[tuple[str, object]] = Counter()

    @contextmanager
    def take(self, person_id: int, address: str) -> Iterator[Refusal | None]:
        """Count an upload inside the block. Yield the refusal if there are too many."""
        limits = {
            ("person", person_id): MAX_OF_PERSON,
            ("address", address): MAX_OF_ADDRESS,
            ("all", 0): MAX_OF_PROCESS,
        }
        full = [limit for name, limit in limits.items() if self._running[name] >= limit]
        if full:
            yield TooManyAtOnce("limit", max=full[0], path=("file",), retry_at=clock.now() + RETRY_AFTER)
            return
        self._running.update(limits.keys())
        try:
            yield None
        finally:
            self._running.subtract(limits.keys())
            self._running = +self._running
