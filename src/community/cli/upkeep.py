"""`community migrate`, `check` and `rekey`: maintenance of an installation."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from community.accounts import platform_ids
from community.cli.common import EXIT_FAILURE, apply_migrations, current_settings, run_with_database
from community.cli.lazy import FolderCommand
from community.events import seeds
from community.kernel.sealing import UnsealFailed
from community.rewards.special import coupons
from community.settings import PREFIX, Settings
from community.system.checks import CHECKS, DEEP_CHECKS, Finding, run_checks


@click.command(cls=FolderCommand)
def migrate() -> None:
    """Apply the pending migrations. Idempotent, and safe in several processes at the same time."""
    click.echo("\n".join(f"applied {name}" for name in apply_migrations()) or "nothing to apply")


@click.command(cls=FolderCommand)
@click.option("--deep", is_flag=True, help="Compare every balance and board, and not a sample.")
def check(deep: bool) -> None:
    """Check services, processes and stored data. Exit status 1 if a check fails."""
    is_ok = print_findings(asyncio.run(run_checks(current_settings(), DEEP_CHECKS if deep else CHECKS)))
    sys.exit(0 if is_ok else EXIT_FAILURE)


def print_findings(findings: Sequence[Finding]) -> bool:
    """Print a line per finding. Return True if there is no fault."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_ok else 'BAD '} {finding.name:<{width}}  {finding.sentence}")
    return all(finding.is_ok for finding in findings)


@click.command(cls=FolderCommand)
def rekey() -> None:
    """Seal all sealed values with the current COMMUNITY_ENCRYPTION_KEY after a change of key."""
    try:
        count = run_with_database(_reseal_all(current_settings()))
    except UnsealFailed as error:
        raise click.ClickException(f"{error}; put the old key into {PREFIX}ENCRYPTION_KEYS_ACCEPTED") from None
    click.echo(
        f"{count} values sealed with the current key; remove the accepted keys when signed addresses have expired"
    )


async def _reseal_all(settings: Settings) -> int:
    """Seal all values with the current key and return their number. The last step forgets the other keys."""
    return await coupons.reseal(settings) + await seeds.reseal(settings) + await platform_ids.reseal_all(settings)
