"""`community migrate`, `check`, `audit`, `seal` and `rekey`: maintenance of an installation."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence

import click

from community.accounts import platform_ids
from community.cli.common import EXIT_FAILURE, apply_migrations, current_settings, run_with_database
from community.cli.lazy import FolderCommand
from community.kernel.invariants import STATEMENT_TIMEOUT_MS, check_invariants
from community.kernel.sealing import UnsealFailed
from community.kernel.seals.chain import SealRow, find_newest, seal_all
from community.kernel.seals.checks import check_seals, is_kept
from community.settings import PREFIX
from community.system.checks import CHECKS, DEEP_CHECKS, Finding, run_checks
from community.system.invariants import INVARIANTS


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
def seal() -> None:
    """Seal the new rows of the books, and print the newest seal.

    The audit trail and all other rows that never change are sealed too. Keep it outside the database.
    `community audit --seal` then finds whether anything older was changed.
    """

    async def work() -> SealRow | None:
        await seal_all()
        return await find_newest()

    newest = run_with_database(work(), statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    click.echo("there is nothing to seal" if newest is None else f"{newest.id}:{newest.digest}")


@click.command(cls=FolderCommand)
@click.option("--seal", "kept", multiple=True, help="A seal that was printed before, which must still be there.")
def audit(kept: tuple[str, ...]) -> None:
    """Check every invariant on every row, and every seal. Exit status 1 if one is violated."""

    async def check_all() -> bool:
        is_ok = True
        for seal in kept:
            if not await is_kept(seal):
                is_ok = False
                click.echo(f"BAD  the seal {seal} is not in the database: sealed rows were changed or deleted")
        async for result in check_invariants(INVARIANTS):
            is_ok = is_ok and not result.violations
            rows = f"{result.rows_examined:>11,} {result.invariant.table}"
            click.echo(f"{'BAD ' if result.violations else 'ok  '} {rows:<26} {result.invariant.description}")
            if result.violations:
                click.echo(f"     violated by: {result.invariant.table} {', '.join(map(str, result.violations))}")
        count, redacted = 0, 0
        async for finding in check_seals():
            count, redacted = count + 1, redacted + len(finding.redacted)
            if finding.fault is not None:
                is_ok = False
                click.echo(f"BAD  seal {finding.seal_id}: {finding.fault}")
        click.echo(f"     {count:>11,} seals, {redacted:,} rows were redacted after they had been sealed")
        return is_ok

    started = time.monotonic()
    is_ok = run_with_database(check_all(), statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    click.echo(
        f"{'every invariant holds' if is_ok else 'an invariant is violated'}, in {time.monotonic() - started:.1f} s"
    )
    sys.exit(0 if is_ok else EXIT_FAILURE)


@click.command(cls=FolderCommand)
def rekey() -> None:
    """Seal all sealed values with the current COMMUNITY_ENCRYPTION_KEY after a change of key."""
    try:
        count = run_with_database(platform_ids.reseal_all(current_settings()))
    except UnsealFailed as error:
        raise click.ClickException(f"{error}; put the old key into {PREFIX}ENCRYPTION_KEYS_ACCEPTED") from None
    click.echo(
        f"{count} values sealed with the current key; remove the accepted keys when signed addresses have expired"
    )
