"""Errors of a database that is busy or cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError

from community.kernel.errors import TryAgain

_BUSY_ERRORS = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    TimeoutError,
)

UNAVAILABLE_ERRORS = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    DBConnectionError,
)
"""Raised when the database is down, stopping, starting or refuses the login. A later attempt may work."""


class DatabaseUnavailable(Exception):  # noqa: N818 - the name states the condition
    """The database cannot be reached or refuses the login. The message is one sentence with the cause."""


@contextmanager
def busy_as_try_again() -> Iterator[None]:
    """Raise TryAgain for a lock, statement or pool timeout inside the block. Nothing was done then."""
    try:
        yield
    except _BUSY_ERRORS as error:
        raise TryAgain from error
    except OperationalError as error:
        if "database is locked" in str(error):
            raise TryAgain from error
        raise
