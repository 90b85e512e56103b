"""What the databases raise when they are too busy or cannot be reached, and what the caller is told then."""

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
"""What is raised when the database is gone, going down, coming up, or does not let us in: another time it may work."""


class DatabaseUnavailable(Exception):  # noqa: N818 - it says what is the matter
    """The database cannot be reached, or refuses us; the message says why, in one sentence."""


@contextmanager
def busy_as_try_again() -> Iterator[None]:
    """Turn a lock, statement or pool time limit into TryAgain: nothing was done, and the same call may be repeated."""
    try:
        yield
    except _BUSY_ERRORS as error:
        raise TryAgain from error
    except OperationalError as error:
        if "database is locked" in str(error):
            raise TryAgain from error
        raise
