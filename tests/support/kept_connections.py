"""Connections to PostgreSQL that are kept between the tests of one process.

A new connection has to read the catalogue again for every statement, which takes longer than most tests. The pools of
the tests are those of the service. Only the connections in them are used again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import asyncpg

from community.kernel.engines import asyncpg as engine

# The default, 100 statements for five minutes, is what a few tests use. Every other test would plan them again.
_KEEP_STATEMENTS = {"statement_cache_size": 2_000, "max_cached_statement_lifetime": 0}


class KeptConnections:
    """Idle connections of closed pools, by what they were opened with. All belong to the loop of the tests."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: dict[Any, list[asyncpg.Connection]] = defaultdict(list)
        self._keys: dict[int, Any] = {}
        self._connect, self._close = engine.connect, engine.Client._close
        self._init = engine.read_json_as_bytes

    def start(self) -> None:
        """Begin to keep the connections of this loop."""
        self._loop = asyncio.get_running_loop()
        kept = self

        async def close(client: engine.Client) -> None:
            kept._take_from(client._pool)
            await kept._close(client)

        engine.connect, engine.read_json_as_bytes, engine.Client._close = self._open, self._prepare, close

    def stop(self) -> None:
        """Close all, and keep no more."""
        engine.connect, engine.read_json_as_bytes, engine.Client._close = self._connect, self._init, self._close
        self.close_all()

    def close_all(self) -> None:
        """Close the idle connections, for example before their database is dropped."""
        for idle in self._idle.values():
            for connection in idle:
                connection.terminate()
        self._idle.clear()
        self._keys.clear()

    async def _open(self, *args: Any, **given: Any) -> asyncpg.Connection:
        if asyncio.get_running_loop() is not self._loop:
            return await self._connect(*args, **given)
        key = repr((args, sorted(given.items(), key=lambda each: each[0])))
        while self._idle[key]:
            connection = self._idle[key].pop()
            if not connection.is_closed():
                return connection
        connection = await self._connect(*args, **given, **_KEEP_STATEMENTS)
        self._keys[id(connection)] = key
        return connection

    async def _prepare(self, connection: asyncpg.Connection) -> None:
        if getattr(connection, "_pool_holder", None) is None:
            await self._init(connection)

    def _take_from(self, pool: Any) -> None:
        """Take the clean connections out of a pool that is about to close."""
        if pool is None or asyncio.get_running_loop() is not self._loop:
            return
        for holder in pool._holders:
            connection = holder._con
            if connection is None or not holder.is_idle() or connection.is_closed():
                continue
            if connection._top_xact is not None or connection._protocol.is_in_transaction():
                continue
            if (key := self._keys.get(id(connection))) is not None:
                holder._maybe_cancel_inactive_callback()
                holder._con = None
                self._idle[key].append(connection)


KEPT = KeptConnections()
"""The connections of this process."""
