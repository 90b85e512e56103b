"""`community media`: upkeep of pictures."""

from __future__ import annotations

import click

from community.cli.common import current_settings, run_with_database
from community.cli.lazy import CommandGroup
from community.kernel import storage
from community.media import fingerprinting


@click.group(cls=CommandGroup)
def media() -> None:
    """Maintain the pictures."""


@media.command()
def fingerprint() -> None:
    """Make the missing fingerprints of pictures now.

    The schedule does so too. The command can be interrupted at any time, and the next call continues.
    """

    async def run() -> int:
        storage.open_storage(current_settings())
        count = 0
        while made := await fingerprinting.fingerprint_missing():
            count += made
            click.echo(f"{count} pictures", err=True)
        return count

    click.echo(f"{run_with_database(run())} pictures have a fingerprint now")
