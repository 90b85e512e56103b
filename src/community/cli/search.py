"""`community search`: maintenance of the index of publications."""

from __future__ import annotations

import click

from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.submissions import search as submissions


@click.group(cls=CommandGroup)
def search() -> None:
    """Maintain the search."""


@search.command()
@click.option("--missing", is_flag=True, help="Only add what is missing. Searches find everything else meanwhile.")
def rebuild(*, missing: bool) -> None:
    """Make the index of all publications again."""
    count = run_with_database(submissions.index_missing() if missing else submissions.rebuild())
    click.echo(f"{count} publications indexed")
