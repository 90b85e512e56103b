"""`community up`: the whole service on this machine."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from community import addresses
from community.cli.common import apply_migrations, current_settings, report_errors
from community.cli.lazy import FolderCommand
from community.kernel import logs
from community.kernel.sealing import load_or_create_secret
from community.setting_values import FILE_SUFFIX
from community.settings import DEFAULT_FOLDER, PREFIX
from community.system.signals import exit_on_sigterm, ignore_stop_signals
from community.system.supervisor import Supervisor


@click.command(cls=FolderCommand)
def up() -> None:
    """Run the whole service on this machine.

    It runs an API process, a relay and the workers on SQLite and an embedded Valkey.
    """
    exit_on_sigterm()
    logs.configure("supervisor")
    folder = Path(os.environ.get(f"{PREFIX}FOLDER", DEFAULT_FOLDER))
    _reject_own_servers(folder)
    with report_errors():
        folder.mkdir(parents=True, exist_ok=True)
        if f"{PREFIX}TOKEN_SECRET{FILE_SUFFIX}" not in os.environ:
            os.environ.setdefault(
                f"{PREFIX}TOKEN_SECRET", load_or_create_secret(addresses.build_embedded_secret_path(folder))
            )
    settings = current_settings()
    with report_errors():
        system = Supervisor(folder, host=settings.host, port=settings.port, environment=os.environ, logs=False)
    apply_migrations()
    try:
        with report_errors():
            system.start()
        click.echo(f"GraphQL   {system.url}/graphql   (a browser gets the explorer there)")
        click.echo(f"data in   {folder.resolve()}")
        option = "" if folder == Path(DEFAULT_FOLDER) else f" --folder {shlex.quote(str(folder))}"
        click.echo(f"next      community found{option} NAME   prints the invitation code of the first leader")
        system.run()
    finally:
        ignore_stop_signals()
        system.stop()


def _reject_own_servers(folder: Path) -> None:
    """Raise ClickException if the environment names another database or Redis than the embedded ones."""
    for name, embedded in (
        (f"{PREFIX}DATABASE_URL", addresses.build_embedded_database_url(folder)),
        (f"{PREFIX}REDIS_URL", addresses.build_embedded_redis_url(folder)),
    ):
        if os.environ.get(name, embedded) != embedded or name + FILE_SUFFIX in os.environ:
            raise click.ClickException(
                f"{name} is set, and `community up` runs a database and a Valkey of its own in {folder}: unset it, or"
                " run `community serve`, `community relay` and `community worker QUEUE` instead"
            )
