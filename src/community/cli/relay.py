"""`community relay`: one relay process."""

from __future__ import annotations

import asyncio

import click

from community.cli.common import current_settings, report_errors
from community.cli.lazy import FolderCommand
from community.kernel import logs
from workers import relay as relay_process


@click.command(cls=FolderCommand)
def relay() -> None:
    """Run one relay, which passes due effects to the workers and runs the schedule."""
    logs.configure("relay")
    settings = current_settings()
    with report_errors():
        asyncio.run(relay_process.run(settings))
