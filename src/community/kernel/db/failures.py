"""Temporary failures of the database, which become TryAgain with a time."""

from __future__ import annotations

import errno
import logging
import sqlite3

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

from community.kernel import logs
from community.kernel.errors import TryAgain

log = logging.getLogger(__name__)

UNAVAILABLE_ERRORS = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    DBConnectionError,
)
"""Raised when the database is down, stopping, starting or refuses the login. A later attempt may work."""

LOCKED, BUSY, AWAY, FULL = "locked", "busy", "away", "disk_full"
# In this order, because some are kinds of a later one. The engine turns each OSError of a connection into a
# ConnectionError. Another OSError, or a ValueError of the driver, is a bug of the caller.
_CAUSES: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
    (LOCKED, (asyncpg.LockNotAvailableError,)),
    (FULL, (asyncpg.DiskFullError,)),
    (
        BUSY,
        (
            asyncpg.QueryCanceledError,
            asyncpg.InsufficientResourcesError,
            asyncpg.IdleInTransactionSessionTimeoutError,
            TimeoutError,
        ),
    ),
    (AWAY, (ConnectionError, *(kind for kind in UNAVAILABLE_ERRORS if kind is not OSError))),
)
_SQLITE_CAUSES = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: AWAY,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}


class DatabaseUnavailable(Exception):  # noqa: N818 - the name states the condition
    """The database cannot be reached or refuses the login. The message is one sentence with the cause."""


def raise_try_again(error: Exception) -> None:
    """Raise TryAgain for a temporary failure of the database."""
    refusal = find_refusal(error)
    if refusal is not None:
        raise refusal from error


def find_refusal(error: Exception) -> TryAgain | None:
    """Return the refusal for a temporary failure, or None for any other error."""
    cause = _find_cause(error)
    return None if cause is None else build_refusal(cause, error)


def build_refusal(cause: str, error: Exception) -> TryAgain:
    """Return the refusal for this cause. Logs one line per cause in ten seconds."""
    logs.warn_by_cause(log, "database refuses", cause, error)
    return TryAgain(None if cause == BUSY else cause)


def _find_cause(error: object) -> str | None:
    if isinstance(error, OperationalError | TransactionManagementError) and error.args:
        error = error.args[0]  # the driver's own error, or a text
    if isinstance(error, sqlite3.Error):
        return _SQLITE_CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return FULL
    if isinstance(error, ValueError):
        return None
    return next((cause for cause, kinds in _CAUSES if isinstance(error, kinds)), None)
