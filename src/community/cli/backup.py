"""`community backup` and `community restore`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from community.cli.audit import audit
from community.cli.common import EXIT_FAILURE, current_settings, report_errors, run_with_database
from community.cli.lazy import FolderCommand
from community.cli.upkeep import print_findings
from community.kernel import storage
from community.system import backup as backups
from community.system.checks import STORED_CHECKS, run_checks

FOLDER = click.argument("path", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))


@click.command(cls=FolderCommand)
@FOLDER
def backup(path: Path) -> None:
    """Write a backup of the database and the pictures into the empty folder FOLDER.

    The service may run. The backup has no key: keep the encryption key elsewhere.
    """
    settings = current_settings()

    async def work() -> backups.Manifest:
        storage.open_storage(settings)
        try:
            return await backups.back_up(settings, path)
        finally:
            storage.close_storage()

    manifest = run_with_database(work())
    click.echo(f"{manifest.database} and {manifest.files} files of the store in {path}")
    keys = ", ".join(manifest.key_fingerprints)
    click.echo(f"sealed with the encryption key of fingerprint {keys}, which is not in the backup")


@click.command(cls=FolderCommand)
@FOLDER
@click.pass_context
def restore(context: click.Context, path: Path) -> None:
    """Restore the backup in FOLDER into an empty database, then check and audit it.

    Exit status 1 if the check or the audit finds a fault.
    """
    settings = current_settings()
    with report_errors():
        manifest = asyncio.run(backups.restore(settings, path))
    click.echo(f"restored the backup of {manifest.made_at}, with {manifest.files} files of the store")
    if not print_findings(asyncio.run(run_checks(settings, STORED_CHECKS))):
        sys.exit(EXIT_FAILURE)
    context.invoke(audit)
