"""PostgreSQL through asyncpg, with an acquire timeout and no leaked connections.

The library's own transaction keeps the pooled connection when BEGIN fails. 300 such failures emptied a pool for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections

ACQUIRE_TIMEOUT_S = 10


class _Context(TransactionContextPooled):
    """A transaction that returns the connection to the pool when BEGIN fails."""

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


class _Rows(AsyncpgDBClient):
    """A client that returns rows. The library returns those of a RETURNING as dicts only."""

    @translate_exceptions
    async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            rows: Sequence[Any] = await connection.fetch(query, *values)
            return rows

    @translate_exceptions
    async def fetch_named_rows(self, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
        """Run a statement and return its column names and rows."""
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            statement = await connection.prepare(query)
            names = tuple(attribute.name for attribute in statement.get_attributes())
            return names, await statement.fetch(*values)


class _Transaction(_Rows, TransactionWrapper):
    """The connection of a transaction."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))


class Client(_Rows):
    """The client class of the engine in the connection's configuration."""

    def _in_transaction(self) -> TransactionContext:
        return _Context(_Transaction(self), self._pool_init_lock)


client_class = Client
