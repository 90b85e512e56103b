"""PostgreSQL through asyncpg, with a time limit on waiting for a connection and no way to lose one.

The library's own transaction keeps the pooled connection when BEGIN fails; 300 of those drain a pool for good.
"""

from __future__ import annotations

from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

ACQUIRE_TIMEOUT_S = 10


class _Context(TransactionContextPooled):
    """Gives the connection back to the pool when the transaction could not begin."""

    client: Any

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool  # noqa: SLF001 - the library's own context does the same
        connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        self.client._connection = connection  # noqa: SLF001
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client  # type: ignore[no-any-return]  # the library leaves it untyped


class Client(AsyncpgDBClient):
    """The engine named in the connection's configuration."""

    def _in_transaction(self) -> TransactionContext:
        return _Context(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
