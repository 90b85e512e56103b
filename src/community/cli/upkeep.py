"""Look after what is kept: migrate, check, prove, make anew."""

from __future__ import annotations

import asyncio
import sys

import click

from community.cli.group import NOT_WELL, current_settings, main, migrated, with_database
from community.settings import PREFIX


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's tables. Safe to run twice, and by several processes at once."""
    click.echo("\n".join(f"applied {name}" for name in migrated()) or "nothing to apply")


@main.command(cls=click.Command)
@click.option("--check", is_flag=True, help="Compare with the schema.graphql that this version was released with.")
def schema(check: bool) -> None:
    """Print the schema."""
    from community.api.schema import printed, released

    if not check:
        click.echo(printed(), nl=False)
    elif printed() != released():
        raise click.ClickException("the schema is not what schema.graphql says: `community schema > schema.graphql`")
    else:
        click.echo("the schema is what schema.graphql says")


@main.command()
def check() -> None:
    """Is all that the configuration names reachable, migrated and consistent? A table, and exit status 1 if not."""
    from community.system.checks import examine

    findings = asyncio.run(examine(current_settings()))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.name:<{width}}  {finding.sentence}")
    sys.exit(0 if all(finding.well for finding in findings) else NOT_WELL)


@main.command()
def audit() -> None:
    """Prove the books, entry by entry: what holds, of how many rows; exit status 1 where it does not."""
    import time

    from community.kernel.proof import LONGEST_MS, prove
    from community.system.audit import AUDIT

    async def prove_all() -> bool:
        well = True
        async for proven in prove(AUDIT):
            well = well and not proven.wrong
            rows = f"{proven.examined:>11,} {proven.proof.table}"
            click.echo(f"{'BAD ' if proven.wrong else 'ok  '} {rows:<26} {proven.proof.promise}")
            if proven.wrong:
                click.echo(f"     not so: {proven.proof.table} {', '.join(map(str, proven.wrong))}")
        return well

    began = time.monotonic()
    well = with_database(prove_all(), longest_ms=LONGEST_MS)
    click.echo(f"{'the books are proven' if well else 'the books are wrong'}, in {time.monotonic() - began:.1f} s")
    sys.exit(0 if well else NOT_WELL)


@main.group()
def leaderboards() -> None:
    """Look after the leaderboards."""


@leaderboards.command()
def rebuild() -> None:
    """Make every board in Redis anew from the database alone."""
    from community.leaderboards import service

    click.echo(f"{with_database(service.rebuild_all())} communities rebuilt")


@main.group()
def outbox() -> None:
    """Look after the effects that follow what was done."""


@outbox.command()
def unpark() -> None:
    """Offer every effect again that had failed too often."""
    from community.kernel import outbox as effects

    with_database(effects.unpark())
    click.echo("offered again")


@main.command()
def rekey() -> None:
    """Seal everything anew under COMMUNITY_ENCRYPTION_KEY, after the key has been changed."""
    from community.identity import platform_ids
    from community.kernel.sealing import Unreadable

    try:
        count = with_database(platform_ids.reseal(current_settings()))
    except Unreadable as error:
        raise click.ClickException(f"{error}; put the old key into {PREFIX}ENCRYPTION_KEYS_ACCEPTED") from None
    click.echo(f"{count} values sealed under the current key; the accepted ones may go")
