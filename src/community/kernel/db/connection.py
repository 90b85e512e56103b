"""This process's database, and the connection for the statements of a task."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

from community import addresses
from community.kernel.db.failures import UNAVAILABLE_ERRORS, DatabaseUnavailable
from community.kernel.engines import RowClient
from community.settings import Settings

APP = "community"
MIGRATIONS = "community.migrations"
SQLITE_BUSY_MS = 5_000
CONNECT_TIMEOUT_S = 5
COMMAND_GRACE_S = 5
"""Time after the database's own limit of a statement, for a server that no longer answers."""
CLOSE_WAIT_S = 1


Write: TypeAlias = tuple[str, tuple[Any, ...]]
"""A statement that writes, and its values."""
Groups: TypeAlias = Sequence[tuple[Write, ...]]


class Dialect(StrEnum):
    """The kinds of database."""

    POSTGRES = "postgres"
    SQLITE = "sqlite"


class PendingLock(Protocol):
    """A lock that a transaction has not taken yet, see `locks.py`."""

    async def take(self) -> None:
        """Take the lock, or wait until another task has taken it. Raises its refusal, each time."""

    def is_taken_by_this_task(self) -> bool:
        """Return True for the statement of the lock itself."""


class OpenTransaction:
    """One running transaction. Closed when it ends, so that a task that outlives it cannot write through it.

    `execute_all` runs the groups of writes in `deferred` before the next statement. `lock` is taken before the first.
    """

    __slots__ = ("client", "closed", "deferred", "execute_all", "lock")

    def __init__(self, client: BaseDBAsyncClient, execute_all: Callable[[Groups], Awaitable[None]]) -> None:
        self.client = client
        self.closed = False
        self.deferred: list[tuple[Write, ...]] = []
        self.execute_all = execute_all
        self.lock: PendingLock | None = None


@dataclass(slots=True)
class _OpenDatabase:
    """The open database of the process."""

    context: TortoiseContext
    client: BaseDBAsyncClient
    dialect: Dialect
    identity: str | None = None


_database: _OpenDatabase | None = None
current_transaction: ContextVar[OpenTransaction | None] = ContextVar("transaction", default=None)
running_transactions: set[asyncio.Task[Any]] = set()
"""The running transactions, for which `close_database` waits."""


def tortoise_config(settings: Settings, *, models: Sequence[str]) -> dict[str, Any]:
    """Return Tortoise's configuration. `models` are the modules that declare tables."""
    if settings.sqlite_path is not None:
        connection: dict[str, Any] = {
            "engine": "community.kernel.engines.sqlite",
            "credentials": {
                "file_path": str(settings.sqlite_path),
                "busy_timeout": SQLITE_BUSY_MS,
                "synchronous": "NORMAL",
                # Without it INSERT OR REPLACE would delete a row without firing the trigger that refuses deletion.
                "recursive_triggers": "ON",
                # Erased data is overwritten. Otherwise it would stay in the file's free pages for years.
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
                "command_timeout": settings.statement_timeout_ms / 1000 + COMMAND_GRACE_S,
                "minsize": 1,
                "maxsize": settings.database_pool,
                "server_settings": {
                    "application_name": "community",
                    "statement_timeout": str(settings.statement_timeout_ms),
                    "lock_timeout": str(settings.lock_timeout_ms),
                    "idle_in_transaction_session_timeout": str(settings.statement_timeout_ms * 3),
                    "jit": "off",
                    "timezone": "UTC",  # that of the times in JSON
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
    """Open this process's database. Never before a fork, because connections do not survive one."""
    global _database  # noqa: PLW0603 - one database a process
    if _database is not None:
        raise RuntimeError("the database is open already")
    if settings.sqlite_path is not None:
        Path(settings.sqlite_path).parent.mkdir(parents=True, exist_ok=True)
    context = await Tortoise.init(
        config=tortoise_config(settings, models=models),
        init_connections=False,  # it would also build the querysets of every model, which no statement of ours uses
        _enable_global_fallback=True,
    )
    client = context.connections.get("default")
    dialect = Dialect.SQLITE if settings.sqlite_path is not None else Dialect.POSTGRES
    _database = _OpenDatabase(context, client, dialect)


async def ping() -> None:
    """Run a statement to test the connection, which `open_database` does not.

    Raises DatabaseUnavailable if the database does not answer.
    """
    reading = "SELECT count(*) FROM sqlite_master" if dialect() is Dialect.SQLITE else "SELECT 1"
    try:
        await pool().execute_query(reading)
    except (*UNAVAILABLE_ERRORS, asyncpg.PostgresError, OperationalError, sqlite3.Error) as error:
        cause = (str(error).splitlines() or ["it does not answer in time"])[0]
        raise DatabaseUnavailable(f"the database cannot be used: {cause}") from error


async def wait_for_transactions(*, timeout_s: float | None = None) -> set[asyncio.Task[Any]]:
    """Wait for the running transactions, also those of cancelled callers. Return those that run after the timeout.

    Without a timeout the limits of the database end each of them.
    """
    if not running_transactions:
        return set()
    _, late = await asyncio.wait(running_transactions, timeout=timeout_s)
    return late


async def close_database() -> None:
    """Wait a second for running transactions, roll the others back, and close every connection. Idempotent."""
    global _database  # noqa: PLW0603
    if _database is None:
        return
    for task in await wait_for_transactions(timeout_s=CLOSE_WAIT_S):
        task.cancel()
    await _database.context.close_connections()
    _database = None


def client() -> BaseDBAsyncClient:
    """Return the connection for a statement of this task.

    Inside a transaction this is its own connection, outside the pool.
    """
    inside = current_transaction.get()
    if inside is None:
        return pool()
    if inside.closed:
        raise RuntimeError("this task has outlived the transaction that it was started in")
    return inside.client


def dialect() -> Dialect:
    """Return the kind of the open database."""
    return (_database or _get_database()).dialect


def _get_database() -> _OpenDatabase:
    if _database is None:
        raise RuntimeError("the database is not open")
    return _database


async def get_identity() -> str:
    """Return a text that another database does not have.

    A copy in another file or another PostgreSQL database has its own. It is read once.
    """
    database = _get_database()
    if database.identity is None:
        if database.dialect is Dialect.SQLITE:
            file = os.stat(database.client.filename)  # type: ignore[attr-defined]  # noqa: PTH116 - once
            database.identity = f"{file.st_dev}.{file.st_ino}"
        else:
            found = (
                "SELECT (SELECT system_identifier FROM pg_control_system()) AS cluster, oid"
                " FROM pg_database WHERE datname = current_database()"
            )
            ((cluster, oid),) = await cast("RowClient", database.client).fetch_rows(found, [])
            database.identity = f"{cluster}.{oid}"
    return database.identity


def pool() -> BaseDBAsyncClient:
    """Return the pool that transactions start from."""
    return (_database or _get_database()).client


def count_connections() -> dict[str, int]:
    """Return the numbers of used and idle connections. Empty on SQLite."""
    connections = getattr(_get_database().client, "_pool", None)
    if connections is None:
        return {}
    return {
        "used": connections.get_size() - connections.get_idle_size(),
        "idle": connections.get_idle_size(),
    }


def count_transactions() -> int:
    """Return the number of running transactions of this process."""
    return len(running_transactions)
