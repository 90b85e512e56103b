"""Values of the database that never change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from community.kernel.db import connection

K = TypeVar("K")
V = TypeVar("V")

MAX_LASTING = 10_000


class Lasting(Generic[K, V]):
    """Values that never change, by their keys. They are kept as long as the database is open.

    Only values that a committed row has may be kept.
    """

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[object, dict[K, V]] = WeakKeyDictionary()

    async def get(self, key: K, read: Callable[[K], Awaitable[V]]) -> V:
        """Return the value of a key, which `read` reads the first time. Raises what `read` raises."""
        known = self._kept.setdefault(connection.pool(), {})
        if key not in known:
            value = await read(key)
            if len(known) >= MAX_LASTING:
                known.clear()
            known[key] = value
        return known[key]
