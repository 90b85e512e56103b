"""`community communities`, `found`, `token` and `approve-token`: communities and their service tokens."""

from __future__ import annotations

import click

from community.api import ids
from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import FolderCommand
from community.communities import founding, queries
from community.communities.models import ServiceScope
from community.communities.service_tokens import DEFAULT_TOKEN_DAYS, approve_as_operator, create_as_operator
from community.communities.settings import SETTINGS, JoiningPolicy, Visibility

SCOPES = {scope.value.lower().replace("_", "-"): scope for scope in ServiceScope}


@click.command(cls=FolderCommand)
def communities() -> None:
    """List all communities with their ids, sizes and settings."""
    for row in run_with_database(queries.list_communities_with_sizes()):
        click.echo(
            f"{row.id:>6}  {ids.encode('Community', row.id)}  {row.name}  {row.members} members"
            f"  since {row.created_at:%Y-%m-%d}  {row.visibility.value}  {row.joining.value}"
        )


@click.command(cls=FolderCommand)
@click.argument("name")
@click.option(
    "--time-zone", default=SETTINGS["time_zone"].default, show_default=True, help="Time zone in which its days begin."
)
@click.option("--public", is_flag=True, help="Let everyone read what it publishes.")
@click.option("--open", "is_open", is_flag=True, help="Let everyone join.")
def found(name: str, time_zone: str, public: bool, is_open: bool) -> None:
    """Found the community NAME and print the invitation code of its first leader."""
    work = founding.create_community(
        name=name,
        time_zone=time_zone,
        visibility=Visibility.PUBLIC if public else Visibility.MEMBERS,
        joining=JoiningPolicy.OPEN if is_open else JoiningPolicy.INVITATION,
    )
    invitation = run_with_database(work)
    click.echo(
        f"{invitation.code}  makes one person a leader of {name}, before {invitation.expires_at:%Y-%m-%d %H:%M}Z"
    )


@click.command(cls=FolderCommand)
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help=f"One of {', '.join(SCOPES)}. May be repeated.")
@click.option("--days", type=int, default=DEFAULT_TOKEN_DAYS, show_default=True, help="Validity in days.")
def token(community: int, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Create a token for the service NAME in COMMUNITY and print it. It is printed only once."""
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(SCOPES)}", param_hint="--scope")
    chosen = [SCOPES[scope] for scope in scopes]
    new = run_with_database(create_as_operator(community, name=name, scopes=chosen, days=days))
    click.echo(new.secret)


@click.command(cls=FolderCommand)
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("token_id", metavar="TOKEN", callback=build_id_parser("ServiceToken"))
def approve_token(community: int, token_id: int) -> None:
    """Let the waiting service token TOKEN of COMMUNITY work."""
    row = run_with_database(approve_as_operator(community, token_id))
    click.echo(f"{row.name}  {row.state.value}")
