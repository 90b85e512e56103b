"""Look after what is kept: migrate, check, prove, make anew."""

from __future__ import annotations

import asyncio
import sys

import click

from community.cli.group import EXIT_FAILURE, apply_migrations, current_settings, main, run_with_database
from community.settings import PREFIX


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's tables. Safe to run twice, and by several processes at once."""
    click.echo("\n".join(f"applied {name}" for name in apply_migrations()) or "nothing to apply")


@main.command(cls=click.Command)
@click.option("--check", is_flag=True, help="Compare with the schema.graphql that this version was released with.")
def schema(check: bool) -> None:
    """Print the schema."""
    from community.api.schema import print_schema, read_released_schema

    if not check:
        click.echo(print_schema(), nl=False)
    elif print_schema() != read_released_schema():
        raise click.ClickException("the schema is not what schema.graphql says: `community schema > schema.graphql`")
    else:
        click.echo("the schema is what schema.graphql says")


@main.command()
def check() -> None:
    """Is all that the configuration names reachable, migrated and consistent? A table, and exit status 1 if not."""
    from community.system.checks import run_checks

    findings = asyncio.run(run_checks(current_settings()))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_ok else 'BAD '} {finding.name:<{width}}  {finding.sentence}")
    sys.exit(0 if all(finding.is_ok for finding in findings) else EXIT_FAILURE)


@main.command()
def audit() -> None:
    """Prove the books, entry by entry: what holds, of how many rows; exit status 1 where it does not."""
    import time

    from community.kernel.invariants import STATEMENT_TIMEOUT_MS, check_invariants
    from community.system.invariants import INVARIANTS

    async def prove_all() -> bool:
        well = True
        async for proven in check_invariants(INVARIANTS):
            well = well and not proven.violations
            rows = f"{proven.rows_examined:>11,} {proven.invariant.table}"
            click.echo(f"{'BAD ' if proven.violations else 'ok  '} {rows:<26} {proven.invariant.description}")
            if proven.violations:
                click.echo(f"     not so: {proven.invariant.table} {', '.join(map(str, proven.violations))}")
        return well

    began = time.monotonic()
    well = run_with_database(prove_all(), statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    click.echo(f"{'the books are proven' if well else 'the books are wrong'}, in {time.monotonic() - began:.1f} s")
    sys.exit(0 if well else EXIT_FAILURE)


@main.group()
def leaderboards() -> None:
    """Look after the leaderboards."""


@leaderboards.command()
def rebuild() -> None:
    """Make every board in Redis anew from the database alone."""
    from community.leaderboards import service

    click.echo(f"{run_with_database(service.rebuild_all())} communities rebuilt")


@main.group()
def outbox() -> None:
    """Look after the effects that follow what was done."""


@outbox.command()
def unpark() -> None:
    """Offer every effect again that had failed too often."""
    from community.kernel import outbox as effects

    run_with_database(effects.unpark())
    click.echo("offered again")


@main.command()
def rekey() -> None:
    """Seal everything anew under COMMUNITY_ENCRYPTION_KEY, after the key has been changed."""
    from community.accounts import platform_ids
    from community.kernel.sealing import UnsealFailed

    try:
        count = run_with_database(platform_ids.reseal_all(current_settings()))
    except UnsealFailed as error:
        raise click.ClickException(f"{error}; put the old key into {PREFIX}ENCRYPTION_KEYS_ACCEPTED") from None
    click.echo(f"{count} values sealed under the current key; the accepted ones may go")
