"""`community outbox`: maintenance of effects."""

from __future__ import annotations

import json

import click

from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.kernel import outbox as effects
from community.kernel import outbox_upkeep
from community.kernel.outbox_upkeep import EffectRow, EffectState

EFFECTS = click.argument("effects_given", metavar="EFFECT...", type=int, nargs=-1, required=True)


@click.group(cls=CommandGroup)
def outbox() -> None:
    """Maintain the effects outside the database: jobs, notices and platform calls."""


@outbox.command("list")
@click.option("--parked", is_flag=True, help="Those that failed too often, instead of those that wait.")
def list_effects(parked: bool) -> None:
    """List the oldest 100 effects that wait, or that are parked."""
    for row in run_with_database(outbox_upkeep.list_effects(EffectState.PARKED if parked else EffectState.PENDING)):
        click.echo(_describe(row))


@outbox.command()
@click.argument("effect", type=int)
def show(effect: int) -> None:
    """Show everything about EFFECT."""
    row = run_with_database(outbox_upkeep.get_effect(effect))
    click.echo(_describe(row))
    click.echo(f"arguments  {json.dumps(row.args, ensure_ascii=False, sort_keys=True)}")
    click.echo(f"attempts   {row.attempt}, due at {row.due_at:%Y-%m-%d %H:%M:%S}Z")


@outbox.command()
@EFFECTS
def retry(effects_given: tuple[int, ...]) -> None:
    """Run each EFFECT again now, parked or not. Changes none if one is done or unknown."""
    run_with_database(outbox_upkeep.retry(effects_given))
    click.echo("due now")


@outbox.command()
@EFFECTS
def drop(effects_given: tuple[int, ...]) -> None:
    """Mark each EFFECT as done without carrying it out. Changes none if one is done or unknown."""
    run_with_database(outbox_upkeep.drop(effects_given))
    click.echo("dropped")


@outbox.command()
def unpark() -> None:
    """Run every parked effect again. An effect is parked after it failed too often."""
    run_with_database(effects.unpark())
    click.echo("every parked effect is due again")


def _describe(row: EffectRow) -> str:
    state = "done" if row.done_at else "parked" if row.parked_at else "pending"
    error = f"  {row.error}" if row.error else ""
    return (
        f"{row.id:>8}  {row.name:<32}  {state:<7}  since {row.created_at:%Y-%m-%d %H:%M:%S}Z"
        f"  failures {row.failures}{error}"
    )
