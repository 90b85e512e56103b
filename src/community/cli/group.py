"""The command `community` itself, and what its commands share: settings, the database, ids, plain words for trouble."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click

from community import settings as configuration
from community.settings import DEFAULT_FOLDER, PREFIX, Settings, SettingsError

T = TypeVar("T")

EXIT_FAILURE = 1
"""The exit status of a command that looked, and did not find things well."""


class _FolderCommand(click.Command):
    """A command that works on the installation in a folder."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        option = click.Option(
            ["--folder"], type=click.Path(path_type=Path), callback=_set_folder, expose_value=False,
            help=f"Where `community up` keeps its installation; {PREFIX}FOLDER, or {DEFAULT_FOLDER} when left out.",
        )  # fmt: skip
        self.params.append(option)


class _CommandGroup(click.Group):
    """A group whose commands take `--folder`, unless they say that they are of another kind."""

    command_class = _FolderCommand
    group_class = type


def _set_folder(_context: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    if folder is not None:
        os.environ[f"{PREFIX}FOLDER"] = str(folder)


@click.group(cls=_CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("community"), prog_name="community")
def main() -> None:
    """Community rewards and co-creation for a neighbourhood, served over GraphQL.

    Settings are environment variables that begin with COMMUNITY_; without any, everything is kept in ./.community.
    Every command that works on what is kept takes --folder for another place.
    """
    from community.system.parent_watch import watch_parent

    watch_parent()


def current_settings() -> Settings:
    """The environment's settings, or what of it cannot be used."""
    try:
        return configuration.get_settings()
    except SettingsError as error:
        raise click.ClickException(f"the environment cannot be used\n{error}") from None


def run_with_database(work: Coroutine[Any, Any, T], *, statement_timeout_ms: int | None = None) -> T:
    """What `work` answers on a database that has this version's tables.

    `longest_ms` is how long one statement may take, where that is more than a request may.
    """
    from community.database import use_migrated_database
    from community.kernel import cache

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
    """The names of the migrations that were applied."""
    from community.database import migrate_and_seal, use_database
    from community.kernel import db

    settings = current_settings()

    async def run() -> list[str]:
        async with use_database(settings):
            await db.ping()
            return await migrate_and_seal(settings)

    with report_errors():
        return asyncio.run(run())


@contextmanager
def report_errors() -> Iterator[None]:
    """Tell the operator what is in the way in one sentence; what is none of these is a bug, and shows its traceback."""
    from redis import RedisError
    from tortoise.exceptions import OperationalError

    from community.database import DatabaseNotReady
    from community.kernel.db import UNAVAILABLE_ERRORS, DatabaseUnavailable
    from community.kernel.errors import Refusal
    from community.system.supervisor import FolderInUse
    from community.system.valkey import ValkeyError

    try:
        yield
    except (Refusal, FolderInUse, DatabaseNotReady, DatabaseUnavailable) as error:
        raise click.ClickException(str(error)) from None
    except RedisError as error:
        raise click.ClickException(f"Redis cannot be used: {error}") from None
    except (OSError, ValkeyError) as error:
        raise click.ClickException(str(error)) from None
    except (OperationalError, *UNAVAILABLE_ERRORS) as error:
        raise click.ClickException(f"the database cannot be used: {error}") from None


def build_id_parser(kind: str) -> Callable[[click.Context, click.Parameter, str], int]:
    """Reads an argument as the number of a thing of `kind`: as it is, or out of the id that the graph shows."""

    def number(_context: click.Context, _argument: click.Parameter, given: str) -> int:
        from community.api import ids
        from community.kernel.errors import Refusal

        try:
            return int(given) if given.isdecimal() else ids.decode(kind, given, path="id")
        except Refusal as refusal:
            raise click.BadParameter(refusal.message) from None

    return number
