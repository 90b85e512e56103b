"""`community serve`: one API process."""

from __future__ import annotations

import asyncio
import socket

import click

from community import app
from community.cli.common import current_settings, report_errors
from community.cli.lazy import FolderCommand
from community.database import wait_for_database
from community.kernel import logs
from community.settings import Settings
from community.system.supervisor import listen


@click.command(cls=FolderCommand)
@click.option("--fd", type=int, default=None, help="Serve on this inherited socket instead of host and port.")
def serve(fd: int | None) -> None:
    """Run one API process."""
    logs.configure("api")
    settings = current_settings()
    with report_errors():
        # Before the server, which would not look for a stop signal, and report an error with a traceback.
        asyncio.run(_wait_for_database(settings))
        listening = listen(settings.host, settings.port) if fd is None else socket.socket(fileno=fd)
    if fd is not None and listening.family in {socket.AF_INET, socket.AF_INET6}:
        try:
            settings.require_private_development(listening.getsockname()[0])
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    app.serve(settings, listening)


async def _wait_for_database(settings: Settings) -> None:
    async with wait_for_database(settings):
        return
