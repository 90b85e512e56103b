"""This process's database: opened once, closed once, and the connection that a statement of a task runs on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

from community import addresses
from community.kernel.db.busy import UNAVAILABLE_ERRORS, DatabaseUnavailable
from community.settings import Settings

APP = "community"
MIGRATIONS = "community.migrations"
SQLITE_BUSY_MS = 5_000
CONNECT_TIMEOUT_S = 10


class Dialect(Enum):
    """The two databases."""

    POSTGRES = "postgres"
    SQLITE = "sqlite"


class OpenTransaction:
    """One transaction under way. Closed when it is over, so that a task that outlived it cannot write on."""

    __slots__ = ("client", "closed")

    def __init__(self, client: BaseDBAsyncClient) -> None:
        self.client = client
        self.closed = False


@dataclass(slots=True)
class _OpenDatabase:
    """The process's database while it is open."""

    context: TortoiseContext
    client: BaseDBAsyncClient
    dialect: Dialect


_database: _OpenDatabase | None = None
current_transaction: ContextVar[OpenTransaction | None] = ContextVar("transaction", default=None)
running_transactions: set[asyncio.Task[Any]] = set()
"""The transactions under way, which closing the database waits for."""


def tortoise_config(settings: Settings, *, models: Sequence[str]) -> dict[str, Any]:
    """Tortoise's configuration for these settings; `models` are the modules that declare tables."""
    if settings.sqlite_path is not None:
        connection: dict[str, Any] = {
            "engine": "community.kernel.engines.sqlite",
            "credentials": {
                "file_path": str(settings.sqlite_path),
                "busy_timeout": SQLITE_BUSY_MS,
                "synchronous": "NORMAL",
                # Without it a row is replaced (INSERT OR REPLACE) behind the back of the trigger that refuses deletion.
                "recursive_triggers": "ON",
                # What is erased is overwritten, and does not lie in the file's free pages for years.
                "secure_delete": "ON",
            },
        }
    else:
        address = addresses.parse_postgres_url(settings.database_url)
        connection = {
            "engine": "community.kernel.engines.asyncpg",
            "credentials": {
                "host": address.host,
                "port": address.port,
                "user": address.user,
                "password": address.password,
                "database": address.database,
                "ssl": address.ssl,
                "timeout": CONNECT_TIMEOUT_S,
                "minsize": 1,
                "maxsize": settings.database_pool,
                "server_settings": {
                    "application_name": "community",
                    "statement_timeout": str(settings.statement_timeout_ms),
                    "lock_timeout": str(settings.lock_timeout_ms),
                    "idle_in_transaction_session_timeout": str(settings.statement_timeout_ms * 3),
                    "jit": "off",
                },
            },
        }
    return {
        "connections": {"default": connection},
        "apps": {APP: {"models": list(models), "migrations": MIGRATIONS, "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(settings: Settings, *, models: Sequence[str]) -> None:
    """Open this process's database. Never before a fork: connections do not survive one."""
    global _database  # noqa: PLW0603 - one database a process
    if _database is not None:
        raise RuntimeError("the database is open already")
    if settings.sqlite_path is not None:
        Path(settings.sqlite_path).parent.mkdir(parents=True, exist_ok=True)
    context = await Tortoise.init(config=tortoise_config(settings, models=models), _enable_global_fallback=True)
    client = context.connections.get("default")
    dialect = Dialect.SQLITE if settings.sqlite_path is not None else Dialect.POSTGRES
    _database = _OpenDatabase(context, client, dialect)


async def ping() -> None:
    """Ask the database for an answer. Raises DatabaseAway when there is none: opening alone connects to nothing."""
    reading = "SELECT count(*) FROM sqlite_master" if dialect() is Dialect.SQLITE else "SELECT 1"
    try:
        await pool().execute_query(reading)
    except (*UNAVAILABLE_ERRORS, asyncpg.PostgresError, OperationalError, sqlite3.Error) as error:
        why = (str(error).splitlines() or ["it does not answer in time"])[0]
        raise DatabaseUnavailable(f"the database cannot be used: {why}") from error


async def close_database() -> None:
    """Let the transactions under way finish, then close every connection."""
    global _database  # noqa: PLW0603
    if _database is None:
        return
    if running_transactions:
        await asyncio.wait(running_transactions, timeout=30)
    await _database.context.close_connections()
    _database = None


def client() -> BaseDBAsyncClient:
    """The connection for a statement of this task: the transaction's own inside one, the pool's outside."""
    inside = current_transaction.get()
    if inside is None:
        return _get_database().client
    if inside.closed:
        raise RuntimeError("this task has outlived the transaction that it was started in")
    return inside.client


def dialect() -> Dialect:
    """Which of the two databases is open."""
    return _get_database().dialect


def _get_database() -> _OpenDatabase:
    if _database is None:
        raise RuntimeError("the database is not open")
    return _database


def pool() -> BaseDBAsyncClient:
    """The connection that transactions are begun on."""
    return _get_database().client


def count_transactions() -> int:
    """How many transactions this process is in the middle of."""
    return len(running_transactions)
