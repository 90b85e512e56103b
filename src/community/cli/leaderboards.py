"""`community leaderboards`: maintenance of the boards in Redis."""

from __future__ import annotations

import click

from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.leaderboards import service


@click.group(cls=CommandGroup)
def leaderboards() -> None:
    """Maintain the leaderboards."""


@leaderboards.command()
def rebuild() -> None:
    """Sum the points of every board again, and rebuild it in Redis."""
    click.echo(f"{run_with_database(service.recount_all())} communities rebuilt")
