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
    """Rebuild every board in Redis from the database."""
    click.echo(f"{run_with_database(service.rebuild_all())} communities rebuilt")
