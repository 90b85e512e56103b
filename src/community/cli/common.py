"""Parts that commands share: settings, the database and errors in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from redis import RedisError
from tortoise.exceptions import OperationalError

from community import settings as configuration
from community.database import DatabaseNotReady, migrate_and_seal, use_database, use_migrated_database
from community.kernel import cache, db
from community.kernel.errors import Refusal
from community.settings import Settings, SettingsError
from community.system import private_folder
from community.system.database_copy import BackupRefused
from community.system.supervisor import FolderInUse
from community.system.valkey import ValkeyError

T = TypeVar("T")

EXIT_FAILURE = 1
"""Exit status of a command that ran and found a fault."""


def current_settings() -> Settings:
    """Return the settings of the environment, and make its installation private.

    Raises ClickException if they are not valid.
    """
    try:
        settings = configuration.get_settings()
    except SettingsError as error:
        raise click.ClickException(f"the environment cannot be used\n{error}") from None
    with report_errors():
        if settings.folder.is_dir():
            private_folder.restrict(settings.folder)
    return settings


def run_with_database(work: Coroutine[Any, Any, T], *, statement_timeout_ms: int | None = None) -> T:
    """Run `work` on the migrated database and return its result.

    `statement_timeout_ms` replaces the time limit of one statement. Raises ClickException.
    """

    async def run(settings: Settings) -> T:
        async with use_migrated_database(settings):
            cache.open_cache(settings)
            try:
                return await work
            finally:
                await cache.close_cache()

    try:
        settings = current_settings()
        if statement_timeout_ms is not None:
            settings = settings.model_copy(update={"statement_timeout_ms": statement_timeout_ms})
        with report_errors():
            return asyncio.run(run(settings))
    finally:
        work.close()


def apply_migrations() -> list[str]:
    """Apply the pending migrations and return their names. Raises ClickException."""
    settings = current_settings()

    async def run() -> list[str]:
        async with use_database(settings):
            await db.ping()
            return await migrate_and_seal(settings)

    with report_errors():
        return asyncio.run(run())


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn an expected error into one sentence for the operator. Any other error is a bug and keeps its traceback."""
    try:
        yield
    except (Refusal, BackupRefused, FolderInUse, DatabaseNotReady, db.DatabaseUnavailable) as error:
        raise click.ClickException(str(error)) from None
    except RedisError as error:
        raise click.ClickException(f"Redis cannot be used: {error}") from None
    except (OSError, ValkeyError) as error:
        raise click.ClickException(str(error)) from None
    except (OperationalError, *db.UNAVAILABLE_ERRORS) as error:
        raise click.ClickException(f"the database cannot be used: {error}") from None
