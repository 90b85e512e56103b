"""`community outbox`: maintenance of effects."""

from __future__ import annotations

import click

from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.kernel import outbox as effects


@click.group(cls=CommandGroup)
def outbox() -> None:
    """Maintain the effects outside the database: jobs, notices and platform calls."""


@outbox.command()
def unpark() -> None:
    """Run every parked effect again. An effect is parked after it failed too often."""
    run_with_database(effects.unpark())
    click.echo("every parked effect is due again")
