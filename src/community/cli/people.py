"""`community people`: suspension of people, and leaders for communities that have none."""

from __future__ import annotations

import click

from community.accounts import people as accounts_people
from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.communities import invitations


@click.group(cls=CommandGroup)
def people() -> None:
    """Ban and unban people, and give a community a leader."""


@people.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.option("--reason", required=True, help="Reason that the person reads at the next login.")
def ban(person: int, reason: str) -> None:
    """Ban PERSON in every community, from the next request on."""
    run_with_database(accounts_people.ban(person, reason=reason))
    click.echo("banned")


@people.command()
@click.argument("person", callback=build_id_parser("Person"))
def unban(person: int) -> None:
    """Let PERSON log in again."""
    run_with_database(accounts_people.unban(person))
    click.echo("unbanned")


@people.command()
@click.argument("community", callback=build_id_parser("Community"))
def lead(community: int) -> None:
    """Print an invitation code for one more leader of COMMUNITY."""
    invitation = run_with_database(invitations.invite_leader(community))
    click.echo(f"{invitation.code}  makes one person a leader, before {invitation.expires_at:%Y-%m-%d %H:%M}Z")
