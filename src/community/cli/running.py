"""Run the service: all of it, one process of it, or its story."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
from pathlib import Path

import click

from community import settings as configuration
from community.cli.group import EXIT_FAILURE, apply_migrations, current_settings, main, report_errors, run_with_database
from community.kernel import logs
from community.settings import DEFAULT_FOLDER, PREFIX


@main.command()
def up() -> None:
    """Run the whole service on this machine: SQLite, an embedded Valkey, API, relay and workers."""
    from community.kernel.sealing import KEY_FILE, load_or_create_secret
    from community.system.signals import exit_on_sigterm, ignore_stop_signals
    from community.system.supervisor import Supervisor

    exit_on_sigterm()
    logs.configure("supervisor")
    folder = Path(os.environ.get(f"{PREFIX}FOLDER", DEFAULT_FOLDER))
    _reject_own_servers(folder)
    with report_errors():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault(
            f"{PREFIX}TOKEN_SECRET", load_or_create_secret(configuration.embedded_secret_path(folder))
        )
        os.environ.setdefault(f"{PREFIX}ENCRYPTION_KEY", load_or_create_secret(folder / KEY_FILE))
    settings = current_settings()
    with report_errors():
        system = Supervisor(folder, host=settings.host, port=settings.port, environment=os.environ, logs=False)
    apply_migrations()
    try:
        with report_errors():
            system.start()
        click.echo(f"GraphQL   {system.url}/graphql   (a browser gets GraphiQL there)")
        click.echo(f"kept in   {folder.resolve()}")
        there = "" if folder == Path(DEFAULT_FOLDER) else f" --folder {shlex.quote(str(folder))}"
        click.echo(f"begin     community found{there} NAME   prints the code that makes the first leader")
        system.run()
    finally:
        ignore_stop_signals()
        system.stop()


def _reject_own_servers(folder: Path) -> None:
    """Refuse a database or Redis of the operator's own, rather than pass over it in silence."""
    for name, own in (
        (f"{PREFIX}DATABASE_URL", configuration.embedded_database_url(folder)),
        (f"{PREFIX}REDIS_URL", configuration.embedded_redis_url(folder)),
    ):
        if os.environ.get(name, own) != own:
            raise click.ClickException(
                f"{name} is set, and `community up` keeps a database and a Valkey of its own in {folder}: unset it, or"
                " run `community serve`, `community relay` and `community worker QUEUE` instead"
            )


@main.command()
@click.option("--fd", type=int, default=None, help="Serve on this inherited socket instead of host and port.")
def serve(fd: int | None) -> None:
    """Run one API process."""
    from community import app as api
    from community.system.supervisor import listen

    logs.configure("api")
    # Asked once before the server starts, which would tell it with a traceback.
    run_with_database(asyncio.sleep(0))
    settings = current_settings()
    with report_errors():
        listening = listen(settings.host, settings.port) if fd is None else socket.socket(fileno=fd)
    api.serve(settings, listening)


@main.command()
@click.argument("queue")
def worker(queue: str) -> None:
    """Run one worker process on QUEUE."""
    from workers import process
    from workers.registry import QUEUES

    if queue not in QUEUES:
        raise click.BadParameter(f"the queues are {', '.join(QUEUES)}", param_hint="QUEUE")
    logs.configure(f"worker-{queue}")
    settings = current_settings()
    with report_errors():
        process.work(settings, queue)


@main.command()
def relay() -> None:
    """Run one relay: it hands what was promised to the workers, and keeps the schedule."""
    from workers import relay as process

    logs.configure("relay")
    settings = current_settings()
    with report_errors():
        asyncio.run(process.run(settings))


@main.command(cls=click.Command)
@click.option("--once", is_flag=True, help="Stop after the story; exit status 0 only if every step did what it should.")
@click.option("--port", type=int, default=8000, show_default=True, help="Where to serve; 0 takes any free port.")
@click.option(
    "--photos", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
    help="Use the photographs of this folder instead of drawn ones.",
)  # fmt: skip
def demo(once: bool, port: int, photos: Path | None) -> None:
    """See it work: start everything in a folder of its own, play the product's loop over HTTP, go on serving."""
    from community.demo.photographs import load_folder
    from community.demo.run import play

    with report_errors():
        if photos is not None:
            load_folder(photos, 1)
    sys.exit(0 if play(once=once, port=port, photos=photos) else EXIT_FAILURE)
